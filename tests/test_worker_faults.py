"""The worker when things go wrong around it: disk, memory, store, rivals, the keyboard."""

import errno
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core import crew, snapshot, trainer
from core.checkpoint import read_card
from core.draft import Draft
from core.home import run_folder
from core.store import Store, StoreBusy, StoreFull
from core.training import Metrics
from core.worker import Worker, execute, reason
from tests.workshop import endless, settings, until


@pytest.fixture
def store(fresh_home: Path) -> Iterator[Store]:
    opened = Store()
    yield opened
    opened.dispose()


def fail_first(
    patch: pytest.MonkeyPatch, owner: Any, name: str, problem: Exception, n: int
) -> None:
    """Make the first `n` calls of a method raise."""
    whole, left = getattr(owner, name), [n]

    def faulty(*arguments: Any, **named: Any) -> Any:
        if left[0]:
            left[0] -= 1
            raise problem
        return whole(*arguments, **named)

    patch.setattr(owner, name, faulty)


FULL = OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize(
    ("owner", "name", "problem"),
    [
        (Draft, "write", FULL),
        (Store, "append", StoreFull("disk full")),
        (Store, "add_artifact", StoreFull("disk full")),
    ],
)
def test_a_full_disk_pauses_and_loses_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, problem: Exception
) -> None:
    run_id = store.create(settings(3), state="running")
    fail_first(monkeypatch, owner, name, problem, 3)
    alarms: list[str] = []
    training = threading.Thread(target=execute, args=(run_id, None, None, alarms.append))
    training.start()
    said = []
    while training.is_alive():
        row = store.get(run_id)
        if row.state == "paused":
            said.append(row.error)
            store.resume(run_id)
        training.join(0.02)
    assert (
        said
        and alarms
        and all("disk full" in sentence and "MB free" in sentence for sentence in said + alarms)
    )
    row, rows = store.get(run_id), store.metrics(run_id)
    assert (row.state, row.error) == ("finished", "")
    assert [r.seq for r in rows] == list(range(1, len(rows) + 1))
    assert [r.epoch for r in rows if r.name == "val.loss"] == [1, 2, 3]


