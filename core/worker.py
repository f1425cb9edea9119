"""Worker: one run in one process, from taking it up to setting down how it ended."""

import contextlib
import faulthandler
import multiprocessing
import os
import signal
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from core import heap
from core.crew import Crew
from core.handles import handle
from core.home import run_folder
from core.keeper import Keeper
from core.pulse import Pulse
from core.store import Store, StoreBusy, StoreFull
from core.trainer import AWAY, Echo, End, Trainer

LAST_WORDS = 60.0  # seconds for which the end of a run waits for a full or busy store
LIKELY_VICTIM = "800"  # when memory runs out, a worker goes before the server does


def execute(
    run_id: str,
    store_url: str | None = None,
    echo: Echo | None = None,
    alarm: Callable[[str], object] = str,
) -> str:
    """Train a run that was created "running", in this process; returns the device it ran on.

    echo: called with every Metrics that holds values.
    alarm: called with the sentence on what makes the run pause by itself.

    Raises:
        LookupError: there is no such run.
        ValueError: another process trains it already.
        KeyboardInterrupt: what was learned is saved and the run is stopped.
    """
    worker = Worker(Store(store_url), run_id, handle("here"))
    worker.alarm = alarm
    try:
        if not worker.take():
            raise ValueError(f"run {run_id} is not free: another process trains it, or it ended")
        worker.work(echo)
    finally:
        worker.store.dispose()
    return worker.device


def work(run_id: str, store_url: str) -> None:
    """Train a claimed run as a runner's worker: kindly, in a session and with a log of its own."""
    folder = run_folder(run_id)
    folder.mkdir(parents=True, exist_ok=True)
    _settle_in(folder / "worker.log")
    worker = Worker(Store(store_url), run_id, handle("pool"))
    signal.signal(signal.SIGTERM, worker.ask_to_leave)
    if not _orphaned() and worker.take():
        worker.work(None, _orphaned)
    worker.store.dispose()


def _settle_in(path: Path) -> None:
    with open(path, "ab") as log:
        for stream in (1, 2):
            os.dup2(log.fileno(), stream)
    faulthandler.enable()
    if hasattr(os, "setsid"):
        with contextlib.suppress(OSError):  # it leads a session already
            os.setsid()
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(LIKELY_VICTIM)


def _step_back() -> None:
    """From the first point on, which somebody waits for, pages go before training."""
    if hasattr(os, "nice"):
        os.nice(10)


def _orphaned() -> bool:
    parent = multiprocessing.parent_process()
    return parent is not None and not parent.is_alive()


def _never() -> bool:
    return False


class Worker:
    """Holds a run while a Trainer trains it, and sets down how that ended."""

    def __init__(self, store: Store, run_id: str, holder: str) -> None:
        self.store, self.run_id, self.holder = store, run_id, holder
        self.keeper = Keeper(store, run_id, run_folder(run_id))
        self.trainer: Trainer | None = None
        self.called = False
        self.alarm: Callable[[str], object] = str
        self.device = "cpu"

    def take(self) -> bool:
        """Take the run up; False when it is not free."""
        self.store.get(self.run_id)
        return self.store.begin(self.run_id, self.holder)

    def ask_to_leave(self, _number: int, _frame: FrameType | None) -> None:
        """A signal: save and end at the next rest."""
        self.called = True
        if self.trainer is not None:
            self.trainer.leaving = True

    def work(self, echo: Echo | None, orphaned: Callable[[], bool] | None = None) -> None:
        """Train, then write the end; whatever happens, one sentence is all that a person sees.

        orphaned: given by workers that share the machine; whether the runner has died.
        """
        heap.keep()
        try:
            with Crew() as crew:
                end = self._train(crew, echo, orphaned)
        except KeyboardInterrupt:
            self._close(("stopped", ""))
            raise
        except Exception as problem:
            self._write_down()
            end = "failed", reason(problem)
        self._close(end)

    def _train(self, crew: Crew, echo: Echo | None, orphaned: Callable[[], bool] | None) -> End:
        try:
            row = self.store.get(self.run_id)
            trainer = Trainer(self.store, row, self.holder, self.keeper, crew)
        except ValueError as problem:
            return "failed", str(problem)
        trainer.echo, trainer.alarm, trainer.leaving = echo, self.alarm, self.called
        if orphaned is not None:
            trainer.shown = _step_back
        self.trainer, self.device = trainer, str(trainer.run.device)
        watch = orphaned or _never
        with Pulse(self.store, self.run_id, self.holder, trainer.columns, watch) as pulse:
            return trainer.train(pulse, share=orphaned is not None)

    def _close(self, end: End) -> None:
        """Save what is needed to go on and set the run free, in the state it ends in."""
        state, error = end
        if end == AWAY:
            return
        trainer = self.trainer
        if trainer is not None:
            trainer.guard(self.keeper.settle)
            if state not in ("finished", "diverged", "failed"):
                trainer.guard(lambda: self.keeper.last(trainer.run))
            self._insist(trainer.finish)
            if state == "queued":
                self._insist(trainer.carry_on)
        self._insist(lambda: self.store.release(self.run_id, self.holder, state, error))

    def _insist(self, action: Callable[[], object]) -> None:
        """Do it, even if the store is full or busy for a while."""
        until = time.monotonic() + LAST_WORDS
        while True:
            try:
                action()
                return
            except (StoreBusy, StoreFull):
                if time.monotonic() > until:
                    raise
                time.sleep(0.5)

    def _write_down(self) -> None:
        """The full story of an error, for those who look after the installation."""
        with contextlib.suppress(OSError):
            path = run_folder(self.run_id) / "worker.log"
            path.parent.mkdir(parents=True, exist_ok=True)
            with open(path, "a", encoding="utf-8") as log:
                traceback.print_exc(file=log)


def reason(problem: Exception) -> str:
    """An error that nobody foresaw, as one sentence."""
    text = str(problem).lower()
    short = isinstance(problem, MemoryError) or "allocate memory" in text or "out of memory" in text
    if short:
        return "this run needs more memory than there is: choose a smaller batch or a smaller net"
    if isinstance(problem, ValueError):
        return str(problem)
    return (
        f"the run stopped at an error that was not foreseen ({type(problem).__name__}): "
        "worker.log in its folder tells more"
    )
