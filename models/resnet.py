"""The residual net: every block adds a correction to what came in."""

from typing import Literal

import torch
import torch.nn.functional as F
from torch import nn

from models.knobs import Knobs, knob
from models.layers import ACTIVATIONS, Activation, Init, initialise

STAGES = 3


class ResNetConfig(Knobs):
    """Settings of the residual net."""

    name: Literal["resnet"] = "resnet"
    width: int = knob(
        16,
        "Channels of the first stage; each later stage has twice as many.",
        ge=4,
        le=128,
        unit="channels",
    )
    blocks: int = knob(
        3, "Residual blocks in each of the three stages.", ge=1, le=18, unit="blocks"
    )
    shortcut: Literal["pad", "project", "none"] = knob(
        "pad", "What carries a block's input past it where the size changes; none: no way past."
    )
    activation: Activation = knob("relu", "The bend after each convolution and each sum.")
    norm: bool = knob(True, "Batch norm after each convolution.")
    dropout: float = knob(
        0.0, "Share of features switched off before the last layer.", ge=0, le=0.9, step=0.05
    )
    init: Init = knob("he", "How the first weights are drawn.", advanced=True)


class Pad(nn.Module):
    """Every second pixel, and channels of zeros: a way past without weights.

    (b, c, h, w) -> (b, more, h / 2, w / 2); option A of the paper.
    """

    def __init__(self, more: int) -> None:
        super().__init__()
        self.more = more

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(b, c, h, w) -> (b, more, ⌈h / 2⌉, ⌈w / 2⌉)"""
        return F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, 0, self.more - x.shape[1]))


class Block(nn.Module):
    """Two convolutions whose result is added to what came in. (b, c, h, w) -> (b, d, h', w')"""

    def __init__(
        self, before: int, width: int, shortcut: str, activation: type[nn.Module], norm: bool
    ) -> None:
        super().__init__()
        stride = 1 if before == width else 2
        self.path = nn.Sequential(
            *_convolution(before, width, 3, stride, norm),
            activation(),
            *_convolution(width, width, 3, 1, norm),
        )
        self.past: nn.Module | None = nn.Identity()
        if shortcut == "none":
            self.past = None
        elif before != width:
            self.past = (
                Pad(width)
                if shortcut == "pad"
                else nn.Sequential(*_convolution(before, width, 1, stride, norm))
            )
        self.bend = activation()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(b, c, h, w) -> (b, d, h', w')"""
        corrected = self.path(x)
        if self.past is not None:
            corrected = corrected + self.past(x)
        return self.bend(corrected)


class ResNet(nn.Module):
    """One convolution, three stages of blocks, mean, linear. (b, c, h, w) -> (b, k)

    He et al. 2015, arXiv 1512.03385, section 4.2: 6 · blocks + 2 layers; 3 blocks are ResNet-20.

    Raises:
        ValueError: the picture cannot be halved twice.
    """

    def __init__(
        self,
        *,
        width: int = 16,
        blocks: int = 3,
        shortcut: str = "pad",
        activation: str = "relu",
        norm: bool = True,
        dropout: float = 0.0,
        init: str = "he",
        channels: int = 3,
        image: int = 32,
        classes: int = 10,
    ) -> None:
        super().__init__()
        if image < 2 ** (STAGES - 1):
            raise ValueError(f"image {image}: residual nets need pictures of at least 4×4 pixels")
        bend = ACTIVATIONS[activation]
        self.stem = nn.Sequential(*_convolution(channels, width, 3, 1, norm), bend())
        widths = [width, *(width * 2**stage for stage in range(STAGES))]
        self.stages = nn.ModuleList(
            nn.Sequential(
                Block(before, after, shortcut, bend, norm),
                *(Block(after, after, shortcut, bend, norm) for _ in range(blocks - 1)),
            )
            for before, after in zip(widths, widths[1:], strict=False)
        )
        self.head = nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Dropout(dropout),
            nn.Linear(widths[-1], classes),
        )
        self.apply(initialise(init))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(b, c, h, w) -> (b, k)"""
        x = self.stem(x)
        for stage in self.stages:
            x = stage(x)
        return self.head(x)


def _convolution(before: int, width: int, kernel: int, stride: int, norm: bool) -> list[nn.Module]:
    """A convolution that keeps the side at stride 1, and its batch norm."""
    layers: list[nn.Module] = [
        nn.Conv2d(before, width, kernel, stride, padding=kernel // 2, bias=not norm)
    ]
    return [*layers, nn.BatchNorm2d(width)] if norm else layers
