"""Pulse: the thread beside a training loop that shows it is alive and sees when it must end."""

import os
import threading
import time
from collections.abc import Callable

from core.store import Columns, Store

BEAT = 1.0  # seconds between signs of life
LOOK = 0.2  # seconds between looks at the parent
STUBBORN = 15.0  # seconds after which an orphan that does not come to rest ends hard


class Pulse:
    """Signs of life and progress every second, however long a step takes.

    lost: somebody else has the run now. orphan: the process that started this one is dead.
    running: how many runs train at once, this one included.
    """

    def __init__(
        self,
        store: Store,
        run_id: str,
        handle: str,
        report: Callable[[], Columns],
        orphaned: Callable[[], bool],
    ) -> None:
        self._store, self._run_id, self._handle = store, run_id, handle
        self._report, self._orphaned = report, orphaned
        self.lost = self.orphan = False
        self.running = max(1, store.running())
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat_on, name="pulse", daemon=True)

    def __enter__(self) -> "Pulse":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _beat_on(self) -> None:
        beaten = 0.0
        while not self._over.wait(LOOK):
            now = time.monotonic()
            if not self.orphan and self._orphaned():
                self.orphan, doomed = True, now + STUBBORN
            if self.orphan and now > doomed:
                os._exit(1)
            if now - beaten >= BEAT:
                beaten = now
                self._beat()

    def _beat(self) -> None:
        try:
            self.lost = not self._store.hold(self._run_id, self._handle, self._report())
            self.running = max(1, self._store.running())
        except ValueError:
            return  # busy or full: the next beat tries again
