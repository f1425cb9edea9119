"""The runner's bookkeeping with an engine that the test holds in its hands."""

import itertools
import os
import platform
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from core import runner
from core.handles import alone, gone, handle
from core.runner import Runner
from core.store import Store, StoreBusy

CONFIG = {"data": {"name": "mnist-5k"}, "epochs": 2, "seed": 7}
NOBODY = f"{platform.node()}:4194303:pool"  # no Linux system gives out this number


class Hands:
    """An engine whose workers live and die as the test says."""

    def __init__(self) -> None:
        self.numbers = itertools.count()
        self.given: dict[str, str] = {}
        self.endings: dict[str, str] = {}
        self.stands = True

    def ready(self) -> bool:
        return self.stands

    def submit(self, run_id: str) -> str:
        name = f"{run_id}/{next(self.numbers)}"
        self.given[name] = run_id
        return name

    def cancel(self, handle: str) -> None:
        self.endings[handle] = ""

    def alive(self, handle: str) -> bool:
        return handle not in self.endings

    def ending(self, handle: str) -> str:
        return self.endings.pop(handle)

    def close(self) -> None:
        self.stands = False

    def end(self, run_id: str, ending: str) -> None:
        """Let the newest worker of a run die."""
        self.endings[[name for name, run in self.given.items() if run == run_id][-1]] = ending


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setenv("PLAYGROUND_HOME", str(tmp_path))
    opened = Store()
    yield opened
    opened.dispose()


@pytest.fixture
def boss(store: Store, hands: Hands, monkeypatch: pytest.MonkeyPatch) -> Runner:
    monkeypatch.setattr(runner, "BEAT", 0.0)
    return Runner(store, hands, slots=2)


def test_runs_wait_until_the_engine_stands(boss: Runner, store: Store, hands: Hands) -> None:
    hands.stands = False
    run_id = store.create(CONFIG)
    boss.tick()
    assert store.get(run_id).state == "queued"
    hands.stands = True
    boss.tick()
    assert store.get(run_id).state == "running" and list(hands.given.values()) == [run_id]


def test_a_worker_that_ends_well_leaves_its_words(boss: Runner, store: Store, hands: Hands) -> None:
    run_id = store.create(CONFIG)
    boss.tick()
    store.begin(run_id, "w")
    store.release(run_id, "w", "failed", "because")
    hands.end(run_id, "")
    boss.tick()
    assert (store.get(run_id).state, store.get(run_id).error) == ("failed", "because")
    assert boss.workers == {}


@pytest.mark.parametrize(
    ("ending", "words"),
    [("crashed (signal 9)", "crashed (signal 9)"), ("", "without a word")],
)
@pytest.mark.parametrize("state", ["running", "paused"])
def test_a_worker_that_died_is_told(
    boss: Runner, store: Store, hands: Hands, ending: str, words: str, state: str
) -> None:
    run_id = store.create(CONFIG)
    boss.tick()
    store.begin(run_id, "w")
    store.hold(run_id, "w", {"state": state})
    hands.end(run_id, ending)
    boss.tick()
    row = store.get(run_id)
    assert row.state == "crashed" and words in row.error and "checkpoint" in row.error


def test_a_worker_that_never_began_is_tried_again_a_few_times(
    boss: Runner, store: Store, hands: Hands
) -> None:
    run_id = store.create(CONFIG)
    for _ in range(runner.ATTEMPTS):
        assert store.get(run_id).state in ("queued", "running")
        boss.tick()
        hands.end(run_id, "crashed (signal 11)")
        boss.tick()
    assert store.get(run_id).state == "crashed" and len(hands.given) == runner.ATTEMPTS


def test_the_death_of_an_old_worker_does_not_touch_the_new_one(
    boss: Runner, store: Store, hands: Hands
) -> None:
    run_id = store.create(CONFIG)
    boss.tick()
    old = next(iter(hands.given))
    store.begin(run_id, "w")
    store.hold(run_id, "w", {"state": "paused"})
    assert store.leave(run_id, "w")
    store.resume(run_id)
    boss.tick()
    store.begin(run_id, "v")
    hands.endings[old] = "crashed (signal 9)"
    boss.tick()
    assert store.get(run_id).state == "running" and list(boss.workers.values()) == [run_id]


