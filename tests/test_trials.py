"""Trials: each question's right answer is what the race says, and the race says it clearly."""

import pytest

from core.contestants import RATES
from core.landscapes import LANDSCAPES
from core.optim import OPTIMIZERS
from core.paths import walk
from core.trials import Trial, trials

TRIALS = trials()
RIGHT = {
    **{"bowl": 2, "ravine": 1, "saddle": 3, "rosenbrock": 1, "beale": 1, "himmelblau": 1},
    **{"rastrigin": 2, "sgd": 0, "momentum": 2, "nesterov": 1, "adagrad": 2, "adadelta": 0},
    **{"rmsprop": 0, "adam": 1, "adamw": 1, "nadam": 1, "radam": 2, "adamax": 2, "muon": 0},
}
SWINGING = ("ravine", "sgd")  # near its limit on purpose


def test_every_surface_and_every_optimiser_has_its_question() -> None:
    assert set(TRIALS) == set(LANDSCAPES) | set(OPTIMIZERS) == set(RIGHT)


@pytest.mark.parametrize("name", TRIALS)
def test_the_answer_is_found_by_racing(name: str) -> None:
    assert TRIALS[name].answer() == RIGHT[name]
    assert 2 <= TRIALS[name].options <= 4


@pytest.mark.parametrize("name", TRIALS)
def test_the_field_shown_is_of_the_trial(name: str) -> None:
    trial: Trial = TRIALS[name]
    assert set(trial.field) == {runner for runner, _ in trial.runners}
    assert trial.surface in LANDSCAPES
    if name in LANDSCAPES:
        assert trial.surface == name
    else:
        assert name in trial.field


@pytest.mark.parametrize("surface", LANDSCAPES)
def test_usual_rates_are_known_and_keep_on_the_map(surface: str) -> None:
    left, right, bottom, top = LANDSCAPES[surface].bounds
    assert set(RATES[surface]) == set(OPTIMIZERS)
    for name, rate in RATES[surface].items():
        path = walk(name, OPTIMIZERS[name].config(lr=rate), surface)
        x, y = path.places.T
        assert not path.lost
        assert left <= x.min() and x.max() <= right and bottom <= y.min() and y.max() <= top


@pytest.mark.parametrize("name", ["sgd", "adam"])
def test_a_usual_rate_is_the_best_of_its_neighbours(name: str) -> None:
    """1, 2, 5 · 10^k: neither the next higher nor the next lower one does better."""
    from math import log10

    known = [m * 10.0**k for k in range(-5, 1) for m in (1, 2, 5)]
    for surface in LANDSCAPES:
        if (surface, name) == SWINGING:
            continue
        own = min(known, key=lambda rate: abs(log10(rate / RATES[surface][name])))
        at = known.index(own)
        tried = known[max(0, at - 1) : at + 2]
        scores = [_score(name, rate, surface) for rate in tried]
        assert tried[scores.index(min(scores))] == own, surface


def _score(name: str, rate: float, surface: str) -> float:
    from numpy import hypot, log10

    land = LANDSCAPES[surface]
    path = walk(name, OPTIMIZERS[name].config(lr=rate), surface)
    left, right, bottom, top = land.bounds
    x, y = path.places.T
    long = hypot(*path.steps.T).max() > 0.1 * (right - left)
    if long or path.lost or x.min() < left or x.max() > right or y.min() < bottom or y.max() > top:
        return float("inf")
    return float(log10(path.values - land.lowest + 1e-6).mean())
