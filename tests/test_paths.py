"""Paths: torch's own optimisers race, every step is what a loop by hand and the formula say."""

import math
from typing import Any

import numpy as np
import pytest
import torch

from core import paths
from core.contestants import USUAL, read, together, usual, write
from core.landscapes import LANDSCAPES, grain
from core.optim import OPTIMIZERS
from core.paths import Path, arrival, disturbance, rebuilt, walk

OWN = {  # the classes that the menu builds, by torch's own names
    "sgd": torch.optim.SGD,
    "momentum": torch.optim.SGD,
    "nesterov": torch.optim.SGD,
    "adagrad": torch.optim.Adagrad,
    "adadelta": torch.optim.Adadelta,
    "rmsprop": torch.optim.RMSprop,
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
    "nadam": torch.optim.NAdam,
    "radam": torch.optim.RAdam,
    "adamax": torch.optim.Adamax,
    "muon": torch.optim.Muon,
}
CHANGES: dict[str, list[dict[str, Any]]] = {
    "momentum": [{"momentum": 0.0}, {"weight_decay": 0.1}],
    "nesterov": [{"momentum": 0.5}],
    "rmsprop": [{"momentum": 0.8}, {"alpha": 0.5}],
    "adam": [{"weight_decay": 0.3}, {"beta1": 0.0}],
    "adamw": [{"weight_decay": 0.3}],
    "radam": [{"beta2": 0.9}, {"weight_decay": 0.1}],
    "muon": [{"momentum": 0.5, "weight_decay": 0.2}],
}
SETTINGS = [(name, more) for name in OPTIMIZERS for more in [{}, *CHANGES.get(name, [])]]


