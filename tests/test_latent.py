"""Lines, grids and sums of codes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core import latent, priors

CODES = arrays(np.float32, 5, elements=st.floats(-9, 9, width=32))


@given(CODES, CODES, st.sampled_from(latent.WAYS), st.integers(2, 30))
def test_a_line_begins_and_ends_with_its_ends_and_is_always_finite(a, b, way, steps):
    path = latent.line(a, b, steps, way)
    assert path.shape == (steps, 5) and np.isfinite(path).all()
    assert (path[0] == a).all() and (path[-1] == b).all()


def test_the_straight_line_is_even_and_the_circle_keeps_its_distance():
    a, b = np.float32([3, 0, 0]), np.float32([0, 3, 0])
    straight = latent.line(a, b, 5)
    assert np.allclose(np.diff(straight, axis=0), np.diff(straight, axis=0)[0])
    assert np.linalg.norm(straight[2]) == pytest.approx(3 / 2**0.5)
    circle = latent.line(a, b, 5, "circle")
    assert np.allclose(np.linalg.norm(circle, axis=1), 3)
    angles = np.degrees(np.arctan2(circle[:, 1], circle[:, 0]))
    assert np.allclose(angles, [0, 22.5, 45, 67.5, 90], atol=1e-4)


def test_the_circle_between_opposite_codes_goes_round_and_not_through_the_middle():
    path = latent.line(np.float32([2, 0]), np.float32([-2, 0]), 9, "circle")
    assert np.allclose(np.linalg.norm(path, axis=1), 2, atol=1e-5)


@pytest.mark.parametrize(("steps", "way"), [(1, "straight"), (5, "bent")])
def test_no_line_of_one_step_and_no_unknown_way(steps, way):
    with pytest.raises(ValueError, match="use "):
        latent.line(np.zeros(2), np.ones(2), steps, way)


def test_shares_are_the_middles_of_equal_parts_and_the_first_row_is_on_top():
    u = latent.shares(4)
    assert u[0, :, 0].tolist() == [0.125, 0.375, 0.625, 0.875]
    assert u[:, 0, 1].tolist() == [0.875, 0.625, 0.375, 0.125]


def test_a_box_is_cut_by_the_quantiles_of_the_prior():
    prior = priors.make("gaussian")
    box = (-6.0, -6.0, 6.0, 6.0)
    codes = latent.within(box, np.exp(prior.grid(box, 600)), 8)
    exact = prior.quantile(latent.shares(8).reshape(-1, 2))
    assert np.allclose(codes, exact, atol=5e-3)
    half = (0.0, 0.0, 6.0, 6.0)
    codes = latent.within(half, np.exp(prior.grid(half, 600)), 2)
    assert codes[0, 0] == pytest.approx(0.3186, abs=5e-3)  # the quarter of what is above 0


def test_a_box_without_any_density_is_cut_evenly():
    codes = latent.within((0.0, 0.0, 1.0, 1.0), np.zeros((9, 9)), 2)
    assert codes.tolist() == [[0.25, 0.75], [0.75, 0.75], [0.25, 0.25], [0.75, 0.25]]


def test_sums_of_means_go_from_class_to_class():
    codes = np.float32([[0, 0], [2, 0], [10, 4], [12, 4]])
    middles = latent.means(codes, np.array([0, 0, 1, 1]), 3)
    assert middles[:2].tolist() == [[1, 0], [11, 4]] and np.isnan(middles[2]).all()
    moved = latent.moved(np.float32([1, 1]), middles, 0, 1, (0, 0.5, 1))
    assert moved.tolist() == [[1, 1], [6, 3], [11, 5]]
    with pytest.raises(ValueError, match="another class"):
        latent.moved(np.float32([1, 1]), middles, 0, 2, (1,))
