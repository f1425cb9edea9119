"""Crew: as many threads as a run may use without one of them waiting for a core of somebody else.

A step ends when its last thread does, so beside a busy core one thread fewer is quicker.
"""

import time
from collections.abc import Callable
from pathlib import Path

import torch

LOOK = 0.5  # seconds between two looks at how long threads had to wait
CROWDED = 0.4  # share of the time that threads wait for a core from which on one fewer is quicker
PATIENCE = 4  # crowded looks in a row that cost a thread: a page that opens is done by then
REST = 5.0  # seconds until a lost thread is tried again; twice as long each time that it fails
LONGEST = 40.0


def waited(tasks: Path = Path("/proc/self/task")) -> float:
    """Seconds, in all, that this process's threads were ready to run and had no core (Linux).

    Elsewhere 0: nobody tells.
    """
    total = 0
    for task in tasks.glob("*/schedstat"):
        try:
            total += int(task.read_text().split()[1])
        except (OSError, ValueError, IndexError):
            continue  # a thread that has just ended
    return total / 1e9


class Crew:
    """Sets torch's threads while it is entered; `attend` is called between two steps, often."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        waits: Callable[[], float] = waited,
    ) -> None:
        self._clock, self._waits = clock, waits
        self.most = self.size = self._limit = torch.get_num_threads()
        self._anew()

    def __enter__(self) -> "Crew":
        self._become(1)  # at first: page, server and runner are all busy with the start of the run
        return self

    def __exit__(self, *_: object) -> None:
        self._become(self.most)

    def _become(self, size: int) -> None:
        if size != self.size:
            self.size = size
            torch.set_num_threads(size)

    def _anew(self) -> None:
        self._lost = self._crowded = 0
        self._trial, self._rest, self._again = False, REST, 0.0
        self._seen = self._clock(), self._waits()

    def attend(self, runs: int) -> None:
        """Take the share of one of `runs` runs, less what others on this machine need."""
        limit = max(1, self.most // runs)
        if limit != self._limit:
            self._limit = limit
            self._anew()
        elif limit > 1 and self._clock() - self._seen[0] >= LOOK:
            self._look()
        self._become(limit - self._lost)

    def _look(self) -> None:
        (before, had), now, waits = self._seen, self._clock(), self._waits()
        self._seen = now, waits
        crowded = self.size > 1 and waits - had > CROWDED * (now - before)
        self._crowded = self._crowded + 1 if crowded else 0
        if crowded and (self._trial or self._crowded >= PATIENCE):
            self._rest = min(2 * self._rest, LONGEST) if self._trial else REST
            self._lost, self._crowded, self._trial = self._lost + 1, 0, False
            self._again = now + self._rest
        elif self._lost and now >= self._again:
            self._lost, self._trial = self._lost - 1, True
            self._again = now + self._rest
        else:
            self._trial = False
