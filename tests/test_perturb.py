"""Disturbances do what they say, within limits, and nothing where nothing is asked for."""

import numpy as np
import pytest

from core.perturb import Disturbance, disturb, read

CHANCE = np.random.default_rng(3)


def dot(x: int, y: int, size: int = 32, channels: int = 1) -> np.ndarray:
    picture = np.zeros((channels, size, size), dtype=np.uint8)
    picture[:, y - 1 : y + 2, x - 1 : x + 2] = 255
    return picture


def where(picture: np.ndarray) -> tuple[float, float]:
    ink = picture[0].astype(float)
    y, x = (np.arange(side) for side in ink.shape)
    return (ink.sum(0) * x).sum() / ink.sum(), (ink.sum(1) * y).sum() / ink.sum()


def test_nothing_is_nothing():
    picture = dot(9, 9)
    assert disturb(picture, Disturbance()) is picture
    assert not Disturbance() and Disturbance(noise=0.1)


@pytest.mark.parametrize("channels", [1, 3])
def test_shift_moves_right_and_down(channels):
    made = disturb(dot(8, 8, channels=channels), Disturbance(x=0.25, y=0.5))
    assert made.shape == (channels, 32, 32) and made.dtype == np.uint8
    assert where(made) == pytest.approx((16, 24), abs=0.1)


def test_rotation_is_clockwise_about_the_middle():
    up = dot(16, 6, 33)
    assert where(disturb(up, Disturbance(rotate=90))) == pytest.approx((26, 16), abs=0.1)
    turned = disturb(disturb(up, Disturbance(rotate=90)), Disturbance(rotate=-90))
    assert where(turned) == pytest.approx(where(up), abs=0.1)
    picture = CHANCE.integers(0, 255, (1, 28, 28), dtype=np.uint8)
    half = disturb(picture, Disturbance(rotate=180))[:, ::-1, ::-1]
    assert np.abs(half.astype(int) - picture).max() <= 1


def test_what_comes_in_from_outside_is_the_edge():
    grey = np.full((3, 20, 20), 90, dtype=np.uint8)
    assert (disturb(grey, Disturbance(rotate=33, x=0.3, y=-0.4)) == 90).all()


def test_blur_spreads_and_keeps_the_light():
    made = disturb(dot(16, 16), Disturbance(blur=0.05))
    assert made.max() < 200 and (made > 0).sum() > 20
    assert made.sum() == pytest.approx(9 * 255, rel=0.1)


def test_noise_has_the_deviation_asked_for_and_stays_where_it_is():
    grey = np.full((1, 64, 64), 128, dtype=np.uint8)
    made = disturb(grey, Disturbance(noise=0.1))
    assert np.std(made) == pytest.approx(25.5, rel=0.05)
    more = disturb(grey, Disturbance(noise=0.2))
    assert np.corrcoef(made.ravel(), more.ravel())[0, 1] > 0.99
    assert np.array_equal(made, disturb(grey, Disturbance(noise=0.1)))


def test_the_box_covers_with_the_mean_colour():
    white = np.full((3, 20, 20), 255, dtype=np.uint8)
    made = disturb(white, Disturbance(box=(0.25, 0.5, 0.75, 1.0)), (0.0, 0.5, 1.0))
    assert made[:, 15, 10].tolist() == [0, 128, 255]
    assert (made[:, :10] == 255).all() and (made[:, :, :5] == 255).all()
    assert (made[0, 10:, 5:15] == 0).all() and (white == 255).all()


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (None, Disturbance()),
        ([], Disturbance()),
        ({}, Disturbance()),
        ({"rotate": "x", "x": None, "noise": True, "blur": float("nan")}, Disturbance()),
        ({"rotate": 1e9, "x": -3, "blur": 4}, Disturbance(rotate=180, x=-0.5, blur=0.2)),
        ({"box": [0, 0, 2, 0.5]}, Disturbance(box=(0, 0, 1, 0.5))),
        ({"box": [0.5, 0, 0.5, 1]}, Disturbance()),
        ({"box": "left"}, Disturbance()),
        ({"box": [1, 2, 3]}, Disturbance()),
    ],
)
def test_what_the_browser_says_is_brought_within_limits(told, expected):
    assert read(told) == expected
