"""Moments of a training as pictures one after the other, and as a GIF."""

import io
from collections.abc import Sequence
from math import ceil, sqrt
from typing import Literal

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from core.born import Frame
from core.overlay import coloured

View = Literal["heads", "rollout", "positions", "filters", "distances"]
VIEWS: tuple[View, ...] = ("heads", "rollout", "positions", "filters", "distances")
SIDE = 384  # pixels that a film is at most wide, where its squares do not need more
GAP = 3
STRIP = 26  # pixels below the pictures, for the label and how far it is
PAPER, INK, DONE = (250, 250, 250), (40, 40, 46), (188, 55, 84)
MOST = 200  # frames of a film


def film(
    frames: Sequence[Frame], view: View, picture: np.ndarray | None = None
) -> list[np.ndarray]:
    """One picture for each moment, all on one scale. -> [uint8 (h, w, 3)], equal in size

    A picture uint8 (s, s, c) stands beside the maps of heads and rollout. Labels should be short
    and of Latin letters and digits, which every font has.

    Raises:
        ValueError: no frames or too many, an unknown view, or a net without positions.
    """
    if not 1 <= len(frames) <= MOST:
        raise ValueError(f"{len(frames)} moments: a film has 1 to {MOST}")
    if view not in VIEWS:
        raise ValueError(f"view {view!r} is unknown: use one of {', '.join(VIEWS)}")
    if view == "distances":
        drawn = [_dots(frame.distances, _top(frames)) for frame in frames]
    elif view == "filters":
        drawn = [_filters(frame.filters) for frame in frames]
    else:
        values = [_values(frame, view) for frame in frames]
        low = min(float(one.min()) for one in values) if view == "positions" else 0.0
        reach = max(float(one.max()) for one in values) - low or 1.0
        drawn = [_heat((one - low) / reach) for one in values]
        if picture is not None and view != "positions":
            drawn = [_beside(picture, one) for one in drawn]
    return [
        _captioned(one, frame.label, (number + 1) / len(frames))
        for number, (one, frame) in enumerate(zip(drawn, frames, strict=True))
    ]


def gif(pictures: Sequence[np.ndarray], milliseconds: int = 400) -> bytes:
    """Pictures of equal size as an animation without end; the last one stays longer.

    Raises:
        ValueError: nothing to show.
    """
    if not pictures:
        raise ValueError("a film needs at least one picture")
    images = [Image.fromarray(picture).quantize(128) for picture in pictures]
    lasting = [milliseconds] * (len(images) - 1) + [milliseconds * 4]
    buffer = io.BytesIO()
    images[0].save(
        buffer, "GIF", save_all=True, append_images=images[1:], duration=lasting, loop=0, disposal=1
    )
    return buffer.getvalue()


def _values(frame: Frame, view: View) -> np.ndarray:
    """Maps as rows and columns of squares. -> (rows, columns, g, g)"""
    if view == "heads":
        return frame.looks
    if view == "rollout":
        return frame.rolled[None, None]
    if frame.positions is None:
        raise ValueError("this net has no positions: choose a ViT that learns or computes them")
    side = round(sqrt(len(frame.positions)))
    return frame.positions.reshape(side, side, side, side)


def _heat(values: np.ndarray) -> np.ndarray:
    """(rows, columns, g, g) of 0…1 -> uint8 (h, w, 3)"""
    rows, columns, grid, _ = values.shape
    scale = max(1, SIDE // (max(rows, columns) * grid))
    return _laid(coloured(values.reshape(-1, grid, grid), False), columns, scale)


def _laid(tiles: np.ndarray, columns: int, scale: int) -> np.ndarray:
    """Tiles (n, h, w, 3) beside and below each other, each pixel a square. -> uint8 (h, w, 3)"""
    large = np.rint(tiles).astype(np.uint8).repeat(scale, 1).repeat(scale, 2)
    count, high, wide, _ = large.shape
    rows = ceil(count / columns)
    canvas = np.full((rows * (high + GAP) - GAP, columns * (wide + GAP) - GAP, 3), PAPER, np.uint8)
    for number, tile in enumerate(large):
        top, left = number // columns * (high + GAP), number % columns * (wide + GAP)
        canvas[top : top + high, left : left + wide] = tile
    return canvas


def _filters(pictures: np.ndarray) -> np.ndarray:
    columns = ceil(sqrt(len(pictures) * 1.5))
    scale = max(1, SIDE // (columns * pictures.shape[2]))
    wanted = pictures.shape[-1] in (1, 3)
    shown = pictures if wanted else pictures.mean(-1, keepdims=True)
    return _laid(np.broadcast_to(shown, (*shown.shape[:3], 3)), columns, scale)


def _top(frames: Sequence[Frame]) -> float:
    return max(float(frame.distances.max()) for frame in frames) * 1.05 or 1.0


def _dots(distances: np.ndarray, top: float) -> np.ndarray:
    """Each head's distance over its layer, 0 at the foot. (layers, heads) -> uint8 (h, w, 3)"""
    image = Image.new("RGB", (SIDE, SIDE * 2 // 3), PAPER)
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(13)
    left, right, foot, head = 44, SIDE - 12, image.height - 24, 14
    for share in (0, 0.5, 1):
        y = foot - (foot - head) * share
        pen.line((left, y, right, y), fill=(215, 215, 220))
        pen.text((left - 6, y), f"{top * share:.0f} px", INK, font, anchor="rm")
    for layer, heads in enumerate(distances):
        x = left + (right - left) * (layer + 0.5) / len(distances)
        pen.text((x, image.height - 4), str(layer + 1), INK, font, anchor="mb")
        for value in heads:
            y = foot - (foot - head) * float(value) / top
            pen.ellipse((x - 5, y - 5, x + 5, y + 5), fill=DONE, outline=PAPER)
    return np.asarray(image)


def _beside(picture: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """The picture at the left, as high as fits, in the middle of the height."""
    side = min(len(drawn), SIDE // 2)
    image = Image.fromarray(picture.squeeze()).convert("RGB").resize((side, side), 0)
    canvas = np.full((len(drawn), side + 3 * GAP + drawn.shape[1], 3), PAPER, np.uint8)
    top = (len(drawn) - side) // 2
    canvas[top : top + side, :side] = np.asarray(image)
    canvas[:, side + 3 * GAP :] = drawn
    return canvas


def _captioned(drawn: np.ndarray, label: str, share: float) -> np.ndarray:
    """With its label below, and a line as long as what has been seen."""
    image = Image.new("RGB", (drawn.shape[1], len(drawn) + STRIP), PAPER)
    image.paste(Image.fromarray(drawn), (0, 0))
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, len(drawn) + 2, drawn.shape[1] * share, len(drawn) + 5), fill=DONE)
    middle = (drawn.shape[1] / 2, image.height - 3)
    pen.text(middle, label, INK, ImageFont.load_default(15), anchor="mb")
    return np.asarray(image)
