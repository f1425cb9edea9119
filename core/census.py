"""Census: what an evaluation of an autoencoder finds out, of pictures, codes and samples."""

from dataclasses import dataclass

import torch

from core.measures import evenness, mmd, spread
from core.prior import Prior
from core.reader import Reader
from core.tally import Score, Tally
from models.aae import AAE, Code

SHOWN = 1000  # pictures whose variety is told
CODES = 1000  # that are held against as many samples of the prior
SAMPLES = 500  # that are drawn, decoded and read
DICE = 5  # seed of all that an evaluation draws


@dataclass(frozen=True)
class Judge:
    """What codes and samples are held against: the prior, its own distance, a reader if any."""

    prior: Prior
    floor: float
    scale: float
    reader: Reader | None


def pixels(picture: torch.Tensor) -> torch.Tensor:
    """−1…1 as bytes. (b, c, h, w) float -> uint8"""
    return ((picture.float() + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)


def clouded(code: Code, chance: torch.Generator) -> torch.Tensor:
    """A draw from each picture's own cloud of codes, on the processor. -> (b, d)"""
    mean = code.mean.cpu()
    if code.log_variance is None:
        return mean
    noise = torch.randn(mean.shape, generator=chance)
    return mean + (code.log_variance.cpu() / 2).exp() * noise


class Survey:
    """Takes in batches and tells means; chance of its own, so that training sees none of it.

    usual is the distance of two samples of the prior, classes the number of the pictures'.
    naming: clusters are named after what they hold most of, which is kept in the net; otherwise
    they keep the names that they have. confusion is known once the means are.
    """

    confusion: torch.Tensor | None = None

    def __init__(self, net: AAE, prior: Prior, usual: float, classes: int, naming: bool) -> None:
        self.net, self.prior, self.usual = net, prior, usual
        self.classes, self.naming = classes, naming
        self.chance = torch.Generator().manual_seed(DICE)
        self.tally = Tally()
        self.codes: list[torch.Tensor] = []
        self.pictures: list[torch.Tensor] = []
        self.shown: list[torch.Tensor] = []  # their labels
        self.called: list[torch.Tensor] = []
        self.labels: list[torch.Tensor] = []

    def take(self, x: torch.Tensor, labels: torch.Tensor) -> None:
        """A batch of pictures, with the net in eval mode."""
        code = self.net.encode(x)
        again = self.net.decode(code.mean, self.net.told(code, labels))
        self.tally.add({"loss": self.net.error(again, x.float()).item()}, len(x))
        if code.content is not None:
            self.called.append(code.content.argmax(1).cpu())
            self.labels.append(labels.cpu())
        if self.net.encoder.noise:  # a cloud of any shape needs noise on its way in
            noise = torch.randn(len(x), self.net.noise, generator=self.chance)
            code = self.net.encode(x, noise.to(x.device))
        self.codes.append(clouded(code, self.chance))
        self.shown.append(labels.cpu())
        if sum(map(len, self.pictures)) < SHOWN:
            self.pictures.append(x.cpu())

    def draw(self) -> torch.Tensor:
        """Pictures made from samples of the prior. -> (n, c, h, w) −1…1"""
        return sampled(self.net, self.prior, SAMPLES, DICE + 2)

    def means(self, drawn: torch.Tensor) -> dict[str, float]:
        """Reconstruction, distance to the prior, variety of `drawn`, and accuracy if any."""
        means = self.tally.means() | {"mmd": self._distance()}
        means["spread"] = spread(drawn, torch.cat(self.pictures))
        self.confusion = self._confusion()
        if self.confusion is not None:
            means["accuracy"] = float(self.confusion.diag().sum() / self.confusion.sum())
        return means

    def _distance(self) -> float:
        codes, labels = torch.cat(self.codes).float(), torch.cat(self.shown)
        # From everywhere: who wrote the first pictures of a set did not write the last.
        some = torch.linspace(0, len(codes) - 1, min(CODES, len(codes))).round().long()
        chance = torch.Generator().manual_seed(DICE + 1)
        # Guided, the codes of a class are to fill its part: no class is as frequent as the others.
        parts = labels[some] if self.net.guided else None
        return mmd(codes[some], self.prior.draw(len(some), parts, chance), self.usual)

    def _confusion(self) -> torch.Tensor | None:
        """How many of class i were called j, where pictures are called anything. -> (k, k)"""
        if not self.called:
            return None
        called, labels = torch.cat(self.called), torch.cat(self.labels)
        if self.net.variant == "clustering":
            if self.naming:
                self.net.names.copy_(named(called, labels, len(self.net.names), self.classes))
            called = self.net.names.cpu()[called].clamp(min=0)
        pairs = labels * self.classes + called
        return torch.bincount(pairs, minlength=self.classes**2).view(self.classes, self.classes)


class Census(Survey):
    """A survey whose samples are read by a classifier, where there is one; it gives a Score."""

    def __init__(self, net: AAE, judge: Judge, classes: int, naming: bool) -> None:
        super().__init__(net, judge.prior, judge.scale, classes, naming)
        self.judge = judge

    def score(self) -> Score:
        """Everything, once all batches were taken."""
        drawn = self.draw()
        means = self.means(drawn) | {"floor": self.judge.floor}
        if self.judge.reader is not None:
            reading = self.judge.reader.score(pixels(drawn).cpu())
            means |= {"samples": reading.sure, "balance": evenness(reading.counts)}
        return Score(self.tally.count, means, self.confusion)


def named(called: torch.Tensor, labels: torch.Tensor, clusters: int, classes: int) -> torch.Tensor:
    """The class that each cluster holds most of, −1 for an empty one. (n), (n) -> (clusters)"""
    counts = torch.bincount(called * classes + labels, minlength=clusters * classes)
    most, names = counts.view(clusters, classes).max(1)
    return names.masked_fill(most == 0, -1)


def sampled(net: AAE, prior: Prior, count: int, seed: int) -> torch.Tensor:
    """Pictures made from samples of a prior, contents taking turns. -> (n, c, h, w) −1…1"""
    device = next(net.parameters()).device
    z = prior.draw(count, chance=torch.Generator().manual_seed(seed)).to(device)
    content = None
    if net.content:
        content = net.content_of(torch.arange(count, device=device) % net.content)
    return net.decode(z, content)
