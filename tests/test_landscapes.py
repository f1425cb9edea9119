"""Landscapes: values, slopes, minima and saddles are what mathematics and autograd say."""

import math

import numpy as np
import pytest
import torch

from core.landscapes import LANDSCAPES, Landscape, grain, heights
from core.landscapes import LIMITS as MAPS

KNOWN = {  # values that can be worked out on paper
    "bowl": [((3.0, 4.0), 12.5)],
    "ravine": [((2.0, 1.0), 14.5)],
    "saddle": [((2.0, 0.0), 2.0), ((0.0, 2.0), -1.0)],
    "rosenbrock": [((0.0, 0.0), 1.0), ((-1.0, 1.0), 4.0), ((0.0, 1.0), 101.0)],
    "beale": [((0.0, 0.0), 14.203125)],
    "himmelblau": [((0.0, 0.0), 170.0), ((3.0, 2.0), 0.0)],
    "rastrigin": [((1.0, 0.0), 1.0), ((0.5, 0.0), 6.25)],
}
each = pytest.mark.parametrize("land", LANDSCAPES.values(), ids=list(LANDSCAPES))


def some_places(land: Landscape, many: int = 200) -> np.ndarray:
    left, right, bottom, top = land.bounds
    return np.random.default_rng(1).uniform((left, bottom), (right, top), (many, 2))


@pytest.mark.parametrize("name", LANDSCAPES)
def test_values_worked_out_on_paper(name: str) -> None:
    for place, value in KNOWN[name]:
        assert LANDSCAPES[name].value(*place, math) == pytest.approx(value, abs=1e-12)


@each
def test_the_slope_by_hand_is_autograds_and_numbers_arrays_and_tensors_agree(
    land: Landscape,
) -> None:
    places = some_places(land)
    x, y = (torch.tensor(column, requires_grad=True) for column in places.T)
    value = land.value(x, y, torch)
    value.sum().backward()
    dx, dy = land.slope(places[:, 0], places[:, 1], np)
    np.testing.assert_allclose(dx, x.grad, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(dy, y.grad, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(value.detach(), land.value(*places.T, np), rtol=1e-12)
    one = tuple(map(float, places[7]))
    assert land.slope(*one, math) == pytest.approx((dx[7], dy[7]), rel=1e-12)


@each
def test_the_line_of_pytorch_is_the_surface(land: Landscape) -> None:
    """The code a student reads, read here by a parser that knows only arithmetic and cos."""
    from tests.arithmetic import evaluate

    places = some_places(land, 20)
    known = {"x": torch.tensor(places[:, 0]), "y": torch.tensor(places[:, 1]), "pi": math.pi}
    said = evaluate(land.code.removeprefix("f = "), known, {"torch.cos": torch.cos})
    np.testing.assert_allclose(said, land.value(*places.T, np), rtol=1e-12)


@each
def test_minima_are_level_lowest_and_curved_upwards(land: Landscape) -> None:
    whole = [p for p in LANDSCAPES if LANDSCAPES[p] is land][0]
    for place in land.minima:
        assert math.hypot(*land.slope(*place, math)) < 1e-9
        assert land.value(*place, math) == pytest.approx(land.lowest, abs=1e-12)
        assert curvature(land, place).min() > 0
    assert heights(whole, 401, 301).min() >= land.lowest - 1e-12


@each
def test_saddles_are_level_and_curve_both_ways(land: Landscape) -> None:
    for place in land.saddles:
        assert math.hypot(*land.slope(*place, math)) < 1e-4
        low, high = curvature(land, place)
        assert low < 0 < high


def curvature(land: Landscape, place: tuple[float, float]) -> np.ndarray:
    """The eigenvalues of the Hessian, lowest first."""
    at = torch.tensor(place, dtype=torch.float64)
    hessian = torch.autograd.functional.hessian(lambda p: land.value(p[0], p[1], torch), at)
    return torch.linalg.eigvalsh(hessian).numpy()


@each
def test_maps_are_four_to_three_and_hold_what_is_on_them(land: Landscape) -> None:
    left, right, bottom, top = land.bounds
    assert (right - left) / (top - bottom) == pytest.approx(4 / 3)
    for x, y in (land.start, *land.minima, *land.saddles):
        assert left < x < right and bottom < y < top


def test_heights_run_from_the_lowest_row_up_and_cannot_be_changed() -> None:
    found, land = heights("rosenbrock", 5, 4), LANDSCAPES["rosenbrock"]
    left, right, bottom, top = land.bounds
    assert found.shape == (4, 5)
    assert found[0, 0] == land.value(left, bottom, math)
    assert found[-1, 0] == land.value(left, top, math)
    assert found[0, -1] == land.value(right, bottom, math)
    assert not found.flags.writeable


def test_the_ravine_is_as_steep_as_the_bowl_along_it_and_25_times_across() -> None:
    assert curvature(LANDSCAPES["ravine"], (0, 0)).tolist() == pytest.approx([1, 25])
    assert grain("ravine") > 5 * grain("bowl") > 0


def test_a_start_beyond_the_map_is_taken_back_and_no_number_is_refused() -> None:
    land = LANDSCAPES["bowl"]
    assert land.inside((1.0, -2.0)) == (1.0, -2.0)
    assert land.inside((1e9, -1e9)) == (4 + (MAPS - 1) * 4, -3 - (MAPS - 1) * 3)
    with pytest.raises(ValueError, match="no place"):
        land.inside((math.nan, 0.0))
