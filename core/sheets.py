"""Contact sheets: a few pictures of a set as one PNG whose pixels stay sharp."""

import io

import numpy as np
from PIL import Image

from core.data import sample

TALL = 128  # pixels a picture is at least enlarged to; browsers smooth what is smaller
GAP = 6


def sheet(pictures: np.ndarray, columns: int, tall: int = TALL) -> bytes:
    """Pictures beside and below each other, gaps clear. uint8 [n, h, w, c] -> PNG

    tall: pixels that a picture is at least enlarged to, by a whole factor.
    """
    n, h, w, c = pictures.shape
    scale = -(-tall // h)
    large = pictures.repeat(scale, axis=1).repeat(scale, axis=2)
    rows = -(-n // columns)
    high, wide = h * scale + GAP, w * scale + GAP
    canvas = np.zeros((rows * high - GAP, columns * wide - GAP, 4), dtype=np.uint8)
    for number, picture in enumerate(large):
        top, left = (number // columns) * high, (number % columns) * wide
        spot = canvas[top : top + h * scale, left : left + w * scale]
        spot[..., :3], spot[..., 3] = picture, 255  # one grey channel fills all three
    buffer = io.BytesIO()
    Image.fromarray(canvas).save(buffer, "PNG", compress_level=4)
    return buffer.getvalue()


def strip(name: str, most: int = 10) -> bytes:
    """Pictures in a row, the classes taking turns: one of each, or more where classes are few.

    Raises:
        ValueError: the set is not here.
    """
    pictures = sample(name, per_class=most, seed=4).swapaxes(0, 1)
    taking_turns = pictures.reshape(-1, *pictures.shape[2:])[:most]
    return sheet(taking_turns, len(taking_turns))


def mosaics(name: str, side: int = 3, most: int = 20, seed: int = 0) -> list[bytes]:
    """A square of side×side pictures for each of the first classes.

    Raises:
        ValueError: the set is not here.
    """
    return [sheet(pictures, side) for pictures in sample(name, side * side, seed)[:most]]
