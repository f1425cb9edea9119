"""The plane that codes are looked at in: their own two numbers, or wider codes flattened."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from core import patches
from core.prior import Box, Prior, cells

Kind = Literal["code", "pca", "tsne"]
NEAR = 3  # codes that a place between flattened points is mixed from
INSIDE = 0.95  # share of the codes that the prior's own box must hold to be used
AIR = 1.08
MOST_SPREAD = 600  # codes that t-SNE arranges


@dataclass(frozen=True, eq=False)
class Plane:
    """n codes (n, d) as points (n, 2), and the box of the axes.

    middle (d) and axes (2, d) lead from codes to a flattened plane; shares are the parts of the
    variance along these axes. Where the codes themselves have two numbers, they are the plane.
    """

    kind: Kind
    codes: np.ndarray
    points: np.ndarray
    box: Box
    middle: np.ndarray
    axes: np.ndarray
    shares: tuple[float, ...] = ()

    def place(self, z: np.ndarray) -> np.ndarray:
        """Where codes lie in the plane. (m, d) -> (m, 2)"""
        if self.kind == "tsne":
            return _mixed(z, self.codes, self.points)
        return np.asarray((z - self.middle) @ self.axes.T, dtype=np.float32)

    def lift(self, places: np.ndarray, through: np.ndarray) -> np.ndarray:
        """Codes at places of the plane. (m, 2), (d) -> (m, d)

        Where the plane is a cut through more dimensions, it is the one through a given code; t-SNE
        knows no way back, so there a place is mixed from the codes nearest to it.
        """
        if self.kind == "tsne":
            return _mixed(places, self.points, self.codes)
        here = self.place(through[None])
        return np.asarray(through + (places - here) @ self.axes, dtype=np.float32)

    def density(self, prior: Prior, box: Box, steps: int) -> np.ndarray | None:
        """The prior's density in a box of the plane, None where it has no formula there.

        -> (steps, steps), the bottom row first
        """
        if self.kind == "code":
            return np.exp(prior.grid(box, steps))
        if self.kind == "pca" and prior.name == "gaussian":
            away = cells(box, steps) + self.axes @ self.middle
            flat = np.exp(-(away**2).sum(1) / 2) / (2 * np.pi)
            return np.asarray(flat.reshape(steps, steps))
        return None


def _mixed(at: np.ndarray, known: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Values at places, mixed from those of the nearest known places by inverse distance."""
    far = ((at[:, None] - known[None]) ** 2).sum(-1)
    nearest = np.argsort(far, 1)[:, :NEAR]
    weight = 1 / (np.take_along_axis(far, nearest, 1) + 1e-9)
    weight /= weight.sum(1, keepdims=True)
    return np.asarray((weight[..., None] * values[nearest]).sum(1), dtype=np.float32)


def lay(codes: np.ndarray, prior: Prior, kind: Kind = "pca", bound: bool = True) -> Plane:
    """Lay codes out. (n, d)

    Codes of two numbers are their own plane, whatever the kind. bound: whether the codes were
    drawn towards the prior; where they were not, its box says nothing.

    Raises:
        ValueError: too few codes, or an unknown kind.
    """
    codes = np.asarray(codes, dtype=np.float32)
    width = codes.shape[1]
    middle, axes = np.zeros(width, np.float32), np.eye(2, width, dtype=np.float32)
    if width == 2:
        box = _box(codes, prior.box if bound else None)
        return Plane("code", codes, codes, box, middle, axes)
    if kind == "tsne":
        codes = codes[:MOST_SPREAD]
        points = patches.spread(codes, "tsne").points
        return Plane("tsne", codes, points, _box(points, None), middle, axes)
    if kind != "pca":
        raise ValueError(f"plane {kind!r} is unknown: use pca or tsne")
    middle = codes.mean(0)
    _, strength, axes = np.linalg.svd(codes - middle, full_matrices=False)
    part = strength**2 / max(float((strength**2).sum()), 1e-12)
    axes = axes[:2] * np.where(axes[:2].sum(1, keepdims=True) < 0, -1, 1)
    points = (codes - middle) @ axes.T
    shares = tuple(float(share) for share in part[:2])
    usual = _shell(middle, axes) if bound and prior.name == "gaussian" else None
    return Plane("pca", codes, points, _box(points, usual), middle, axes, shares)


def _shell(middle: np.ndarray, axes: np.ndarray) -> Box:
    """Where a Gaussian prior lies in a flattened plane, so that codes far off it are seen to be."""
    left, bottom, right, top = Prior.box
    x, y = (float(at) for at in -(axes @ middle))
    return (x + left, y + bottom, x + right, y + top)


def _box(points: np.ndarray, usual: Box | None) -> Box:
    """A square that holds nearly all points: the usual one where it does."""
    if usual is not None:
        left, bottom, right, top = usual
        inside = (points >= [left, bottom]).all(1) & (points <= [right, top]).all(1)
        if not len(points) or inside.mean() >= INSIDE:
            return usual
    if not len(points):
        return (-3.5, -3.5, 3.5, 3.5)
    low, high = np.quantile(points, [0.005, 0.995], axis=0)
    middle, half = (low + high) / 2, max(float((high - low).max()) / 2 * AIR, 1e-3)
    if usual is not None:  # what the prior covers stays in sight, too
        half = max(half, *(abs(edge - at) for edge, at in zip(usual, [*middle] * 2, strict=True)))
    (x, y) = (float(at) for at in middle)
    return (x - half, y - half, x + half, y + half)


def levels(density: np.ndarray, shares: tuple[float, ...] = (0.5, 0.9, 0.99)) -> list[float]:
    """The densities above which so much of the mass lies: what contours are drawn at.

    Hyndman 1996, The American Statistician 50.
    """
    ordered = np.sort(density.ravel())[::-1].astype(np.float64)
    whole = ordered.sum()
    if not np.isfinite(whole) or whole <= 0:
        return []
    summed = np.cumsum(ordered) / whole
    places = np.minimum(np.searchsorted(summed, shares), len(ordered) - 1)
    return [float(level) for level in ordered[places]]
