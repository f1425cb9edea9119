"""Looks: who looks at a run's next step, which is nobody most of the time."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any

from core.dissect import Dissection
from core.health import Measure, Point, due
from core.threefold import Threefold
from core.watch import NOBODY, Watcher
from models import classifies

if TYPE_CHECKING:
    from core.training import Run


class Looks:
    """What was seen inside a run's steps: points of its health, and the last dissected batch."""

    def __init__(self) -> None:
        self.points: list[Point] = []
        self.record: dict[str, Any] | None = None
        self.until = 0  # batches up to this step are dissected

    def at(self, run: "Run") -> AbstractContextManager[Watcher]:
        """The watcher of the step that `run` is about to take, in force as long as that lasts."""
        wished, measured = run.step < self.until, due(run.step + 1, run.total_steps)
        if not wished and not measured:
            return NOBODY
        if not wished:
            return self._kept(run, Measure(run.model), measured)
        whole = classifies(run.config.model.name)
        return self._kept(run, Dissection(run) if whole else Threefold(run), measured)

    @contextmanager
    def _kept(self, run: "Run", watcher: Measure, measured: bool) -> Iterator[Watcher]:
        with watcher:
            yield watcher
        if watcher.complete and measured:
            self.points.append(watcher.point(run.step + 1, run.epoch))
        if watcher.complete and isinstance(watcher, Dissection | Threefold):
            self.record = watcher.record()
