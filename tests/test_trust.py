"""The trust meter: curves counted by hand, chance as coarse as the map, and a net that forgot."""

import numpy as np
import pytest
import torch

from core import explain, pixels, trust
from core.explain import Choice
from core.inference import Predictor
from tests import asking
from tests.glass import SMALL, marks, net, picture

quick_zoo = asking.quick_zoo


@pytest.mark.parametrize("kind", ["cnn", "vit", "mlp"])
def test_deletion_and_insertion_are_counted_pixel_by_pixel(kind):
    of, shown = net(kind), picture()
    values = np.random.default_rng(0).permutation(28 * 28).reshape(28, 28).astype(float)
    (found,) = trust.curves(of, shown, 4, [values], steps=8)
    x = of.normalise(torch.from_numpy(shown)[None])
    order = np.argsort(-values.ravel())
    without, within = x.clone(), pixels.blurred(x, 28 / 9)
    expected = [[], []]
    for step in range(9):
        for place in order[: step * 98]:
            row, column = divmod(int(place), 28)
            without[0, :, row, column] = 0
            within[0, :, row, column] = x[0, :, row, column]
        for curve, state in zip(expected, (without, within), strict=True):
            with torch.no_grad():
                curve.append(of.model(state).softmax(1)[0, 4].item())
    assert np.allclose(found.deletion, expected[0], atol=1e-5)
    assert np.allclose(found.insertion, expected[1], atol=1e-5)
    assert found.areas[0] == pytest.approx(np.trapezoid(expected[0], dx=1 / 8), abs=1e-5)


def test_equal_values_come_in_patches_by_chance():
    for grid in (7, 28):
        places = trust._places(np.zeros((grid, grid)), 28)
        assert sorted(places.ravel()) == list(range(784))
        for order in (np.arange(784), np.arange(784).reshape(28, 28).T.ravel()):
            assert abs(np.corrcoef(places.ravel(), order)[0, 1]) < 0.5
        near = np.abs(np.diff(places, axis=1)).mean()
        assert near < 100 if grid == 7 else near > 200
    half = trust._places(np.repeat([[1.0], [0.0]], 2, 1), 28)
    assert half[:10].max() < 392 <= half[18:].min()


@pytest.mark.parametrize("kind", SMALL)
def test_a_shuffled_net_has_the_same_weights_elsewhere_and_the_net_keeps_its_own(kind):
    of = net(kind)
    before, state = marks(of), {k: v.clone() for k, v in of.model.state_dict().items()}
    twin = trust.shuffled(of)
    assert twin.lock is not of.lock and twin.model is not of.model and marks(of) == before
    assert all(torch.equal(v, state[k]) for k, v in of.model.state_dict().items())
    moved = 0
    for one, other in zip(of.model.parameters(), twin.model.parameters(), strict=True):
        assert torch.equal(one.flatten().sort().values, other.flatten().sort().values)
        moved += not torch.equal(one, other)
    assert moved
    again = trust.shuffled(of).model.state_dict()
    assert all(torch.equal(v, again[k]) for k, v in twin.model.state_dict().items())


def test_likeness_is_spearmans():
    from scipy.stats import spearmanr

    chance = np.random.default_rng(0)
    one, other = chance.integers(0, 9, (2, 12, 12)).astype(float)
    expected = spearmanr(one.ravel(), other.ravel()).statistic
    assert trust.likeness(one, other) == pytest.approx(expected, abs=1e-9)
    assert trust.likeness(one, one**3) == pytest.approx(1)
    assert trust.likeness(one, np.zeros((12, 12))) is None


def curves(deletion, insertion):
    return trust.Curves(np.array(deletion), np.array(insertion))


@pytest.mark.parametrize(
    ("own", "verdict"),
    [
        (curves([1, 0.1, 0], [0, 0.9, 1]), "good"),
        (curves([1, 0.5, 0], [0, 0.55, 1]), "some"),
        (curves([1, 0.9, 0], [0, 1, 1]), "some"),  # better at one, worse at the other
        (curves([1, 0.9, 0], [0, 0.2, 1]), "none"),
    ],
)
def test_the_verdict_is_about_chance(own, verdict):
    chance = curves([1, 0.5, 0], [0, 0.5, 1])
    found = trust.Trust(np.linspace(0, 1, 3), own, chance, chance, 0.2)
    assert found.verdict == verdict and not found.blind
    assert trust.Trust(found.shares, own, chance, chance, 0.9).blind
    assert not trust.Trust(found.shares, own, chance, chance, None).blind


@pytest.mark.parametrize("method", ["integrated", "occlusion"])
def test_maps_of_a_net_that_has_learned_are_better_than_chance(method, quick_zoo):
    from core.data import load

    of, found = Predictor(quick_zoo / "mnist-cnn"), []
    digits = load("mnist-5k")
    for index in range(4):
        shown, label = digits.test_images[index].numpy(), int(digits.test_labels[index])
        found.append(
            trust.trust(
                of, shown, label, lambda asked, x=shown, c=label: values(asked, x, method, c)
            )
        )
    worth = np.mean([one.worth for one in found], axis=0)
    assert worth.mean() > 0.05, worth
    assert (
        np.mean([one.own.areas for one in found], 0)[1]
        > np.mean([one.shuffled.areas for one in found], 0)[1]
    )
    assert {one.verdict for one in found} & {"good", "some"}
    assert np.mean([one.alike or 0 for one in found]) < 0.7


def values(asked, shown, method, index):
    return explain.explain(asked, shown, Choice(method, index)).values


def test_a_map_that_points_the_wrong_way_is_found_out(quick_zoo):
    from core.data import load

    of, digits = Predictor(quick_zoo / "mnist-cnn"), load("mnist-5k")
    shown, label = digits.test_images[0].numpy(), int(digits.test_labels[0])
    wrong = trust.trust(of, shown, label, lambda a: -values(a, shown, "occlusion", label))
    assert wrong.verdict == "none"
