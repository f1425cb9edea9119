"""The lab of modules: what containers, states, layers and hooks do is what torch does."""

import ast

import numpy as np
import pytest
import torch
from torch import nn

from core.data import sample
from core.inference import Predictor, open_predictor
from core.labs import containers, hooks, making, states
from core.labs.containers import CONTAINERS
from models.layers import INITS

PLAIN = ("list", "dict")


@pytest.fixture(scope="module")
def net() -> Predictor:
    return open_predictor(hooks.NET)


@pytest.fixture(scope="module")
def digit(session_home) -> np.ndarray:
    return np.ascontiguousarray(sample("mnist-5k", 1)[7, 0].transpose(2, 0, 1))


@pytest.mark.parametrize("kind", CONTAINERS)
def test_only_plain_containers_hide_their_layers(kind):
    found = containers.stepped(kind, 0.1)
    hidden = kind in PLAIN
    assert [weight.learned for weight in found.weights] == [not hidden, not hidden, True]
    assert all(weight.gradient for weight in found.weights)  # backward reaches them all the same
    assert (found.seen < found.all) == hidden
    assert len(found.state) == (2 if hidden else 6)
    assert found.all == sum(p.numel() for p in containers._net("sequential").parameters())


def test_a_step_is_the_gradient_times_the_rate():
    small, large = (containers.stepped("modulelist", lr).weights[0] for lr in (0.1, 0.2))
    assert np.allclose(2 * (small.after - small.before), large.after - large.before, atol=1e-6)


def test_the_same_net_learns_alike_in_all_good_containers_and_worse_in_a_plain_one():
    first, *others = (containers.losses(kind, 0.5) for kind in CONTAINERS)
    assert others[0] == others[1] == first
    assert others[2] == others[3]
    assert first[0] == others[2][0] and first[-1] < others[2][-1]


def test_containers_question():
    assert containers.ASKED[containers.asked()] == "list"


@pytest.mark.parametrize("target", states.TARGETS)
def test_what_becomes_of_each_kind_of_tensor(target):
    found = {
        fate.kind: tuple(getattr(fate, fact) for fact in states.FACTS)
        for fate in states.fates(target)
    }
    assert found == {
        "parameter": (True, True, True, True, True),
        "frozen": (True, False, False, True, True),
        "buffer": (False, False, False, True, True),
        "passing": (False, False, False, False, True),
        "attribute": (False, False, False, False, False),
    }


def test_a_linear_refuses_another_width_and_a_lazy_one_takes_it():
    refused = making.made("linear", 5, 6, 3)
    assert "cannot be multiplied" in refused.problem and not refused.out
    lazy = making.made("lazy", 5, 6, 3)
    assert (lazy.before, lazy.after) == ("weight ?, bias ?", "weight (3, 5), bias (3,)")
    assert lazy.out == making.made("linear", 5, 5, 3).out == (4, 3)
    assert lazy.parameters == sum(p.numel() for p in nn.Linear(5, 3).parameters())


def test_identity_hands_on_the_very_tensor():
    found = making.made("identity", 5, 6, 3)
    assert found.same and found.out == (4, 5) and found.parameters == 0
    assert not making.made("linear", 5, 5, 5).same


def test_apply_visits_children_before_the_net():
    assert making.visits(2) == ["0: Linear", "1: ReLU", "2: Linear", "3: ReLU", "net: Sequential"]


def test_he_keeps_the_signal_of_a_deep_net_and_the_others_lose_it():
    found = {init: making.signal(init, 20) for init in making.CHOICES}
    assert set(INITS) < set(found) and all(len(one) == 21 for one in found.values())
    assert 0.4 < found["he"][-1] < 2.5
    assert found["xavier"][-1] < 0.05 and found["torch"][-1] < 0.1
    assert found["normal"][-1] < 1e-6 and found["zeros"][-1] == 0


def test_drawing_leaves_the_dice_of_others_alone():
    torch.manual_seed(3)
    before = torch.get_rng_state()
    making.signal.__wrapped__("he", 2)
    assert torch.equal(before, torch.get_rng_state())


def test_hooks_are_called_in_order_and_none_stays(net, digit):
    before = hooks._count(net.model)
    found = hooks.fired(net, digit, 7, hooks.KINDS)
    assert found.said == "7" and found.left == 0
    assert hooks._count(net.model) == before
    stages = [call.stage for call in found.calls]
    assert stages == sorted(stages, key=hooks.STAGES.index)
    assert {call.kind for call in found.calls} == set(hooks.KINDS)
    forward = [call for call in found.calls if call.stage == "forward"]
    assert [call.kind for call in forward] == ["forward_pre", "forward"] * 10
    assert forward[0].where == forward[1].where == "0: Rearrange"
    assert forward[1].shown == "1×784"


def test_hooks_of_a_backward_pass_come_from_the_last_layer_to_the_first(net, digit):
    calls = hooks.fired(net, digit, 7, ("backward_pre", "backward", "accumulated", "tensor")).calls
    own = [int(call.where.split(":")[0]) for call in calls if call.kind == "backward"]
    assert own == sorted(own, reverse=True) and len(own) == 10
    last = [call.kind for call in calls if call.where.startswith("9: ")]
    assert last.index("backward_pre") < last.index("backward")
    assert {call.where for call in calls if call.kind == "accumulated"} == {
        name for name, _ in net.model.named_parameters()
    }


@pytest.mark.parametrize("kind", hooks.KINDS)
def test_only_what_is_asked_for_is_called(net, digit, kind):
    found = hooks.fired(net, digit, 7, (kind,))
    assert {call.kind for call in found.calls} == {kind}
    assert found.left == 0


def test_without_hooks_nobody_is_called(net, digit):
    assert hooks.fired(net, digit, 7, ()).calls == ()


TEXTS = [containers.code(kind, 0.1) for kind in CONTAINERS]
TEXTS += [states.code(target) for target in states.TARGETS]
TEXTS += [making.making_code(kind, 5, 6, 3) for kind in making.LAYERS]
TEXTS += [making.init_code(init) for init in making.CHOICES]
TEXTS += [hooks.code(hooks.KINDS), hooks.code(())]


@pytest.mark.parametrize("text", TEXTS)
def test_every_line_of_code_is_python_and_calls_what_torch_has(text):
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if node.value.id == "nn":
                assert hasattr(nn, node.attr)
            if node.attr.startswith("register_"):
                owner = {"output": torch.Tensor, "parameter": torch.Tensor}
                assert hasattr(owner.get(node.value.id, nn.Module), node.attr)