def test_a_busy_store_loses_no_row(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = store.create(settings(3), state="running")
    for name, n in (("append", 5), ("pending", 3), ("hold", 2), ("release", 2)):
        fail_first(monkeypatch, Store, name, StoreBusy("busy"), n)
    execute(run_id)
    rows = store.metrics(run_id)
    assert [r.seq for r in rows] == list(range(1, len(rows) + 1))
    assert [r.step for r in rows if r.name == "train.loss"] == list(range(1, 25))
    assert store.get(run_id).state == "finished"


def test_an_error_of_ours_is_a_sentence_and_a_log(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = store.create(settings(3), state="running")
    fail_first(monkeypatch, snapshot, "view", KeyError("secret detail"), 1)
    execute(run_id)
    row = store.get(run_id)
    assert row.state == "failed" and "not foreseen" in row.error and "secret" not in row.error
    log = (run_folder(run_id) / "worker.log").read_text()
    assert "Traceback" in log and "secret detail" in log


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        (MemoryError(), "smaller batch"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: 4 TB"), "smaller batch"),
        (RuntimeError("CUDA out of memory. Tried to allocate 2 GiB"), "smaller batch"),
        (ValueError("widths (0,): use more"), "widths (0,): use more"),
        (RuntimeError("/secret/path"), "RuntimeError"),
    ],
)
def test_reasons_are_sentences(problem: Exception, words: str) -> None:
    assert words in reason(problem) and "\n" not in reason(problem)
    assert "/secret" not in reason(problem)


def test_a_worker_that_lost_its_run_goes_without_a_word(store: Store) -> None:
    run_id = store.create(endless(), state="running")
    training = threading.Thread(target=execute, args=(run_id,))
    training.start()
    until(lambda: store.get(run_id).step > 2)
    assert store.release(run_id, store.get(run_id).handle, "crashed", "taken away")
    training.join(5)
    assert not training.is_alive()
    row = store.get(run_id)
    assert (row.state, row.error, row.handle) == ("crashed", "taken away", "")


def test_a_run_has_one_worker(store: Store) -> None:
    run_id = store.create(settings(1))
    with pytest.raises(ValueError, match="not free"):
        execute(run_id)
    store.claim(1)
    store.begin(run_id, "somebody:1:pool")
    with pytest.raises(ValueError, match="not free"):
        execute(run_id)
    with pytest.raises(LookupError):
        execute("0" * 16)


def test_the_keyboard_stops_and_keeps(store: Store) -> None:
    run_id = store.create(settings(100), state="running")

    def interrupt(metrics: Metrics) -> None:
        if metrics.step == 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        execute(run_id, echo=interrupt)
    row = store.get(run_id)
    assert (row.state, row.step, row.handle) == ("stopped", 20, "")
    assert read_card(run_folder(run_id) / "last")["step"] == 20


def _pool_worker(store: Store, run_id: str, orphan: list[bool]) -> tuple[Worker, threading.Thread]:
    worker = Worker(store, run_id, f"here:{os.getpid()}:pool")
    assert worker.take()
    training = threading.Thread(target=worker.work, args=(None, lambda: bool(orphan)))
    training.start()
    return worker, training


@pytest.mark.parametrize("how", ["signal", "orphan"])
@pytest.mark.parametrize("paused", [False, True])
def test_a_worker_called_away_saves_and_hands_back(store: Store, how: str, paused: bool) -> None:
    run_id, orphan = store.create(endless()), []
    store.claim(1)
    worker, training = _pool_worker(store, run_id, orphan)
    until(lambda: store.get(run_id).step > 2)
    if paused:
        store.send(run_id, "pause")
        until(lambda: store.get(run_id).state == "paused")
    if how == "signal":
        worker.ask_to_leave(15, None)
    else:
        orphan.append(True)
    training.join(10)
    assert not training.is_alive()
    row = store.get(run_id)
    assert (row.state, row.handle, row.resume) == ("paused" if paused else "queued", "", True)
    assert read_card(run_folder(run_id) / "last")["step"] == row.step


def test_the_rest_of_a_counted_stretch_is_carried_on(store: Store) -> None:
    run_id = store.create(endless())
    store.claim(1)
    store.send(run_id, "step", {"batches": 100_000})
    worker, training = _pool_worker(store, run_id, [])
    until(lambda: store.get(run_id).step > 2)
    worker.ask_to_leave(15, None)
    training.join(10)
    (left,) = store.pending(run_id)
    assert left.arguments == {"batches": 100_000 - store.get(run_id).step}


def test_a_paused_worker_makes_way_for_those_who_wait(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trainer, "PATIENCE", 0.1)
    first = store.create(endless())
    store.claim(1)
    _, training = _pool_worker(store, first, [])
    store.send(first, "pause")
    until(lambda: store.get(first).state == "paused")
    training.join(0.5)
    assert training.is_alive(), "nobody waits, so it stays at hand"
    second = store.create(settings(1))
    training.join(5)
    assert not training.is_alive() and store.get(first).handle == ""
    row = store.claim(1)
    assert row is not None and row.id == second


def test_the_first_point_comes_with_the_number_of_steps(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id, totals = store.create(endless()), []
    monkeypatch.setattr(
        "core.worker._step_back", lambda: totals.append(store.get(run_id).total_steps)
    )
    store.claim(9)
    _, training = _pool_worker(store, run_id, [])
    until(lambda: totals)
    store.send(run_id, "stop")
    training.join(10)
    assert totals[0] and totals[0] > 1


def test_threads_follow_the_number_of_runs(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[int] = []
    monkeypatch.setattr(crew.torch, "get_num_threads", lambda: 8)
    monkeypatch.setattr(crew.torch, "set_num_threads", taken.append)
    run_id = store.create(endless())
    store.claim(9)
    worker, training = _pool_worker(store, run_id, [])
    others = [store.create(settings(), state="running") for _ in range(3)]
    until(lambda: len(taken) > 1)
    for other in others:
        store.release(other, "", "finished")
    until(lambda: taken[-1] == 8)
    store.send(run_id, "stop")
    training.join(10)
    assert taken[0] == 1 and taken[1] in (2, 8 // 2, 8 // 3)
