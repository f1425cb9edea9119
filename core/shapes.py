"""The shapes set: ten kinds of figure, drawn from signed distances and one seed."""

from collections.abc import Callable

import numpy as np

from core.pack import Arrays

SIZE = 32
TRAIN, TEST = 600, 100  # pictures per class
SEED = 1_912

Field = np.ndarray  # float32 [n, h, w]
Distance = Callable[[Field, Field], Field]  # local x, y (y up, figure within 1) -> distance


def _polygon(points: np.ndarray, rounding: float) -> Distance:
    """Signed distance to a polygon with rounded corners; negative inside. points [m, 2]"""

    def distance(x: Field, y: Field) -> Field:
        nearest = np.full_like(x, np.inf)
        inside = np.zeros(x.shape, dtype=bool)
        for (ax, ay), (bx, by) in zip(points, np.roll(points, -1, axis=0), strict=True):
            ex, ey = np.float32(bx - ax), np.float32(by - ay)
            px, py = x - np.float32(ax), y - np.float32(ay)
            along = np.clip((px * ex + py * ey) / (ex * ex + ey * ey), 0, 1)
            np.minimum(nearest, (px - ex * along) ** 2 + (py - ey * along) ** 2, out=nearest)
            if ey:  # a ray to the right crosses this edge: even-odd rule
                inside ^= ((y >= ay) != (y >= by)) & (px < ex * py / ey)
        return np.where(inside, -1, 1) * np.sqrt(nearest) - np.float32(rounding)

    return distance


def _turned(corners: int, radii: tuple[float, ...], rounding: float) -> Distance:
    """A polygon whose corners lie on circles of `radii` in turn, the first one on top."""
    angle = np.pi / 2 + 2 * np.pi * np.arange(corners) / corners
    radius = np.resize(radii, corners)
    return _polygon(np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1), rounding)


def _circle(x: Field, y: Field) -> Field:
    return np.hypot(x, y) - np.float32(0.86)


def _ring(x: Field, y: Field) -> Field:
    return np.abs(np.hypot(x, y) - np.float32(0.68)) - np.float32(0.21)


def _crescent(x: Field, y: Field) -> Field:
    """A disc without a smaller disc to its right."""
    whole, bite, apart = 0.92, 0.76, 0.46
    tip_x = (whole**2 - bite**2 + apart**2) / (2 * apart)
    tip_y = (whole**2 - tip_x**2) ** 0.5
    y = np.abs(y)
    sides = np.maximum(np.hypot(x, y) - whole, bite - np.hypot(x - apart, y))
    beyond = x * tip_y - y * tip_x > apart * np.maximum(tip_y - y, 0)
    return np.where(beyond, np.hypot(x - tip_x, y - tip_y), sides)


def _heart(x: Field, y: Field) -> Field:
    """Two arcs on a corner (this one and the crescent: Inigo Quilez, 2D distance functions)."""
    scale = np.float32(1.5)
    x, y = np.abs(x) / scale, (y + np.float32(0.84)) / scale
    arc = np.hypot(x - 0.25, y - 0.75) - np.float32(np.sqrt(2) / 4)
    fold = 0.5 * np.maximum(x + y, 0)
    corner = np.minimum(x**2 + (y - 1) ** 2, (x - fold) ** 2 + (y - fold) ** 2)
    return np.where(x + y > 1, arc, np.sqrt(corner) * np.sign(x - y)) * scale


_CROSS = 0.27 * np.array(
    [(1, 1), (1, 3), (-1, 3), (-1, 1), (-3, 1), (-3, -1)]
    + [(-1, -1), (-1, -3), (1, -3), (1, -1), (3, -1), (3, 1)]
)
_SQUARE = 0.66 * np.array([(1, 1), (-1, 1), (-1, -1), (1, -1)])

FIGURES: dict[str, Distance] = {
    "circle": _circle,
    "square": _polygon(_SQUARE, 0.06),
    "triangle": _turned(3, (0.92,), 0.07),
    "star": _turned(10, (0.98, 0.42), 0.04),
    "cross": _polygon(_CROSS, 0.05),
    "ring": _ring,
    "heart": _heart,
    "crescent": _crescent,
    "diamond": _turned(4, (0.95, 0.52), 0.05),
    "hexagon": _turned(6, (0.86,), 0.05),
}
CLASSES = tuple(FIGURES)


def _column(chance: np.random.Generator, n: int, low: float, high: float) -> np.ndarray:
    """One number per picture, ready to spread over its pixels. -> float32 [n, 1, 1]"""
    return chance.uniform(low, high, (n, 1, 1)).astype(np.float32)


def _colour(hue: np.ndarray, saturation: np.ndarray, value: np.ndarray) -> np.ndarray:
    """HSV to RGB, each [n, 1, 1] in 0..1 (hue wraps). -> [n, 3, 1, 1]"""
    turns = (np.stack([hue, hue + 2 / 3, hue + 1 / 3], axis=1) * 6) % 6
    ramp = np.clip(np.abs(turns - 3) - 1, 0, 1)
    saturation, value = saturation[:, None], value[:, None]
    return (value * (1 - saturation + saturation * ramp)).astype(np.float32)


