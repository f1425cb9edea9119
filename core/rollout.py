"""Attention followed through all blocks: rollout, and what of it supported a class."""

from math import isqrt
from typing import TYPE_CHECKING, Literal

import numpy as np
import torch
from torch.autograd.graph import GradientEdge, get_gradient_edge

from core import probe
from core.attention import watch_attention
from core.objectives import answers

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


def rollout(maps: np.ndarray, fusion: Fusion = "mean", discard: float = 0.0) -> np.ndarray:
    """Where the head's token looks in the end, through all blocks. (layers, heads, n, n) -> (h, w)

    Â = rows of (heads fused + I) brought to 1; R = Â_L ⋯ Â_1; the CLS row's patches, or the mean
    of all rows for a net without CLS. Abnar & Zuidema 2020, arXiv 2005.00928. With `discard` the
    smallest so many entries of each fused map are set to 0, those of the CLS column never.
    """
    reached = np.eye(maps.shape[-1])
    for block in maps.astype(np.float64):
        fused = _without(getattr(block, fusion)(0), discard) + np.eye(len(reached))
        reached = fused / fused.sum(1, keepdims=True) @ reached
    return _grid(reached)


def _without(fused: np.ndarray, discard: float) -> np.ndarray:
    if not discard:
        return fused
    guarded = 1 if has_cls(len(fused)) else 0
    others = fused[:, guarded:].copy()
    smallest = np.argsort(others, axis=None, kind="stable")[: int(discard * others.size)]
    others.ravel()[smallest] = 0
    return np.concatenate([fused[:, :guarded], others], axis=1)


def relevance(net: "Predictor", packed: np.ndarray, index: int) -> np.ndarray:
    """Which patches' attention supported a class, through all blocks. -> (h, w) ≥ 0

    Ā = mean over heads of relu(∂y/∂A ⊙ A); R begins as I and takes up R ← R + Ā R block by block;
    of R − I the CLS row's patches, or the mean of all rows. Chefer, Gur & Wolf 2021,
    arXiv 2103.15679.

    Raises:
        ValueError: the net has no attention, no such class, or takes pictures of another shape.
    """
    probe.check_class(net, index)
    x = probe.given(net, packed).requires_grad_()  # a graph also where all weights are frozen
    with probe.at_rest(net, gradients=True) as model, watch_attention(model) as maps:
        score = answers(model, x, net.config.mirror)[0, index]
        gradients = torch.autograd.grad(score, [_used(found) for found in maps])
    pairs = zip(gradients, maps, strict=True)
    steps = [(g.view_as(m) * m.detach()).relu().mean(1)[0].double() for g, m in pairs]
    depth = len(steps) // (2 if net.config.mirror else 1)
    found = [_collected(steps[at : at + depth]) for at in range(0, len(steps), depth)]
    return np.asarray(np.mean([part[:, ::-1] if k else part for k, part in enumerate(found)], 0))


def _used(found: torch.Tensor) -> GradientEdge:
    """Where a map enters the net's own way on: of nn.MultiheadAttention's only a view is told."""
    edge = get_gradient_edge(found)
    if not edge.node.name().startswith("ViewBackward"):
        return edge
    before, number = edge.node.next_functions[0]
    return GradientEdge(before, number) if before is not None else edge


def _collected(steps: list[torch.Tensor]) -> np.ndarray:
    reached = np.eye(len(steps[0]))
    for step in steps:
        reached = reached + step.cpu().numpy() @ reached
    return _grid(reached - np.eye(len(reached)))


def has_cls(tokens: int) -> bool:
    """Whether a CLS token stands before the patches.

    Raises:
        ValueError: the tokens are neither a square of patches nor one more than that.
    """
    rest = tokens - isqrt(tokens) ** 2
    if rest > 1:
        raise ValueError(f"{tokens} tokens are no square of patches: this net has no patch grid")
    return rest == 1


def _grid(reached: np.ndarray) -> np.ndarray:
    """What the head reads of the tokens' mixture, as the grid of patches. (n, n) -> (h, w)"""
    row = reached[0, 1:] if has_cls(len(reached)) else reached.mean(0)
    side = isqrt(len(row))
    return np.ascontiguousarray(row.reshape(side, side), dtype=np.float32)
