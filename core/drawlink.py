"""A drawing as a word for the address of a page: strokes packed so that they come back exactly."""

import base64
import binascii
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from core.strokes import MOST_POINTS, MOST_STROKES, Stroke

LONGEST = 1_500  # characters of the word: addresses are copied into chats and mails
_NUMBER = np.dtype("<i2")
_MOST = _NUMBER.itemsize * 2 * (MOST_POINTS + MOST_STROKES)


def write(strokes: Sequence[Stroke]) -> str:
    """The word for a drawing; "" for an empty one, and for one that is too long for an address.

    Each stroke is its thickness, how many points it has, and the steps from point to point.
    """
    numbers: list[int] = []
    for stroke in strokes:
        points = np.rint(stroke.points).astype(np.int64)
        steps = np.diff(points, axis=0, prepend=0)
        numbers += [round(stroke.thickness), len(points), *steps.ravel().tolist()]
    if not numbers:
        return ""
    packed = zlib.compress(np.array(numbers).astype(_NUMBER).tobytes(), 9)
    word = base64.urlsafe_b64encode(packed).decode().rstrip("=")
    return word if len(word) <= LONGEST else ""


def read(word: str) -> list[dict[str, Any]]:
    """The strokes of a word, as a pad tells them; a browser's word, so anything may be in it.

    Raises:
        ValueError: it is no drawing.
    """
    wrong = ValueError("the drawing in this link cannot be read: draw it again")
    if len(word) > LONGEST:
        raise wrong
    try:
        packed = base64.b64decode(word + "=" * (-len(word) % 4), b"-_", validate=True)
        raw = zlib.decompressobj().decompress(packed, _MOST)
        numbers = np.frombuffer(raw, _NUMBER).astype(np.int64)
    except (binascii.Error, zlib.error, ValueError) as problem:
        raise wrong from problem
    strokes, at = [], 0
    while at < len(numbers):
        thickness, count = numbers[at : at + 2] if at + 1 < len(numbers) else (0, 0)
        steps = numbers[at + 2 : at + 2 + 2 * max(0, count)]
        if count < 1 or len(steps) < 2 * count:
            raise wrong
        points = steps.reshape(-1, 2).cumsum(0)
        strokes.append({"w": int(thickness), "p": points.ravel().tolist()})
        at += 2 + 2 * int(count)
    return strokes
