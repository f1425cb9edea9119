"""Attention being born: the same looks into a ViT at one moment of its training after another."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core import gaze, patches, rollout
from core.journey import walk
from core.surgery import NONE, Surgery

if TYPE_CHECKING:
    from core.inference import Predictor


@dataclass(frozen=True, eq=False)
class Frame:
    """A ViT at one moment; g patches a side, p in all.

    label says when; looks (layers, heads, g, g) is where the query looks, rolled (g, g) where it
    looks in the end, positions (p, p) how alike they are, None where there are none; filters uint8
    (m, patch, patch, c) the projection's main directions, distances (layers, heads) in pixels,
    probabilities (k).
    """

    label: str
    looks: np.ndarray
    rolled: np.ndarray
    positions: np.ndarray | None
    filters: np.ndarray
    distances: np.ndarray
    probabilities: np.ndarray


def frame(
    net: "Predictor",
    packed: np.ndarray,
    query: int | None = None,
    label: str = "",
    surgery: Surgery = NONE,
) -> Frame:
    """A ViT as it is, small enough to keep one for every checkpoint. packed uint8 (c, h, w)

    query is a token; without one it is what the head reads, CLS or the mean of all tokens.

    Raises:
        ValueError: no ViT, no such token, or a picture of another shape.
    """
    way = walk(net, packed, surgery)
    if query is not None and not 0 <= query < way.tokens:
        raise ValueError(f"token {query} is unknown: the net has 0 to {way.tokens - 1}")
    asked = 0 if query is None and way.cls else query
    rows = way.maps.mean(2) if asked is None else way.maps[:, :, asked]
    return Frame(
        label,
        way.on_grid(rows),
        rollout.rollout(way.maps, token=query),
        patches.position_grid(net, surgery),
        patches.projection(net).pictures,
        gaze.distance(way),
        way.probabilities,
    )
