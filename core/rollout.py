"""Attention followed through all blocks: rollout, and what of it supported a class."""

from contextlib import nullcontext
from math import isqrt
from typing import TYPE_CHECKING, Literal

import numpy as np
import torch
from torch.autograd.graph import GradientEdge, get_gradient_edge

from core import probe
from core.attention import watch_attention
from core.objectives import answers
from core.operating import operate
from core.surgery import NONE, Surgery

if TYPE_CHECKING:
    from core.inference import Predictor

Fusion = Literal["mean", "max", "min"]
FUSIONS: tuple[Fusion, ...] = ("mean", "max", "min")


def attention(net: "Predictor", packed: np.ndarray) -> np.ndarray:
    """All attention maps of a picture, rows sum to 1. -> (layers, heads, n, n)

    Vaswani et al. 2017, arXiv 1706.03762.

    Raises:
        ValueError: the net has no attention, or takes pictures of another shape.
    """
    x = probe.given(net, packed)
    with probe.at_rest(net) as model, watch_attention(model) as maps:
        model(x)
    return np.asarray(torch.cat(maps).cpu().numpy())


def rollout(
    maps: np.ndarray, fusion: Fusion = "mean", discard: float = 0.0, token: int | None = None
) -> np.ndarray:
    """Where the head's token looks in the end, through all blocks. (layers, heads, n, n) -> (h, w)

    Â = rows of (heads fused + I) brought to 1; R = Â_L ⋯ Â_1; the CLS row's patches, or the mean
    of all rows for a net without CLS, or the row of another token. Abnar & Zuidema 2020, arXiv
    2005.00928. With `discard` the smallest so many entries of each fused map are set to 0, those
    of the CLS column never.
    """
    fused = [np.asarray(getattr(block, fusion)(0), dtype=np.float64) for block in maps]
    return _rolled(fused, discard, token)


def _rolled(fused: list[np.ndarray], discard: float, token: int | None = None) -> np.ndarray:
    """One row of the product alone, from the last block back: that spares whole matrices."""
    row = _reader(len(fused[0]), token)
    for block in reversed(fused):
        mixed = _without(block, discard) + np.eye(len(block))
        row = row / mixed.sum(1) @ mixed
    return _grid(row)


def _reader(tokens: int, token: int | None = None) -> np.ndarray:
    """How much of each token the head reads; or one token alone. -> (n)"""
    if token is None and not has_cls(tokens):
        return np.full(tokens, 1 / tokens)
    return np.eye(tokens)[token or 0]


def _without(fused: np.ndarray, discard: float) -> np.ndarray:
    guarded = 1 if has_cls(len(fused)) else 0
    others = fused[:, guarded:].copy()
    count = int(discard * others.size)
    if not count:
        return fused
    others.ravel()[np.argpartition(others, count - 1, axis=None)[:count]] = 0
    return np.concatenate([fused[:, :guarded], others], axis=1)


def relevance(
    net: "Predictor", packed: np.ndarray, index: int, surgery: Surgery = NONE
) -> np.ndarray:
    """Which patches' attention supported a class, through all blocks. -> (h, w) ≥ 0

    Ā = mean over heads of relu(∂y/∂A ⊙ A); R begins as I and takes up R ← R + Ā R block by block;
    of R − I the CLS row's patches, or the mean of all rows. Chefer, Gur & Wolf 2021,
    arXiv 2103.15679. With a surgery a mirror image is never asked about.

    Raises:
        ValueError: the net has no attention, no such class, or takes pictures of another shape.
    """
    return _both_ways([_collected(*look) for look in _pulled(net, packed, index, surgery)])


def gradient_rollout(
    net: "Predictor",
    packed: np.ndarray,
    index: int,
    discard: float = 0.0,
    surgery: Surgery = NONE,
) -> np.ndarray:
    """Rollout of attention weighed by its gradient, so that it is of a class. -> (h, w) ≥ 0

    As `rollout`, with relu(mean over heads of ∂y/∂A ⊙ A) in the place of the fused maps; a
    heuristic of practice, https://github.com/jacobgil/vit-explain.

    Raises:
        ValueError: as `relevance`.
    """
    return _both_ways([_led(*look, discard) for look in _pulled(net, packed, index, surgery)])


