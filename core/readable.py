"""Whether decoded pictures can be read: what a classifier of the zoo makes of them."""

from typing import TYPE_CHECKING

import numpy as np
import torch

from core.reader import Reader, reader

if TYPE_CHECKING:
    from core.maker import Maker


def _reader(maker: "Maker") -> Reader | None:
    """The classifier that knows such pictures; None where there is none."""
    try:
        return reader(maker.data)
    except ValueError:
        return None


def verdict(maker: "Maker", pictures: np.ndarray) -> tuple[float, tuple[int, ...]] | None:
    """The share read with at least 90 % confidence, and how often each class was; None unread.

    uint8 (n, c, h, w)
    """
    judge = _reader(maker)
    if judge is None:
        return None
    found = judge.score(torch.from_numpy(np.ascontiguousarray(pictures)))
    return found.sure, tuple(int(count) for count in found.counts)


def read(maker: "Maker", pictures: np.ndarray) -> np.ndarray | None:
    """The class of each picture; None where there is no classifier. uint8 (n, c, h, w) -> (n)"""
    judge = _reader(maker)
    if judge is None:
        return None
    said = judge.read(torch.from_numpy(np.ascontiguousarray(pictures)))
    return np.asarray(said.argmax(1).numpy())
