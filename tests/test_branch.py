"""Branches: the same when nothing is changed, the parent's weights when something is."""

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from core.branch import TAG, branch, origin, plan
from core.checkpoint import load_part, read_card
from core.config import RunConfig, parse
from core.home import run_folder
from core.live import views
from core.store import Store
from core.training import Run
from core.worker import execute
from tests.workshop import ended, settings, until

PARENT = {
    "model": {"name": "cnn", "widths": (4, 8), "dropout": 0.3},
    "data": {"name": "mnist-5k", "limit": 256, "validation": 0.02, "shift": 2, "flip": True},
    "precision": "fp32",
}


@pytest.fixture(scope="module")
def parent(
    session_home: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Store, str]]:
    """A store with a finished run of 3 epochs of 8 steps."""
    with ended(session_home, tmp_path_factory.mktemp("home"), settings(3, **PARENT)) as found:
        yield found


def changed(config: RunConfig, **changes: Any) -> RunConfig:
    return parse(config.model_dump() | changes)


def weights(run_id: str, tag: str = "last") -> dict[str, torch.Tensor]:
    return load_part(run_folder(run_id) / tag, "model")


def equal(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[k], other[k]) for k in one)


def curve(store: Store, run_id: str, after: int) -> list[tuple[str, int, float | None]]:
    kept = ("train.loss", "val.loss", "val.accuracy", "test.accuracy", "lr")
    return [
        (r.name, r.step, r.value)
        for r in store.metrics(run_id)
        if r.name in kept and r.step > after
    ]


@pytest.mark.parametrize("tag", ["start", "step-000004", "epoch-001", "step-000016"])
def test_with_nothing_changed_a_branch_repeats_its_parent_bit_for_bit(
    parent: tuple[Store, str], tag: str
) -> None:
    store, run_id = parent
    source = origin(store, run_id, tag)
    way = plan(source, source.config)
    assert way.same and way.memory and not way.anew and way.step == source.step
    child = branch(store, source, source.config, state="running")
    execute(child)
    assert store.get(child).state == "finished"
    assert equal(weights(child), weights(run_id))
    assert curve(store, child, source.step) == curve(store, run_id, source.step)


def test_a_rate_set_by_hand_is_in_the_branchs_own_settings(parent: tuple[Store, str]) -> None:
    store, _ = parent
    run_id = store.create(settings(3, **PARENT), state="running")
    store.send(run_id, "step", {"batches": 10})
    worker = threading.Thread(target=execute, args=(run_id,))
    worker.start()
    until(lambda: store.get(run_id).state == "paused")
    store.send(run_id, "set", {"lr": 0.004})
    store.send(run_id, "resume")
    worker.join(30)
    before, after = origin(store, run_id, "step-000008"), origin(store, run_id, "epoch-002")
    assert before.config == parse(store.get(run_id).config)
    assert after.config.optimizer.lr == 0.004
    child = branch(store, after, after.config, state="running")
    execute(child)
    assert equal(weights(child), weights(run_id))
    assert parse(store.get(child).config).optimizer.lr == 0.004


@pytest.mark.parametrize(
    ("change", "memory"),
    [
        ({"optimizer": {"name": "momentum", "lr": 0.02}}, False),
        ({"optimizer": {"name": "adam", "lr": 0.1}}, True),
        ({"batch": 64}, True),
        ({"average": 0.9, "patience": 2, "smoothing": 0.1}, True),
    ],
)
def test_a_changed_branch_begins_with_the_parents_weights(
    parent: tuple[Store, str], change: dict[str, Any], memory: bool
) -> None:
    store, run_id = parent
    source = origin(store, run_id, "step-000004")
    config = changed(source.config, **change)
    assert plan(source, config).memory == memory
    child = branch(store, source, config, state="running")
    row = store.get(child)
    assert (row.parent, row.resume, parse(row.config)) == (run_id, True, config)
    run = Run(config, resume=run_folder(child) / TAG)
    assert equal(dict(run.model.state_dict()), weights(run_id, "step-000004"))
    assert run.rates.knobs == config.optimizer
    assert bool(run.optimizers[0].state) == memory
    execute(child)
    assert store.get(child).state == "finished", store.get(child).error
    assert not equal(weights(child), weights(run_id))


