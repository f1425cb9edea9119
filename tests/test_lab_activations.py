"""The lab of activations and losses: torch's numbers, the formulas by hand, the page."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from core.labs import activations, losses
from core.labs.activations import ACTIVATIONS, across, curve, share_left, stack
from tests.reading import carried_out
from tests.stage import element, page, sound

LOGIT = st.floats(-30, 30)


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def phi(x: np.ndarray) -> np.ndarray:
    return 0.5 * (1 + np.vectorize(math.erf)(x / math.sqrt(2)))


BY_HAND = {
    "relu": lambda x: np.maximum(0, x),
    "leaky": lambda x: np.maximum(0.1 * x, x),
    "elu": lambda x: np.where(x > 0, x, np.exp(x) - 1),
    "selu": lambda x: 1.0507009873554805 * np.where(x > 0, x, 1.6732632423543772 * np.expm1(x)),
    "gelu": lambda x: x * phi(x),
    "silu": lambda x: x * sigmoid(x),
    "mish": lambda x: x * np.tanh(np.log1p(np.exp(x))),
    "softplus": lambda x: np.log1p(np.exp(x)),
    "sigmoid": sigmoid,
    "tanh": np.tanh,
    "hardtanh": lambda x: np.clip(x, -1, 1),
    "softsign": lambda x: x / (1 + np.abs(x)),
}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_a_curve_is_its_formula_and_its_slope_that_of_differences(name: str) -> None:
    x = across() + 0.0123  # beside the corners
    y, slope = curve(name, x)
    np.testing.assert_allclose(y, BY_HAND[name](x), atol=1e-12)
    differences = (BY_HAND[name](x + 1e-6) - BY_HAND[name](x - 1e-6)) / 2e-6
    np.testing.assert_allclose(slope, differences, atol=1e-7)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_line_that_is_shown_makes_the_module_that_is_drawn(name: str) -> None:
    made, _ = carried_out(ACTIVATIONS[name].code)
    assert repr(made) == repr(ACTIVATIONS[name].make())


def test_a_slope_fades_by_its_power() -> None:
    assert share_left("sigmoid", 0.0, 10) == pytest.approx(0.25**10)
    assert share_left("relu", 1.0, 30) == 1 and share_left("relu", -1.0, 2) == 0
    assert activations.OPTIONS[activations.asked()] == 1e-6


@pytest.mark.parametrize("layers", range(2, activations.MOST_LAYERS + 1))
def test_linear_layers_are_one_layer_until_something_bends_between_them(layers: int) -> None:
    for seed in range(5):
        straight, bent = stack(layers, "", seed), stack(layers, "relu", seed)
        assert straight.apart < 1e-11
        np.testing.assert_allclose(straight.y, straight.straight, atol=1e-11)
        product = straight.weights[0]
        for weight in straight.weights[1:]:
            product = weight @ product
        np.testing.assert_allclose(straight.weight, product, atol=1e-12)
        np.testing.assert_array_equal(bent.weights[0], straight.weights[0])
    assert max(stack(layers, "relu", seed).apart for seed in range(5)) > 0.1


@given(st.tuples(LOGIT, LOGIT, LOGIT), st.integers(0, 2))
def test_cross_entropy_by_hand_is_torchs(logits: tuple[float, float, float], target: int) -> None:
    told = losses.cross_entropy(logits, target)
    theirs = nn.CrossEntropyLoss()(
        torch.tensor([logits], dtype=torch.float64), torch.tensor([target])
    ).item()
    assert told.torchs == theirs
    assert told.loss == pytest.approx(theirs, abs=1e-9) and told.apart < 1e-12
    assert told.safe == pytest.approx(theirs, abs=1e-9)
    assert told.shares.sum() == pytest.approx(1) and told.slope.sum() == pytest.approx(0, abs=1e-12)


def test_the_classic_example_costs_what_it_is_known_to_cost() -> None:
    assert round(losses.cross_entropy((3.2, 5.1, -1.7), 0).loss, 4) == 2.0404
    with pytest.raises(ValueError, match="no class 3"):
        losses.cross_entropy((1.0, 2.0), 3)


@pytest.mark.parametrize("name", losses.REGRESSION)
@pytest.mark.parametrize("delta", [0.1, 1.0, 2.5])
def test_losses_of_regression_are_their_formulas(name: str, delta: float) -> None:
    errors = np.linspace(-4, 4, 33) + 0.01
    values, slopes = losses.regression(name, errors, delta)
    hand = [losses.by_hand(name, error, delta) for error in errors]
    np.testing.assert_allclose(values, hand, atol=1e-12)
    after = np.array([losses.by_hand(name, error + 1e-6, delta) for error in errors])
    np.testing.assert_allclose(slopes, (after - hand) / 1e-6, atol=1e-4)
    with pytest.raises(ValueError, match="no loss"):
        losses.regression("mape", errors, delta)


@given(st.lists(st.floats(-5, 50), min_size=3, max_size=9), st.floats(0.2, 3))
def test_mse_answers_with_the_mean_and_l1_with_a_median(values: list[float], delta: float) -> None:
    told = tuple(values)
    assert losses.best_constant(told, "mse", delta) == pytest.approx(np.mean(told), abs=1e-6)
    for name in ("l1", "huber"):
        best = losses.best_constant(told, name, delta)
        cost = [
            sum(losses.by_hand(name, guess - value, delta) for value in told)
            for guess in (best, best - 0.01, best + 0.01)
        ]
        assert cost[0] <= min(cost[1:]) + 1e-9


def test_yes_or_no_pulls_with_p_minus_y_and_squared_error_goes_flat() -> None:
    z = np.linspace(-8, 8, 33)
    told = losses.binary(z, 1.0)
    np.testing.assert_allclose(told["bce"][0], -np.log(sigmoid(z)), atol=1e-12)
    np.testing.assert_allclose(told["bce"][1], sigmoid(z) - 1, atol=1e-12)
    np.testing.assert_allclose(told["squared"][0], (sigmoid(z) - 1) ** 2, atol=1e-12)
    assert abs(told["squared"][1][0]) < 0.001 < 0.99 < abs(told["bce"][1][0])


def test_the_page_shows_the_classic_number_and_the_line_gives_it() -> None:
    at = sound(page("labs/activations", view="cross"))
    last, _ = carried_out(at.code[0].value)
    assert round(last.item(), 4) == 2.0404 and "2.0404" in at.info[0].value
    at.number_input(key="z0").set_value(9.0).run()
    last, _ = carried_out(sound(at).code[0].value)
    assert last.item() == pytest.approx(losses.cross_entropy((9.0, 5.1, -1.7), 0).loss, abs=1e-5)


@pytest.mark.parametrize("view", ["functions", "losses"])
def test_the_lines_that_are_shown_give_the_numbers_beside_them(view: str) -> None:
    at = sound(page("labs/activations", view=view, act="gelu", x="-0.7", error="-1.3", delta="0.8"))
    code = at.code[0].value
    for count, line in enumerate(code.splitlines()):
        if "#" in line:
            upto = "\n".join(code.splitlines()[: count + 1])
            told, _ = carried_out(upto)
            found = told if isinstance(told, tuple) else (told.item(),)
            said = [float(part) for part in line.partition("#")[2].split(",")]
            assert list(found) == pytest.approx(said, abs=6e-5)


def test_curves_are_those_that_were_chosen_in_the_colours_they_keep() -> None:
    told = element(sound(page("labs/activations", act="tanh,relu")), "lab.value")
    assert [line["name"] for line in told["lines"]] == ["ReLU", "Tanh"]
    again = element(sound(page("labs/activations", act="tanh")), "lab.value")
    assert again["lines"][0]["hue"] == told["lines"][1]["hue"]
    at = sound(page("labs/activations", act=""))
    assert element(at, "lab.value") is None and len(at.info) == 1
