"""Reach: which pixels each place of a layer can see, followed through one pass of a net."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch.utils._python_dispatch import TorchDispatchMode

WHOLE = 0  # the size of a receptive field that is all of the picture, however large that is
ATEN = torch.ops.aten
# Operations that mix places without a window, so that each place of their output sees them all.
MEANS = (ATEN.mean.dim, ATEN.adaptive_avg_pool2d.default, ATEN._adaptive_avg_pool2d.default)


@dataclass(frozen=True)
class Axis:
    """One direction: seen[i, j] is whether place i can see pixel j; (places, pixels) bool.

    size: pixels that a place sees if the picture has no edge, WHOLE for all of them; step: how
    many pixels apart two neighbouring places look. Araujo et al. 2019, distill.pub/2019/
    computing-receptive-fields.
    """

    seen: np.ndarray
    size: int
    step: float

    def span(self, place: int) -> tuple[int, int]:
        """The first pixel that a place sees, and the one after its last."""
        pixels = np.flatnonzero(self.seen[place])
        return (int(pixels[0]), int(pixels[-1]) + 1) if len(pixels) else (0, 0)

    def through(self, kernel: int, stride: int, padding: int, dilation: int, places: int) -> "Axis":
        """What places see that look through a sliding window at the places here."""
        taps = np.arange(kernel) * dilation - padding
        looks: np.ndarray = np.arange(places)[:, None] * stride + taps  # (places, kernel)
        link = np.zeros((places, len(self.seen)), dtype=bool)
        at, tap = np.nonzero((looks >= 0) & (looks < len(self.seen)))
        link[at, looks[at, tap]] = True
        wider = self.size + round((kernel - 1) * dilation * self.step)
        return Axis(_linked(link, self.seen), wider if self.size else WHOLE, self.step * stride)

    def everything(self, places: int) -> "Axis":
        """What places see that look at all places here."""
        return Axis(np.repeat(np.atleast_2d(self.seen.any(0)), places, 0), WHOLE, self.step)

    def joined(self, other: "Axis") -> "Axis":
        """What places see that look at the same place here and there."""
        size = WHOLE if WHOLE in (self.size, other.size) else max(self.size, other.size)
        return Axis(self.seen | other.seen, size, max(self.step, other.step))

    def cut(self, start: int, end: int, pace: int) -> "Axis":
        """Every pace-th place from start to end."""
        return Axis(self.seen[start:end:pace], self.size, self.step * pace)

    def padded(self, before: int, after: int) -> "Axis":
        """With places around it that see nothing; fewer places where that is below zero."""
        seen = self.seen[max(0, -before) : len(self.seen) - max(0, -after)]
        rim = ((max(0, before), max(0, after)), (0, 0))
        return Axis(np.pad(seen, rim), self.size, self.step)

    def scaled(self, places: int) -> "Axis":
        """What places see of an enlarged or shrunken map, each between its neighbours."""
        share = len(self.seen) / places
        middle = (np.arange(places)[:, None] + 0.5) * share - 0.5
        link = np.abs(np.arange(len(self.seen)) - middle) < max(1.0, share)
        size = self.size + round(2 * max(1.0, share) * self.step) - 1
        return Axis(_linked(link, self.seen), size if self.size else WHOLE, self.step * share)


@dataclass(frozen=True)
class Reach:
    """What every place of a layer's maps can see: rows and columns of the picture's pixels."""

    rows: Axis
    columns: Axis

    def box(self, row: int, column: int) -> tuple[int, int, int, int]:
        """The receptive field of a place on the picture: top, left, bottom, right, ends open."""
        (top, bottom), (left, right) = self.rows.span(row), self.columns.span(column)
        return top, left, bottom, right

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels without the picture's edge; WHOLE for all of it."""
        return self.rows.size, self.columns.size


def _linked(link: np.ndarray, seen: np.ndarray) -> np.ndarray:
    return np.asarray((link.astype(np.float32) @ seen.astype(np.float32)) > 0, dtype=bool)


def _pair(value: Any) -> tuple[int, int]:
    if isinstance(value, int):
        return value, value
    return (value[0], value[-1])


