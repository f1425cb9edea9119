"""What two or more models share: activations and weight initialisation."""

from collections.abc import Callable
from typing import Literal

import torch
from torch import nn

Activation = Literal["relu", "leaky_relu", "elu", "gelu", "silu", "tanh", "sigmoid"]
Init = Literal["he", "xavier", "normal", "zeros"]

ACTIVATIONS: dict[str, type[nn.Module]] = {
    "relu": nn.ReLU,
    "leaky_relu": nn.LeakyReLU,
    "elu": nn.ELU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
}


def _he(weight: torch.Tensor) -> None:
    nn.init.kaiming_normal_(weight, nonlinearity="relu")


def _normal(weight: torch.Tensor) -> None:
    nn.init.normal_(weight, std=0.02)


INITS: dict[str, Callable[[torch.Tensor], object]] = {
    "he": _he,
    "xavier": nn.init.xavier_uniform_,
    "normal": _normal,
    "zeros": nn.init.zeros_,
}


def initialise(init: str) -> Callable[[nn.Module], None]:
    """A function for `Module.apply`: draws weights by `init`, sets biases to zero.

    He: He et al. 2015, arXiv 1502.01852. Xavier: Glorot & Bengio 2010.
    """
    draw = INITS[init]

    def apply(module: nn.Module) -> None:
        if isinstance(module, nn.Linear | nn.Conv2d):
            draw(module.weight)
            if module.bias is not None:
                nn.init.zeros_(module.bias)

    return apply
