"""The effort of a run: pictures seen and multiply-adds spent, as a run itself counts them."""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from core.config import RunConfig, parse
from core.effort import _training, effort, known_effort, pictures_at, trained_on
from core.summary import Layer, multiply_adds
from core.training import Run
from models import MODELS, build, classifies


def small(**changes: object) -> RunConfig:
    """A run of three epochs on a few digits, the last batch of each smaller than the others."""
    values = {"model": {"name": "mlp", "widths": [8]}, "epochs": 3, "batch": 64}
    data = {"name": "mnist-5k", "limit": 300, "validation": 0.1}
    return parse(values | {"data": data} | changes)


@pytest.mark.parametrize("limit", [0, 300])
def test_pictures_are_those_that_the_run_sees(limit: int) -> None:
    config = small(data={"name": "mnist-5k", "limit": limit})
    run = Run(config)
    known = effort(config)
    assert known.pictures == (limit or 3600)
    batches = -(-known.pictures // 64)
    assert run.steps_per_epoch == batches


def test_pictures_at_a_step_count_the_smaller_last_batch() -> None:
    shape = {"steps_per_epoch": 5, "batch": 64, "pictures": 300}
    counts = [pictures_at(step, **shape) for step in range(11)]
    assert counts == [0, 64, 128, 192, 256, 300, 364, 428, 492, 556, 600]


def test_an_empty_epoch_does_not_divide_by_nothing() -> None:
    assert pictures_at(0, steps_per_epoch=0, batch=64, pictures=300) == 0


@pytest.mark.parametrize(
    ("count", "data", "kept"),
    [
        (1000, {"validation": 0.1}, 900),
        (1000, {"validation": 0.5, "limit": 200}, 200),
        (1000, {"validation": 0.5, "limit": 800}, 500),
        (10, {"validation": 0.01}, 9),
    ],
)
def test_the_split_keeps_at_least_one_picture_back(count: int, data: dict, kept: int) -> None:
    assert trained_on(count, small(data=data).data) == kept


@pytest.mark.parametrize("name", MODELS)
def test_the_nets_numbers_are_those_of_the_summary(name: str) -> None:
    config = small(model={"name": name})
    known = effort(config)
    shape = {"channels": 1, "image": 28, "classes": 10}
    net = build(config.model, **shape)
    assert known.parameters == sum(p.numel() for p in net.parameters() if p.requires_grad)
    assert known.multiply_adds == multiply_adds(config.model, **shape)
    if classifies(name) and all(p.requires_grad for p in net.parameters()):
        assert known.training == 3 * known.multiply_adds


def counted(config: RunConfig) -> tuple[int, int]:
    """Multiply-adds of one picture forward, and forward and backward, as torch counts them."""
    net = build(config.model, channels=1, image=28, classes=10).train()
    counts = []
    for backward in (False, True):
        with FlopCounterMode(display=False) as counter:
            loss = net(torch.zeros(2, 1, 28, 28)).sum()
            if backward:
                loss.backward()
        counts.append(counter.get_total_flops() // 4)  # two pictures, two operations each
    return counts[0], counts[1]


@pytest.mark.parametrize("freeze", [0, 1, 3, 5, 40])
def test_what_is_frozen_is_not_gone_through_backward(freeze: int) -> None:
    """As torch counts it, but for the first layer that learns: it hands no gradient on."""
    config = small(model={"name": "transfer", "base": "resnet18", "freeze": freeze, "side": 64})
    known, (forward, whole) = effort(config), counted(config)
    assert known.multiply_adds == forward
    assert forward <= whole <= known.training <= whole + 0.3 * forward
    if freeze == 40:
        assert known.training == pytest.approx(forward, rel=1e-3)


def test_a_frozen_layer_behind_one_that_learns_hands_the_gradient_on() -> None:
    def layer(parameters: int, frozen: int) -> Layer:
        return Layer("", "Linear", "", (), parameters, frozen, 100)

    frozen, learned, sums = layer(0, 5), layer(5, 0), layer(0, 0)
    assert _training([frozen, sums]) == 200
    assert _training([frozen, learned, sums]) == 700
    assert _training([learned, frozen]) == 500


def test_a_stored_run_whose_net_or_pictures_are_unknown_has_no_effort() -> None:
    stored = small().model_dump(mode="json")
    assert known_effort(stored) == effort(small())
    assert known_effort(stored | {"data": {"name": "no-such-set"}}) is None
    assert known_effort(stored | {"model": {"name": "perceiver"}}) is None
    assert known_effort({}) == effort(RunConfig())
