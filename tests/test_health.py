"""Health: numbers against a hand computation; whoever measures a step changes nothing in it."""

import math

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from core import looks
from core.config import parse
from core.health import Measure, due, names, ratios, tidy
from core.settings import assemble
from core.training import Diverged, Run
from core.watch import bends, layers, norms
from models import MODELS
from tests import glass
from tests.test_cures import EVERYTHING, told

TINY = {
    "data": {"name": "mnist-5k", "limit": 300},
    "model": {"name": "mlp", "widths": (16, 8), "dropout": 0.0, "norm": False},
    "optimizer": {"name": "sgd", "lr": 0.1},
    "schedule": {"name": "constant"},
    "epochs": 2,
    "batch": 64,
}
OWN = [name for name in MODELS if not MODELS[name].trained]


def tiny(**changes):
    return parse(TINY | changes)


def hooked(model):
    return sum(len(m._forward_hooks) + len(m._forward_pre_hooks) for m in model.modules())


def lengths(tensors):
    return math.sqrt(sum(float((t.double() ** 2).sum()) for t in tensors))


# The numbers


def by_hand(run, x, labels):
    """Gradient, update ÷ weights and dead share of each layer for a step of plain SGD."""
    weights = [[m.weight.clone(), m.bias.clone()] for m in run.model if isinstance(m, nn.Linear)]
    flat = [p.requires_grad_() for pair in weights for p in pair]
    hidden, dead = x.flatten(1), []
    for weight, bias in weights[:-1]:
        hidden = F.relu(hidden @ weight.T + bias)
        dead.append(sum(bool((unit <= 0).all()) for unit in hidden.T) / hidden.shape[1])
    logits = hidden @ weights[-1][0].T + weights[-1][1]
    slopes = torch.autograd.grad(F.cross_entropy(logits, labels), flat)
    pairs = [slopes[i : i + 2] for i in range(0, len(slopes), 2)]
    gradient = [lengths(pair) for pair in pairs]
    whole = [lengths([p.detach() for p in pair]) for pair in weights]
    return gradient, [0.1 * g / w for g, w in zip(gradient, whole, strict=True)], dead


def test_gradients_updates_and_dead_units_are_those_of_a_hand_computation():
    run = Run(tiny())
    with torch.no_grad():
        run.model[1].bias[:5] = -100.0  # five of sixteen units that no picture wakes
    x, labels = run.normalise(run.images[run.train[:64]]), run.labels[run.train[:64]]
    gradient, update, dead = by_hand(run, x, labels)
    assert dead[0] >= 5 / 16
    run.rates.set(0)
    with Measure(run.model) as watcher:
        run.objective.watcher = watcher
        run.objective.step(x, labels)
    point = watcher.point(1, 0)
    assert watcher.complete
    assert point.gradient == pytest.approx(gradient, rel=1e-3)
    assert point.update == pytest.approx(update, rel=1e-3)
    assert point.dead == pytest.approx(dead, rel=1e-3)
    assert [n for n, _ in names(run.model)["layers"]] == ["1", "3", "5"]
    assert names(run.model)["bends"] == [["2", "ReLU"], ["4", "ReLU"]]


def test_clipping_comes_after_the_gradient_is_read_and_before_the_update():
    free, clipped = Run(tiny()), Run(tiny(clip=0.01))
    for run in (free, clipped):
        next(m for m in run if m.step == 1)
    one, other = free.looks.points[0], clipped.looks.points[0]
    assert one.gradient == other.gradient
    assert max(other.update) < 0.1 * max(one.update)


def test_a_channel_is_dead_only_if_it_is_silent_everywhere_and_a_layer_used_twice_counts_once():
    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.bend = nn.Conv2d(1, 4, 1), nn.ReLU()

        def forward(self, x):
            return self.bend(-self.bend(self.conv(x)) + 0.5)

    net, x = Twice(), torch.zeros(2, 1, 3, 3)
    with torch.no_grad():
        net.conv.weight.fill_(1.0)
        net.conv.bias.copy_(torch.tensor([-1.0, 1.0, -9.0, 0.2]))
        x[1, 0, 2, 2] = 5.0  # wakes the first channel at one place of one picture
    with Measure(net) as watcher:
        watcher.begins()
        nn.Sequential(net.conv, net.bend)(x)
        once = 1 - watcher.alive["bend"].float().mean()
        net(x)
        assert once == 0.25  # only the third
        assert bool(watcher.alive["bend"].all())  # and even that one when the bend is used again


def test_a_layer_without_a_gradient_or_a_finite_one_has_no_number():
    there, gone = torch.tensor([3.0, 4.0]), None
    assert norms([[there], [there, gone], [], [there, there]]) == [
        *(5.0, None, None),
        pytest.approx(50**0.5),
    ]
    assert ratios([1.0, None, 2.0], [4.0, 1.0, 0.0]) == [0.25, None, None]
    assert tidy([1.23456, math.nan, math.inf, None]) == [1.235, None, None, None]


