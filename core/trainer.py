"""Trainer: trains the one run it holds, reports to the store and obeys its commands."""

import errno
import time
from collections.abc import Callable
from typing import Any

from core.config import parse
from core.crew import Crew
from core.keeper import Keeper, free_megabytes
from core.pulse import Pulse
from core.store import Columns, Command, Row, RunRow, Store, StoreBusy, StoreFull
from core.training import Diverged, Metrics, Run

POLL = 0.1  # seconds between two looks at the commands
FLUSH = 0.15  # seconds between two appends of rows
FULL = (errno.ENOSPC, errno.EDQUOT)
PATIENCE = 2.0  # seconds that a paused trainer keeps its slot while others wait

Echo = Callable[[Metrics], None]
End = tuple[str, str]  # state and sentence that a run ends with
AWAY: End = ("", "")  # nothing more to set down: the run is in other hands


class Trainer:
    """Iterates a Run; at each yield the model is at rest, so everything here needs no lock."""

    def __init__(self, store: Store, row: RunRow, holder: str, keeper: Keeper, crew: Crew) -> None:
        self.store, self.row, self.holder, self.keeper = store, row, holder, keeper
        self.echo: Echo | None = None
        self.shown: Callable[[], None] | None = None  # called once the first point is written
        self.rows: list[Row] = []
        self.seq = store.last_seq(row.id)
        self.paused = self.stopping = self.leaving = False
        self.target: int | None = None  # step at which to pause
        self.epoch_only = False  # pause when this epoch ends
        self.crew, self.error, self.heard = crew, "", 0  # heard: number of the last command obeyed
        self.alarm: Callable[[str], object] = str  # told what makes the run pause by itself
        self.due = self.flushed = 0.0
        self.best, self.test = row.best_validation, row.test_accuracy
        point = keeper.resume_point() if row.resume else None
        self.run = Run(parse(row.config), resume=point)
        self._rewind(fresh=point is None)

    def _rewind(self, fresh: bool) -> None:
        """Tell readers to drop what lies beyond; a start from nothing drops step 0, too."""
        if self.seq and (fresh or self.store.last_step(self.row.id) > self.run.step):
            self.row_of("rewind", float(self.run.step), -1 if fresh else self.run.step)

    def train(self, pulse: Pulse, *, share: bool) -> End:
        """Iterate the run to its end, or to wherever it is called away.

        share: divide the cores with the other runs of this machine.
        """
        self.guard(lambda: self.keeper.begin(self.run))
        # Commands that came before the worker count from here, not from the first batch on.
        if (end := self._attend(pulse, share)) is not None:
            return end
        try:
            for metrics in self.run:
                self._take(metrics)
                if time.monotonic() >= self.due and (end := self._attend(pulse, share)) is not None:
                    return end
        except Diverged as problem:
            self.guard(lambda: self.keeper.last(self.run))
            return "diverged", str(problem)
        return "finished", ""

    def columns(self) -> Columns:
        """Progress, as the pulse reports it."""
        run = self.run
        return {
            "step": run.step,
            "total_steps": run.total_steps,
            "epoch": run.epoch,
            "speed": run.images_per_second or None,
            "best_validation": self.best,
            "test_accuracy": self.test,
            "seconds": run.seconds,
        }

    def row_of(self, name: str, value: float, step: int) -> None:
        """Add a metric row to those that wait to be written."""
        self.seq += 1
        self.rows.append(Row(self.seq, step, self.run.epoch, name, value, self.run.seconds))

    def _take(self, metrics: Metrics) -> None:
        """What a batch brought: rows, checkpoints, the end of a counted stretch."""
        for name, value in metrics.values.items():
            self.row_of(name, value, metrics.step)
        if metrics.values and self.echo:
            self.echo(metrics)
        if self.rows and not self.flushed:
            self.guard(self.finish)  # the first point is waited for, and of how many it is one
            self.due = 0.0  # now more threads than one
            if self.shown:
                self.shown()
        if metrics.moment:
            self._mark(metrics)
        reached = self.target is not None and metrics.step >= self.target
        if reached or (self.epoch_only and metrics.moment == "epoch"):
            self._pause()

    def _mark(self, metrics: Metrics) -> None:
        if "val.accuracy" in metrics.values:
            self.best = max(metrics.values["val.accuracy"], self.best or 0.0)
        if "test.accuracy" in metrics.values:
            self.test = metrics.values["test.accuracy"]
        self.guard(lambda: self.keeper.moment(self.run, metrics))

    def _attend(self, pulse: Pulse, share: bool) -> End | None:
        """Between two batches: write, listen, make way. Returns the end, if this is one."""
        self.guard(self._flush)
        self.listen()
        end = self._called(pulse)
        if self.paused and end is None:
            end = self._rest(pulse)
        if end is not None:
            return end
        if self.flushed:
            self.crew.attend(pulse.running if share else 1)
        if self.keeper.due():
            self.guard(lambda: self.keeper.keep_up(self.run))
        self.due = time.monotonic() + POLL
        return None

    def _called(self, pulse: Pulse) -> End | None:
        if pulse.lost:
            return AWAY
        if self.stopping:
            return "stopped", ""
        if self.leaving or pulse.orphan:
            return ("paused" if self.paused else "queued"), self.error
        return None

    def _rest(self, pulse: Pulse) -> End | None:
        """Wait, paused, until a command or somebody in need of the slot ends it."""
        self.guard(lambda: self._flush(now=True))
        self.guard(lambda: self.keeper.last(self.run))
        told, since = self._tell("paused"), time.monotonic()
        while self.paused:
            time.sleep(POLL)
            told = told or self._tell("paused")
            self.listen()
            self.guard(self._flush)  # a dial may have been turned; a reload shall show it
            if (end := self._called(pulse)) is not None:
                return end
            if time.monotonic() - since > PATIENCE and self._make_way():
                return AWAY
        self.error = ""
        self._tell("running")
        return None

    def _tell(self, state: str) -> bool:
        try:
            self.store.hold(
                self.row.id, self.holder, {**self.columns(), "state": state, "error": self.error}
            )
        except (StoreBusy, StoreFull):
            return False
        return True

    def _make_way(self) -> bool:
        """Give the slot up if another run waits for it; what is needed to go on is saved."""
        try:
            waited_for = self.store.waiting() > 0
            return waited_for and not self.rows and self.store.leave(self.row.id, self.holder)
        except (StoreBusy, StoreFull):
            return False

    def _flush(self, now: bool = False) -> None:
        if self.rows and (now or time.monotonic() - self.flushed >= FLUSH):
            self.store.append(self.row.id, self.rows)
            self.rows, self.flushed = [], time.monotonic()

    def finish(self) -> None:
        """Write the rows and the progress that are still to be written.

        Raises:
            StoreBusy, StoreFull: not now.
        """
        self._flush(now=True)
        self.store.hold(self.row.id, self.holder, self.columns())

    def carry_on(self) -> None:
        """Leave the rest of a counted stretch as a command to whoever takes the run up again."""
        if self.target is not None and self.target > self.run.step:
            self.store.send(self.row.id, "step", {"batches": self.target - self.run.step})
        elif self.epoch_only:
            self.store.send(self.row.id, "epoch")

    def guard(self, action: Callable[[], Any]) -> None:
        """Do something that needs disk space; where there is none the run pauses and says so."""
        try:
            action()
        except StoreBusy:
            return  # rows and progress are kept and written with the next ones
        except (OSError, StoreFull) as problem:
            if isinstance(problem, OSError) and problem.errno not in FULL:
                raise
            self.error = f"disk full ({free_megabytes()} MB free): make room, then resume"
            if not self.paused:
                self.alarm(self.error)
            self._pause()

    def _pause(self) -> None:
        self.paused, self.target, self.epoch_only, self.due = True, None, False, 0.0

    def listen(self) -> None:
        """Obey the commands that have come in, each once."""
        try:
            found = [order for order in self.store.pending(self.row.id) if order.id > self.heard]
            for order in found:
                self._obey(order)
                self.heard = order.id
            if found:
                self.store.done([order.id for order in found])
        except (StoreBusy, StoreFull):
            return  # those already heard are not obeyed twice

    def _obey(self, order: Command) -> None:
        if order.verb == "pause":
            self._pause()
        elif order.verb == "stop":
            self.stopping = True
        elif order.verb == "resume":
            self.paused, self.target, self.epoch_only = False, None, False
        elif order.verb in ("step", "dissect"):
            start = self.run.step if self.target is None else self.target
            self.paused, self.target = False, start + order.arguments.get("batches", 1)
            if order.verb == "dissect":
                self.run.looks.until = self.target
        elif order.verb == "epoch":
            self.paused, self.epoch_only = False, True
        elif order.verb == "set":
            self._set(order.arguments)

    def _set(self, values: dict[str, float]) -> None:
        try:
            self.run.change(
                lr=values.get("lr"),
                momentum=values.get("momentum"),
                weight_decay=values.get("weight_decay"),
            )
        except ValueError as problem:
            self.error = str(problem)
            self._tell("paused" if self.paused else "running")
            return
        for name, value in values.items():
            self.row_of(f"set.{name}", value, self.run.step)
