"""Planes through weight space: that of a run's own checkpoints, or of random filters."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

MARGIN = 0.3  # of the paths' extent, on each side
CHUNK = 100_000  # weights that are looked at together in double precision
Reach = tuple[float, float, float, float]


@dataclass(frozen=True)
class Plane:
    """Two directions through a point of weight space, and where the checkpoints lie on them.

    centre (d,), axes (2, d) float32; places: (n, 2) per trail; shares: of the checkpoints'
    variance along each axis. reach: left, right, bottom, top of the map, 4:3.
    """

    centre: np.ndarray
    axes: np.ndarray
    places: tuple[np.ndarray, ...]
    shares: tuple[float, float]
    reach: Reach

    def at(self, x: float, y: float) -> np.ndarray:
        """The weights at a place. -> (d,) float32"""
        return self.centre + np.float32(x) * self.axes[0] + np.float32(y) * self.axes[1]


def principal(rows: Sequence[np.ndarray]) -> Plane:
    """The plane that holds most of the checkpoints' variance; rows: (n, d) float32 per trail.

    Li et al. 2018, arXiv 1712.09913, section 7: PCA of the path itself. The first trail goes to
    the right and upwards.

    Raises:
        ValueError: the checkpoints do not differ.
    """
    stack = np.concatenate(rows)
    centre = stack.mean(0, dtype=np.float64).astype(np.float32)
    stack -= centre
    gram = _product(stack, stack)  # n × n: the checkpoints are few, their weights are many
    values, vectors = np.linalg.eigh(gram)
    values, vectors = np.maximum(values[::-1][:2], 0), vectors[:, ::-1][:, :2]
    if values[0] < 1e-10 or len(values) < 2:
        raise ValueError("the checkpoints are all the same: train the net for longer")
    vectors = vectors * np.where(vectors[len(rows[0]) - 1] < vectors[0], -1.0, 1.0)
    lengths = np.sqrt(np.maximum(values, 1e-10 * values[0]))
    axes = ((vectors / lengths).T.astype(np.float32)) @ stack
    shares = values / np.trace(gram)
    return _plane(centre, axes, rows, (float(shares[0]), float(shares[1])))


def filtered(rows: Sequence[np.ndarray], shapes: Sequence[tuple[int, ...]], seed: int = 0) -> Plane:
    """Two random directions round the last net of the first trail, each filter as long as its own.

    Li et al. 2018, arXiv 1712.09913, section 4: filter-wise normalisation; biases and the scales
    of norms, which are vectors, stay as they are. shapes: of all weights, in their order.
    """
    centre = rows[0][-1].copy()
    chance = np.random.default_rng(seed)
    drawn = [chance.standard_normal(centre.size, dtype=np.float32) for _ in range(2)]
    axes = np.stack([_filterwise(one, centre, shapes) for one in drawn])
    away = np.concatenate(rows) - centre
    held = _least_squares(away, axes)
    on_it = held @ _product(axes, axes)
    whole = max(float(np.trace(_product(away, away))), 1e-24)
    shares = (on_it * held).sum(0) / whole
    return _plane(centre, axes, rows, (float(shares[0]), float(shares[1])), 1.0)


def _filterwise(
    drawn: np.ndarray, centre: np.ndarray, shapes: Sequence[tuple[int, ...]]
) -> np.ndarray:
    """The direction with every filter as long as the net's."""
    made, place = np.zeros_like(centre), 0
    for shape in shapes:
        size = math.prod(shape)
        part = slice(place, place + size)
        if len(shape) > 1:
            own, new = (row[part].reshape(shape[0], -1) for row in (centre, drawn))
            length = np.linalg.norm(own, axis=1, keepdims=True)
            unit = new / np.maximum(np.linalg.norm(new, axis=1, keepdims=True), 1e-12)
            made[part] = (unit * length).ravel()
        place += size
    return made


def _product(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """one · otherᵀ in double precision, a piece of the long side at a time. (n, d), (m, d)"""
    found = np.zeros((len(one), len(other)))
    for start in range(0, one.shape[1], CHUNK):
        part = slice(start, start + CHUNK)
        found += one[:, part].astype(np.float64) @ other[:, part].astype(np.float64).T
    return found


def _least_squares(away: np.ndarray, axes: np.ndarray) -> np.ndarray:
    """Coordinates of the points on the plane that are nearest. (n, d) -> (n, 2)"""
    return _product(away, axes) @ np.linalg.pinv(_product(axes, axes))


def _plane(
    centre: np.ndarray,
    axes: np.ndarray,
    rows: Sequence[np.ndarray],
    shares: tuple[float, float],
    least: float = 0.0,
) -> Plane:
    """The plane with the coordinates of every checkpoint and a map that holds them.

    least: half the height of a map round the centre, where the paths do not say it.
    """
    places = tuple(_least_squares(row - centre, axes) for row in rows)
    points = np.concatenate(places)
    low, high = points.min(0), points.max(0)
    middle, half = (low + high) / 2, (high - low) / 2 * (1 + 2 * MARGIN)
    if least:
        middle, half = np.zeros(2), np.array([0.0, least])
    wide = max(half[0], half[1] * 4 / 3, 1e-9)
    left, right = float(middle[0] - wide), float(middle[0] + wide)
    bottom, top = float(middle[1] - 0.75 * wide), float(middle[1] + 0.75 * wide)
    return Plane(centre, axes, places, shares, (left, right, bottom, top))
