"""Memory or invention: what a decoded picture is nearest to, and where a space has holes."""

from dataclasses import dataclass

import numpy as np

from core.prior import Prior

CHUNK = 4_000  # training pictures compared at a time
USUAL = 0.99  # of the prior's samples have another one so near


@dataclass(frozen=True, eq=False)
class Nearest:
    """For m pictures the numbers of the k nearest known ones (m, k), and how far these are.

    far (m, k): root mean squared difference per pixel, 0…1.
    """

    which: np.ndarray
    far: np.ndarray


def nearest(asked: np.ndarray, known: np.ndarray, count: int = 3) -> Nearest:
    """The known pictures that differ least from each one asked about.

    (m, c, h, w), (n, c, h, w) uint8

    Raises:
        ValueError: pictures of another size, or fewer known ones than asked for.
    """
    if asked.shape[1:] != known.shape[1:] or len(known) < count:
        raise ValueError(
            f"{len(known)} pictures of {known.shape[1:]} cannot be compared with "
            f"{asked.shape[1:]}: take the set that the net has learned"
        )
    mine = asked.reshape(len(asked), -1).astype(np.float32) / 255
    length = (mine**2).sum(1, keepdims=True)
    far = np.empty((len(asked), len(known)), np.float32)
    for start in range(0, len(known), CHUNK):
        theirs = known[start : start + CHUNK].reshape(-1, mine.shape[1]).astype(np.float32) / 255
        far[:, start : start + CHUNK] = length - 2 * (mine @ theirs.T) + (theirs**2).sum(1)
    which = np.argpartition(far, count - 1, 1)[:, :count]
    found = np.take_along_axis(far, which, 1)
    order = np.argsort(found, 1)
    found = np.sqrt(np.maximum(np.take_along_axis(found, order, 1), 0) / mine.shape[1])
    return Nearest(np.take_along_axis(which, order, 1), found)


def _distance(asked: np.ndarray, known: np.ndarray) -> np.ndarray:
    """From each place to the nearest known one. (m, d), (n, d) -> (m)"""
    squares = (asked**2).sum(1)[:, None] - 2 * asked @ known.T + (known**2).sum(1)
    return np.asarray(np.sqrt(np.maximum(squares.min(1), 0)))


def holes(codes: np.ndarray, prior: Prior, seed: int = 0) -> float:
    """The share of the prior that no picture's code is near.

    A place is in a hole if its nearest code is farther than 99 % of the prior's samples are from
    the nearest of as many others: codes that are such samples themselves leave 1 %. (n, d) -> 0…1
    """
    count = len(codes)
    asked, others = (prior.sample(count, seed=seed + part) for part in (1, 2))
    limit = np.quantile(_distance(asked, others), USUAL)
    return float((_distance(asked, np.asarray(codes, np.float32)) > limit).mean())


def overlap(codes: np.ndarray, labels: np.ndarray, near: int = 10) -> float:
    """The share of codes' nearest neighbours that are of another class. (n, d), (n) -> 0…1"""
    squares = ((codes**2).sum(1)[:, None] - 2 * codes @ codes.T) + (codes**2).sum(1)
    np.fill_diagonal(squares, np.inf)
    neighbours = np.argpartition(squares, near, 1)[:, :near]
    return float((labels[neighbours] != labels[:, None]).mean())


def usual(known: np.ndarray, unknown: np.ndarray) -> float:
    """How far real pictures that were not learned are from the nearest learned one: the median."""
    return float(np.median(nearest(unknown, known, 1).far))


def changes(pictures: np.ndarray) -> np.ndarray:
    """How much each picture differs from the one before it: root mean square, 0…1.

    uint8 (n, c, h, w) -> (n − 1)
    """
    flat = pictures.reshape(len(pictures), -1).astype(np.float32) / 255
    return np.asarray(np.sqrt((np.diff(flat, axis=0) ** 2).mean(1)))