@pytest.mark.parametrize("model", OWN)
def test_layers_are_the_learned_matrices_in_order_norms_and_frozen_ones_left_out(model):
    run = Run(assemble("mnist-5k", model, None, None, 1, 0, ["limit=64", "batch=16"]))
    found = layers(run.model)
    held = {id(p) for layer in found for p in layer.parameters}
    matrices = [p for p in run.model.parameters() if p.requires_grad and p.ndim > 1]
    assert {id(p) for p in matrices} <= held
    assert not any("Norm" in layer.kind for layer in found)
    assert len({layer.name for layer in found}) == len(found)
    for p in found[0].parameters:
        p.requires_grad_(False)
    assert [layer.name for layer in layers(run.model)] == [layer.name for layer in found[1:]]
    assert all(isinstance(m, nn.ReLU | nn.ReLU6) for _, m in bends(run.model))


# When


@pytest.mark.parametrize("total", [1, 7, 50, 640, 2_000, 10_000, 123_457])
def test_few_steps_are_measured_however_long_the_run(total):
    measured = [step for step in range(1, total + 1) if due(step, total)]
    assert measured[:6] == [step for step in (1, 2, 4, 8, 16, 32) if step <= total]
    assert len(measured) <= 60
    assert sum(step > 50 for step in measured) <= max(total / 50, 0)
    late = [step for step in measured if step > max(50, total // 40 + 1)]
    assert len(set(map(int.__sub__, late[1:], late))) <= 1  # evenly


# Nothing is changed


def passes(config):
    """What a run reports, what it ends with, and how often it was looked at."""
    run = Run(config)
    heard = told(run)
    return heard, run.model.state_dict(), run.judged.state_dict(), run


def alike(one, other):
    return all(torch.equal(one[name], other[name]) for name in one)


WATCHED = {
    **{name: {"model": glass.SMALL.get(name, {"name": name})} for name in OWN},
    "everything": EVERYTHING | {"model": {"name": "cnn", "widths": (4, 8)}, "epochs": 1},
    "bf16": {"model": {"name": "cnn", "widths": (4, 8)}, "precision": "bf16"},
    "muon": {"optimizer": {"name": "muon"}},
}
SMALL = {"data": {"name": "mnist-5k", "limit": 96, "validation": 0.05}, "batch": 32}


def small(changes):
    """A few steps, whatever the net."""
    data = SMALL["data"] | changes.get("data", {}) | SMALL["data"]
    return parse(TINY | {"epochs": 1} | SMALL | changes | {"data": data})


@pytest.mark.parametrize("name", WATCHED)
def test_measured_and_dissected_steps_leave_curve_and_weights_bit_identical(name, monkeypatch):
    config = small(WATCHED[name])
    monkeypatch.setattr(looks, "due", lambda step, total: False)
    plain, weights, judged, run = passes(config)
    assert run.looks.points == []
    monkeypatch.setattr(looks, "due", lambda step, total: True)
    seen, same, again, run = passes(config)
    assert seen == plain and alike(weights, same) and alike(judged, again)
    assert [point.step for point in run.looks.points] == list(range(1, run.step + 1))
    for point in run.looks.points:
        assert len(point.gradient) == len(point.update) == len(layers(run.model))
        assert None not in point.gradient + point.update + point.dead
        assert all(0 <= share <= 1 for share in point.dead)
    assert hooked(run.model) == 0
    monkeypatch.setattr(looks, "due", lambda step, total: False)
    run = Run(config)
    run.looks.until = 10**6
    assert told(run) == plain and alike(weights, run.model.state_dict())
    assert run.looks.record["step"] == run.step and run.looks.points == []


# Nothing is left behind


def test_hooks_are_there_only_while_a_step_is_measured():
    run, during = Run(tiny()), []
    run.model[1].register_forward_hook(lambda *_: during.append(hooked(run.model) - 1))
    for metrics in run:
        if metrics.step == 3:
            break
        assert hooked(run.model) == 1  # the one of this test
    assert during[:3] == [2, 2, 0]  # steps 1 and 2 are measured, step 3 is not


@pytest.mark.parametrize("where", ["forward", "loss", "backward", "optimizer"])
def test_hooks_are_gone_after_an_error_wherever_it_comes(where, monkeypatch):
    run = Run(tiny())

    def fail(*_):
        raise RuntimeError("out of memory")

    if where == "forward":
        monkeypatch.setattr(run.model[5], "forward", fail)
    elif where == "loss":
        monkeypatch.setattr(run.objective, "_loss", fail)
    elif where == "backward":
        run.model[1].weight.register_hook(fail)
    else:
        monkeypatch.setattr(run.optimizers[0], "step", fail)
    with pytest.raises(RuntimeError, match="out of memory"):
        list(run)
    assert hooked(run.model) == 0
    assert run.looks.points == []


def test_a_step_whose_loss_is_not_finite_is_no_point_and_leaves_no_hook():
    run = Run(tiny())
    with torch.no_grad():
        run.model[5].weight.fill_(math.nan)
    with pytest.raises(Diverged):
        list(run)
    assert hooked(run.model) == 0 and run.looks.points == []


def test_the_copy_of_the_weights_does_not_outlive_the_step():
    run = Run(tiny())
    next(m for m in run if m.step == 2)
    assert isinstance(run.objective.watcher, Measure) and run.objective.watcher.complete
    assert not run.objective.watcher.before
