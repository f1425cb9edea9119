"""A drawing in the address: it comes back exactly, and nothing else comes in."""

import base64
import zlib

import numpy as np
import pytest

from core import drawlink
from core.drawlink import LONGEST
from core.strokes import MOST_POINTS, paint, read
from tests.digits import DIGITS

HAND = [
    {"w": 80, "p": [round(1000 * value) for point in points for value in point]}
    for points in DIGITS["7"]
]


def test_every_digit_comes_back_exactly_and_is_short() -> None:
    for hand in DIGITS.values():
        strokes = [{"w": 64, "p": [round(1000 * v) for point in p for v in point]} for p in hand]
        word = drawlink.write(read(strokes))
        assert drawlink.read(word) == strokes
        assert 0 < len(word) < 400 and word.replace("-", "").replace("_", "").isalnum()
        assert np.array_equal(paint(read(drawlink.read(word))), paint(read(strokes)))


def test_points_beside_the_pad_and_single_dots_come_back_too() -> None:
    strokes = [{"w": 10, "p": [-1000, 2000]}, {"w": 200, "p": [0, 0, 2000, -1000, 500, 500]}]
    assert drawlink.read(drawlink.write(read(strokes))) == strokes
    assert drawlink.write(()) == ""


def test_what_is_too_long_for_an_address_has_no_word() -> None:
    random = np.random.default_rng(0).integers(0, 1000, 4000).tolist()
    assert drawlink.write(read([{"w": 80, "p": random}])) == ""


def _word(raw: bytes) -> str:
    return base64.urlsafe_b64encode(zlib.compress(raw, 9)).decode().rstrip("=")


GOOD = drawlink.write(read(HAND))
BOMB = _word(bytes(1_000_000))


@pytest.mark.parametrize(
    "word",
    [
        "x",
        "!" * 8,
        "é" * 8,
        "AAAA",
        GOOD[: len(GOOD) // 2],
        "A" * (LONGEST + 1),
        _word(b"\1"),
        _word(b"\1\0"),
        _word(np.array([80, 3, 1, 1], "<i2").tobytes()),
        _word(np.array([80, -1, 1, 1], "<i2").tobytes()),
        BOMB,
    ],
)
def test_a_forged_word_is_refused_in_one_sentence(word: str) -> None:
    with pytest.raises(ValueError, match="draw it again"):
        drawlink.read(word)


def test_a_word_never_unpacks_to_more_than_a_drawing() -> None:
    many = np.ones(400_000, "<i2")
    many[::3] = 1
    word = _word(many.tobytes())
    assert len(word) <= LONGEST
    try:
        told = drawlink.read(word)
    except ValueError:
        return
    assert sum(len(stroke["p"]) for stroke in told) <= 2 * (MOST_POINTS + 200)
