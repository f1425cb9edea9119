"""What two or more models share: activations, weight initialisation, attention and its MLP."""

from collections.abc import Callable
from typing import Literal

import torch
from einops import rearrange
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


def nearest_divisor(number: int, wish: int) -> int:
    """The divisor of `number` that is closest to the wish; the smaller one of two."""
    divisors = (n for n in range(1, number + 1) if number % n == 0)
    return min(divisors, key=lambda n: (abs(n - wish), n))


class Attention(nn.Module):
    """Multi-head self-attention: every token asks, all tokens answer. (b, n, d) -> (b, n, d)

    Vaswani et al. 2017, arXiv 1706.03762, section 3.2. `attend` has a name so that it can be
    watched; a fused kernel would be slower in half precision on a processor and show nothing.

    Raises:
        ValueError: the heads do not divide the width.
    """

    def __init__(self, width: int, heads: int, dropout: float = 0.0) -> None:
        super().__init__()
        if width % heads:
            raise ValueError(
                f"{heads} heads do not divide a width of {width}: the nearest number that does "
                f"is {nearest_divisor(width, heads)}"
            )
        self.heads = heads
        self.scale = (width // heads) ** -0.5
        self.qkv = nn.Linear(width, 3 * width)
        self.attend = nn.Softmax(dim=-1)
        self.project = nn.Linear(width, width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(b, n, d) -> (b, n, d)"""
        q, k, v = rearrange(self.qkv(x), "b n (three h d) -> three b h n d", three=3, h=self.heads)
        attention = self.attend(q @ k.transpose(-2, -1) * self.scale)
        answer = rearrange(attention @ v, "b h n d -> b n (h d)")
        return self.dropout(self.project(answer))


class FeedForward(nn.Sequential):
    """Each token thinks for itself: wider, bend, back. (b, n, d) -> (b, n, d)"""

    def __init__(self, width: int, hidden: int, dropout: float = 0.0) -> None:
        super().__init__(
            nn.Linear(width, hidden),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(hidden, width),
            nn.Dropout(dropout),
        )
