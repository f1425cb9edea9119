"""The adversarial autoencoder: pictures to codes and back, and a judge of the codes."""

from collections.abc import Iterable
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import nn

from models.aae_settings import ADVERSARIAL
from models.autoencoder import (
    NOISE,
    Decoder,
    Discriminator,
    Encoder,
    check_labels,
    check_prior,
)


class Code(NamedTuple):
    """What the encoder makes of b pictures.

    z (b, d) is the code, mean (b, d) the code without noise, log_variance (b, d) that of a
    Gaussian one, content (b, k) the logits of classes or clusters.
    """

    z: torch.Tensor
    mean: torch.Tensor
    log_variance: torch.Tensor | None
    content: torch.Tensor | None


class AAE(nn.Module):
    """Encoder, decoder and discriminators on codes. (b, c, h, w) in −1…1 -> the same, verdicts

    Makhzani et al. 2015, arXiv 1511.05644. The variants "autoencoder" and "vae" (Kingma & Welling
    2013, arXiv 1312.6114) have the same encoder and decoder, and no discriminator.

    Raises:
        ValueError: a prior of the plane with more than two numbers, nothing painted, labels that
            the variant cannot use, or pictures that the layers cannot halve twice.
    """

    names: torch.Tensor

    def __init__(
        self,
        *,
        variant: str = "plain",
        net: str = "notes",
        encoder: str = "deterministic",
        code: int = 2,
        prior: str = "gaussian",
        guided: bool = False,
        labels: int = 0,
        clusters: int = 16,
        agreement: float = 4.0,
        width: int = 512,
        dropout: float = 0.2,
        error: str = "squared",
        reconstruction: float = 1.0,
        regulariser: float = 1.0,
        rate_discriminator: float = 1.0,
        rate_fooling: float = 1.0,
        updates: int = 1,
        painting: str = "",
        channels: int = 1,
        image: int = 28,
        classes: int = 10,
    ) -> None:
        super().__init__()
        self.variant, self.code, self.classes, self.guided = variant, code, classes, guided
        check_prior(variant, code, prior, painting)
        check_labels(variant, guided, labels, classes)
        self.error = F.mse_loss if error == "squared" else F.l1_loss
        self.settles = error == "both"
        self.weights, self.updates = (reconstruction, regulariser), updates
        self.rates = (rate_discriminator, rate_fooling)
        self.agreement = agreement if variant == "clustering" else 0.0
        encoder = "gaussian" if variant == "vae" else encoder
        self.noise = {"gaussian": code, "universal": NOISE}.get(encoder, 0)
        sorts = {"semi": classes, "clustering": clusters}.get(variant, 0)
        self.content = classes if variant == "supervised" else sorts
        self._build(net, encoder, width, dropout, sorts, channels, image)

    def _build(
        self,
        net: str,
        encoder: str,
        width: int,
        dropout: float,
        sorts: int,
        channels: int,
        image: int,
    ) -> None:
        """The parts; sorts: classes or clusters that the encoder looks for itself."""
        heads = {"mean": self.code}
        heads |= {"spread": self.code} if encoder == "gaussian" else {}
        heads |= {"content": sorts} if sorts else {}
        extra = NOISE if encoder == "universal" else 0
        self.encoder = Encoder(net, width, dropout, channels, image, extra, heads)
        self.decoder = Decoder(net, width, self.code + self.content, channels, image)
        if self.judges:
            told = (self.classes + 1) * self.guided
            self.discriminator = Discriminator(self.code + told, width)
        if sorts:
            self.sorter = Discriminator(sorts, width)
        if self.variant == "clustering":  # what each was found to hold, -1 before that
            self.register_buffer("names", torch.full((sorts,), -1))

    @property
    def judges(self) -> bool:
        """Whether there is a discriminator."""
        return self.variant in ADVERSARIAL

    def encode(self, x: torch.Tensor, noise: torch.Tensor | None = None) -> Code:
        """(b, c, h, w) and (b, `noise`) -> codes; no noise is none at all, its mean."""
        gaussian = "spread" in self.encoder.heads
        said = self.encoder(x, None if gaussian else noise)
        found = dict(zip(self.encoder.heads, said, strict=True))
        mean = found["mean"]
        log_variance = found.get("spread")
        z = mean
        if log_variance is not None:
            log_variance = log_variance.clamp(-12, 6)
            if noise is not None:
                z = mean + (log_variance / 2).exp() * noise
        return Code(z, mean, log_variance, found.get("content"))

    def decode(self, z: torch.Tensor, content: torch.Tensor | None = None) -> torch.Tensor:
        """Codes (b, d) and, where the decoder is told one, content (b, k) -> (b, c, h, w)"""
        whole = z if content is None else torch.cat([z, content.to(z.dtype)], 1)
        return self.decoder(whole).float()

    def judge(self, z: torch.Tensor, parts: torch.Tensor | None = None) -> torch.Tensor:
        """Logits of "this is a sample of the prior". (b, d), parts (b) or -1 -> (b)

        parts: of the prior, which a guided discriminator is told; -1 is unlabelled.
        """
        if self.guided:
            last = torch.full((len(z),), -1, device=z.device) if parts is None else parts
            told = F.one_hot(last.remainder(self.classes + 1), self.classes + 1)
            z = torch.cat([z, told.to(z.dtype)], 1)
        return self.discriminator(z).squeeze(1).float()

    def content_of(self, labels: torch.Tensor) -> torch.Tensor:
        """Classes or clusters as the decoder is told them. (b) -> (b, k)"""
        return F.one_hot(labels, self.content).float()

    def told(self, code: Code, labels: torch.Tensor | None) -> torch.Tensor | None:
        """The content that goes with codes: labels, or what the encoder itself has found."""
        if self.variant == "supervised":
            if labels is None:
                raise ValueError("this decoder is told the class: give a label for each picture")
            return self.content_of(labels)
        return None if code.content is None else code.content.softmax(1)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Every part once: pictures (b, c, h, w) and the verdicts on their codes, (b) each."""
        noise = torch.randn(len(x), self.noise, device=x.device) if self.noise else None
        code = self.encode(x, noise)
        first = torch.zeros(len(x), dtype=torch.int64, device=x.device)
        content = self.told(code, first)
        picture = self.decode(code.z, content)
        if not self.judges:
            return (picture,)
        verdict = self.judge(code.z)
        if code.content is None or content is None:
            return picture, verdict
        return picture, verdict, self.sorter(content).squeeze(1)

    def groups(self) -> list[tuple[float, list[nn.Parameter]]]:
        """Who learns in each step, with its share of the rate: reconstruct, discriminate, fool.

        The encoder is in two of them, so an optimiser keeps two memories of it; where labels are
        learned, or clusters are to agree, they are a fourth.
        """
        encoder = list(self.encoder.parameters())
        both = [*encoder, *self.decoder.parameters()]
        if not self.judges:
            return [(1.0, both)]
        found = [(1.0, both), (self.rates[0], list(self.judging())), (self.rates[1], encoder)]
        return [*found, (1.0, encoder)] if self.variant == "semi" or self.agreement else found

    def judging(self) -> Iterable[nn.Parameter]:
        """The weights of the discriminators."""
        yield from self.discriminator.parameters()
        if self.variant in ("semi", "clustering"):
            yield from self.sorter.parameters()
