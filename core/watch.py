"""Watching a training step from inside: who may look between its phases, and at which layers."""

from collections.abc import Callable, Iterable, Sequence
from typing import Self

import torch
from torch import nn


class Watcher:
    """Is told how far a training step has come; this one looks away. It changes nothing.

    A context: what it has hung into the net for a step is gone after it, also after errors.
    """

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *problem: object) -> None:
        """The step is over, or has failed."""

    def begins(self) -> None:
        """The gradients are still those of the step before."""

    def cleared(self) -> None:
        """The gradients have been cleared."""

    def answered(self, x: torch.Tensor, logits: torch.Tensor) -> None:
        """The net has seen x, (b, c, h, w), and said logits, (b, k)."""

    def judged(self, labels: torch.Tensor, each: Callable[[], torch.Tensor]) -> None:
        """The loss is known; each() gives it per picture, (b)."""

    def pulled(self) -> None:
        """Every weight has its gradient; nothing is clipped yet."""

    def took(self, step: str, loss: torch.Tensor) -> None:
        """One of several steps on the same batch is over; told by objectives that have several."""

    def moved(self) -> None:
        """The optimisers have moved the weights."""


NOBODY = Watcher()


class Layer:
    """A part of a net with learned weights of its own: its name, its class, its parameters."""

    def __init__(self, name: str, kind: str, parameters: Sequence[nn.Parameter]) -> None:
        self.name, self.kind, self.parameters = name, kind, parameters


def layers(model: nn.Module) -> list[Layer]:
    """The layers that hold learned matrices or kernels, in the order of the net.

    Norms, whose weights only stretch and shift, and frozen layers are left out.
    """
    found = []
    for name, module in model.named_modules():
        own = [p for p in module.parameters(recurse=False) if p.requires_grad]
        if any(p.ndim > 1 for p in own):
            leaf = not any(module.children())
            kind = type(module).__name__ if leaf else "Parameter"
            loose = next(n for n, p in module.named_parameters(recurse=False) if p.ndim > 1)
            found.append(Layer(name if leaf else f"{name}.{loose}".lstrip("."), kind, own))
    return found


def bends(model: nn.Module) -> list[tuple[str, nn.Module]]:
    """The activations whose units can die: those that are zero for everything below zero."""
    return [(name, m) for name, m in model.named_modules() if isinstance(m, nn.ReLU | nn.ReLU6)]


def norms(groups: Iterable[Sequence[torch.Tensor | None]]) -> list[float | None]:
    """The length of each group of tensors taken as one vector; None for a group with a gap."""
    wanted = [list(group) for group in groups]
    whole = [[t for t in group if t is not None] for group in wanted]
    flat = [t.detach() for group in whole for t in group]
    lengths = torch.stack(torch._foreach_norm(flat)).float().tolist() if flat else []
    given = iter(lengths)
    squares = [[next(given) ** 2 for _ in group] for group in whole]
    return [
        sum(part) ** 0.5 if part and len(part) == len(group) else None
        for part, group in zip(squares, wanted, strict=True)
    ]
