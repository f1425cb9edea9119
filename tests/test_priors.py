"""Priors: samples match their density by moments and by histogram; paintings; parts."""

import math

import numpy as np
import pytest
import torch

from core import priors
from core.config import parse
from core.painting import LETTERS, REACH, SIDE, pack, unpack
from core.prior import cells
from models import build

MANY = 60_000
COARSE = 24  # cells of the histogram a side
FINE = 12  # places of each at which the density is asked


def blob():
    painted = np.zeros((SIDE, SIDE))
    painted[3:9, 4:20] = 1.0  # the top row first
    painted[14:20, 6:10] = 1 / 3
    return painted


PAINTING = pack(blob())
NAMES = list(priors.PRIORS)


def prior(name, code=2, parts=10):
    return priors.make(name, code, parts, PAINTING)


@pytest.mark.parametrize("name", NAMES)
def test_a_histogram_of_samples_is_the_density(name):
    shape = prior(name)
    left, bottom, right, top = shape.box
    drawn = shape.sample(MANY, seed=3)
    counts, _, _ = np.histogram2d(drawn[:, 1], drawn[:, 0], COARSE, [[bottom, top], [left, right]])
    side = (right - left) / COARSE
    fine = np.exp(shape.grid(steps=COARSE * FINE)).reshape(COARSE, FINE, COARSE, FINE)
    expected = fine.mean((1, 3)) * side**2
    assert expected.sum() == pytest.approx(1, abs=0.01)
    assert counts.sum() / MANY > 0.99
    noise = np.sqrt(expected * MANY).sum() / MANY / 2  # what chance alone leaves
    assert np.abs(counts / MANY - expected).sum() / 2 < 2 * noise + 0.004


@pytest.mark.parametrize("name", NAMES)
def test_moments_of_samples_are_those_of_the_density(name):
    shape = prior(name)
    places = cells(shape.box, 400).astype(np.float64)
    mass = np.exp(shape.density(places.astype(np.float32)))
    mass /= mass.sum()
    drawn = shape.sample(MANY, seed=4).astype(np.float64)
    assert drawn.mean(0) == pytest.approx((mass[:, None] * places).sum(0), abs=0.03)
    second = (mass[:, None] * places**2).sum(0)
    assert (drawn**2).mean(0) == pytest.approx(second, rel=0.03)


def test_moments_by_hand():
    assert prior("gaussian", 5).sample(MANY).std(0) == pytest.approx(np.ones(5), abs=0.02)
    square = prior("square", 4).sample(MANY)
    assert square.std(0) == pytest.approx(np.full(4, 4 / math.sqrt(12)), abs=0.02)
    assert np.abs(square).max() <= 2
    radius = np.linalg.norm(prior("ring").sample(MANY), axis=1)
    assert (radius.mean(), radius.std()) == pytest.approx((2, 0.15), abs=0.01)
    petal = prior("mixture").sample(MANY, part=0)
    assert petal.mean(0) == pytest.approx([1.8, 0], abs=0.02)
    assert petal.std(0) == pytest.approx([0.45, 0.2], abs=0.02)


@pytest.mark.parametrize("name", NAMES)
def test_parts_have_equal_mass_and_make_up_the_whole(name):
    shape = prior(name, parts=7)
    each = np.concatenate([shape.sample(2000, seed=n, part=n) for n in range(7)])
    whole = shape.sample(14_000, seed=9)
    assert each.mean(0) == pytest.approx(whole.mean(0), abs=0.06)
    assert each.std(0) == pytest.approx(whole.std(0), abs=0.06)
    middles = np.stack([shape.centre(part) for part in range(7)])
    gaps = np.linalg.norm(middles[:, None] - middles[None], axis=2)[np.triu_indices(7, 1)]
    assert gaps.min() > 0.15  # no two parts are at one place
    with pytest.raises(ValueError, match="this prior has 0 to 6"):
        shape.sample(3, part=7)


