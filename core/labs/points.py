"""Points in the plane to learn from: two crescents that reach into each other, with noise."""

import numpy as np

SPREAD = 0.35
WRONG = (
    0.05  # share of points with the other label: nobody can learn these, only keep them by heart
)


def moons(count: int, seed: int, spread: float = SPREAD) -> tuple[np.ndarray, np.ndarray]:
    """Points and their classes, as many of each. -> (count, 2) float32, (count) int64"""
    chance = np.random.default_rng(seed)
    y = np.arange(count) % 2
    angle = chance.uniform(0, np.pi, count)
    across = np.where(y == 0, np.cos(angle) - 0.5, 0.5 - np.cos(angle))
    up = np.where(y == 0, np.sin(angle) - 0.25, 0.25 - np.sin(angle))
    x = 1.25 * np.column_stack([across, up]) + spread * chance.standard_normal((count, 2))
    return x.astype(np.float32), np.where(chance.random(count) < WRONG, 1 - y, y).astype(np.int64)
