"""The regularisation lab: the net overfits, every cure narrows the gap, the lines say so."""

import ast
from dataclasses import fields

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from core.labs import regularisation as lab
from core.labs.cures import code, formula
from core.labs.points import moons
from core.labs.regularisation import Cures, built, learn, modes

SWITCHES = [field.name for field in fields(Cures)]
SEED = 7  # the page's own first one


@pytest.fixture(scope="module")
def bare() -> lab.Lesson:
    return learn(Cures(), SEED)


def test_without_a_cure_it_knows_its_points_by_heart_and_nothing_else(bare) -> None:
    assert bare.right[0] == 1 and bare.train[-1] < 0.02
    assert bare.gap > 1 and bare.right[1] < 0.85
    assert 0 < bare.best < len(bare.kept) // 4  # the best moment was long ago
    assert bare.kept[-1] > 3 * bare.kept[bare.best]


@pytest.mark.parametrize("switch", SWITCHES)
def test_every_cure_narrows_the_gap(switch: str, bare) -> None:
    cured = learn(Cures(**{switch: True}), SEED)
    strong = switch != "norm"  # batch norm is no cure first of all, only a little one besides
    assert cured.gap < bare.gap * (0.25 if strong else 0.75)
    assert cured.kept[cured.chosen] < bare.kept[-1] * (0.4 if strong else 0.8)
    assert cured.right[1] > bare.right[1] or not strong


def test_early_stopping_gives_the_best_weights_back() -> None:
    found = learn(Cures(stop=True), SEED)
    assert found.chosen == found.best == int(found.kept.argmin())
    assert len(found.steps) - 1 - found.best == lab.PATIENCE
    with torch.no_grad():
        logits = found.net(torch.from_numpy(found.kept_x))
    loss = F.cross_entropy(logits, torch.from_numpy(found.kept_y)).item()
    assert loss == pytest.approx(found.kept[found.best], rel=1e-5)


def test_without_stopping_the_last_weights_stay(bare) -> None:
    with torch.no_grad():
        logits = bare.net(torch.from_numpy(bare.x))
    loss = F.cross_entropy(logits, torch.from_numpy(bare.y)).item()
    assert loss == pytest.approx(bare.train[-1], rel=1e-4) and bare.steps[-1] == lab.STEPS


def test_the_field_is_the_net(bare) -> None:
    line = np.linspace(-lab.REACH, lab.REACH, lab.SIDE, dtype=np.float32)
    for row, column in ((0, 0), (10, 60), (71, 3)):
        place = torch.tensor([[line[column], line[row]]])
        with torch.no_grad():
            wanted = bare.net(place).softmax(1)[0, 1].item()
        assert bare.field[row, column] == pytest.approx(wanted, abs=1e-4)


def test_a_training_is_the_same_again_and_leaves_chance_alone() -> None:
    before = torch.get_rng_state()
    one, two = learn(Cures(dropout=True, noise=True), 4, 30), learn(Cures(True, True), 4, 30)
    again = learn(Cures(dropout=True, noise=True), 4, 30)
    assert torch.equal(before, torch.get_rng_state())
    np.testing.assert_array_equal(one.kept, again.kept)
    assert not np.array_equal(one.kept, two.kept)


@pytest.mark.parametrize("switch", ["", "l2", "noise", "dropout", "norm"])
def test_only_dropout_and_batch_norm_behave_differently_in_training(switch: str) -> None:
    lesson = learn(Cures(**{switch: True} if switch else {}), SEED, 30)
    kept = {name: value.clone() for name, value in lesson.net.state_dict().items()}
    found = modes(lesson)
    assert found.shaky == (switch == "dropout")
    assert (found.apart > 1e-3) == (switch in ("dropout", "norm"))
    np.testing.assert_array_equal(found.asked[3], found.asked[4])
    for name, value in lesson.net.state_dict().items():
        assert torch.equal(value, kept[name])  # it was a twin that was asked
    assert not lesson.net.training


def test_the_right_answer_is_found_by_asking() -> None:
    assert lab.ANSWERS[lab.asked()] == (True, False)


@pytest.mark.parametrize("switch", ["", *SWITCHES])
def test_the_lines_say_what_is_done(switch: str) -> None:
    cures = Cures(**{switch: True} if switch else {})
    text = code(cures)
    tree = ast.parse(text)
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    (net,) = [c for c in calls if ast.unparse(c.func) == "nn.Sequential"]
    torch.manual_seed(0)
    told = [_layer(part) for part in net.args]
    assert [repr(layer) for layer in told] == [repr(layer) for layer in built(cures)]
    (made,) = [c for c in calls if ast.unparse(c.func) == "torch.optim.Adam"]
    values = {k.arg: ast.literal_eval(k.value) for k in made.keywords}
    assert values == {"lr": lab.RATE} | ({"weight_decay": lab.DECAY} if cures.l2 else {})
    assert ("randn_like" in text) == cures.noise
    assert ("load_state_dict(weights)" in text) == cures.stop
    assert (r"\lambda" in formula(cures)) == cures.l2
    assert (r"\varepsilon" in formula(cures)) == cures.noise


def _layer(call: ast.expr) -> nn.Module:
    assert isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)
    made = getattr(nn, call.func.attr)(*(ast.literal_eval(part) for part in call.args))
    assert isinstance(made, nn.Module)
    return made


def test_points_are_even_seeded_and_partly_wrong() -> None:
    x, y = moons(400, 1)
    assert x.shape == (400, 2) and 0.4 < y.mean() < 0.6
    np.testing.assert_array_equal(moons(400, 1)[0], x)
    assert not np.array_equal(moons(400, 2)[0], x)
    wrong = (y != np.arange(400) % 2).mean()
    assert 0.02 < wrong < 0.09
    assert (np.abs(x).max(1) < lab.REACH).mean() > 0.99
