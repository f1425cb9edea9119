"""Drawn digits made like those of MNIST: fitted into a box, then hung up by their weight."""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter

from core.imaging import to_array

SIZE = 28  # pixels of the picture
BOX = 20  # pixels that the longer side of a digit is fitted into
MIDDLE = 14.5  # where MNIST's own digits have their centre of mass, measured: not quite half of 28
PAPER = 140  # pixels of a photographed digit
CLEAR = 25  # grey levels that ink must differ from paper by, to be ink
PALE, FULL = 0.3, 0.65  # shares of the darkest ink: below all is paper, above all is ink


@dataclass(frozen=True)
class Centred:
    """A digit as the training digits are, and how it came to be.

    picture is uint8 (28, 28); crop is the ink in the drawing, (left, top, right, bottom) as shares
    of its side; scale is pixels of the picture per pixel of the drawing; at is where the fitted
    box was put, (left, top, right, bottom) in pixels of the picture; weight is the centre of its
    mass there, (x, y).
    """

    picture: np.ndarray
    crop: tuple[float, float, float, float]
    scale: float
    at: tuple[int, int, int, int]
    weight: tuple[float, float]


def centre(ink: np.ndarray) -> Centred | None:
    """Fit the ink into 20×20 pixels, shape kept, with its centre of mass in the middle of 28×28.

    As LeCun, Bottou, Bengio and Haffner 1998 made MNIST from NIST. uint8 (h, w), 255 is ink; None
    where there is no ink.
    """
    rows, columns = (np.flatnonzero(ink.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return None
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    cut = Image.fromarray(ink[top:bottom, left:right])
    scale = BOX / max(cut.size)
    width, height = (max(1, round(side * scale)) for side in cut.size)
    small = np.asarray(cut.resize((width, height), Image.Resampling.BICUBIC), dtype=np.float64)
    x, y = _mass(small)
    at_x = min(max(round(MIDDLE - x), 0), SIZE - width)  # a digit is never cut off
    at_y = min(max(round(MIDDLE - y), 0), SIZE - height)
    picture = np.zeros((SIZE, SIZE), dtype=np.uint8)
    picture[at_y : at_y + height, at_x : at_x + width] = small.round()
    h, w = ink.shape
    return Centred(
        picture,
        (float(left / w), float(top / h), float(right / w), float(bottom / h)),
        scale,
        (at_x, at_y, at_x + width, at_y + height),
        (at_x + x, at_y + y),
    )


def on_paper(image: Image.Image, side: int = PAPER) -> np.ndarray:
    """The ink of a photographed digit: what is unlike the paper around it. -> uint8 (side, side)

    The paper is what a wide blur leaves, so a shadow over it does no harm; dark on light and light
    on dark are told apart by which of the two there is less of.
    """
    grey = to_array(image, 1, side)[0]
    paper = np.asarray(
        Image.fromarray(grey)
        .filter(ImageFilter.MedianFilter(9))
        .filter(ImageFilter.GaussianBlur(side / 6)),
        dtype=np.float64,
    )
    apart = paper - grey
    if np.percentile(apart, 99) < -np.percentile(apart, 1):
        apart = -apart
    most = float(np.percentile(apart, 99.5))
    if most < CLEAR:
        return np.zeros((side, side), dtype=np.uint8)
    ink = np.clip((apart / most - PALE) / (FULL - PALE), 0, 1)
    return np.asarray((255 * ink).round(), dtype=np.uint8)


def _mass(ink: np.ndarray) -> tuple[float, float]:
    """The centre of mass, (x, y) in pixels from the left upper corner."""
    total = ink.sum()
    if not total:
        return ink.shape[1] / 2, ink.shape[0] / 2
    y, x = (np.arange(side) + 0.5 for side in ink.shape)
    return float((ink.sum(0) * x).sum() / total), float((ink.sum(1) * y).sum() / total)
