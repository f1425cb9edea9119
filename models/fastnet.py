"""The fast net: a whitened first look, then three wide stages that learn in a few epochs."""

from typing import Literal

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import nn

from models.knobs import Knobs, knob
from models.layers import ACTIVATIONS, Activation

PATCH = 2  # side of the patches that are whitened
START = 4  # layers of a stage before its shortcut sets off: convolution, halving, norm, bend
RIDGE = 5e-4  # added to each variance, so that a direction without any is not blown up
MEMORY = 0.4  # weight of the newest batch in the running statistics: few epochs, short memory


class FastNetConfig(Knobs):
    """Settings of FastNet."""

    name: Literal["fastnet"] = "fastnet"
    widths: tuple[int, ...] = knob(
        (64, 256, 256), "Channels of each stage; every stage halves the picture.", unit="channels"
    )
    depth: int = knob(
        2,
        "Convolutions of each stage; from three on, a shortcut leads past all but the first.",
        ge=2,
        le=4,
    )
    whitening: bool = knob(
        True, "A frozen first layer, computed from the pictures, that makes its outputs unrelated."
    )
    activation: Activation = knob("gelu", "The bend after each normalised convolution.")
    scale: float = knob(
        0.11,
        "Factor on the last layer's outputs; small ones keep the net open to correction.",
        ge=0.01,
        le=2,
        step=0.01,
        advanced=True,
    )
    haste: float = knob(
        64.0,
        "How many times as fast as the weights batch norm's shifts learn under SGD.",
        ge=1,
        le=256,
        advanced=True,
    )


class ShiftNorm(nn.BatchNorm2d):
    """Batch norm that learns a shift and no scale, the shift `haste` times as fast. (b, c, h, w)

    The shift is stored divided by √haste: an SGD step on that moves the shift itself `haste` times
    as far, and its decay by the same share.
    """

    def __init__(self, width: int, haste: float) -> None:
        super().__init__(width, momentum=MEMORY)
        self.weight.requires_grad_(False)
        self.pull = haste**0.5

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(b, c, h, w) -> (b, c, h, w)"""
        return F.batch_norm(
            x,
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias * self.pull,
            self.training,
            MEMORY,
            self.eps,
        )


class Stage(nn.Sequential):
    """Convolutions, the first followed by a halving. (b, c, h, w) -> (b, d, h/2, w/2)

    Of three and more, a shortcut leads from behind the first to before the last bend.
    """

    def __init__(
        self, before: int, width: int, depth: int, bend: type[nn.Module], haste: float
    ) -> None:
        layers = [_echo(before, width), nn.MaxPool2d(2), ShiftNorm(width, haste), bend()]
        for _ in range(depth - 1):
            layers += [_echo(width, width), ShiftNorm(width, haste), bend()]
        super().__init__(*layers)
        self.shortcut = depth > 2

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(b, c, h, w) -> (b, d, h/2, w/2)"""
        layers = list(self)
        for layer in layers[:START]:
            x = layer(x)
        kept = x
        for layer in layers[START:-1]:
            x = layer(x)
        return layers[-1](x + kept if self.shortcut else x)


class FastNet(nn.Module):
    """Whitening → stages → largest value of each channel → linear. (b, c, h, w) -> (b, k)

    In the manner of Jordan 2024, 94% on CIFAR-10 in 3.29 seconds, arXiv 2404.00498.

    Raises:
        ValueError: more stages than the picture can be halved, or widths out of range.
    """

    def __init__(
        self,
        *,
        widths: tuple[int, ...] = (64, 256, 256),
        depth: int = 2,
        whitening: bool = True,
        activation: str = "gelu",
        scale: float = 0.11,
        haste: float = 64.0,
        channels: int = 3,
        image: int = 32,
        classes: int = 10,
    ) -> None:
        super().__init__()
        if not widths or not all(1 <= width <= 512 for width in widths):
            raise ValueError(f"widths {widths}: use at least one stage of 1 to 512 channels")
        side = (image - PATCH + 1) >> len(widths)
        if side < 1:
            raise ValueError(
                f"{len(widths)} stages halve a {image}×{image} picture to nothing: "
                f"use at most {(image - PATCH + 1).bit_length() - 1}"
            )
        self.scale = scale
        bend = ACTIVATIONS[activation]
        seen = 2 * channels * PATCH**2
        self.first = nn.Conv2d(channels, seen, PATCH)
        self.first.weight.requires_grad_(not whitening)
        self.bend = bend()
        sides = [seen, *widths]
        self.stages = nn.ModuleList(
            Stage(a, b, depth, bend, haste) for a, b in zip(sides, sides[1:], strict=False)
        )
        self.pool = nn.MaxPool2d(side)
        self.head = nn.Linear(widths[-1], classes, bias=False)

    @torch.no_grad()
    def prepare(self, x: torch.Tensor) -> None:
        """Set the frozen first layer from normalised training pictures. (n, c, h, w)

        Its outputs are the patches' principal components at deviation 1, each with both signs.
        """
        if self.first.weight.requires_grad:
            return
        patches = rearrange(
            x.unfold(2, PATCH, 1).unfold(3, PATCH, 1), "n c h w i j -> (n h w) (c i j)"
        ).double()
        variances, directions = torch.linalg.eigh(patches.T @ patches / len(patches))
        rows = (directions / (variances.clamp(min=0) + RIDGE).sqrt()).T.flip(0)
        self.first.weight.copy_(torch.cat((rows, -rows)).view_as(self.first.weight))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(b, c, h, w) -> (b, k)"""
        x = self.bend(self.first(x))
        for stage in self.stages:
            x = stage(x)
        return self.head(self.pool(x).flatten(1)) * self.scale


def _echo(before: int, width: int) -> nn.Conv2d:
    """A 3×3 convolution whose first channels hand on what came in, as far as there are any."""
    layer = nn.Conv2d(before, width, 3, padding=1, bias=False)
    nn.init.dirac_(layer.weight[: min(before, width)])
    return layer