@pytest.mark.parametrize("name", NAMES)
def test_same_seed_same_samples_and_temperature_stretches_about_the_middle(name):
    shape = prior(name)
    assert np.array_equal(shape.sample(50, seed=1), shape.sample(50, seed=1))
    assert not np.array_equal(shape.sample(50, seed=1), shape.sample(50, seed=2))
    middle = shape.centre(3)
    plain, hot = (shape.sample(50, seed=1, part=3, temperature=t) for t in (1.0, 1.5))
    assert np.allclose(hot - middle, 1.5 * (plain - middle), atol=1e-4)
    assert np.allclose(shape.sample(9, temperature=0.0), shape.centre(), atol=1e-6)


def test_drawing_in_training_uses_torchs_chance_and_hears_the_parts():
    shape = prior("mixture")
    torch.manual_seed(0)
    first = shape.draw(4)
    torch.manual_seed(0)
    assert torch.equal(first, shape.draw(4))
    drawn = shape.draw(600, torch.arange(600) % 10)
    angle = torch.atan2(drawn[:, 1], drawn[:, 0]) / (2 * math.pi) * 10
    assert ((angle.round().long() % 10) == torch.arange(600) % 10).float().mean() > 0.9


@pytest.mark.parametrize("name", NAMES)
def test_quantiles_of_an_even_grid_fill_the_prior(name):
    shape = prior(name)
    u = (np.stack(np.meshgrid(*2 * [np.arange(100)]), -1).reshape(-1, 2) + 0.5) / 100
    places = shape.quantile(u)
    drawn = shape.sample(MANY)
    assert np.isfinite(places).all()
    assert places.mean(0) == pytest.approx(drawn.mean(0), abs=0.05)
    assert places.std(0) == pytest.approx(drawn.std(0), abs=0.05)


def test_a_painting_survives_its_letters_and_lies_as_it_was_painted():
    assert len(PAINTING) == LETTERS
    assert np.allclose(unpack(PAINTING), blob())
    ramp = np.linspace(0, 1, SIDE * SIDE).reshape(SIDE, SIDE)
    assert np.abs(unpack(pack(ramp)) - ramp).max() <= 1 / 6 + 1e-6
    corner = np.zeros((SIDE, SIDE))
    corner[0, 0] = 1  # top left
    drawn = priors.make("painted", painting=pack(corner)).sample(100)
    cell = 2 * REACH / SIDE
    assert (drawn[:, 0] <= -REACH + cell).all() and (drawn[:, 1] >= REACH - cell).all()


@pytest.mark.parametrize(
    ("letters", "said"),
    [("", "no painting of 192 letters"), ("?" * 192, "no painting"), ("A" * 192, "nothing is")],
)
def test_what_is_no_painting_is_refused(letters, said):
    with pytest.raises(ValueError, match=said):
        unpack(letters)
    with pytest.raises(ValueError, match="24×24 cells"):
        pack(np.full((SIDE, SIDE), 2.0))


@pytest.mark.parametrize(
    ("knobs", "said"),
    [
        ({"prior": "swiss", "code": 8}, "lies in a plane and the code has 8 numbers"),
        ({"prior": "painted"}, "nothing is painted"),
        ({"guided": True, "variant": "vae"}, "set guided to false, or the variant to plain"),
        ({"variant": "vae", "prior": "ring"}, "a VAE needs a formula"),
        ({"labels": 100}, "set labels to 0"),
    ],
)
def test_what_does_not_go_together_is_refused_in_one_sentence(knobs, said):
    config = parse({"model": {"name": "aae", **knobs}}).model
    with pytest.raises(ValueError, match=said):
        build(config, channels=1, image=28, classes=10)
    with pytest.raises(ValueError, match="guided needs labels of at least two classes"):
        build(
            parse({"model": {"name": "aae", "guided": True}}).model, channels=1, image=28, classes=1
        )
    with pytest.raises(ValueError, match="use pictures of 28 pixels"):
        build(
            parse({"model": {"name": "aae", "net": "conv"}}).model, channels=1, image=27, classes=3
        )
