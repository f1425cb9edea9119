"""Engines: where workers live. Local: a pool of processes that have torch loaded already."""

import contextlib
import itertools
import multiprocessing
import time
from concurrent.futures import CancelledError
from typing import Protocol

from pebble import ProcessExpired, ProcessFuture, ProcessPool

# What a first step would otherwise load; torch.optim alone takes a second for torch._dynamo.
PRELOAD = ["torch", "torch.optim", "torch._dynamo", "core.worker"]
GRACE = 10.0  # seconds for workers to save what they have


class Engine(Protocol):
    """What the runner needs from a place where workers live."""

    def ready(self) -> bool:
        """Whether a worker would start at once."""

    def submit(self, run_id: str) -> str:
        """Start a worker for a claimed run; the handle names this attempt."""

    def cancel(self, handle: str) -> None:
        """End a worker: asked at first, killed after some seconds."""

    def alive(self, handle: str) -> bool:
        """Whether the worker still works."""

    def ending(self, handle: str) -> str:
        """How a dead worker ended: "" as it should, else "crashed (signal 9)" or the like."""

    def close(self) -> None:
        """Ask all workers to save and end."""


def _work(run_id: str, store_url: str) -> None:
    # Imported here so that the runner itself stays free of torch; the worker has it loaded.
    from core.worker import work

    work(run_id, store_url)


def _nothing() -> None:
    """What the first worker does to show that the pool stands."""


class Local:
    """Worker processes on this machine, one run each, forked from a server with torch loaded.

    Where there is no forkserver (Windows) they are spawned: the same, but seconds later.
    """

    def __init__(self, slots: int, store_url: str) -> None:
        self.store_url = store_url
        methods = multiprocessing.get_all_start_methods()
        self._context = multiprocessing.get_context(
            "forkserver" if "forkserver" in methods else "spawn"
        )
        if "forkserver" in methods:
            self._context.set_forkserver_preload(PRELOAD)
        self._slots = slots
        self._numbers = itertools.count(1)
        self._futures: dict[str, ProcessFuture[None]] = {}
        self._open()

    def _open(self) -> None:
        # One more than slots: a worker stands ready even while another is still ending.
        self._pool = ProcessPool(self._slots + 1, max_tasks=1, context=self._context)
        self._first = self._pool.schedule(_nothing)

    def ready(self) -> bool:
        """Whether a worker would start at once; a pool that broke while idle is made anew."""
        if not self._pool.active:
            self._end_pool()
            self._open()
        return bool(self._first.done())

    def submit(self, run_id: str) -> str:
        """Start a worker for a claimed run; the handle names this attempt."""
        handle = f"{run_id}/{next(self._numbers)}"
        self._futures[handle] = self._pool.schedule(_work, args=[run_id, self.store_url])
        return handle

    def cancel(self, handle: str) -> None:
        """End a worker: it has three seconds to save, then it is killed."""
        self._futures[handle].cancel()

    def alive(self, handle: str) -> bool:
        """Whether the worker still works."""
        return not self._futures[handle].done()

    def ending(self, handle: str) -> str:
        """How a dead worker ended; it is forgotten with that."""
        try:
            problem = self._futures.pop(handle).exception(timeout=0)
        except CancelledError:
            return ""
        if problem is None:
            return ""
        if isinstance(problem, ProcessExpired):
            code = problem.exitcode
            return f"crashed (signal {-code})" if code < 0 else f"crashed (exit code {code})"
        return f"crashed ({type(problem).__name__})"

    def close(self) -> None:
        """Ask all workers to save and end; those that do not are killed."""
        for process in multiprocessing.active_children():
            process.terminate()
        until = time.monotonic() + GRACE
        while time.monotonic() < until and any(
            not future.done() for future in self._futures.values()
        ):
            time.sleep(0.02)
        self._end_pool()

    def _end_pool(self) -> None:
        with contextlib.suppress(RuntimeError):
            self._pool.stop()
            self._pool.join()