def test_a_run_removed_under_way_is_forgotten(boss: Runner, store: Store, hands: Hands) -> None:
    run_id = store.create(CONFIG)
    boss.tick()
    store.delete(run_id)
    store.release(run_id, "", "stopped")
    store.purge(run_id)
    hands.end(run_id, "crashed (signal 9)")
    boss.tick()
    assert boss.workers == {}


@pytest.mark.parametrize("state", ["running", "paused"])
def test_runs_of_a_dead_runner_come_back(boss: Runner, store: Store, state: str) -> None:
    run_id = store.create(CONFIG)
    store.claim(1)
    store.begin(run_id, NOBODY)
    store.hold(run_id, NOBODY, {"state": state})
    boss._mend(0.0)
    row = store.get(run_id)
    expected = "queued" if state == "running" else "paused"
    assert (row.state, row.resume, row.handle) == (expected, True, "")


def test_a_run_claimed_but_not_begun_comes_back(boss: Runner, store: Store) -> None:
    run_id = store.create(CONFIG)
    store.claim(1)
    boss._mend(0.0)
    assert store.get(run_id).state == "queued"


def test_a_run_in_a_terminal_is_left_alone_until_it_is_dead(boss: Runner, store: Store) -> None:
    living, dying = (store.create(CONFIG, state="running") for _ in range(2))
    store.begin(living, handle("here"))
    store.begin(dying, NOBODY.replace("pool", "here"))
    boss._mend(0.0)
    assert store.get(living).state == "running"
    row = store.get(dying)
    assert row.state == "crashed" and "its process is gone" in row.error


def test_silence_counts_by_our_own_clock(boss: Runner, store: Store) -> None:
    quiet, lively = store.create(CONFIG), store.create(CONFIG)
    for run_id, name in ((quiet, "far:1:pool"), (lively, "away:1:pool")):
        store.claim(2)
        store.begin(run_id, name)
    for second in range(0, 30, 3):
        store.hold(lively, "away:1:pool", {"step": second})
        boss._mend(float(second))
    assert store.get(lively).state == "running" and store.get(lively).handle == "away:1:pool"
    assert store.get(quiet).state == "queued"


def test_handles_name_a_process() -> None:
    mine = handle("pool")
    assert not gone(mine) and str(os.getpid()) in mine and not alone(mine)
    assert gone(NOBODY) and not gone(f"elsewhere:{2**22 - 1}:pool") and alone(handle("here"))


def test_a_runner_that_nobody_needs_ends(boss: Runner, store: Store, tmp_path: Path) -> None:
    (tmp_path / "lock").touch()
    store.set_meta("server", "1 1")
    began = time.monotonic()
    with signals_kept():
        runner.serve(boss, tmp_path / "lock", patience=1)
    assert 1 <= time.monotonic() - began < 5


@pytest.mark.parametrize("file", ["lock", "playground.db"])
def test_a_runner_without_home_or_store_ends(boss: Runner, tmp_path: Path, file: str) -> None:
    (tmp_path / "lock").touch()
    threading.Timer(0.2, (tmp_path / file).rename, [tmp_path / "away"]).start()
    with signals_kept():
        runner.serve(boss, tmp_path / "lock", patience=0)


def test_a_runner_outlives_a_store_that_is_busy(
    boss: Runner, store: Store, hands: Hands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "lock").touch()
    run_id, whole, faults = store.create(CONFIG), store.waiting, [StoreBusy("busy")] * 3

    def faulty() -> int:
        if faults:
            raise faults.pop()
        return whole()

    monkeypatch.setattr(store, "waiting", faulty)
    threading.Timer(0.5, (tmp_path / "lock").unlink).start()
    with signals_kept():
        runner.serve(boss, tmp_path / "lock", patience=0)
    assert not faults and store.get(run_id).state == "running"


@contextmanager
def signals_kept() -> Iterator[None]:
    """Give the test its own signal handlers back."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)
