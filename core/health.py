"""Health of a run: gradient, update and dead units of every layer, measured on a few real steps."""

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.utils.hooks import RemovableHandle

from core.watch import Watcher, bends, layers, norms

COLUMNS = 40  # evenly spaced points of a long run; those of its first steps come on top
STRIDE = 50  # steps between two points, at least
DIGITS = 4


def due(step: int, total: int) -> bool:
    """Whether step `step`, from 1, of `total` is measured: 1, 2, 4, 8, … and then evenly.

    At most 60 steps of any run, and one in 50 after its first 50.
    """
    stride = max(STRIDE, -(-total // COLUMNS))
    return step % stride == 0 or (step < stride and step & (step - 1) == 0)


@dataclass(frozen=True)
class Point:
    """One measured step, a number per layer: None where there was nothing to measure.

    gradient: norm. update: norm of the change ÷ norm of the weights before. dead: share of an
    activation's units that were zero for the whole batch.
    """

    step: int
    epoch: int
    gradient: list[float | None]
    update: list[float | None]
    dead: list[float | None]


def tidy(values: list[float | None]) -> list[float | None]:
    """Numbers as they are kept: four digits, None for what is not finite."""
    return [
        float(f"{value:.{DIGITS}g}") if value is not None and math.isfinite(value) else None
        for value in values
    ]


def ratios(parts: list[float | None], wholes: list[float | None]) -> list[float | None]:
    """part ÷ whole of each layer; None where there is no whole."""
    pairs = zip(parts, wholes, strict=True)
    return [part / whole if part is not None and whole else None for part, whole in pairs]


class Measure(Watcher):
    """Measures one step of a net; `complete` once it has come to its end."""

    def __init__(self, model: nn.Module) -> None:
        self.layers = layers(model)
        self.bends = bends(model)
        self.alive: dict[str, torch.Tensor] = {}
        self.hooks: list[RemovableHandle] = []
        self.before: list[list[torch.Tensor]] = []
        self.complete = False
        self.gradient: list[float | None] = [None] * len(self.layers)

    def begins(self) -> None:
        """Remember the weights, and look at the activations of the coming pass."""
        self.before = [[p.detach().clone() for p in layer.parameters] for layer in self.layers]
        for name, module in self.bends:
            self.hooks.append(module.register_forward_hook(self._listen(name)))

    def _listen(self, name: str) -> Any:
        def hook(module: nn.Module, inputs: Any, output: torch.Tensor) -> None:
            # Units are the channels of (b, c, h, w), else the last axis.
            axes = (0, 2, 3) if output.ndim == 4 else tuple(range(output.ndim - 1))
            lives = output.detach().amax(axes) > 0
            self.alive[name] = self.alive[name] | lives if name in self.alive else lives

        return hook

    def answered(self, x: torch.Tensor, logits: torch.Tensor) -> None:
        """The pass is over."""
        self.unhook()

    def unhook(self) -> None:
        """Leave nothing of this in the net."""
        while self.hooks:
            self.hooks.pop().remove()

    def __exit__(self, *problem: object) -> None:
        self.unhook()

    def pulled(self) -> None:
        """The gradients as they are before clipping; of several steps in one, each its first."""
        found = norms([p.grad for p in layer.parameters] for layer in self.layers)
        pairs = zip(self.gradient, found, strict=True)
        self.gradient = [new if old is None else old for old, new in pairs]

    def moved(self) -> None:
        """How far the weights have come."""
        pairs = zip(self.layers, self.before, strict=True)
        changes = [torch._foreach_sub(list(now.parameters), was) for now, was in pairs]
        self.update, self.weight = norms(changes), norms(self.before)
        self.before = []  # as large as the net, and the next step is some time away
        self.complete = True

    def point(self, step: int, epoch: int) -> Point:
        """What was measured."""
        found = (self.alive.get(name) for name, _ in self.bends)
        dead = [None if alive is None else 1 - alive.float().mean().item() for alive in found]
        update = ratios(self.update, self.weight)
        return Point(step, epoch, tidy(self.gradient), tidy(update), tidy(dead))


def names(model: nn.Module) -> dict[str, list[list[str]]]:
    """What the numbers of a point belong to: {"layers": [[name, kind], …], "bends": …}."""
    return {
        "layers": [[layer.name, layer.kind] for layer in layers(model)],
        "bends": [[name, type(module).__name__] for name, module in bends(model)],
    }
