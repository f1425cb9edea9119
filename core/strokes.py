"""A drawing as strokes of a pen, checked and painted: what comes from a browser is only numbers."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

UNIT = 1000  # the pad's side in the coordinates of strokes
MOST_STROKES = 200
MOST_POINTS = 20_000
SIDE = 140  # pixels of the painted drawing
FINE = 3  # painted so many times larger, then averaged: soft edges
THICKNESS = (10, 200)


@dataclass(frozen=True)
class Stroke:
    """One movement of the pen: thickness and points (x, y), in thousandths of the pad's side."""

    thickness: float
    points: tuple[tuple[float, float], ...]


def read(told: Any) -> tuple[Stroke, ...]:
    """Strokes as the pad tells them: [{"w": thickness, "p": [x, y, x, y, …]}, …].

    Raises:
        ValueError: it is something else, or more than a hand draws.
    """
    wrong = ValueError("this is no drawing: clear the pad and draw again")
    if not isinstance(told, list):
        raise wrong
    if len(told) > MOST_STROKES or sum(_length(stroke) for stroke in told) > 2 * MOST_POINTS:
        raise ValueError(
            f"a drawing has at most {MOST_STROKES} strokes and {MOST_POINTS:,} points: clear the "
            "pad and draw again"
        )
    strokes = []
    for stroke in told:
        if not isinstance(stroke, dict):
            raise wrong
        width, flat = stroke.get("w"), stroke.get("p")
        if not isinstance(flat, list) or not flat or len(flat) % 2:
            raise wrong
        if width is None or not all(_number(value) for value in [width, *flat]):
            raise wrong
        points = [min(max(float(value), -UNIT), 2 * UNIT) for value in flat]
        pairs = tuple(zip(points[::2], points[1::2], strict=True))
        strokes.append(Stroke(min(max(float(width), THICKNESS[0]), THICKNESS[1]), pairs))
    return tuple(strokes)


def _length(stroke: Any) -> int:
    points = stroke.get("p") if isinstance(stroke, dict) else None
    return len(points) if isinstance(points, list) else 0


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def paint(strokes: Sequence[Stroke], side: int = SIDE) -> np.ndarray:
    """Ink on an empty pad, 255 where the pen was. -> uint8 [side, side]"""
    large = side * FINE
    canvas = Image.new("L", (large, large))
    pen = ImageDraw.Draw(canvas)
    scale = large / UNIT
    for stroke in strokes:
        radius = stroke.thickness * scale / 2
        points = [(x * scale, y * scale) for x, y in stroke.points]
        if len(points) > 1:
            pen.line(points, fill=255, width=max(1, round(2 * radius)))
        for x, y in points:  # round ends and round corners
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    return np.asarray(canvas.reduce(FINE))
