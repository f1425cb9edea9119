"""Exciting: the test pictures on which each map of a layer is largest, and where."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from core import probe
from core.steps import heard, layer_of, plain

if TYPE_CHECKING:
    from core.inference import Predictor

TOP = 8  # pictures for each map
CHUNK = 50  # pictures at a time: others ask the same net meanwhile


@dataclass(frozen=True)
class Excited:
    """For each of n maps its largest values over all pictures, strongest first.

    values (n, top); which (n, top): the pictures' numbers; places (n, top, 2): row and column of
    the map where it is largest; count: how many pictures were looked at.
    """

    values: np.ndarray
    which: np.ndarray
    places: np.ndarray
    count: int


def exciting(net: "Predictor", pictures: np.ndarray, name: str, top: int = TOP) -> Excited:
    """Ask a step about many packed pictures. uint8 (b, c, h, w)

    Zeiler & Fergus 2013, arXiv 1311.2901: what a map looks for, seen from what excites it.

    Raises:
        ValueError: the net has no such step, it makes no maps, or there are no pictures.
    """
    layer_of(net, name)
    peaks: list[torch.Tensor] = []
    spots: list[torch.Tensor] = []
    wide = 0

    def hear(told: str, module: object, given: torch.Tensor, made: torch.Tensor) -> None:
        nonlocal wide
        if told == name and made.dim() == 4:
            values, at = made.float().flatten(2).max(2)
            wide = made.shape[3]
            peaks.append(values.cpu())
            spots.append(at.cpu())

    for start in range(0, len(pictures), CHUNK):
        part = torch.from_numpy(np.ascontiguousarray(pictures[start : start + CHUNK]))
        with torch.inference_mode(False), torch.no_grad():
            x = net.normalise(part.to(net.device))
            x = x.contiguous(memory_format=torch.channels_last)
            with probe.at_rest(net) as model, heard(model, hear, plain(name)):
                model(x)
    if not peaks:
        raise ValueError(f"layer {name[:60]!r} makes no maps of these pictures")
    values, which = torch.cat(peaks).T.sort(dim=1, descending=True, stable=True)
    values, which = values[:, :top], which[:, :top]
    at = torch.cat(spots).T.gather(1, which)
    places = torch.stack([at // wide, at % wide], -1)
    return Excited(values.numpy(), which.numpy(), places.numpy(), len(pictures))
