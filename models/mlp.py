"""The multilayer perceptron: a picture as one long vector."""

from typing import Literal

import torch
from einops.layers.torch import Rearrange
from torch import nn

from models.knobs import Knobs, knob
from models.layers import ACTIVATIONS, Activation, Init, initialise


class MLPConfig(Knobs):
    """Settings of the MLP."""

    name: Literal["mlp"] = "mlp"
    widths: tuple[int, ...] = knob((512, 256), "Units of each hidden layer.", unit="units")
    activation: Activation = knob("relu", "The bend after each layer; without it, one layer.")
    dropout: float = knob(
        0.2, "Share of hidden units switched off at each step.", ge=0, le=0.9, step=0.05
    )
    norm: bool = knob(True, "Batch norm: keeps each unit's values at mean 0, deviation 1.")
    init: Init = knob("he", "How the first weights are drawn.", advanced=True)


class MLP(nn.Sequential):
    """Fully connected layers over the flattened picture. (b, c, h, w) -> (b, k)

    Rumelhart, Hinton & Williams 1986. Batch norm: Ioffe & Szegedy 2015, arXiv 1502.03167.

    Raises:
        ValueError: a hidden width is not between 1 and 4096, or there are more than 12.
    """

    def __init__(
        self,
        *,
        widths: tuple[int, ...] = (512, 256),
        activation: str = "relu",
        dropout: float = 0.2,
        norm: bool = True,
        init: str = "he",
        channels: int = 1,
        image: int = 28,
        classes: int = 10,
    ) -> None:
        if len(widths) > 12 or not all(1 <= width <= 4096 for width in widths):
            raise ValueError(f"widths {widths}: use at most 12 layers of 1 to 4096 units")
        layers: list[nn.Module] = [Rearrange("b c h w -> b (c h w)")]
        previous = channels * image * image
        for width in widths:
            layers.append(nn.Linear(previous, width, bias=not norm))
            if norm:
                layers.append(nn.BatchNorm1d(width))
            layers.append(ACTIVATIONS[activation]())
            if dropout:
                layers.append(nn.Dropout(dropout))
            previous = width
        super().__init__(*layers, nn.Linear(previous, classes))
        self.apply(initialise(init))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(b, c, h, w) -> (b, k)"""
        return super().forward(x)