def test_other_batches_begin_the_epoch_again(parent: tuple[Store, str]) -> None:
    store, run_id = parent
    source = origin(store, run_id, "step-000016")  # saved when epoch 2 was trained, not judged
    assert (source.step, source.epoch) == (16, 1)
    way = plan(source, changed(source.config, batch=64))
    assert way.anew and (way.step, way.epoch) == (4, 1)
    assert plan(source, changed(source.config, seed=5)).step == 8
    child = branch(store, source, changed(source.config, batch=64), state="running")
    execute(child)
    row = store.get(child)
    assert (row.state, row.step, row.epoch) == ("finished", 12, 3)
    assert min(r.step for r in store.metrics(child) if r.name == "train.loss") == 5


def test_a_branch_stands_when_its_parent_is_gone(parent: tuple[Store, str]) -> None:
    store, run_id = parent
    source = origin(store, run_id, "epoch-002")
    middle = branch(store, source, source.config)
    store.send(middle, "stop")
    child = branch(store, origin(store, middle, TAG), source.config, state="running")
    store.delete(middle)
    store.purge(middle)
    assert not run_folder(middle).exists()
    execute(child)
    assert store.get(child).state == "finished"
    assert equal(weights(child), weights(run_id))
    assert store.get(child).parent == middle


def test_a_branch_shows_where_it_stands_before_it_trains(parent: tuple[Store, str]) -> None:
    store, run_id = parent
    child = branch(store, origin(store, run_id, "epoch-001"), RunConfig(**PARENT | {"batch": 32}))
    row, seen = store.get(child), views(store, child)
    assert (row.state, row.step, row.epoch) == ("queued", 8, 1)
    assert seen["timeline"] == [{"tag": TAG, "step": 8, "epoch": 1, "best": False}]
    assert seen["view"] == views(store, run_id, "epoch-001")["view"]
    card = read_card(run_folder(child) / TAG)
    assert card["origin"] == {"run": run_id, "tag": "epoch-001", "step": 8}
    assert (run_folder(child) / "gallery.png").is_file()
    assert child in store.branches() and run_id not in store.branches()
    assert child in [row.id for row in store.children(run_id)]
    store.send(child, "stop")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"data": {"name": "shapes"}}, "data.name is shapes, leave it at mnist-5k"),
        ({"data": {**PARENT["data"], "validation": 0.5}}, "data.validation is 0.5"),
        ({"data": {**PARENT["data"], "limit": 100}}, "data.limit is 100, leave it at 256"),
        ({"model": {"name": "cnn", "widths": (4, 9)}}, r"do not fit .* set model.widths, .* back"),
        ({"model": {"name": "mlp"}}, "set model.name"),
        ({"epochs": 1}, "1 in all: ask for at least 2 epochs"),
    ],
)
def test_what_cannot_be_branched_is_said_before_anything_is_written(
    parent: tuple[Store, str], change: dict[str, Any], words: str
) -> None:
    store, run_id = parent
    source, before = origin(store, run_id, "epoch-001"), len(store.runs())
    folders = set((run_folder(run_id).parent).iterdir())
    with pytest.raises(ValueError, match=words):
        branch(store, source, changed(source.config, **change))
    assert len(store.runs()) == before
    assert set((run_folder(run_id).parent).iterdir()) == folders


def test_the_end_of_a_run_needs_more_epochs(parent: tuple[Store, str]) -> None:
    store, run_id = parent
    source = origin(store, run_id)
    assert source.tag == "last"
    with pytest.raises(ValueError, match="ask for at least 4 epochs"):
        plan(source, source.config)
    assert not plan(source, changed(source.config, epochs=4)).same


@pytest.mark.parametrize("tag", ["nothing", "../..", "start/../last", "START"])
def test_unknown_checkpoints_are_not_looked_for(parent: tuple[Store, str], tag: str) -> None:
    with pytest.raises(LookupError):
        origin(*parent, tag)


def test_a_lost_file_leaves_no_half_a_branch(parent: tuple[Store, str]) -> None:
    store, run_id = parent
    source = origin(store, run_id, "step-000002")
    copy = source.folder.with_name("copy")
    shutil.copytree(source.folder, copy)
    lost = type(source)(run_id, "copy", copy, source.card, source.config)
    next(copy.glob("model-*")).unlink()
    before = set(run_folder(run_id).parent.iterdir())
    with pytest.raises(ValueError, match="replaced by a newer one"):
        branch(store, lost, source.config)
    assert set(run_folder(run_id).parent.iterdir()) == before
