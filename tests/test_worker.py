"""The worker: what a run leaves behind, and what it does when told."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from core.checkpoint import read_card
from core.home import run_folder
from core.inference import Predictor
from core.store import Store
from core.training import Metrics
from core.worker import execute
from tests.workshop import endless, settings, until


@pytest.fixture
def store(fresh_home: Path) -> Iterator[Store]:
    opened = Store()
    yield opened
    opened.dispose()


@pytest.fixture
def start(store: Store) -> Iterator[Callable[..., str]]:
    """Train a new run in a thread; what still runs at the end is stopped."""
    begun: list[tuple[str, threading.Thread]] = []

    def begin(config: dict[str, Any], run_id: str = "") -> str:
        run_id = run_id or store.create(config, state="running")
        thread = threading.Thread(target=execute, args=(run_id,))
        thread.start()
        begun.append((run_id, thread))
        return run_id

    yield begin
    for run_id, thread in begun:
        store.send(run_id, "stop")
        thread.join(20)
        assert not thread.is_alive()


def at_rest(store: Store, run_id: str, step: int) -> bool:
    row = store.get(run_id)
    return row.state == "paused" and row.step == step


def test_a_finished_run_leaves_everything(store: Store) -> None:
    run_id = store.create(settings(2), state="running")
    heard: list[Metrics] = []
    assert execute(run_id, echo=heard.append) == "cpu"
    row, rows, folder = store.get(run_id), store.metrics(run_id), run_folder(run_id)
    assert (row.state, row.error, row.handle, row.step, row.total_steps) == (
        *("finished", "", "", 16, 16),
    )
    assert [r.seq for r in rows] == list(range(1, len(rows) + 1))
    by_name = {r.name: r for r in rows}
    assert row.test_accuracy == by_name["test.accuracy"].value and by_name["val.loss"].step == 16
    best = max(r.value or 0 for r in rows if r.name == "val.accuracy")
    assert row.best_validation == best and (row.speed or 0) > 0 and row.seconds > 0
    tags = {artifact.uri.rpartition("/")[2] for artifact in store.artifacts(run_id)}
    steps = {f"step-{2**n:06d}" for n in range(5)}
    assert tags == {"start", "epoch-001", "epoch-002", "best", "last"} | steps
    for artifact in store.artifacts(run_id):
        card = read_card(folder / artifact.uri.rpartition("/")[2])
        assert card["files"]["model"]["sha256"] == artifact.sha256
        assert (card["step"], card["epoch"]) == (artifact.step, artifact.epoch)
    assert Predictor(folder / "last").card["step"] == 16
    assert (folder / "gallery.png").read_bytes().startswith(b"\x89PNG")
    assert [m.moment for m in heard if m.moment == "end"] == ["end"]


def test_pause_step_epoch_set_resume_stop(store: Store, start: Callable[..., str]) -> None:
    run_id = store.create(settings(200), state="running")
    store.send(run_id, "step", {"batches": 3})
    start({}, run_id)
    until(lambda: at_rest(store, run_id, 3))
    store.send(run_id, "step", {"batches": 1})
    store.send(run_id, "step", {"batches": 2})
    until(lambda: at_rest(store, run_id, 6))
    store.send(run_id, "set", {"lr": 0.004, "weight_decay": 0.01})
    store.send(run_id, "epoch")
    until(lambda: at_rest(store, run_id, 8))
    assert store.get(run_id).epoch == 1
    assert read_card(run_folder(run_id) / "last")["live"]["lr"] == 0.004
    dials = [(r.name, r.step, r.value) for r in store.metrics(run_id) if r.name[:4] == "set."]
    assert dials == [("set.lr", 6, 0.004), ("set.weight_decay", 6, 0.01)]
    store.send(run_id, "resume")
    until(lambda: store.get(run_id).state == "running" and store.get(run_id).step > 30)
    store.send(run_id, "pause")
    step = until(lambda: store.get(run_id).state == "paused" and store.get(run_id).step)
    time.sleep(0.15)
    assert store.get(run_id).step == step
    store.send(run_id, "stop")
    until(lambda: store.get(run_id).state == "stopped")
    assert read_card(run_folder(run_id) / "last")["step"] == step
    assert store.pending(run_id) == []


def test_commands_act_within_a_batch_or_the_poll(store: Store, start: Callable[..., str]) -> None:
    run_id = start(endless())
    until(lambda: store.get(run_id).step > 3)
    waits = []
    for verb, state in [("pause", "paused"), ("resume", "running")] * 4:
        began = time.monotonic()
        store.send(run_id, verb)
        until(lambda state=state: store.get(run_id).state == state)
        waits.append(time.monotonic() - began)
    assert sorted(waits)[len(waits) // 2] < 0.5


def test_a_setting_out_of_range_is_told_and_changes_nothing(
    store: Store, start: Callable[..., str]
) -> None:
    run_id = start(endless())
    store.send(run_id, "set", {"lr": 1e9})
    assert "lr" in until(lambda: store.get(run_id).error)
    assert store.get(run_id).state == "running"
    assert not [r for r in store.metrics(run_id) if r.name == "set.lr"]


def test_a_resumed_run_draws_the_same_curve(store: Store) -> None:
    def curve(run_id: str) -> list[tuple[str, int, float | None]]:
        kept = ("train.loss", "val.loss", "test.accuracy")
        return [(r.name, r.step, r.value) for r in store.metrics(run_id) if r.name in kept]

    whole, parts = (store.create(settings(3), state="running") for _ in range(2))
    execute(whole)
    for stop, verb, amount in [(5, "step", 5), (8, "step", 3), (8, "epoch", 0), (13, "step", 5)]:
        store.send(parts, verb, {"batches": amount} if amount else {})
        stopper = threading.Thread(target=_stop_at, args=(store, parts, stop))
        stopper.start()
        execute(parts)
        stopper.join()
        assert store.get(parts).state == "stopped"
        store.resume(parts)
        assert store.claim(9) is not None
    execute(parts)
    assert store.get(parts).state == "finished"
    assert curve(parts) == curve(whole)


def _stop_at(store: Store, run_id: str, step: int) -> None:
    until(lambda: at_rest(store, run_id, step))
    store.send(run_id, "stop")


def test_rows_beyond_the_checkpoint_are_rewound(store: Store) -> None:
    run_id = store.create(settings(2), state="running")
    execute(run_id)
    last, lost = store.last_seq(run_id), "train.loss"
    with store._write() as connection:
        connection.exec_driver_sql("UPDATE run SET state = 'crashed'")
        connection.exec_driver_sql("DELETE FROM artifact WHERE step > 8")
    store.resume(run_id)
    store.claim(9)
    execute(run_id)
    first, *later = store.metrics(run_id, since=last)
    assert (first.seq, first.name, first.step, first.value) == (last + 1, "rewind", 8, 8.0)
    assert min(row.step for row in later if row.name == lost) == 9
    assert store.get(run_id).state == "finished"


def test_a_run_that_saved_nothing_starts_again(store: Store) -> None:
    run_id = store.create(settings(1), state="running")
    execute(run_id)
    with store._write() as connection:
        connection.exec_driver_sql("UPDATE run SET state = 'crashed'")
        connection.exec_driver_sql("DELETE FROM artifact")
    last = store.last_seq(run_id)
    store.resume(run_id)
    store.claim(9)
    execute(run_id)
    assert store.metrics(run_id, since=last)[0][1:4] == (-1, 0, "rewind")
    assert store.get(run_id).state == "finished"


@pytest.mark.parametrize(
    ("config", "words"),
    [
        (settings() | {"batch": 5000}, "batch"),
        (settings() | {"epochs": 0}, "epochs"),
        (settings() | {"data": {"name": "no-such-set"}}, "no-such-set"),
        (settings() | {"batch": 4000}, "larger than"),
    ],
)
def test_a_run_that_cannot_start_says_why(store: Store, config: Any, words: str) -> None:
    run_id = store.create(config, state="running")
    execute(run_id)
    row = store.get(run_id)
    assert row.state == "failed" and words in row.error and "Traceback" not in row.error


def test_a_diverged_run_keeps_its_last_finite_weights(store: Store) -> None:
    config = settings(
        50,
        model={"name": "mlp", "widths": (16,), "norm": False, "dropout": 0.0},
        optimizer={"name": "sgd", "lr": 10.0, "weight_decay": 1.0},  # each step: weights × −9
        schedule={"name": "constant"},
    )
    run_id = store.create(config, state="running")
    execute(run_id)
    row = store.get(run_id)
    assert row.state == "diverged" and "lower the learning rate" in row.error
    predictor = Predictor(run_folder(run_id) / "last")
    assert all(torch.isfinite(p).all() for p in predictor.model.parameters())