def _mix(a: np.ndarray, b: np.ndarray, share: Field) -> np.ndarray:
    """share 0 is a, 1 is b. [n, 3, ...], [n, h, w] -> [n, 3, h, w]"""
    return a + (b - a) * share[:, None]


def _ramp(chance: np.random.Generator, n: int, x: Field, y: Field) -> Field:
    """A slope across the picture in a random direction, 0..1."""
    angle = _column(chance, n, 0, 2 * np.pi)
    return np.clip(0.5 + 0.5 * (x * np.cos(angle) + y * np.sin(angle)), 0, 1)


def _grid() -> tuple[Field, Field]:
    """Pixel centres from -1 to 1, y upwards. -> [1, h, w] twice"""
    line = ((np.arange(SIZE, dtype=np.float32) + 0.5) / SIZE) * 2 - 1
    return line[None, None, :], -line[None, :, None]


def _backdrop(chance: np.random.Generator, n: int, dark: np.ndarray, hue: np.ndarray) -> np.ndarray:
    """A two-colour slope with two soft lights in it. -> [n, 3, h, w]"""
    x, y = _grid()
    value = np.where(dark, _column(chance, n, 0.12, 0.42), _column(chance, n, 0.80, 1.0))
    saturation = np.where(dark, _column(chance, n, 0.3, 0.8), _column(chance, n, 0.08, 0.42))
    near = _colour(hue, saturation, value)
    far = _colour(hue + _column(chance, n, -0.14, 0.14), saturation, value * 0.72)
    picture = _mix(near, far, _ramp(chance, n, x, y))
    for _ in range(2):
        away = np.hypot(x - _column(chance, n, -1, 1), y - _column(chance, n, -1, 1))
        glow = np.clip(1 - away / _column(chance, n, 0.3, 0.9), 0, 1)
        lit = _colour(hue + _column(chance, n, -0.2, 0.2), saturation, np.minimum(value + 0.2, 1))
        picture = _mix(picture, lit, 0.55 * glow)
    return picture


def _draw(distance: Distance, n: int, chance: np.random.Generator) -> np.ndarray:
    """n pictures of one figure. -> uint8 [n, 3, h, w]"""
    x, y = _grid()
    radius = _column(chance, n, 0.34, 0.80)
    room = 1.02 - radius
    cx, cy = (_column(chance, n, -1, 1) * room for _ in range(2))
    turn = _column(chance, n, 0, 2 * np.pi)
    cos, sin = np.cos(turn), np.sin(turn)

    def away(dx: float | np.ndarray, dy: float | np.ndarray) -> Field:
        """Distance in pixels to the figure moved by dx, dy."""
        px, py = (x - cx - dx) / radius, (y - cy - dy) / radius
        return distance(px * cos + py * sin, py * cos - px * sin) * radius * (SIZE / 2)

    dark = chance.random((n, 1, 1)) < 0.5
    hue = _column(chance, n, 0, 1)
    picture = _backdrop(chance, n, dark, hue)
    shade = np.clip(0.5 - away(0.06, -0.10) / 5, 0, 1) * _column(chance, n, 0.1, 0.5)
    picture = _mix(picture, picture * 0.25, shade)

    # The figure's hue keeps clear of the backdrop's, and its brightness goes the other way.
    own = hue + _column(chance, n, 0.25, 0.75)
    value = np.where(dark, _column(chance, n, 0.75, 1.0), _column(chance, n, 0.45, 0.85))
    saturation = _column(chance, n, 0.55, 0.95)
    light = _colour(own - 0.04, saturation * 0.8, np.minimum(value * 1.15, 1))
    deep = _colour(own + _column(chance, n, -0.08, 0.08), saturation, value * 0.74)
    edge = away(0, 0)
    fill = _mix(light, deep, _ramp(chance, n, (x - cx) / radius, (y - cy) / radius))
    picture = _mix(picture, fill, np.clip(0.5 - edge, 0, 1))

    noise = chance.standard_normal(picture.shape, dtype=np.float32)
    picture = picture + noise * _column(chance, n, 0.0, 0.045)[:, None]
    return np.rint(np.clip(picture, 0, 1) * 255).astype(np.uint8)


def _part(per_class: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Shuffled pictures and labels, equally many of each class."""
    chance = np.random.default_rng(seed)
    images = np.concatenate([_draw(figure, per_class, chance) for figure in FIGURES.values()])
    labels = np.repeat(np.arange(len(FIGURES), dtype=np.int64), per_class)
    order = chance.permutation(len(labels))
    return images[order], labels[order]


def make() -> Arrays:
    """The whole set, 600 pictures of each class to train and 100 to test, from one seed."""
    return Arrays(*_part(TRAIN, SEED), *_part(TEST, SEED + 1))
