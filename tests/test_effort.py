"""The effort of a run: pictures seen and multiply-adds spent, as a run itself counts them."""

import pytest

from core.config import RunConfig, parse
from core.effort import effort, known_effort, pictures_at, trained_on
from core.summary import multiply_adds
from core.training import Run
from models import MODELS, build


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


def test_a_stored_run_whose_net_or_pictures_are_unknown_has_no_effort() -> None:
    stored = small().model_dump(mode="json")
    assert known_effort(stored) == effort(small())
    assert known_effort(stored | {"data": {"name": "no-such-set"}}) is None
    assert known_effort(stored | {"model": {"name": "perceiver"}}) is None
    assert known_effort({}) == effort(RunConfig())
