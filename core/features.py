"""Feature maps: what each step of a convolutional net makes of a picture, and its filters."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn

from core import probe
from core.steps import heard, layer_of, plain

if TYPE_CHECKING:
    from core.inference import Predictor

FEW = 9  # maps of a step on the overview
SIDE = 56  # pixels a side up to which maps are shown as they are; larger ones are thinned


@dataclass(frozen=True)
class Seen:
    """A step at work on one picture: float32 maps given (c, h, w) and made (n, h, w)."""

    given: np.ndarray
    made: np.ndarray


def look(net: "Predictor", packed: np.ndarray, name: str) -> Seen:
    """What a step is given and what it makes of a packed picture. uint8 (c, h, w)

    Raises:
        ValueError: the net has no such step, it makes no maps, or it takes other pictures.
    """
    layer_of(net, name)
    kept: list[Seen] = []

    def hear(told: str, module: nn.Module, given: torch.Tensor, made: torch.Tensor) -> None:
        if told == name and made.dim() == given.dim() == 4:
            kept.append(Seen(_array(given), _array(made)))

    x = probe.given(net, packed)
    with probe.at_rest(net) as model, heard(model, hear, plain(name)):
        model(x)
    if not kept:
        raise ValueError(f"layer {name[:60]!r} makes no maps: choose another step")
    return kept[0]


def _array(maps: torch.Tensor) -> np.ndarray:
    return np.array(maps[0].float().cpu().contiguous().numpy())


@dataclass(frozen=True)
class Glance:
    """A step's maps from afar: the first few, thinned (k, h, w), the reach of all, how many sleep.

    asleep are the maps without any difference between their places: they show nothing.
    """

    name: str
    shown: np.ndarray
    least: float
    most: float
    asleep: int


def overview(net: "Predictor", packed: np.ndarray) -> dict[str, Glance]:
    """Every step's maps of a packed picture, from afar. uint8 (c, h, w)

    Raises:
        ValueError: the net takes other pictures.
    """
    found: dict[str, Glance] = {}

    def hear(name: str, module: nn.Module, given: torch.Tensor, made: torch.Tensor) -> None:
        if made.dim() != 4:
            return
        maps = made[0].float()
        flat = (maps.amax((1, 2)) == maps.amin((1, 2))).sum() if maps[0].numel() > 1 else 0
        pace = -(-max(maps.shape[1:]) // SIDE)
        shown = np.array(maps[:FEW, ::pace, ::pace].cpu().contiguous().numpy())
        found[name] = Glance(name, shown, float(maps.min()), float(maps.max()), int(flat))

    x = probe.given(net, packed)
    with probe.at_rest(net) as model, heard(model, hear):
        model(x)
    return found


def thinned(maps: np.ndarray) -> np.ndarray:
    """Maps as fine as they can be shown side by side: means of squares. (k, h, w)"""
    pace = -(-max(maps.shape[1:]) // SIDE)
    if pace == 1:
        return maps
    high, wide = (side // pace * pace for side in maps.shape[1:])
    cut = maps[:, :high, :wide].reshape(len(maps), high // pace, pace, wide // pace, pace)
    return np.asarray(cut.mean((2, 4)))


def filters(net: "Predictor", name: str) -> np.ndarray:
    """The kernels of a convolution. -> (n, c / groups, h, w) float32

    Raises:
        ValueError: the net has no such layer, or it is no convolution.
    """
    layer = layer_of(net, name)
    if not isinstance(layer, nn.Conv2d):
        raise ValueError(f"layer {name[:60]!r} has no filters: choose a convolution")
    return np.array(layer.weight.detach().float().cpu().contiguous().numpy())


def mosaic(kernels: np.ndarray) -> np.ndarray:
    """Each filter's kernels in a square, nan between them. (n, c, h, w) -> (n, H, W)"""
    n, c, h, w = kernels.shape
    across = int(np.ceil(np.sqrt(c)))
    down = -(-c // across)
    sheet = np.full((n, down, h + 1, across, w + 1), np.nan, dtype=np.float32)
    for at in range(c):
        sheet[:, at // across, :h, at % across, :w] = kernels[:, at]
    flat = sheet.reshape(n, down * (h + 1), across * (w + 1))
    return np.asarray(flat[:, :-1, :-1])
