"""A race by turns: one runs while the other is stopped, so that both see the same machine."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks import place
from benchmarks.visitors import Polls
from core.config import RunConfig
from core.handles import process_id
from core.store import Store

TURNS = 8
TURN = 1.0  # seconds


class Peer:
    """A hand-written loop in a process of its own, which tells every step."""

    def __init__(self, loop: str, config: RunConfig) -> None:
        words = [sys.executable, "-m", "benchmarks.child", loop, config.model_dump_json()]
        self.pipe, theirs = os.pipe()
        self.child = subprocess.Popen(words, cwd=place.ROOT, stdout=theirs)
        os.close(theirs)
        os.set_blocking(self.pipe, False)
        self.pid = self.child.pid
        self.seen = 0  # pictures
        self.rest = b""

    def images(self) -> int:
        """Pictures so far."""
        *lines, self.rest = (self.rest + self._told()).split(b"\n")
        self.seen += sum(int(line) for line in lines)
        if self.child.poll() is not None:
            raise RuntimeError("the hand-written loop ended by itself")
        return self.seen

    def _told(self) -> bytes:
        try:
            return os.read(self.pipe, 1 << 20)
        except BlockingIOError:
            return b""

    def end(self) -> None:
        """End the process, stopped or not."""
        os.close(self.pipe)
        self.child.kill()
        self.child.wait(30)


class Worker:
    """A run in the worker, seen through the rows that it writes."""

    def __init__(self, store: Store, config: RunConfig) -> None:
        self.store, self.batch = store, config.batch
        self.run_id = store.create(config.model_dump(mode="json"))
        self.cursor = self.step = 0
        place.wait(lambda: self.images() > 0)
        self.pid = process_id(store.get(self.run_id).handle)

    def images(self) -> int:
        """Pictures so far, as far as they were told."""
        for row in self.store.metrics(self.run_id, since=self.cursor):
            self.cursor = row.seq
            if row.name == "train.loss":
                self.step = row.step
        return self.step * self.batch

    def end(self) -> None:
        """Stop the run."""
        self.store.send(self.run_id, "stop", None)
        place.wait(lambda: self.store.get(self.run_id).state == "stopped")


Racer = Peer | Worker


def _tick(racer: Racer) -> tuple[int, float]:
    """Pictures and the moment at which they have just grown."""
    before = racer.images()
    place.wait(lambda: racer.images() > before)
    return racer.images(), time.perf_counter()


@contextmanager
def _awake(racer: Racer) -> Iterator[None]:
    os.kill(racer.pid, signal.SIGCONT)
    try:
        yield
    finally:
        os.kill(racer.pid, signal.SIGSTOP)


def _turn(racer: Racer) -> tuple[int, float]:
    """Pictures and seconds of one turn, both from tick to tick."""
    with _awake(racer):
        first, begun = _tick(racer)
        time.sleep(TURN)  # asking a worker costs it time, so nobody asks meanwhile
        last, ended = _tick(racer)
        return last - first, ended - begun


def by_turns(racers: list[Racer]) -> list[float]:
    """Pictures per second of each, all over the same minutes."""
    images, seconds = [0] * len(racers), [0.0] * len(racers)
    try:
        for racer in racers:
            place.wait(lambda racer=racer: racer.images() > 0)
            os.kill(racer.pid, signal.SIGSTOP)
        for _ in range(TURNS):
            for number, racer in enumerate(racers):
                more, took = _turn(racer)
                images[number] += more
                seconds[number] += took
        return [count / took for count, took in zip(images, seconds, strict=True)]
    finally:
        for racer in racers:
            os.kill(racer.pid, signal.SIGCONT)
            racer.end()


def against(store: Store, config: RunConfig, loop: str, watch: str = "") -> tuple[float, float]:
    """Pictures per second of the worker and of a peer loop.

    watch: address of a server whose pages poll the run meanwhile.
    """
    worker = Worker(store, config)
    polls = Polls(watch, [worker.run_id], 1, TURNS * TURN * 2) if watch else None
    mine, theirs = by_turns([worker, Peer(loop, config)])
    if polls:
        polls.results()
    return mine, theirs


def peers(config: RunConfig, *loops: str) -> list[float]:
    """Pictures per second of hand-written loops against each other."""
    return by_turns([Peer(loop, config) for loop in loops])
