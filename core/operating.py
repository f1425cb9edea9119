"""Attention surgery, done by hooks that never stay."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

import torch
from torch import nn

from core.parts import Parts, opened
from core.surgery import NONE, Row, Surgery, check


@contextmanager
def operate(model: nn.Module, surgery: Surgery = NONE) -> Iterator[Parts]:
    """The net's parts, with a surgery done by hooks for as long as the `with` lasts.

    Muting a head puts 0 in the place of what it hands to the output projection, so that it is as
    if that projection had 0 in the head's columns. A cut patch has the score −∞ in every row.
    Without a surgery no hook is set. Edited rows have the last word.

    Raises:
        ValueError: the net is no ViT, or has no such layer, head, token or patch.
    """
    with opened(model) as parts, ExitStack() as undo:
        stages = parts.stages
        tokens, heads = len(parts.positions), stages[0].attention.heads
        check(surgery, len(stages), heads, tokens, parts.patches)

        def hook(place: nn.Module, act: Callable[..., Any], *, before: bool = False) -> None:
            set_ = place.register_forward_pre_hook if before else place.register_forward_hook
            undo.callback(set_(act).remove)

        if surgery.positions != "kept":
            hook(
                parts.entry, partial(_moved, places(parts, surgery) - parts.positions), before=True
            )
        if surgery.cut and parts.cls is None:
            _read_the_rest(parts, surgery, hook)
        cut = [patch + parts.first for patch in surgery.cut]
        for number, stage in enumerate(stages):
            attention = stage.attention
            if cut or surgery.temperature != 1:
                hook(attention.attend, partial(_scored, cut, surgery.temperature), before=True)
            if rows := [row for row in surgery.rows if row.layer == number]:
                hook(attention.attend, partial(_edited, rows))
            if muted := [head for layer, head in surgery.muted if layer == number]:
                hook(attention.project, partial(_muted, muted, heads), before=True)
        yield parts


def places(parts: Parts, surgery: Surgery) -> torch.Tensor:
    """The positions that a surgery leaves to the tokens. -> (n, d)"""
    if surgery.positions == "removed":
        return torch.zeros_like(parts.positions)
    if surgery.positions == "kept":
        return parts.positions
    chance = torch.Generator().manual_seed(surgery.seed)
    order = torch.randperm(parts.patches, generator=chance) + parts.first
    whole = torch.cat([torch.arange(parts.first), order])
    return parts.positions[whole.to(parts.positions.device)]


def _moved(by: torch.Tensor, module: nn.Module, given: Any) -> Any:
    return given[0] + by


def _scored(cut: list[int], temperature: float, module: nn.Module, given: Any) -> Any:
    scores = given[0] / temperature
    if cut:
        scores[..., cut] = float("-inf")
    return scores


def _edited(rows: list[Row], module: nn.Module, given: Any, maps: Any) -> Any:
    maps = maps.clone()
    for row in rows:
        keys = [key for key, _ in row.shares]
        kept = maps[:, row.head, row.query].clone()
        kept[:, keys] = 0
        if not bool(kept.any()):  # the others had nothing: they divide what is left evenly
            kept = torch.ones_like(kept)
            kept[:, keys] = 0
        rest = max(0.0, 1 - sum(share for _, share in row.shares))
        kept = kept / kept.sum(-1, keepdim=True).clamp(min=1e-30) * rest
        for key, share in row.shares:
            kept[:, key] = share
        maps[:, row.head, row.query] = kept / kept.sum(-1, keepdim=True)
    return maps


def _muted(heads: list[int], among: int, module: nn.Module, given: Any) -> Any:
    answers = given[0].unflatten(-1, (among, -1)).clone()
    answers[..., heads, :] = 0
    return answers.flatten(-2)


def _read_the_rest(parts: Parts, surgery: Surgery, hook: Callable[..., None]) -> None:
    """Where the head reads the mean of all tokens, cut ones must not be in it."""
    kept = torch.ones(parts.patches, dtype=torch.bool)
    kept[list(surgery.cut)] = False
    said: list[torch.Tensor] = []

    def listen(module: nn.Module, given: Any, tokens: torch.Tensor) -> None:
        said[:] = [tokens]

    def give(module: nn.Module, given: Any) -> Any:
        return said[0][:, kept].mean(1)

    hook(parts.norm, listen)
    hook(parts.head, give, before=True)
