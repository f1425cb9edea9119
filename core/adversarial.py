"""The adversarial autoencoder's objective: reconstruct, discriminate, fool, one after the other."""

import math
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from torch import nn

from core import measures, priors
from core.agreement import information, varied
from core.census import CODES, Census, Judge
from core.config import RunConfig
from core.device import autocast
from core.optim import Optimizers
from core.reader import reader
from core.tally import Score
from core.verdicts import parts_for, sorts, still, told_apart
from core.watch import NOBODY, Watcher
from models.aae import AAE, Code

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.taught import Taught

RECONSTRUCT, DISCRIMINATE, FOOL, LAST = range(4)  # in the order of `AAE.groups`
SETTLED = 0.4  # of the epochs, after which codes have found their places
VARIANCE = 0.1  # of a pixel round what a VAE's decoder says, for pictures in −1…1
HELD = 64  # batches whose verdicts wait to be counted


class Adversarial:
    """Three steps on each batch, each of which moves its own weights only.

    Reconstruct: encoder and decoder. Discriminate: the discriminators, on codes and samples of
    the prior. Fool: the encoder. The variant "semi" has a fourth, cross-entropy on labels, so has
    "clustering", agreement of two views; "autoencoder" and "vae" have the first alone. Makhzani
    et al. 2015, arXiv 1511.05644.

    config.smoothing is taken off what the discriminator is to say of the prior (one-sided:
    Salimans et al. 2016, arXiv 1606.03498). judged is the net that evaluation asks.
    """

    def __init__(
        self,
        config: RunConfig,
        model: AAE,
        optimizers: Optimizers,
        *,
        judged: nn.Module | None = None,
        bfloat16: bool = False,
        device: torch.device | None = None,
    ) -> None:
        self.config, self.model, self.optimizers = config, model, optimizers
        self.judged: Any = model if judged is None else judged
        self.bfloat16, self.device = bfloat16, device or torch.device("cpu")
        self.weights = [params for _, params in model.groups()]
        self.steps = config.model.steps
        each = len(optimizers) // len(self.weights)
        self.movers = [optimizers[n * each : (n + 1) * each] for n in range(len(self.weights))]
        self.prior = priors.of(config.model, model.classes)
        self.epoch = 0  # the one that goes on
        self.taught: Taught | None = None  # where not every label may be used
        self.watcher: Watcher = NOBODY
        self.verdicts: list[tuple[torch.Tensor, torch.Tensor]] = []
        self.caught = self.asked = 0
        self.moved = False
        self._judge: Judge | None = None

    def step(self, x: torch.Tensor, labels: torch.Tensor) -> dict[str, float]:
        """One round of all steps; labels of −1 are not known. A non-finite loss ends it at once."""
        self.watcher.begins()
        self.model.zero_grad(set_to_none=True)
        self.watcher.cleared()
        self.moved = True
        values = self._reconstruct(x, labels)
        if self.model.judges and math.isfinite(values["loss"]):
            code = self._encode(x)
            values |= self._discriminate(code, labels) | self._fool(code, labels)
            if self.model.variant == "semi":
                values |= self._label(x, labels)
            elif self.model.agreement:
                values |= self._agree(x)
            if not all(map(math.isfinite, values.values())):
                values["loss"] = math.nan
        if math.isfinite(values["loss"]):
            self.watcher.moved()
        return values

    def _encode(self, x: torch.Tensor) -> Code:
        width = self.model.noise
        noise = torch.randn(len(x), width, device=x.device) if width else None
        with autocast(self.bfloat16, self.device):
            return self.model.encode(x, noise)

    def _reconstruct(self, x: torch.Tensor, labels: torch.Tensor) -> dict[str, float]:
        """Encoder and decoder learn to give the picture back."""
        code = self._encode(x)
        content = self.model.told(code, labels)
        with autocast(self.bfloat16, self.device):
            again = self.model.decode(code.z, content)
        early = self.model.settles and self.epoch < SETTLED * self.config.epochs
        error = (F.mse_loss if early else self.model.error)(again, x)
        self.watcher.answered(x, again)
        values = {"loss": error.item()}
        loss = self.model.weights[0] * error
        if self.model.variant == "vae" and code.log_variance is not None:
            divergence = measures.kl(code.mean, code.log_variance)
            values["kl"] = divergence.item()
            per_pixel = 2 * VARIANCE / x[0].numel()  # both terms in units of the squared error
            loss = loss + self.model.weights[1] * per_pixel * divergence
        if all(map(math.isfinite, values.values())):
            self._move(RECONSTRUCT, loss)
        else:
            values["loss"] = math.nan
        return values

    def _discriminate(self, code: Code, labels: torch.Tensor) -> dict[str, float]:
        """The discriminators learn to tell samples of the prior from codes."""
        z = code.z.detach()
        parts = labels if self.model.guided else None
        smoothing = self.config.smoothing
        total = 0.0
        for _ in range(self.model.updates):
            self._forget(DISCRIMINATE)
            wanted = None if parts is None else parts_for(parts, self.prior.parts)
            real = self.prior.draw(len(z), wanted, device=z.device)
            twice = None if parts is None else parts.repeat(2)
            said = self.model.judge(torch.cat([real, z]), twice)
            loss = told_apart(said, smoothing)
            if code.content is not None:
                found = self.model.sorter(sorts(code.content.detach())).squeeze(1)
                loss = loss + told_apart(found, smoothing)
            self._move(DISCRIMINATE, loss)
            total += loss.item()
        self.verdicts.append(tuple(said.detach().chunk(2)))  # type: ignore[arg-type]
        if len(self.verdicts) >= HELD:
            self._count()
        return {"discriminator": total / self.model.updates}

    def _fool(self, code: Code, labels: torch.Tensor) -> dict[str, float]:
        """The encoder learns to make codes that pass for samples of the prior."""
        self._forget(FOOL)
        with still(self.weights[DISCRIMINATE]):
            said = self.model.judge(code.z, labels if self.model.guided else None)
            loss = F.binary_cross_entropy_with_logits(said, torch.ones_like(said))
            if code.content is not None:
                said = self.model.sorter(code.content.softmax(1)).squeeze(1)
                loss = loss + F.binary_cross_entropy_with_logits(said, torch.ones_like(said))
            self._move(FOOL, self.model.weights[1] * loss)
        return {"generator": loss.item()}

    def _label(self, x: torch.Tensor, labels: torch.Tensor) -> dict[str, float]:
        """The encoder learns the labels that it may use."""
        if self.taught is not None:
            x, labels = self.taught.draw(len(x))
        self._forget(LAST)
        content = self._encode(x).content
        if content is None:
            raise ValueError("this net has no head for classes: take the variant semi")
        loss = F.cross_entropy(content, labels)
        self._move(LAST, loss)
        return {"label": loss.item()}

    def _agree(self, x: torch.Tensor) -> dict[str, float]:
        """The encoder learns to put a picture and a varied copy into the same cluster."""
        self._forget(LAST)
        content = self._encode(torch.cat([x, varied(x)])).content
        if content is None:
            raise ValueError("this net has no head for clusters: take the variant clustering")
        agreed = information(*content.chunk(2))
        self._move(LAST, -self.model.agreement * agreed)
        return {"agreement": agreed.item()}

    def _forget(self, who: int) -> None:
        for parameter in self.weights[who]:
            parameter.grad = None

    def _move(self, who: int, loss: torch.Tensor) -> None:
        """Backward and one step of those who learn from this loss."""
        loss.backward()
        self.watcher.pulled()
        if self.config.clip:
            nn.utils.clip_grad_norm_(self.weights[who], self.config.clip)
        for optimizer in self.movers[who]:
            optimizer.step()
        self.watcher.took(self.steps[who], loss)

    def since(self) -> dict[str, float]:
        """Share of samples and codes that the discriminator got right since the last call."""
        self._count()
        values = {"caught": self.caught / self.asked} if self.asked else {}
        self.caught = self.asked = 0
        return values

    def _count(self) -> None:
        if self.verdicts:
            real, made = (torch.cat(parts) for parts in zip(*self.verdicts, strict=True))
            self.caught += int((real > 0).sum() + (made <= 0).sum())
            self.asked += len(real) + len(made)
            self.verdicts.clear()

    def evaluate(self, batches: Callable[[], Any], classes: int) -> Generator[None, None, Score]:
        """Reconstruction, distance to the prior, samples; clusters are named after training."""
        census = Census(self.judged, self.judge(), classes, naming=self.moved)
        self.moved = False
        for x, labels in batches():
            with self.at_rest():
                census.take(x, labels)
            yield
        with self.at_rest():
            return census.score()

    @contextmanager
    def at_rest(self) -> "Iterator[None]":
        """The judged net in eval mode and without gradients; its mode is put back, always."""
        before = self.judged.training
        self.judged.eval()
        try:
            with torch.inference_mode(), autocast(self.bfloat16, self.device):
                yield
        finally:
            self.judged.train(before)

    def judge(self) -> Judge:
        """What codes and samples are held against, found once."""
        if self._judge is None:
            floor, scale = measures.floor(self.prior, CODES), measures.scale(self.prior)
            self._judge = Judge(self.prior, floor, scale, reader(self.config.data.name))
        return self._judge
