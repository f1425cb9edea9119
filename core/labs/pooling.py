"""Pooling: the largest or the mean of every window, and what a small shift still changes."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
import torch.nn.functional as F

from core.labs.convolution import Misfit, side
from core.steps import Window
from core.working import Working

Kind = Literal["max", "mean"]
FURTHEST = 6  # pixels of a shift


@dataclass(frozen=True)
class Pool:
    """Settings of a pooling layer; a mean has no dilation, as in torch."""

    kind: Kind
    kernel: int
    stride: int
    padding: int = 0
    dilation: int = 1

    def side(self, n: int) -> int:
        """The side of what comes out for a side n; Misfit where the layer cannot be."""
        if 2 * self.padding > self.kernel:
            raise Misfit("half", {"padding": self.padding, "most": self.kernel // 2})
        return side(n, self.kernel, self.stride, self.padding, self.dilation)

    def module(self) -> torch.nn.Module:
        """torch's own layer with these settings."""
        if self.kind == "max":
            return torch.nn.MaxPool2d(self.kernel, self.stride, self.padding, self.dilation)
        return torch.nn.AvgPool2d(self.kernel, self.stride, self.padding)

    def code(self) -> str:
        """The PyTorch of it, as a module and as a function."""
        same = f"{self.kernel}, stride={self.stride}, padding={self.padding}"
        if self.kind == "max":
            same += f", dilation={self.dilation}"
        names = ("MaxPool2d", "max_pool2d") if self.kind == "max" else ("AvgPool2d", "avg_pool2d")
        return f"pool = nn.{names[0]}({same})\ny = pool(x)\ny = F.{names[1]}(x, {same})  # the same"


@dataclass(frozen=True, eq=False)
class Pooled:
    """A layer at work: x (c, h, w), y (c, h', w'); gap: between the module and the function."""

    pool: Pool
    x: np.ndarray
    y: np.ndarray
    gap: float

    def working(self, index: int) -> Working:
        """How map `index` comes about, number by number."""
        kernel, stride, padding, dilation = (
            (n, n)
            for n in (self.pool.kernel, self.pool.stride, self.pool.padding, self.pool.dilation)
        )
        given, made = self.x[index : index + 1], self.y[index]
        nothing = np.zeros((1, *kernel), dtype=np.float32)
        window = Window(kernel, stride, padding, dilation)
        return Working(
            self.pool.kind, window, given, (index,), nothing, 0.0, np.zeros_like(made), 0, made
        )


def pooled(x: np.ndarray, pool: Pool) -> Pooled:
    """Pool a picture (c, h, w).

    Raises:
        Misfit: the layer cannot be.
    """
    pool.side(x.shape[1])
    given = torch.from_numpy(x)[None]
    with torch.inference_mode(False), torch.no_grad():
        y = pool.module()(given)[0]
        if pool.kind == "max":
            again = F.max_pool2d(given, pool.kernel, pool.stride, pool.padding, pool.dilation)[0]
        else:
            again = F.avg_pool2d(given, pool.kernel, pool.stride, pool.padding)[0]
    return Pooled(pool, x, y.numpy(), float((y - again).abs().max()))


def moved(x: np.ndarray, pixels: int) -> np.ndarray:
    """A picture moved to the right, with nothing coming in from the left. (c, h, w)"""
    found = np.zeros_like(x)
    found[..., pixels:] = x[..., : x.shape[-1] - pixels]
    return found


def change(before: np.ndarray, after: np.ndarray) -> float:
    """How far two are apart, as a share of the first: ‖after − before‖ / ‖before‖."""
    whole = float(np.linalg.norm(before))
    return float(np.linalg.norm(after - before)) / max(whole, 1e-12)


def changes(x: np.ndarray, pool: Pool | None) -> list[float]:
    """The change of what comes out for shifts of 0 … FURTHEST pixels; None is the picture."""
    if pool is None:
        return [change(x, moved(x, at)) for at in range(FURTHEST + 1)]
    first = pooled(x, pool).y
    return [change(first, pooled(moved(x, at), pool).y) for at in range(FURTHEST + 1)]
