"""The plain convolutional network: blocks of convolution, norm, activation and pooling."""

from typing import Literal

import torch
from einops.layers.torch import Rearrange
from torch import nn

from models.knobs import Knobs, knob
from models.layers import ACTIVATIONS, Activation, Init, initialise

POOLINGS = {"max": nn.MaxPool2d, "average": nn.AvgPool2d}


class CNNConfig(Knobs):
    """Settings of the CNN."""

    name: Literal["cnn"] = "cnn"
    widths: tuple[int, ...] = knob(
        (16, 32, 64), "Channels of each block; every block halves the picture.", unit="channels"
    )
    depth: int = knob(1, "Convolutions in each block.", ge=1, le=3, unit="layers")
    kernel: Literal[1, 3, 5, 7] = knob(3, "Side of the sliding window.", unit="pixels")
    pooling: Literal["max", "average"] = knob("max", "What each 2×2 window hands on.")
    activation: Activation = knob("relu", "The bend after each convolution.")
    norm: bool = knob(True, "Batch norm after each convolution.")
    dropout: float = knob(
        0.1, "Share of features switched off before the last layer.", ge=0, le=0.9, step=0.05
    )
    init: Init = knob("he", "How the first weights are drawn.", advanced=True)


class CNN(nn.Module):
    """Convolution → norm → activation → pooling, then one linear layer. (b, c, h, w) -> (b, k)

    LeCun et al. 1998; depth > 1 as in Simonyan & Zisserman 2014, arXiv 1409.1556.

    Raises:
        ValueError: more blocks than the picture can be halved, or widths out of range.
    """

    def __init__(
        self,
        *,
        widths: tuple[int, ...] = (16, 32, 64),
        depth: int = 1,
        kernel: int = 3,
        pooling: str = "max",
        activation: str = "relu",
        norm: bool = True,
        dropout: float = 0.1,
        init: str = "he",
        channels: int = 1,
        image: int = 28,
        classes: int = 10,
    ) -> None:
        super().__init__()
        if not widths or not all(1 <= width <= 512 for width in widths):
            raise ValueError(f"widths {widths}: use at least one block of 1 to 512 channels")
        side = image >> len(widths)
        if side < 1:
            most = image.bit_length() - 1
            raise ValueError(
                f"{len(widths)} blocks halve a {image}×{image} picture to nothing: "
                f"use at most {most}"
            )
        sides = [channels, *widths]
        self.blocks = nn.ModuleList(
            self._block(a, b, depth, kernel, POOLINGS[pooling], ACTIVATIONS[activation], norm)
            for a, b in zip(sides, sides[1:], strict=False)
        )
        self.head = nn.Sequential(
            Rearrange("b c h w -> b (c h w)"),
            nn.Dropout(dropout),
            nn.Linear(widths[-1] * side * side, classes),
        )
        self.apply(initialise(init))

    @staticmethod
    def _block(
        before: int,
        width: int,
        depth: int,
        kernel: int,
        pooling: type[nn.Module],
        activation: type[nn.Module],
        norm: bool,
    ) -> nn.Sequential:
        layers: list[nn.Module] = []
        for index in range(depth):
            source = before if index == 0 else width
            layers.append(nn.Conv2d(source, width, kernel, padding=kernel // 2, bias=not norm))
            if norm:
                layers.append(nn.BatchNorm2d(width))
            layers.append(activation())
        return nn.Sequential(*layers, pooling(2))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(b, c, h, w) -> (b, k)"""
        for block in self.blocks:
            x = block(x)
        return self.head(x)
