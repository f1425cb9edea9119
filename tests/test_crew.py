"""Threads of a run: its share, less what others on the machine need."""

import itertools
import multiprocessing
import threading
import time
from pathlib import Path

import pytest
import torch

from core import crew
from core.crew import LONGEST, LOOK, PATIENCE, REST, Crew, waited


class Machine:
    """A clock that is moved by hand, and a share of the time that threads wait for a core."""

    def __init__(self, patch: pytest.MonkeyPatch, cores: int) -> None:
        self.now = self.waits = 0.0
        self.taken: list[int] = []
        patch.setattr(crew.torch, "get_num_threads", lambda: cores)
        patch.setattr(crew.torch, "set_num_threads", self.taken.append)
        self.crew = Crew(lambda: self.now, lambda: self.waits)

    def passes(self, seconds: float, waiting: float = 0.0, runs: int = 1) -> int:
        """Let time pass in steps of a tenth of a second; the threads used at its end."""
        for _ in range(round(seconds * 10)):
            self.now += 0.1
            self.waits += 0.1 * waiting
            self.crew.attend(runs)
        return self.crew.size


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(monkeypatch, 2)


def test_a_quiet_machine_is_never_touched(machine: Machine) -> None:
    assert machine.passes(600, waiting=0.2) == 2
    assert machine.taken == []


def test_a_page_that_opens_costs_no_thread(machine: Machine) -> None:
    for _ in range(20):
        machine.passes((PATIENCE - 2) * LOOK, waiting=0.9)
        machine.passes(2 * LOOK)
    assert machine.taken == []


def test_beside_a_busy_core_one_thread_fewer_and_back_when_it_is_free(machine: Machine) -> None:
    assert machine.passes((PATIENCE + 1) * LOOK, waiting=0.8) == 1
    assert machine.passes(REST + 2 * LOOK) == 2
    assert machine.passes(60) == 2 and machine.taken == [1, 2]


def test_a_thread_is_tried_again_ever_more_rarely(machine: Machine) -> None:
    moments = []
    for _ in range(3000):
        before = machine.crew.size
        machine.passes(0.1, waiting=0.8 if before == 2 else 0.0)
        if machine.crew.size > before:
            moments.append(machine.now)
    pauses = [round(later - sooner) for sooner, later in itertools.pairwise(moments)]
    assert pauses == sorted(pauses) and pauses[0] < 2.5 * REST
    assert pauses[-1] == pytest.approx(LONGEST, abs=2 * LOOK)
    assert machine.passes(LONGEST + 2 * LOOK) == 2


def test_many_threads_are_given_up_one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(monkeypatch, 8)
    assert machine.passes((PATIENCE + 1) * LOOK, waiting=1.5) == 7
    assert machine.passes(60, waiting=1.5) == 1


def test_another_run_takes_its_share_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(monkeypatch, 8)
    assert machine.passes(0.1, runs=2) == 4
    assert machine.passes((PATIENCE + 1) * LOOK, waiting=0.9, runs=2) == 3
    assert machine.passes(0.1, runs=3) == 2
    assert machine.passes(0.1, runs=20) == 1
    assert machine.passes(0.1) == 8


def test_one_thread_at_first_and_at_the_end_as_many_as_before(machine: Machine) -> None:
    with machine.crew:
        assert machine.taken == [1]
        assert machine.passes(0.1) == 2
        machine.passes((PATIENCE + 1) * LOOK, waiting=0.9)
    assert machine.taken == [1, 2, 1, 2]


def test_files_that_are_gone_or_strange_count_nothing(tmp_path: Path) -> None:
    for name, text in (("1", "5 2000000000 9\n"), ("2", ""), ("3", "a b c"), ("4", "1 500000000")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "schedstat").write_text(text)
    (tmp_path / "5").mkdir()
    assert waited(tmp_path) == 2.5
    assert waited(tmp_path / "nowhere") == 0.0


@pytest.mark.skipif(not Path("/proc/self/schedstat").exists(), reason="only Linux tells")
def test_the_system_tells_how_long_threads_waited() -> None:
    matrix, over = torch.rand(400, 400), threading.Event()

    def multiply() -> None:  # outside of Python's lock, and on more threads than there are cores
        while not over.is_set():
            matrix @ matrix

    threads = [threading.Thread(target=multiply) for _ in range(2 * multiprocessing.cpu_count())]
    for thread in threads:
        thread.start()
    before = waited()
    time.sleep(0.5)
    after = waited()
    over.set()
    for thread in threads:
        thread.join()
    assert after - before > 0.2
