"""Maps over pictures: what is strong covers, what is nothing leaves the picture, signs differ."""

import io

import numpy as np
import pytest
from PIL import Image

from core import overlay


def pixels(png):
    return np.asarray(Image.open(io.BytesIO(png))).astype(int)


@pytest.mark.parametrize("channels", [1, 3])
def test_only_what_is_strong_is_covered(channels):
    picture = np.full((28, 28, channels), 100, np.uint8)
    values = np.zeros((4, 4))
    values[0, 0] = 2.0
    look = {"signed": False, "smooth": False}
    shown = pixels(overlay.laid_over(picture, values, strength=1.0, **look))
    assert shown.shape == (448, 448, 3)
    assert (shown[:112, :112] == overlay.HEAT[-1]).all()
    rest = shown[:, 112:]
    assert (rest == rest[0, 0]).all() and np.ptp(rest[0, 0]) == 0 and rest[0, 0, 0] < 100
    bare = pixels(overlay.laid_over(picture, values, strength=0.0, **look))
    assert (bare == 100).all()


def test_for_and_against_differ_in_hue_and_weak_values_cover_less():
    picture = np.zeros((28, 28, 1), np.uint8)
    values = np.array([[1.0, -1.0], [0.5, -0.5]])
    shown = pixels(overlay.laid_over(picture, values, signed=True, strength=1.0, smooth=False))
    corners = shown[10, 10], shown[10, -10], shown[-10, 10], shown[-10, -10]
    assert tuple(corners[0]) == overlay.FOR and tuple(corners[1]) == overlay.AGAINST
    assert corners[2].sum() < corners[0].sum() and corners[3].sum() < corners[1].sum()
    assert corners[2].argmax() == 0 and corners[3].argmax() == 2


def test_a_smooth_map_rises_between_its_squares_and_a_flat_one_shows_nothing():
    picture = np.zeros((28, 28, 1), np.uint8)
    slope = np.array([[0.0, 1.0], [0.0, 1.0]])
    smooth = pixels(overlay.laid_over(picture, slope, signed=False, strength=1.0))[200, :, 0]
    assert len(np.unique(smooth)) > 20
    assert (np.diff(smooth) >= -1).all()
    raised = overlay.laid_over(picture, slope + 3, signed=False, strength=1.0)
    assert np.array_equal(pixels(raised)[200, :, 0], smooth)
    flat = overlay.laid_over(picture, np.zeros((7, 7)), signed=False, strength=1.0)
    assert not pixels(flat).any()


def test_pictures_larger_than_the_screen_asks_for_stay_as_they_are():
    picture = np.random.default_rng(0).integers(0, 255, (512, 512, 3)).astype(np.uint8)
    assert np.array_equal(pixels(overlay.enlarged_picture(picture)), picture)
    small = picture[:28, :28]
    shown = pixels(overlay.enlarged_picture(small))
    assert np.array_equal(shown[::16, ::16], small)