def supported(
    net: "Predictor",
    packed: np.ndarray,
    index: int,
    discard: float = 0.0,
    surgery: Surgery = NONE,
) -> tuple[np.ndarray, np.ndarray]:
    """Relevance and gradient rollout for the price of one. -> (h, w), (h, w)

    Raises:
        ValueError: as `relevance`.
    """
    looks = _pulled(net, packed, index, surgery)
    led = [_led(*look, discard) for look in looks]
    return _both_ways([_collected(*look) for look in looks]), _both_ways(led)


Pulled = tuple[list[torch.Tensor], list[torch.Tensor]]


def _pulled(net: "Predictor", packed: np.ndarray, index: int, surgery: Surgery) -> list[Pulled]:
    """Each block's maps (heads, n, n) and the class's slopes at them, once per look."""
    probe.check_class(net, index)
    mirror = net.config.mirror and not surgery.changes
    x = probe.given(net, packed).requires_grad_()  # a graph also where all weights are frozen
    with (
        probe.at_rest(net, gradients=True) as model,
        # Nets that are no ViT may have attention, too: only a surgery needs to know the parts.
        operate(model, surgery) if surgery.changes else nullcontext(),
        watch_attention(model) as maps,
    ):
        score = answers(model, x, mirror)[0, index]
        gradients = torch.autograd.grad(score, [_used(found) for found in maps])
    slopes = [slope.view_as(found)[0] for slope, found in zip(gradients, maps, strict=True)]
    found = [one.detach()[0] for one in maps]
    depth = len(found) // (2 if mirror else 1)
    parts = [slice(at, at + depth) for at in range(0, len(found), depth)]
    return [(found[part], slopes[part]) for part in parts]


def _collected(maps: list[torch.Tensor], slopes: list[torch.Tensor]) -> np.ndarray:
    row = read = _reader(maps[0].shape[-1])
    for found, slope in zip(reversed(maps), reversed(slopes), strict=True):
        step = (slope * found).relu_().mean(0)
        row = row + row @ step.cpu().numpy()
    return _grid(row - read)


def _led(maps: list[torch.Tensor], slopes: list[torch.Tensor], discard: float) -> np.ndarray:
    pairs = zip(maps, slopes, strict=True)
    steps = [(slope * found).mean(0).relu_().double().cpu().numpy() for found, slope in pairs]
    return _rolled(steps, discard)


def _both_ways(looks: list[np.ndarray]) -> np.ndarray:
    """The mean of a map and, turned back, that of the mirror image."""
    return np.asarray(np.mean([look[:, ::-1] if k else look for k, look in enumerate(looks)], 0))


def _used(found: torch.Tensor) -> GradientEdge:
    """Where a map enters the net's own way on: of nn.MultiheadAttention's only a view is told."""
    edge = get_gradient_edge(found)
    if not edge.node.name().startswith("ViewBackward"):
        return edge
    before, number = edge.node.next_functions[0]
    return GradientEdge(before, number) if before is not None else edge


def has_cls(tokens: int) -> bool:
    """Whether a CLS token stands before the patches.

    Raises:
        ValueError: the tokens are neither a square of patches nor one more than that.
    """
    rest = tokens - isqrt(tokens) ** 2
    if rest > 1:
        raise ValueError(f"{tokens} tokens are no square of patches: this net has no patch grid")
    return rest == 1


def _grid(row: np.ndarray) -> np.ndarray:
    """A share per token as the grid of patches, CLS left out. (n) -> (h, w)"""
    patches = row[1:] if has_cls(len(row)) else row
    side = isqrt(len(patches))
    return np.ascontiguousarray(patches.reshape(side, side), dtype=np.float32)
