"""The runner as a process: from the queue to a worker, and the truth about sudden deaths."""

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from core import runner
from core.checkpoint import read_card
from core.home import run_folder
from tests.workshop import Workshop, dead, endless, runs_now, settings, until

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals and sessions are POSIX")


@pytest.fixture
def shop(fresh_home: Path) -> Iterator[Workshop]:
    opened = Workshop(fresh_home)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def shared(session_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    """One home whose runner is there; the last who uses it ends that runner, and its successor."""
    folder = tmp_path_factory.mktemp("shop")
    (session_home / "data").mkdir(parents=True, exist_ok=True)
    (folder / "data").symlink_to(session_home / "data", target_is_directory=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLAYGROUND_HOME", str(folder))
        patch.setenv("PLAYGROUND_SLOTS", "2")
        opened = Workshop(folder)
        _ensured(opened, 0)
        yield opened
        if process := opened.life()["pid"]:
            os.kill(process, signal.SIGTERM)
            until(lambda: dead(process), 15)
        opened.close()


def test_queued_runs_are_taken_up_and_finish(shared: Workshop) -> None:
    store = shared.store
    for _ in range(3):
        run_id = store.create(settings(1))
        until(lambda run_id=run_id: store.get(run_id).state == "finished")
        assert store.get(run_id).test_accuracy is not None


def test_no_more_runs_than_slots(shared: Workshop) -> None:
    store = shared.store
    ids = [store.create(endless()) for _ in range(3)]
    for run_id in ids[:2]:
        runs_now(store, run_id)
    assert store.get(ids[2]).state == "queued" and store.position(ids[2]) == 1
    store.send(ids[0], "stop")
    runs_now(store, ids[2])
    assert store.get(ids[0]).state == "stopped"
    for run_id in ids[1:]:
        store.send(run_id, "stop")
    until(lambda: not store.held())


def test_a_killed_worker_is_told_and_its_run_can_go_on(shared: Workshop) -> None:
    store = shared.store
    run_id = store.create(endless())
    worker = runs_now(store, run_id, step=20)
    known = store.last_seq(run_id)
    os.kill(worker, signal.SIGKILL)
    began = time.monotonic()
    until(lambda: store.get(run_id).state == "crashed")
    assert time.monotonic() - began < 3
    row = store.get(run_id)
    assert "crashed (signal 9)" in row.error and "resume" in row.error and row.handle == ""
    assert store.last_seq(run_id) >= known and store.artifacts(run_id)
    furthest = max(artifact.step for artifact in store.artifacts(run_id))
    assert furthest >= 16
    store.resume(run_id)
    runs_now(store, run_id, step=furthest + 1)
    rows = store.metrics(run_id)
    assert [r.seq for r in rows] == list(range(1, len(rows) + 1)) and rows[0].step == 1
    store.send(run_id, "stop")
    until(lambda: store.get(run_id).state == "stopped")


def test_a_worker_killed_while_idle_breaks_nothing(shared: Workshop) -> None:
    store = shared.store
    for child in _workers_of(shared.life()["pid"]):
        with contextlib.suppress(ProcessLookupError):  # one that has just ended by itself
            os.kill(child, signal.SIGKILL)
    run_id = store.create(settings(1))
    until(lambda: store.get(run_id).state == "finished", 40)


def _workers_of(process: int) -> list[int]:
    """Processes forked by the fork server of a runner."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(stat.parent.name)] = int(fields[1])
    servers = {child for child, parent in parents.items() if parent == process}
    return [child for child, parent in parents.items() if parent in servers]


def test_ensure_makes_one_runner_and_replaces_a_killed_one(shared: Workshop) -> None:
    store, first = shared.store, shared.life()["pid"]
    run_id, counted = store.create(endless()), store.create(endless())
    worker, other = runs_now(store, run_id, step=8), runs_now(store, counted, step=8)
    store.send(counted, "step", {"batches": 100_000})
    until(lambda: not store.pending(counted))
    os.kill(first, signal.SIGKILL)
    until(lambda: dead(worker) and dead(other), 10)
    row = store.get(run_id)
    assert (row.state, row.resume, row.handle) == ("queued", True, "")
    assert read_card(run_folder(run_id) / "last")["step"] == row.step
    assert [command.verb for command in store.pending(counted)] == ["step"]
    second = _ensured(shared, first)
    runs_now(store, run_id, step=row.step + 1)
    worker = runs_now(store, counted)
    seqs = [r.seq for r in store.metrics(run_id)]
    assert seqs == list(range(1, len(seqs) + 1))
    _ends_well(shared, second, run_id, counted, worker)


def _ensured(shop: Workshop, before: int) -> int:
    """Ask for a runner from all sides; the process id of the one that comes."""
    for _ in range(4):
        runner.ensure()
    until(lambda: shop.life().get("ready") and shop.life()["pid"] != before, 60)
    process: int = shop.life()["pid"]
    began = time.monotonic()
    for _ in range(50):
        runner.ensure()
    assert (time.monotonic() - began) / 50 < 0.01
    assert shop.life()["pid"] == process and os.getsid(process) == process
    return process


def _ends_well(shop: Workshop, process: int, run_id: str, resting: str, worker: int) -> None:
    """A runner asked to end saves everything and hands it back."""
    store = shop.store
    store.send(resting, "pause")
    until(lambda: store.get(resting).state == "paused")
    os.kill(process, signal.SIGTERM)
    until(lambda: dead(process), 15)
    assert dead(worker) and shop.life()["pid"] == 0
    row, rest = store.get(run_id), store.get(resting)
    assert (row.state, row.resume, rest.state, rest.handle) == ("queued", True, "paused", "")
    assert read_card(run_folder(run_id) / "last")["step"] == row.step
    assert (shop.home / "runner.log").read_text().count("slots") == 2


@pytest.mark.parametrize("text", ["0", "-1", "two", "1.5"])
def test_slots_are_a_whole_number(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("PLAYGROUND_SLOTS", text)
    with pytest.raises(ValueError, match="whole number from 1"):
        runner.slots()
    assert runner.main() == 2


def test_a_damaged_store_ends_the_runner_with_a_sentence(
    shop: Workshop, caplog: pytest.LogCaptureFixture
) -> None:
    shop.store.dispose()
    (shop.home / "playground.db").write_bytes(b"not a database, really" * 400)
    for left in ("-wal", "-shm"):
        (shop.home / f"playground.db{left}").unlink(missing_ok=True)
    assert runner.main() == 2
    assert "not a database" in caplog.text and "Traceback" not in caplog.text
