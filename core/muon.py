"""Muon for whole networks: torch's Muon on the kernels and matrices, AdamW on everything else."""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import nn

Closure = Callable[[], float] | None
ADAM_SHARE = 0.15  # AdamW's rate for biases and norms, as a share of Muon's


def _as_matrix(tensor: torch.Tensor) -> torch.Tensor:
    """(o, ...) -> (o, n), sharing memory; channels-last kernels are read in their own order.

    The order of the columns does not matter: orthogonalising commutes with permuting them.
    """
    if tensor.ndim == 4 and not tensor.is_contiguous():
        tensor = tensor.permute(0, 2, 3, 1)
    return tensor.view(tensor.shape[0], -1)


class MatrixMuon(torch.optim.Muon):
    """torch's Muon for parameters of two or more axes, seen as matrices (o, n).

    Jordan et al. 2024. torch's own class takes two axes only; the views given to it share memory
    with the parameters and are handed the gradients before each step.
    """

    def __init__(self, params: Iterable[nn.Parameter], **settings: Any) -> None:
        self._sources = list(params)
        super().__init__([_as_matrix(p.detach()) for p in self._sources], **settings)

    @torch.no_grad()
    def step(self, closure: Closure = None) -> float | None:  # type: ignore[override]
        """One Muon step on the matrices."""
        for view, source in zip(self.param_groups[0]["params"], self._sources, strict=True):
            if source.grad is None:
                view.grad = None
                continue
            gradient = source.grad
            if gradient.ndim == 4 and not source.is_contiguous():
                gradient = gradient.permute(0, 2, 3, 1)
            view.grad = gradient.reshape(view.shape)
        return super().step(closure)  # type: ignore[no-any-return]


def muon_with_adamw(
    params: Iterable[nn.Parameter], config: Any
) -> tuple[torch.optim.Optimizer, ...]:
    """Muon on parameters with two or more axes, AdamW on the vectors."""
    params = list(params)
    matrices = [p for p in params if p.ndim >= 2]
    vectors = [p for p in params if p.ndim < 2]
    made: list[torch.optim.Optimizer] = []
    if matrices:
        made.append(
            MatrixMuon(
                matrices,
                lr=config.lr,
                momentum=config.momentum,
                weight_decay=config.weight_decay,
            )
        )
    if vectors:
        made.append(
            torch.optim.AdamW(vectors, lr=config.lr * ADAM_SHARE, weight_decay=0.0, fused=True)
        )
    return tuple(made)
