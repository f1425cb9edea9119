"""First-layer filters: what a net's first weights look for, as small pictures."""

import json
from dataclasses import dataclass
from functools import lru_cache
from math import isqrt

import numpy as np
import torch
from torch import nn

from core.config import parse
from models import build

MOST = 64  # filters on one sheet; always the first ones, so that they can be followed in time
GREY = 128  # what a weight of zero looks like
KINDS = {nn.Conv2d: "kernels", nn.Linear: "units", nn.LSTM: "gates"}


@dataclass(frozen=True)
class First:
    """A net's first layer: the name of its weights in a checkpoint, and what they are.

    kind: "kernels" of a convolution, "units" joined to every pixel, "gates" of an LSTM.
    """

    tensor: str
    kind: str


@dataclass(frozen=True)
class Filters:
    """Filters as pictures of equal size, uint8 (n, h, w, c), and what they are.

    count: how many the layer has; reach: the weight that is white, its negative being black.
    """

    kind: str
    pictures: np.ndarray
    count: int
    reach: float


def first(model: nn.Module) -> First | None:
    """The first layer of a net that weighs its input; None when it has none."""
    for name, module in model.named_modules():
        for layer, kind in KINDS.items():
            if isinstance(module, layer):
                weight = "weight_ih_l0" if kind == "gates" else "weight"
                return First(f"{name}.{weight}", kind)
    return None


@lru_cache(maxsize=256)
def first_of(config: str, channels: int, size: int, classes: int) -> First | None:
    """The first layer of the net that a run's config, as JSON, describes; no weight is made.

    Raises:
        ValueError: the config is of another version.
    """
    with torch.device("meta"):
        return first(
            build(parse(json.loads(config)).model, channels=channels, image=size, classes=classes)
        )


def draw(weight: np.ndarray, kind: str, *, channels: int, size: int) -> Filters | None:
    """A first layer's weights as pictures, zero in mid grey; None where they make no picture.

    Kernels (n, c, h, w) and units (n, c·s·s) look like the picture's own pixels; gates (4·n, f)
    become four pictures (f, n): input, forget, cell and output, one column per hidden unit.
    One scale serves all pictures of a sheet, so that strong filters look strong.
    """
    tiles = _tiles(weight, kind, channels, size)
    if tiles is None or not np.isfinite(tiles).all():
        return None
    count, tiles = len(tiles), tiles[:MOST].transpose(0, 2, 3, 1)
    reach = float(np.abs(tiles).max())
    shades = tiles * ((255 - GREY) / reach) if reach else tiles
    return Filters(kind, np.rint(GREY + shades).astype(np.uint8), count, reach)


def _tiles(weight: np.ndarray, kind: str, channels: int, size: int) -> np.ndarray | None:
    """The weights as (n, c, h, w), with one channel or three."""
    if kind == "gates":
        return weight.reshape(4, 1, -1, weight.shape[1]).swapaxes(2, 3)
    if channels not in (1, 3):
        return None
    if kind == "units":
        side = isqrt(weight.shape[1] // channels)  # an autoencoder may see pictures in a frame
        whole = weight.shape[1] == channels * side * side and side >= size
        return weight.reshape(-1, channels, side, side) if whole else None
    seen = weight.shape[1] == channels and weight[0, 0].size > 1  # one pixel has no pattern
    return weight if seen else None
