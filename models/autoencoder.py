"""The parts of an autoencoder: encoder, decoder, and a discriminator of what lies between."""

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from einops.layers.torch import Rearrange
from torch import nn

NOISE = 16  # numbers of noise that a universal encoder is given
FRAME = 32  # pixels a side that the fully connected layers see at least
PLANES = ("mixture", "swiss", "ring", "painted")  # priors that lie in a plane
SLOPE = 0.2  # of everything below zero, so that no unit dies


def _bend() -> nn.Module:
    return nn.LeakyReLU(SLOPE)


def check_side(net: str, image: int) -> None:
    """See that the layers fit a picture.

    Raises:
        ValueError: convolutions need a side that can be halved twice.
    """
    if net == "conv" and (image % 4 or image < 8):
        near = max(8, round(image / 4) * 4)
        raise ValueError(
            f"convolutions halve a picture twice and {image} pixels cannot be: use pictures of "
            f"{near} pixels, or the fully connected net"
        )


def check_prior(variant: str, code: int, prior: str, painting: str) -> None:
    """See that a variant can have this prior.

    Raises:
        ValueError: a prior of the plane for more than two numbers, nothing painted, or a VAE
            with a prior that has no formula.
    """
    if prior in PLANES and code != 2:
        raise ValueError(
            f"the prior {prior!r} lies in a plane and the code has {code} numbers: set code to 2, "
            "or take the prior gaussian or square"
        )
    if prior == "painted" and not painting:
        raise ValueError("the prior is painted and nothing is painted: paint it, or take gaussian")
    if variant == "vae" and prior != "gaussian":
        raise ValueError(
            f"a VAE needs a formula for its divergence, which the prior {prior!r} has not: take "
            "gaussian, or an adversarial variant"
        )


def check_labels(variant: str, guided: bool, labels: int, classes: int) -> None:
    """See that a variant can use labels as it is told to.

    Raises:
        ValueError: it cannot, or there is only one class.
    """
    if guided and variant != "plain":
        raise ValueError(
            f"guided gives the prior's parts to classes, which the variant {variant!r} does not: "
            "set guided to false, or the variant to plain"
        )
    if labels and not guided and variant != "semi":
        raise ValueError(
            f"only guided and the variant semi choose how many labels they use, not {variant!r}: "
            "set labels to 0"
        )
    if (guided or variant in ("supervised", "semi")) and classes < 2:
        raise ValueError(
            f"{'guided' if guided else variant} needs labels of at least two classes and these "
            "pictures have one: take the variant plain, and set guided to false"
        )


def framed(image: int) -> tuple[int, int]:
    """Pixels to add before and after a side so that it is FRAME long; none where it is longer."""
    missing = max(0, FRAME - image)
    return missing // 2, missing - missing // 2


class Encoder(nn.Module):
    """A picture, and noise if asked for, to one vector per head. (b, c, h, w) -> (b, n), …

    "notes": 1024 → 512 → 512 on 32×32 grey pixels, smaller pictures framed by their own edge.
    "conv": two convolutions that halve the picture, then one layer.
    """

    def __init__(
        self,
        net: str,
        width: int,
        dropout: float,
        channels: int,
        image: int,
        noise: int,
        heads: Mapping[str, int],
    ) -> None:
        super().__init__()
        check_side(net, image)
        flat = Rearrange("b c h w -> b (c h w)")
        if net == "conv":
            low, high, hidden = width // 16, width // 8, width // 2
            self.frame = (0, 0)
            self.eyes = nn.Sequential(*_halve(channels, low), *_halve(low, high), flat)
            seen, widths = high * (image // 4) ** 2, [hidden]
        else:
            self.frame = framed(image)
            self.eyes = nn.Sequential(flat)
            seen, widths = channels * max(image, FRAME) ** 2, [width, width]
        layers: list[nn.Module] = []
        for before, after in zip([seen + noise, *widths], widths, strict=False):
            layers += [nn.Linear(before, after), _bend(), nn.Dropout(dropout)]
        self.body, self.noise = nn.Sequential(*layers), noise
        self.heads = nn.ModuleDict({n: nn.Linear(widths[-1], k) for n, k in heads.items()})

    def forward(
        self, x: torch.Tensor, noise: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, ...]:
        """(b, c, h, w) and (b, noise) -> what each head says, (b, n) in float32"""
        if any(self.frame):
            x = F.pad(x, self.frame * 2, mode="replicate")
        features = self.eyes(x)
        if self.noise:
            if noise is None:
                noise = features.new_zeros(len(features), self.noise)
            features = torch.cat([features, noise.to(features.dtype)], 1)
        features = self.body(features)
        return tuple(head(features).float() for head in self.heads.values())


def _halve(before: int, after: int) -> list[nn.Module]:
    return [nn.Conv2d(before, after, 4, 2, 1, bias=False), nn.BatchNorm2d(after), _bend()]


class Decoder(nn.Module):
    """A code back to a picture between −1 and 1. (b, d) -> (b, c, h, w)

    "notes": d → 512 → 512 with batch norm → 1024, tanh. "conv": the encoder's way back.
    """

    def __init__(self, net: str, width: int, code: int, channels: int, image: int) -> None:
        super().__init__()
        self.image = image
        if net == "conv":
            low, high, hidden, side = width // 16, width // 8, width // 2, image // 4
            self.frame = (0, 0)
            self.layers = nn.Sequential(
                *(nn.Linear(code, hidden), _bend()),
                nn.Linear(hidden, high * side * side, bias=False),
                *(nn.BatchNorm1d(high * side * side), _bend()),
                nn.Unflatten(1, (high, side, side)),
                nn.ConvTranspose2d(high, low, 4, 2, 1, bias=False),
                *(nn.BatchNorm2d(low), _bend()),
                *(nn.ConvTranspose2d(low, channels, 4, 2, 1), nn.Tanh()),
            )
        else:
            side = max(image, FRAME)
            self.frame = framed(image)
            self.layers = nn.Sequential(
                *(nn.Linear(code, width), _bend()),
                *(nn.Linear(width, width, bias=False), nn.BatchNorm1d(width), _bend()),
                *(nn.Linear(width, channels * side * side), nn.Tanh()),
                nn.Unflatten(1, (channels, side, side)),
            )

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        """(b, d) -> (b, c, h, w)"""
        picture = self.layers(z)
        if not any(self.frame):
            return picture
        first = self.frame[0]
        return picture[..., first : first + self.image, first : first + self.image]


class Discriminator(nn.Module):
    """Whether a code was drawn from the prior or made from a picture. (b, d) -> (b, 1) logits

    No batch norm here: it leaves a discriminator undecided, and the codes where they are.
    """

    def __init__(self, code: int, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.Linear(code, width), _bend()),
            *(nn.Linear(width, width // 2), _bend()),
            nn.Linear(width // 2, 1),
        )

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        """(b, d) -> (b, 1)"""
        return self.layers(z)