class Follow(TorchDispatchMode):
    """Watches a pass and knows of every set of maps in it what its places can see.

    What it cannot follow it forgets: `of` is None then, and never wrong.
    """

    def __init__(self, picture: torch.Tensor) -> None:
        super().__init__()
        high, wide = picture.shape[-2:]
        self._kept: list[Any] = [picture]  # a number given free could name another tensor
        start = [Axis(np.eye(side, dtype=bool), 1, 1) for side in (high, wide)]
        self._known: dict[int, Reach | None] = {id(picture): Reach(*start)}

    def of(self, maps: torch.Tensor) -> Reach | None:
        """What the places of these maps see; None where that is not known."""
        return self._known.get(id(maps))

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        first = result[0] if isinstance(result, tuple | list) and result else result
        if isinstance(first, torch.Tensor):
            self._kept.append(first)
            given = [a for a in _tensors(args) if id(a) in self._known]
            if given:
                self._known[id(first)] = self._through(func, args, given, first)
        return result

    def _through(
        self, func: Any, args: Any, given: Sequence[torch.Tensor], made: torch.Tensor
    ) -> Reach | None:
        reaches = [self._known[id(tensor)] for tensor in given]
        if made.dim() != 4 or any(reach is None for reach in reaches):
            return None
        found = [reach for reach in reaches if reach is not None]
        if (window := _window(func, args)) is not None:
            return _slid(found[0], window, made)
        if (special := _special(func, args, found[0], made)) is not None:
            return special
        sides = {tuple(tensor.shape[2:]) for tensor in given}
        if sides <= {tuple(made.shape[2:]), (1, 1)}:
            return _together(found, made)
        return None


def _tensors(values: Any) -> list[torch.Tensor]:
    flat: list[torch.Tensor] = []
    for value in values:
        if isinstance(value, torch.Tensor):
            flat.append(value)
        elif isinstance(value, tuple | list):
            flat += _tensors(value)
    return flat


Window = tuple[tuple[int, int], tuple[int, int], tuple[int, int], tuple[int, int]]


def _window(func: Any, args: Any) -> Window | None:
    """Kernel, stride, padding and dilation of an operation that slides a window."""
    if func is ATEN.convolution.default and not args[6]:
        return tuple(args[1].shape[2:]), _pair(args[3]), _pair(args[4]), _pair(args[5])
    if func in (ATEN.max_pool2d_with_indices.default, ATEN.avg_pool2d.default):
        kernel = _pair(args[1])
        stride = _pair(args[2]) if len(args) > 2 and args[2] else kernel
        padding = _pair(args[3]) if len(args) > 3 else (0, 0)
        spread = len(args) > 4 and func is ATEN.max_pool2d_with_indices.default
        return kernel, stride, padding, _pair(args[4]) if spread else (1, 1)
    return None


def _slid(reach: Reach, window: Window, made: torch.Tensor) -> Reach:
    axes = []
    for at, axis in enumerate((reach.rows, reach.columns)):
        kernel, stride, padding, dilation = (part[at] for part in window)
        axes.append(axis.through(kernel, stride, padding, dilation, made.shape[2 + at]))
    return Reach(*axes)


def _special(func: Any, args: Any, reach: Reach, made: torch.Tensor) -> Reach | None:
    """Operations that move places: cutting, padding, scaling, the mean of all."""
    high, wide = made.shape[2:]
    if func is ATEN.slice.Tensor and args[1] in (2, 3):
        start, end, pace = list(args[2:]) + [0, None, 1][len(args) - 2 :]
        axes = [reach.rows, reach.columns]
        axes[args[1] - 2] = axes[args[1] - 2].cut(start or 0, end, pace)
        return Reach(*axes)
    if func is ATEN.constant_pad_nd.default:
        left, right, top, bottom = (list(args[1]) + [0, 0])[:4]
        return Reach(reach.rows.padded(top, bottom), reach.columns.padded(left, right))
    if func in MEANS and made.shape[2:] == (1, 1):
        return Reach(reach.rows.everything(1), reach.columns.everything(1))
    if "upsample_bilinear2d" in str(func):
        return Reach(reach.rows.scaled(high), reach.columns.scaled(wide))
    return None


def _together(found: Sequence[Reach], made: torch.Tensor) -> Reach:
    """Operations place by place; one place alone goes to all."""
    high, wide = made.shape[2:]
    spread = [
        reach
        if reach.rows.seen.shape[0] == high and reach.columns.seen.shape[0] == wide
        else Reach(reach.rows.everything(high), reach.columns.everything(wide))
        for reach in found
    ]
    whole = spread[0]
    for reach in spread[1:]:
        whole = Reach(whole.rows.joined(reach.rows), whole.columns.joined(reach.columns))
    return whole
