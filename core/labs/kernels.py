"""Kernels that people know from pictures, of any size, and those that they write themselves."""

import re
from collections.abc import Callable
from math import comb

import numpy as np

LARGEST = 7  # side
LONGEST = 300  # letters of a kernel that is written
NUMBER = re.compile(r"-?\d{1,3}(\.\d{1,4})?")


def _identity(k: int) -> np.ndarray:
    found = np.zeros((k, k))
    found[k // 2, k // 2] = 1
    return found


def _edge(k: int) -> np.ndarray:
    """All directions: how much the centre differs from those around it. Sums to 0."""
    return k * k * _identity(k) - 1


def _vertical(k: int) -> np.ndarray:
    """Right minus left, smoothed downwards: Sobel's for 3."""
    rows = np.array([comb(k - 1, at) for at in range(k)], dtype=float)
    return np.outer(rows, np.arange(k) - (k - 1) / 2)


def _sharpen(k: int) -> np.ndarray:
    """The picture and its edges: sums to 1."""
    places = np.abs(np.arange(k) - k // 2)
    beside = (places[:, None] + places == 1).astype(float)
    return _identity(k) * (1 + beside.sum()) - beside


def _emboss(k: int) -> np.ndarray:
    """Light from the upper left."""
    places = np.arange(k)
    return (places[:, None] + places - (k - 1)).astype(float) + _identity(k)


PRESETS: dict[str, Callable[[int], np.ndarray]] = {
    "edge": _edge,
    "vertical": _vertical,
    "horizontal": lambda k: _vertical(k).T,
    "blur": lambda k: np.full((k, k), 1 / k**2),
    "sharpen": _sharpen,
    "emboss": _emboss,
    "identity": _identity,
}


def preset(name: str, k: int) -> np.ndarray:
    """A known kernel. -> (k, k) float32"""
    return np.asarray(PRESETS[name](k), dtype=np.float32)


def parse(text: str) -> np.ndarray:
    """A kernel as people write it: numbers with spaces, rows with semicolons. -> (k, k) float32

    Raises:
        ValueError: not a square of at most 7 × 7 plain numbers.
    """
    rows = [row.split() for row in text[:LONGEST].replace(",", " ").split(";") if row.strip()]
    for number in (cell for row in rows for cell in row):
        if not NUMBER.fullmatch(number):
            raise ValueError(f"{number[:20]!r} is no plain number: write as in 1 0 -1; 2 0 -2")
    if not 1 <= len(rows) <= LARGEST or any(len(row) != len(rows) for row in rows):
        shape = f"{len(rows)} rows of {'/'.join(str(len(row)) for row in rows[:8])} numbers"
        raise ValueError(f"a kernel is square and at most {LARGEST} × {LARGEST}, not {shape}")
    return np.array(rows, dtype=np.float32)


def turned(base: np.ndarray, maps: int, share: int) -> np.ndarray:
    """The kernel for every map, turned by 90° from one to the next. -> (maps, share, k, k)

    Over `share` channels its weights are divided evenly.
    """
    each = [np.rot90(base, -at % 4) / share for at in range(maps)]
    return np.stack([np.stack([kernel] * share) for kernel in each]).astype(np.float32)