def test_every_optimiser_of_the_menu_is_checked() -> None:
    assert set(OWN) == set(OPTIMIZERS)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_who_races_is_torchs_own_class(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The step that moves the place is the one in torch.optim, called once for each step."""
    called = []
    real = OWN[name].step

    def step(self, closure=None):
        called.append(type(self))
        return real(self, closure)

    monkeypatch.setattr(OWN[name], "step", step)
    walk(name, usual(name, "ravine"), "ravine", steps=7)
    assert len(called) == 7
    assert all(one is OWN[name] or OWN[name] in one.__mro__ for one in called)
    assert all(one.__module__.startswith("torch.optim") or name == "muon" for one in called)


@pytest.mark.parametrize("noise", [0.0, 0.3])
@pytest.mark.parametrize(("name", "more"), SETTINGS, ids=lambda v: str(v))
def test_a_path_is_what_a_plain_training_loop_gives(
    name: str, more: dict[str, Any], noise: float
) -> None:
    """zero_grad, forward, backward with autograd, step: bit by bit the same but for rounding."""
    config = usual(name, "rosenbrock").model_copy(update=more)
    path = walk(name, config, "rosenbrock", (-1.0, 1.5), 40, noise, seed=3)
    noises = torch.tensor(disturbance("rosenbrock", 40, noise, 3))
    theta = torch.nn.Parameter(torch.tensor([[-1.0, 1.5]], dtype=torch.float64))
    optimizers = OPTIMIZERS[name].build([theta], config)
    for k in range(len(path)):
        for optimizer in optimizers:
            optimizer.zero_grad()
        loss = LANDSCAPES["rosenbrock"].value(theta[0, 0], theta[0, 1], torch)
        assert loss.item() == pytest.approx(path.values[k], rel=1e-6, abs=1e-9)
        (loss + (noises[k] * theta[0]).sum()).backward()
        if name == "muon":  # it rounds to 16 bits, where the last bit of a gradient may decide
            theta.grad = torch.tensor(path.gradients[k : k + 1])
        for optimizer in optimizers:
            optimizer.step()
        here = theta.detach().numpy()[0]
        np.testing.assert_allclose(path.places[k + 1], here, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize(("name", "more"), SETTINGS, ids=lambda v: str(v))
def test_what_a_step_is_made_of_makes_the_step(name: str, more: dict[str, Any]) -> None:
    """Momentum over root size, from the memory that torch keeps; Muon counts in 16 bits."""
    config = usual(name, "rosenbrock").model_copy(update=more)
    path = walk(name, config, "rosenbrock", steps=60, noise=0.1, seed=1)
    near = {"rtol": 0.02, "atol": 0.02 * config.lr} if name == "muon" else {"rtol": 1e-6}
    np.testing.assert_allclose(rebuilt(path), path.steps, **{"atol": 1e-9, **near})
    assert len(path.places) == len(path.values) == len(path) + 1


def test_the_memory_is_known_by_torchs_names() -> None:
    adam = walk("adam", usual("adam", "bowl"), "bowl", steps=5)
    assert set(adam.state) == {"exp_avg", "exp_avg_sq"}
    np.testing.assert_allclose(adam.state["exp_avg"][0], 0.1 * adam.gradients[0])
    np.testing.assert_allclose(adam.state["exp_avg_sq"][0], 0.001 * adam.gradients[0] ** 2)
    np.testing.assert_allclose(adam.size[0], np.sqrt(0.001) * abs(adam.gradients[0]))
    ball = walk("momentum", usual("momentum", "bowl"), "bowl", steps=3)
    np.testing.assert_allclose(ball.momentum[1], 0.9 * ball.gradients[0] + ball.gradients[1])
    plain = walk("sgd", usual("sgd", "bowl"), "bowl", steps=3)
    assert plain.momentum is None and plain.size is None


def test_noise_is_seeded_shared_and_as_large_as_said() -> None:
    one, same, other = (disturbance("bowl", 400, 0.5, seed) for seed in (1, 1, 2))
    assert (one == same).all() and (one != other).any()
    assert one.std() == pytest.approx(0.5 * grain("bowl"), rel=0.1)
    assert not disturbance("bowl", 9, 0.0, 1).any()
    assert (disturbance("bowl", 9, 0.5, 1) == one[:9]).all()  # more steps change no earlier one
    seen = [
        walk(name, usual(name, "bowl"), "bowl", steps=1, noise=0.5).gradients
        for name in ("sgd", "adam")
    ]
    np.testing.assert_array_equal(*seen)


def test_a_rate_beyond_the_limit_leaves_the_map_and_says_so() -> None:
    """On a quadratic SGD is stable below 2 / curvature, here 2 / 25, and not above."""
    stable, lost = (
        walk("sgd", OPTIMIZERS["sgd"].config(lr=lr), "ravine", steps=400) for lr in (0.079, 0.081)
    )
    assert not stable.lost and abs(stable.places[-1, 1]) < 1e-3
    assert abs(lost.places[-1, 1]) > 10
    wild = walk("sgd", OPTIMIZERS["sgd"].config(lr=5.0), "rosenbrock", steps=400)
    assert wild.lost and len(wild) < 10 and np.isfinite(wild.places).all()
    assert arrival(wild, LANDSCAPES["rosenbrock"]) is None


def test_arrival_is_the_moment_from_which_a_path_stays_near_a_minimum() -> None:
    land = LANDSCAPES["bowl"]
    path = walk("sgd", OPTIMIZERS["sgd"].config(lr=1.0), "bowl", steps=9)
    assert arrival(path, land) == (1, 0)
    resting = walk("sgd", OPTIMIZERS["sgd"].config(lr=0.5), "bowl", (0.0, 0.0), 9)
    assert arrival(resting, land) == (0, 0)
    hollow = walk("sgd", usual("sgd", "himmelblau"), "himmelblau", (-3.5, -3.0))
    came = arrival(hollow, LANDSCAPES["himmelblau"])
    assert came is not None and came[1] == 2
    orbit = Path(**{**vars(path), "places": path.places + 3.0})
    assert arrival(orbit, land) is None


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("newton", None, "bowl"), "optimiser 'newton' is unknown"),
        (("sgd", None, "moon"), "surface 'moon' is unknown"),
        (("sgd", None, "bowl", None, 0), "0 steps"),
        (("sgd", None, "bowl", None, paths.MOST_STEPS + 1), "out of range"),
        (("sgd", None, "bowl", (math.inf, 0.0)), "no place"),
    ],
)
def test_a_race_that_cannot_be_is_one_sentence(arguments: tuple, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        walk(*arguments)


def test_a_field_goes_into_a_link_and_back() -> None:
    field = together("ravine", (*USUAL, "radam"))
    field["adam"] = field["adam"].model_copy(update={"lr": 0.3, "beta1": 0.5})
    text = write(field, "ravine")
    assert "adam:lr=0.3:beta1=0.5" in text.split(",")
    assert read(text, "ravine") == {n: field[n] for n in OPTIMIZERS if n in field}
    assert write(together("ravine"), "ravine") == ",".join(USUAL)
    assert read("adam", "bowl")["adam"] == usual("adam", "bowl")
    assert read("", "bowl") == {}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("newton", "'newton' is unknown"),
        ("adam:nesterov=1", "Adam has no setting 'nesterov'"),
        ("adam:name=1", "no setting 'name'"),
        ("sgd:lr=fast", "lr = 'fast' is no number"),
        ("sgd:lr=nan", "SGD: lr does not fit"),
        ("sgd:lr=-1", "SGD: lr does not fit"),
        ("momentum:momentum=1.5", "momentum does not fit"),
        ("sgd," * 500, "too long"),
    ],
)
def test_a_broken_link_is_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        read(text, "bowl")
