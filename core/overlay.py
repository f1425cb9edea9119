"""Maps made visible: laid over their picture, as PNG."""

import io

import numpy as np
from PIL import Image

from core.probe import enlarged

SHOWN = 448  # pixels that a picture is enlarged to, by a whole factor where it is smaller
SMALL = 64  # pixels a side up to which a net is quick and every pixel can be seen
# From nothing to all, dark to bright, so that it can also be read without colours.
HEAT = ((0, 0, 4), (87, 16, 110), (188, 55, 84), (249, 142, 9), (252, 255, 164))
FOR, AGAINST = (255, 122, 26), (58, 134, 255)  # apart for every kind of colour vision
DIM = 0.6  # share of its brightness that the picture gives up, so that white leaves heat its hue
LIFT = 0.6  # exponent that makes weak values visible, too


def scaled(shown: np.ndarray, values: np.ndarray, signed: bool) -> np.ndarray:
    """Signed values brought to -1…1 by the largest of a map, others from its least to 0…1."""
    low = 0.0 if signed else float(values.min())
    reach = float(np.abs(values).max()) if signed else float(values.max()) - low
    return np.clip((shown - low) / reach, -1, 1) if reach > 0 else np.zeros_like(shown)


def coloured(values: np.ndarray, signed: bool) -> np.ndarray:
    """Colours of values in -1…1; signed ones differ in hue, others in heat. (h, w) -> (h, w, 3)"""
    if signed:
        sides = np.where(values[..., None] < 0, AGAINST, FOR)
        return np.asarray(sides, dtype=np.float32)
    places = np.linspace(0, 1, len(HEAT))
    heat = np.array(HEAT, dtype=np.float32)
    parts = [np.interp(values, places, heat[:, channel]) for channel in range(3)]
    return np.stack(parts, -1).astype(np.float32)


def laid_over(
    picture: np.ndarray, values: np.ndarray, *, signed: bool, strength: float, smooth: bool = True
) -> bytes:
    """A map over its picture, which is shown in grey. uint8 (h, w, c), (h', w') -> PNG

    The stronger a value, the more it covers; strength 0…1 is what the strongest covers, and an
    unsigned map's least covers nothing. Not smooth, the map shows its own squares.
    """
    grey = np.asarray(Image.fromarray(picture.squeeze()).convert("L"))
    wide, size = _wide(grey), _side(len(picture))
    shown = enlarged(values, size) if smooth else _squares(values, size)
    shown = scaled(shown, values, signed)
    cover = strength * np.abs(shown)[..., None] ** LIFT
    ground = np.repeat(wide[..., None] * (1 - DIM * strength), 3, -1)
    return _png(ground * (1 - cover) + coloured(shown, signed) * cover)


def enlarged_picture(picture: np.ndarray) -> bytes:
    """A picture with every pixel to be seen. uint8 (h, w, c) -> PNG"""
    return _png(_wide(picture.squeeze()))


def _side(size: int) -> int:
    return size * max(1, SHOWN // size)


def _wide(pixels: np.ndarray) -> np.ndarray:
    factor = max(1, SHOWN // len(pixels))
    return np.asarray(pixels.repeat(factor, 0).repeat(factor, 1))


def _squares(values: np.ndarray, size: int) -> np.ndarray:
    rows = np.arange(size) * len(values) // size
    return np.asarray(values[rows][:, rows])


def _png(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    image = Image.fromarray(np.rint(np.clip(pixels, 0, 255)).astype(np.uint8))
    image.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()
