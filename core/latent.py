"""Ways through a space of codes: straight and round lines, grids of equal shares, sums of means."""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from core.prior import Box

Way = Literal["straight", "circle"]
WAYS: tuple[Way, ...] = ("straight", "circle")
FLAT = 1e-4  # sine of an angle below which two directions count as one


def line(a: np.ndarray, b: np.ndarray, steps: int, way: Way = "straight") -> np.ndarray:
    """Codes from a to b, both of them included. (d), (d) -> (steps, d) float32

    Raises:
        ValueError: fewer than two steps, codes of different length, or an unknown way.
    """
    if steps < 2 or a.shape != b.shape or a.ndim != 1:
        raise ValueError(
            f"a line of {steps} steps from {a.shape} to {b.shape}: use two or more steps between "
            "codes of the same length"
        )
    if way not in WAYS:
        raise ValueError(f"way {way!r} is unknown: use one of {', '.join(WAYS)}")
    share = np.linspace(0, 1, steps)[:, None]
    first, last = a.astype(np.float64), b.astype(np.float64)
    path = (1 - share) * first + share * last if way == "straight" else _round(first, last, share)
    path = path.astype(np.float32)
    path[0], path[-1] = a, b  # exactly: what is sent in comes out again
    return path


def _round(a: np.ndarray, b: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Along the great circle, the distance to the middle growing evenly.

    White 2016, arXiv 1609.04468: in many dimensions nearly all of a Gaussian lies in a thin shell,
    which a straight line leaves.
    """
    long_a, long_b = np.linalg.norm(a), np.linalg.norm(b)
    if min(long_a, long_b) < FLAT:
        return (1 - share) * a + share * b
    one, other = a / long_a, b / long_b
    angle = np.arctan2(np.linalg.norm(other - (one @ other) * one), one @ other)
    beside = _beside(one, other)
    turned = np.cos(share * angle) * one + np.sin(share * angle) * beside
    return ((1 - share) * long_a + share * long_b) * turned


def _beside(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """The direction at a right angle to the first, on the way to the other; any where all are."""
    rest = other - (one @ other) * one
    if np.linalg.norm(rest) < FLAT:
        least = np.zeros_like(one)
        least[np.argmin(np.abs(one))] = 1
        rest = least - (one @ least) * one
    return np.asarray(rest / np.linalg.norm(rest))


def shares(steps: int) -> np.ndarray:
    """The middles of as many equal shares of 0…1, by prior quantiles. -> (steps, steps, 2)

    The first row is the top one, so its second number is the largest.
    """
    middle = (np.arange(steps) + 0.5) / steps
    across, up = np.meshgrid(middle, middle[::-1])
    return np.stack([across, up], -1)


def within(box: Box, density: np.ndarray, steps: int) -> np.ndarray:
    """A box cut so that every row and every column holds the same share of a density.

    density (n, n) in the box, its bottom row first; even where it is zero everywhere.
    -> (steps², 2) float32, from the top left to the bottom right
    """
    left, bottom, right, top = box
    x = _quantiles(density.sum(0), left, right, steps)
    y = _quantiles(density.sum(1), bottom, top, steps)
    across, up = np.meshgrid(x, y[::-1])
    return np.stack([across.ravel(), up.ravel()], 1).astype(np.float32)


def _quantiles(mass: np.ndarray, low: float, high: float, steps: int) -> np.ndarray:
    middle = (np.arange(steps) + 0.5) / steps
    whole = float(mass.sum())
    edges = np.linspace(low, high, len(mass) + 1)
    if not np.isfinite(whole) or whole <= 0:
        return low + middle * (high - low)
    summed = np.concatenate([[0.0], np.cumsum(mass, dtype=np.float64) / whole])
    return np.interp(middle, summed, edges)


def means(codes: np.ndarray, labels: np.ndarray, classes: int) -> np.ndarray:
    """Where each class lies: the mean of its codes, not a number where it has none. -> (k, d)"""
    found = np.full((classes, codes.shape[1]), np.nan, np.float32)
    for label in np.unique(labels):
        found[label] = codes[labels == label].mean(0)
    return found


def moved(
    z: np.ndarray, middles: np.ndarray, minus: int, plus: int, strength: Sequence[float]
) -> np.ndarray:
    """A code moved from one class towards another: z + s·(mean of plus − mean of minus).

    -> (len(strength), d) float32

    Raises:
        ValueError: one of the classes has no code.
    """
    way = middles[plus] - middles[minus]
    if not np.isfinite(way).all():
        raise ValueError("one of these two classes has no picture here: choose another class")
    return np.asarray(z + np.outer(np.asarray(strength, np.float32), way), dtype=np.float32)
