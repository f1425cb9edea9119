"""The parts of a Vision Transformer, ours or torchvision's, under the same names."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import nn

from models import ViT
from models.layers import Attention
from models.transfer import Transfer


@dataclass(frozen=True)
class Stage:
    """An encoder block, and the attention in it."""

    whole: nn.Module
    attention: Attention


@dataclass(frozen=True)
class Parts:
    """Where things happen in a ViT, from the picture to the classes.

    entry is the dropout that the tokens (b, n, d) go through with their positions (n, d) added,
    cls (d) is None where the head reads the mean of all tokens. mean and std are those of the
    pictures that the projection is given, where these are not the net's own pictures.
    """

    project: nn.Conv2d
    cls: torch.Tensor | None
    positions: torch.Tensor
    entry: nn.Module
    stages: tuple[Stage, ...]
    norm: nn.Module
    head: nn.Module
    mean: torch.Tensor | None
    std: torch.Tensor | None

    @property
    def patch(self) -> int:
        """Pixels a side."""
        return int(self.project.kernel_size[0])

    @property
    def first(self) -> int:
        """The token of the first patch."""
        return 0 if self.cls is None else 1

    @property
    def patches(self) -> int:
        """How many there are."""
        return len(self.positions) - self.first

    def read(self, tokens: torch.Tensor, kept: torch.Tensor | None = None) -> torch.Tensor:
        """What the head says to the last block's tokens. (b, n, d) -> (b, k)

        kept (n) are the tokens whose mean is taken, all when left out.
        """
        tokens = self.norm(tokens)
        if self.cls is not None:
            return cast(torch.Tensor, self.head(tokens[:, 0]))
        return cast(torch.Tensor, self.head((tokens if kept is None else tokens[:, kept]).mean(1)))


def is_vit(model: nn.Module) -> bool:
    """Whether a net is a Vision Transformer, or stands on one."""
    return any(isinstance(module, ViT) or _theirs(module) for module in model.modules())


@contextmanager
def opened(model: nn.Module) -> Iterator[Parts]:
    """The parts of the ViT in a net, for as long as the `with` lasts.

    Meanwhile each nn.MultiheadAttention, whose fused kernel shows nothing, stands as our own
    `Attention` with the very same weights, so that both kinds are watched and changed alike; the
    logits are equal to rounding. Afterwards the net is as before, also after errors.

    Raises:
        ValueError: there is no Vision Transformer in this net.
    """
    grounds = [module for module in model.modules() if isinstance(module, Transfer)]
    for module in model.modules():
        if isinstance(module, ViT):
            yield _of_ours(module, grounds)
            return
        if _theirs(module):
            with _unpacked(module):
                yield _of_theirs(module, grounds)
            return
    raise ValueError(
        f"{type(model).__name__} is no Vision Transformer: choose a ViT, or a net that stands "
        "on one"
    )


def _theirs(module: nn.Module) -> bool:
    """torchvision's ViT, told by its parts: importing torchvision takes a second."""
    return hasattr(module, "conv_proj") and hasattr(module, "class_token")


def _of_ours(net: ViT, grounds: list[Transfer]) -> Parts:
    stages = tuple(Stage(block, cast(Any, block).attention) for block in net.blocks)
    return Parts(
        net.embed.project,
        net.cls,
        net.positions,
        net.dropout,
        stages,
        net.norm,
        net.head,
        *_moments(grounds),
    )


def _of_theirs(module: nn.Module, grounds: list[Transfer]) -> Parts:
    net = cast(Any, module)
    return Parts(
        net.conv_proj,
        net.class_token[0, 0],
        net.encoder.pos_embedding[0],
        net.encoder.dropout,
        tuple(Stage(layer, layer.self_attention.own) for layer in net.encoder.layers),
        net.encoder.ln,
        net.heads,
        *_moments(grounds),
    )


def _moments(grounds: list[Transfer]) -> tuple[torch.Tensor | None, torch.Tensor | None]:
    """Of the pictures as the innermost base gets them."""
    return (grounds[-1].base_mean, grounds[-1].base_std) if grounds else (None, None)


class _Plain(nn.Module):
    """Our attention where nn.MultiheadAttention stood, called as that is. (b, n, d) -> same"""

    def __init__(self, packed: nn.MultiheadAttention) -> None:
        super().__init__()
        with torch.device("meta"):  # no weight is made: those of the net take their places
            self.own = Attention(packed.embed_dim, packed.num_heads)
        self.own.qkv.weight = packed.in_proj_weight
        self.own.qkv.bias = packed.in_proj_bias
        self.own.project.weight = packed.out_proj.weight
        self.own.project.bias = packed.out_proj.bias
        self.own.train(packed.training)

    def forward(
        self, x: torch.Tensor, key: torch.Tensor, value: torch.Tensor, need_weights: bool = False
    ) -> tuple[torch.Tensor, None]:
        """(b, n, d) -> (b, n, d), and no weights"""
        return self.own(x), None


@contextmanager
def _unpacked(net: nn.Module) -> Iterator[None]:
    places = [
        (block, packed)
        for block in net.modules()
        for packed in [getattr(block, "self_attention", None)]
        if isinstance(packed, nn.MultiheadAttention)
    ]
    try:
        for block, packed in places:
            block.self_attention = _Plain(packed)
        yield
    finally:
        for block, packed in places:
            block.self_attention = packed
