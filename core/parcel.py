"""Decoded pictures to take away: a sheet, their numbers, an animation."""

import io
from collections.abc import Mapping, Sequence
from math import ceil, sqrt
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from core import film

TALL = 168  # pixels that a picture of an animation is at least enlarged to
STRIP = 24
PAPER, INK = (250, 250, 250), (40, 40, 46)


def columns(count: int) -> int:
    """How many pictures beside each other make a sheet nearly square."""
    return max(1, ceil(sqrt(count)))


def laid(pictures: np.ndarray, across: int) -> np.ndarray:
    """Pictures edge to edge, what is left over black. uint8 (n, c, h, w) -> (h', w'[, 3])"""
    n, c, h, w = pictures.shape
    down = ceil(n / across)
    whole = np.zeros((down * across, c, h, w), np.uint8)
    whole[:n] = pictures
    rows = whole.reshape(down, across, c, h, w).transpose(0, 3, 1, 4, 2)
    canvas = rows.reshape(down * h, across * w, c)
    return np.ascontiguousarray(canvas[..., 0] if c == 1 else canvas)


def raster(pictures: np.ndarray, across: int) -> bytes:
    """Pictures edge to edge as a PNG, for an element that draws them large."""
    return png(laid(pictures, across))


def png(canvas: np.ndarray) -> bytes:
    """A picture without loss. uint8 (h, w[, 3])"""
    buffer = io.BytesIO()
    Image.fromarray(canvas).save(buffer, "PNG", compress_level=3)
    return buffer.getvalue()


def jpeg(canvas: np.ndarray, quality: int = 88) -> bytes:
    """A picture with a little loss, for many small photographs on one sheet."""
    buffer = io.BytesIO()
    Image.fromarray(canvas).save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def archive(arrays: Mapping[str, np.ndarray]) -> bytes:
    """Arrays by name as one .npz file."""
    buffer = io.BytesIO()
    kept: dict[str, Any] = {name: np.asarray(array) for name, array in arrays.items()}
    np.savez_compressed(buffer, **kept)
    return buffer.getvalue()


def sheet(pictures: np.ndarray, across: int, gap: int = 1) -> np.ndarray:
    """Pictures beside and below each other on paper. uint8 (n, c, h, w) -> (h', w', 3)"""
    n, _, h, w = pictures.shape
    down = ceil(n / across)
    canvas = np.full((down * (h + gap) + gap, across * (w + gap) + gap, 3), PAPER, np.uint8)
    for number, picture in enumerate(pictures):
        top, left = (gap + number // across * (h + gap), gap + number % across * (w + gap))
        canvas[top : top + h, left : left + w] = picture.transpose(1, 2, 0)
    return canvas


def large(pictures: np.ndarray, across: int, tall: int = 84) -> bytes:
    """A sheet whose pixels are squares, each picture at least so many pixels high. -> PNG"""
    scale = max(1, ceil(tall / pictures.shape[2]))
    bigger = pictures.repeat(scale, 2).repeat(scale, 3)
    return png(sheet(bigger, across, 2 * scale))


def animation(
    frames: Sequence[np.ndarray], labels: Sequence[str] = (), milliseconds: int = 120
) -> bytes:
    """Frames uint8 (h, w, 3) of equal size as a GIF, each pixel a square, labels below.

    Labels should be of Latin letters and digits, which every font has.

    Raises:
        ValueError: nothing to show.
    """
    if not frames:
        raise ValueError("an animation needs at least one picture")
    scale = max(1, ceil(TALL / frames[0].shape[0]))
    large = [frame.repeat(scale, 0).repeat(scale, 1) for frame in frames]
    if labels:
        large = [_labelled(*pair) for pair in zip(large, labels, strict=True)]
    return film.gif(large, milliseconds)


def _labelled(frame: np.ndarray, label: str) -> np.ndarray:
    image = Image.new("RGB", (frame.shape[1], len(frame) + STRIP), PAPER)
    image.paste(Image.fromarray(frame), (0, 0))
    middle = (frame.shape[1] / 2, image.height - 5)
    ImageDraw.Draw(image).text(middle, label, INK, ImageFont.load_default(14), anchor="mb")
    return np.asarray(image)


def there_and_back(pictures: np.ndarray) -> list[np.ndarray]:
    """Pictures as frames, forwards and then backwards. uint8 (n, c, h, w) -> [(h, w, 3)]"""
    shown = [np.broadcast_to(p.transpose(1, 2, 0), (*p.shape[1:], 3)) for p in pictures]
    return [np.ascontiguousarray(frame) for frame in (*shown, *shown[-2:0:-1])]
