"""The regression lab: three nets that learn as if alone, with torch's own optimisers."""

import ast

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from core.labs import regression
from core.labs.regression import OPTIMISERS, code, measured, race, said, small, start


def alone(
    name: str, lr: float, noise: float, width: int, steps: int
) -> tuple[list[float], nn.Module]:
    """The exercise as one would write it: a Sequential, torch's optimiser, the loop."""
    x, y = (torch.from_numpy(part)[:, None] for part in measured(noise))
    model = small(width)
    nn.utils.vector_to_parameters(start(width), model.parameters())
    made = {
        "SGD": lambda: torch.optim.SGD(model.parameters(), lr=lr),
        "SGD + momentum": lambda: torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9),
        "Adam": lambda: torch.optim.Adam(model.parameters(), lr=lr),
    }
    optimizer = made[name]()
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        losses.append(loss.item())
        loss.backward()
        optimizer.step()
    return losses, model


@pytest.mark.parametrize("name", OPTIMISERS)
def test_together_each_learns_as_it_would_alone(name: str) -> None:
    which = list(OPTIMISERS).index(name)
    found = race(0.02, 0.2, 8, steps=40)
    losses, model = alone(name, 0.02, 0.2, 8, 40)
    np.testing.assert_allclose(found.losses[which, :40], losses, rtol=2e-4)
    grid = torch.from_numpy(regression.grid())[:, None]
    np.testing.assert_allclose(found.drawn(which, 40), model(grid)[:, 0].detach(), atol=2e-4)


def test_said_is_the_net() -> None:
    model = small(5)
    weights = nn.utils.parameters_to_vector(model.parameters()).detach()
    x = torch.linspace(-3, 3, 9)
    twice = said(torch.stack([weights, 2 * weights]), x)
    torch.testing.assert_close(twice[0], model(x[:, None])[:, 0].detach())
    assert not torch.allclose(twice[0], twice[1])


def test_all_begin_alike_and_learn() -> None:
    found = race(0.02, 0.2, 32)
    assert np.ptp(found.losses[:, 0]) < 1e-6
    assert (found.losses[:, -1] < found.losses[:, 0] / 2).all()
    sgd, momentum, adam = found.losses[:, -1]
    assert adam < momentum < sgd  # as the exercise says


def test_too_large_a_rate_loses_sgd_but_not_adam() -> None:
    found = race(0.5, 0.2, 32)
    assert found.lost(0) is not None and found.lost(1) is not None and found.lost(2) is None
    gone = found.lost(0)
    assert np.isnan(found.losses[0, gone:]).all() and np.isfinite(found.losses[0, :gone]).all()
    assert np.isnan(found.drawn(0, regression.STEPS)).all()
    assert np.isfinite(found.drawn(2, regression.STEPS)).all()


def test_arrival_is_the_first_step_below_the_goal() -> None:
    found = race(0.02, 0.0, 32)
    at = found.arrived(2, 0.1)
    assert at and found.losses[2, at] <= 0.1 < found.losses[2, at - 1]
    assert found.arrived(0, 1e-9) is None


def test_noise_is_what_it_says_and_points_are_the_seeds() -> None:
    x, y = measured(0.0)
    np.testing.assert_allclose(y, regression.truth(x), atol=1e-6)
    noisy = measured(0.4)[1]
    assert 0.3 < np.std(noisy - y) < 0.5
    assert not np.array_equal(measured(0.4, 1)[0], x)


@pytest.mark.parametrize("wrong", [(0, 0.1, 8), (0.1, -1, 8), (0.1, 0.1, 0)])
def test_settings_that_cannot_be_are_refused(wrong) -> None:
    with pytest.raises(ValueError, match="give lr > 0"):
        race(*wrong)


@pytest.mark.parametrize("name", OPTIMISERS)
def test_the_lines_say_what_is_done(name: str) -> None:
    text = code(name, 0.05, 16, 120)
    calls = {ast.unparse(n) for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Call)}
    assert {"nn.Linear(1, 16)", "nn.Linear(16, 1)", "range(120)"} <= calls
    made = regression.made(name, torch.zeros(3, requires_grad=True), 0.05)
    kind = f"torch.optim.{type(made).__name__}("
    (line,) = [c for c in calls if c.startswith(kind)]
    assert "lr=0.05" in line and ("momentum=0.9" in line) == bool(made.defaults.get("momentum"))


def test_who_is_fastest_is_counted() -> None:
    last = race(0.02, 0.2, 32).losses[:, -1]
    assert regression.fastest() == int(last.argmin())


def test_an_unknown_optimiser_is_refused() -> None:
    with pytest.raises(ValueError, match="does not take part"):
        regression.made("Newton", torch.zeros(1, requires_grad=True), 0.1)
