"""From strokes to a picture like the training digits: painted, fitted, hung up by its weight."""

import numpy as np
import pytest
from PIL import Image

from core.centre import centre, on_paper
from core.data import load
from core.strokes import MOST_POINTS, UNIT, Stroke, paint, read


def stroke(*points: float, w: float = 80) -> dict:
    return {"w": w, "p": list(points)}


def test_ink_lies_where_the_pen_was():
    ink = paint(read([stroke(200, 500, 800, 500)]), 100)
    assert ink.shape == (100, 100) and ink.dtype == np.uint8
    assert ink[50, 50] == 255 and ink[50, 18] == 255 and ink[50, 10] == 0
    rows = np.flatnonzero(ink[:, 50] > 127)
    assert len(rows) == 8 and abs(rows.mean() - 49.5) <= 1


def test_a_point_is_a_round_dot():
    ink = paint(read([stroke(500, 500, w=200)]), 100)
    assert abs((ink / 255).sum() - np.pi * 100) < 12
    assert np.array_equal(ink > 127, (ink > 127).T)


def test_an_empty_pad_is_empty():
    assert not paint(()).any() and read([]) == ()
    assert centre(paint(())) is None


@pytest.mark.parametrize(
    "told",
    [
        None,
        "x",
        {},
        [1],
        [{}],
        [{"w": 9}],
        [{"w": 9, "p": [1]}],
        [{"w": 9, "p": []}],
        [{"w": "9", "p": [1, 2]}],
        [{"w": 9, "p": [1, None]}],
        [{"w": 9, "p": [1, float("nan")]}],
        [{"w": True, "p": [1, 2]}],
        [{"w": 9, "p": [1, 2, [3], 4]}],
    ],
)
def test_what_is_no_drawing_is_refused(told):
    with pytest.raises(ValueError, match="no drawing"):
        read(told)


def test_more_than_a_hand_draws_is_refused():
    with pytest.raises(ValueError, match="at most 200 strokes and 20,000 points"):
        read([stroke(*([1, 2] * (MOST_POINTS + 1)))])
    with pytest.raises(ValueError, match="at most"):
        read([stroke(1, 2)] * 201)


def test_numbers_far_away_are_brought_near():
    (one,) = read([stroke(-1e9, 1e300, w=1e9)])
    assert one == Stroke(200, ((-UNIT, 2 * UNIT),))
    paint((one,))


# Centred --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("x", "y", "size"), [(100, 80, 400), (500, 500, 90), (60, 250, 700)])
def test_place_and_size_of_a_drawing_do_not_matter(x, y, size):
    """The same shape anywhere and of any size becomes the same picture."""

    def seven(left, top, side):
        w = 0.1 * side
        points = (left, top, left + 0.7 * side, top, left + 0.2 * side, top + side)
        return centre(paint(read([stroke(*points, w=max(w, 10))])))

    here, there = seven(x, y, size), seven(250, 200, 600)
    apart = np.abs(here.picture.astype(int) - there.picture.astype(int))
    assert apart.mean() < 9  # of 255; a small drawing has coarser edges


def test_the_longer_side_fills_twenty_pixels_and_the_shape_is_kept():
    made = centre(paint(read([stroke(500, 100, 500, 900, w=100)])))
    left, top, right, bottom = made.at
    assert (bottom - top, right - left) == (20, 2)
    assert made.picture[:top].max() == 0 and made.picture[bottom:].max() == 0
    assert made.crop == pytest.approx((0.45, 0.05, 0.55, 0.95), abs=0.01)


def test_the_centre_of_mass_lies_in_the_middle():
    made = centre(paint(read([stroke(100, 100, 800, 100, 300, 900), stroke(150, 120, 700, 120)])))
    ink = made.picture.astype(float)
    rows, columns = (np.arange(28) + 0.5 for _ in range(2))
    x, y = (ink.sum(0) * columns).sum() / ink.sum(), (ink.sum(1) * rows).sum() / ink.sum()
    assert (x, y) == pytest.approx((14.5, 14.5), abs=0.55)
    assert made.weight == pytest.approx((x, y), abs=0.05)


def test_training_digits_stay_as_they_are(session_home):
    """They were made this way: fitted again they come out bit for bit."""
    pictures = load("mnist-5k").test_images[:300, 0].numpy()
    same = 0
    for picture in pictures:
        made = centre(picture)
        same += np.array_equal(made.picture, picture)
        left, top, right, bottom = made.at
        assert max(right - left, bottom - top) == 20
    assert same == len(pictures)


@pytest.mark.parametrize("dark", [True, False])
def test_a_photographed_digit_is_its_ink(dark):
    """Pencil on paper with a shadow across it, or chalk on a board: the same picture as drawn."""
    drawn = paint(read([stroke(250, 200, 720, 200, 450, 850)]), 300).astype(float) / 255
    light = np.linspace(150, 240, 300)[None] * np.linspace(0.8, 1, 300)[:, None]
    noise = np.random.default_rng(2).normal(0, 3, light.shape)
    photo = light * (1 - 0.7 * drawn) if dark else light * (0.25 + 0.7 * drawn)
    image = Image.fromarray((photo + noise).clip(0, 255).astype(np.uint8))
    ink = on_paper(image, 300)
    here, there = ink > 127, drawn > 0.5
    assert (here & there).sum() / (here | there).sum() > 0.9
    assert centre(ink).at == pytest.approx(centre((255 * drawn).astype(np.uint8)).at, abs=1)


def test_empty_paper_has_no_ink():
    noise = np.random.default_rng(2).normal(200, 4, (200, 300)).astype(np.uint8)
    assert centre(on_paper(Image.fromarray(noise))) is None
