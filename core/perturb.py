"""Disturbances of a picture as a net sees it: turned, shifted, noisy, blurred, covered."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image, ImageFilter

SEED = 11  # the noise stays where it is while a slider moves
LIMITS = {  # degrees, shares of the side, deviation as a share of white, shares of the side
    "rotate": (-180.0, 180.0),
    "x": (-0.5, 0.5),
    "y": (-0.5, 0.5),
    "noise": (0.0, 1.0),
    "blur": (0.0, 0.2),
}


@dataclass(frozen=True)
class Disturbance:
    """What is done to a picture, in this order: blur, turn and shift, noise, cover.

    rotate is in degrees, clockwise; x and y shift right and down, noise is its deviation and blur
    its radius, all as shares of the side or of white; box covers left, top, right, bottom.
    """

    rotate: float = 0.0
    x: float = 0.0
    y: float = 0.0
    noise: float = 0.0
    blur: float = 0.0
    box: tuple[float, float, float, float] | None = None

    def __bool__(self) -> bool:
        return self != Disturbance()


def read(told: Any) -> Disturbance:
    """What the browser asks for, brought within the limits; all that is not a number counts as 0.

    {"rotate", "x", "y", "noise", "blur", "box": [left, top, right, bottom] or None}
    """
    if not isinstance(told, dict):
        return Disturbance()
    rotate, x, y, noise, blur = (_within(told.get(n), *LIMITS[n]) for n in LIMITS)
    return Disturbance(rotate, x, y, noise, blur, _box(told.get("box")))


def _box(told: Any) -> tuple[float, float, float, float] | None:
    if not isinstance(told, list) or len(told) != 4:
        return None
    left, top, right, bottom = (_within(side, 0.0, 1.0) for side in told)
    return (left, top, right, bottom) if left < right and top < bottom else None


def _within(value: Any, least: float, most: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return 0.0
    return min(max(float(value), least), most)


def disturb(picture: np.ndarray, how: Disturbance, mean: tuple[float, ...] = ()) -> np.ndarray:
    """A packed picture, disturbed. uint8 [c, h, w] -> the same; itself where nothing is asked for.

    mean is the colour that the box is filled with, per channel in 0..1; black if left out. What
    comes in from outside when a picture is turned or shifted repeats its edge.
    """
    if not how:
        return picture
    size = picture.shape[-1]
    planes = [Image.fromarray(plane) for plane in picture]
    if how.blur:
        radius = ImageFilter.GaussianBlur(how.blur * size)
        planes = [plane.filter(radius) for plane in planes]
    if how.rotate or how.x or how.y:
        planes = [_moved(plane, how) for plane in planes]
    made = np.stack([np.asarray(plane) for plane in planes])
    if how.noise:
        chance = np.random.default_rng(SEED).standard_normal(made.shape)
        made = (made + 255 * how.noise * chance).round().clip(0, 255).astype(np.uint8)
    if how.box:
        left, top, right, bottom = (round(side * size) for side in how.box)
        fill = [round(255 * value) for value in mean or (0.0,) * len(made)]
        made[:, top:bottom, left:right] = np.array(fill, dtype=np.uint8)[:, None, None]
    return np.ascontiguousarray(made)


def _moved(plane: Image.Image, how: Disturbance) -> Image.Image:
    """One channel turned about its middle, then shifted."""
    size = plane.width
    margin = size  # a turned square reaches 0.71 of its side, a shift half a side
    wide = Image.fromarray(np.pad(np.asarray(plane), margin, mode="edge"))
    turn = math.radians(how.rotate)
    cos, sin = math.cos(turn), math.sin(turn)
    middle = (size - 1) / 2 + 0.5
    x, y = middle + how.x * size, middle + how.y * size
    away = margin + middle
    # Where each pixel of the result comes from.
    map_back = (cos, sin, away - cos * x - sin * y, -sin, cos, away + sin * x - cos * y)
    return wide.transform((size, size), Image.Transform.AFFINE, map_back, Image.Resampling.BICUBIC)
