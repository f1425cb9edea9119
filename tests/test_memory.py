"""Memory: runs that cannot fit are refused before the click, with the nearest value that does."""

import re
import time
from pathlib import Path

import pytest

from core import memory
from core.config import RunConfig, parse
from core.estimate import estimate
from core.optim import OPTIMIZERS
from models import MODELS, build

SHAPE = {"channels": 1, "size": 28, "classes": 10}
MB = 1_000_000


def run(batch: int = 128, **model: object) -> RunConfig:
    return parse({"model": model, "batch": batch})


@pytest.fixture
def room(monkeypatch):
    """Sets the memory of this machine."""

    def have(count: int) -> None:
        monkeypatch.setattr(memory, "capacity", lambda: count)

    return have


def refusal(config: RunConfig) -> str:
    with pytest.raises(ValueError) as problem:
        memory.check(config, memory.needed(config, **SHAPE), **SHAPE)
    return str(problem.value)


@pytest.mark.parametrize("model", MODELS)
def test_what_fits_passes_and_one_byte_less_does_not(model, room):
    config = run(name=model)
    found = memory.needed(config, **SHAPE)
    room(found.whole(config.batch))
    memory.check(config, found, **SHAPE)
    room(found.whole(config.batch) - 1)
    assert "this run would need" in refusal(config)


def test_the_batch_that_is_named_is_the_largest_that_fits(room):
    config = run(batch=2048, name="cnn")
    room(100 * MB)
    named = int(re.search(r"use a batch of at most (\d+)$", refusal(config))[1])
    found = memory.needed(config, **SHAPE)
    assert found.whole(named) <= 100 * MB < found.whole(named + 1)
    memory.check(config.model_copy(update={"batch": named}), found, **SHAPE)


@pytest.mark.parametrize(
    ("model", "megabytes", "knob"),
    [
        ({"name": "vit", "width": 512, "depth": 12, "heads": 8}, 200, "width"),
        ({"name": "mlp", "widths": [4096, 4096]}, 200, "widths"),
        ({"name": "resnet", "width": 128, "blocks": 9}, 100, "width"),
    ],
)
def test_where_no_batch_fits_a_net_is_named_that_does(model, megabytes, knob, room):
    config = run(batch=8, **model)
    room(megabytes * MB)
    said = refusal(config)
    found = re.search(rf"use {knob} (\(.+\)|\d+)(?: and a batch of at most (\d+))?$", said)
    numbers = [int(n) for n in re.findall(r"\d+", found[1])]
    value = numbers if knob == "widths" else numbers[0]
    smaller = run(batch=int(found[2] or 8), **(model | {knob: value}))
    build(smaller.model, channels=1, image=28, classes=10)
    memory.check(smaller, memory.needed(smaller, **SHAPE), **SHAPE)


def test_where_nothing_helps_a_much_smaller_net_is_asked_for(room):
    room(MB // 100)
    assert refusal(run(name="mlp")).endswith("choose a much smaller net")


def test_a_machine_that_does_not_tell_its_memory_refuses_nothing(room):
    config = run(batch=4096, name="vit", patch=1, width=1024, depth=24, heads=16)
    room(0)
    memory.check(config, memory.needed(config, **SHAPE), **SHAPE)


def test_the_memory_is_that_of_the_machine_or_of_its_container(monkeypatch, tmp_path):
    monkeypatch.setenv("PLAYGROUND_DEVICE", "cpu")
    monkeypatch.setattr(memory, "LIMITS", ())
    whole = memory.capacity()
    assert whole > 500 * MB
    limits = {"max": whole, str(300 * MB): 300 * MB, str(2**62): whole}
    for text, expected in limits.items():
        (tmp_path / "limit").write_text(f"{text}\n")
        monkeypatch.setattr(memory, "LIMITS", (str(tmp_path / "none"), str(tmp_path / "limit")))
        assert memory.capacity() == expected
    assert not Path(memory.LIMITS[0]).exists()


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_the_form_shows_what_is_checked(optimizer, room):
    config = parse({"model": {"name": "mlp"}, "optimizer": {"name": optimizer}})
    told = estimate(config, **SHAPE, train_count=4000)
    assert told.memory_bytes == memory.needed(config, **SHAPE).whole(config.batch)
    room(told.memory_bytes - 1)
    with pytest.raises(ValueError, match="this run would need"):
        estimate(config, **SHAPE, train_count=4000)


def test_a_net_whose_first_step_would_be_heavy_is_counted_and_not_tried(room):
    """Few parameters, but attention between 784 tokens in 24 blocks: gigabytes for a batch."""
    room(10**15)
    config = run(name="vit", patch=1, width=96, depth=24, heads=16)
    start = time.perf_counter()
    told = estimate(config, **SHAPE, train_count=4000)
    assert time.perf_counter() - start < 8
    assert told.parameters < 4 * MB and told.memory_bytes > 50_000 * MB
