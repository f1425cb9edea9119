"""The plane: places and codes belong together, boxes hold the codes, contours hold the mass."""

import numpy as np
import pytest

from core import plane, priors
from core.prior import cells


@pytest.fixture
def wide():
    chance = np.random.default_rng(0)
    return (chance.normal(size=(400, 6)) * [4, 2, 1, 0.5, 0.2, 0.1] + 1).astype(np.float32)


def test_codes_of_two_numbers_are_their_own_plane():
    codes = np.random.default_rng(0).normal(size=(200, 2)).astype(np.float32)
    flat = plane.lay(codes, priors.make("gaussian"), "tsne")
    assert flat.kind == "code" and (flat.points == codes).all()
    places = np.float32([[1, 2], [-3, 0]])
    assert np.allclose(flat.lift(places, codes[0]), places)
    assert flat.box == priors.make("gaussian").box


def test_a_cut_through_a_code_leads_there_and_back_and_leaves_the_rest_alone(wide):
    flat = plane.lay(wide, priors.make("gaussian", 6))
    assert flat.shares[0] > flat.shares[1] > 0 and sum(flat.shares) > 0.9
    here = flat.place(wide[:1])
    assert np.allclose(flat.lift(here, wide[0]), wide[0], atol=1e-4)
    moved = flat.lift(here + [[1.5, -2]], wide[0])
    assert np.allclose(flat.place(moved), here + [[1.5, -2]], atol=1e-4)
    rest = np.eye(6) - flat.axes.T @ flat.axes
    assert np.allclose((moved - wide[0]) @ rest, 0, atol=1e-4)


def test_a_place_of_tsne_at_a_point_is_that_points_code(wide):
    flat = plane.lay(wide[:120], priors.make("gaussian", 6), "tsne")
    assert np.allclose(flat.lift(flat.points[7:9], wide[0]), wide[7:9], atol=1e-2)
    assert np.allclose(flat.place(wide[7:9]), flat.points[7:9], atol=1e-1)


def test_a_box_grows_for_codes_that_the_prior_does_not_hold():
    codes = np.random.default_rng(0).normal(30, 2, (300, 2)).astype(np.float32)
    free = plane.lay(codes, priors.make("gaussian"), bound=False)
    assert 20 < free.box[0] < 28 and 32 < free.box[2] < 40
    held = plane.lay(codes, priors.make("gaussian"))
    assert held.box[0] <= -3.5 and held.box[2] >= 34


@pytest.mark.parametrize("name", ["gaussian", "mixture", "ring"])
def test_contours_hold_the_share_of_samples_that_they_say(name):
    prior = priors.make(name)
    density = np.exp(prior.grid(prior.box, 200))
    drawn = np.exp(prior.density(prior.sample(20_000, seed=1)))
    levels = plane.levels(density, (0.5, 0.9))
    assert levels[0] > levels[1]
    for level, share in zip(levels, (0.5, 0.9), strict=True):
        assert (drawn >= level).mean() == pytest.approx(share, abs=0.03)
    assert plane.levels(np.zeros((3, 3))) == []


def test_the_gaussian_keeps_its_shape_in_a_cut(wide):
    flat = plane.lay(wide, priors.make("gaussian", 6))
    density = flat.density(priors.make("gaussian", 6), flat.box, 120)
    assert density is not None
    top = cells(flat.box, 120)[density.argmax()]
    assert np.allclose(top, flat.place(np.zeros((1, 6), np.float32))[0], atol=0.2)
    assert flat.density(priors.make("square", 6), flat.box, 8) is None


def test_a_flattened_box_shows_a_gaussian_that_codes_have_missed(wide):
    prior = priors.make("gaussian", 6)
    flat = plane.lay(wide + 20, prior)
    left, bottom, right, top = flat.box
    x, y = flat.place(np.zeros((1, 6), np.float32))[0]
    assert left < x - 3 and x + 3 < right and bottom < y - 3 and y + 3 < top
    assert ((flat.points > [left, bottom]) & (flat.points < [right, top])).all(1).mean() > 0.95
    free = plane.lay(wide + 20, prior, bound=False)
    assert free.box[2] - free.box[0] < right - left


def test_an_unknown_plane_is_refused(wide):
    with pytest.raises(ValueError, match="pca or tsne"):
        plane.lay(wide, priors.make("gaussian", 6), "umap")
