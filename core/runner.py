"""Runner: `python -m core.runner`, one per home; gives queued runs to workers and mends states."""

import json
import logging
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from types import FrameType

from filelock import FileLock, Timeout

from core.engines import Engine, Local
from core.ground import inode, program
from core.handles import alone, gone
from core.home import home
from core.store import RunRow, Store

log = logging.getLogger("playground.runner")

BUSY = 0.05  # seconds between two looks at the queue
IDLE = 0.08  # the same after a quiet minute
QUIET = 60.0
BEAT = 1.0  # seconds between signs of life and repairs
UPDATE = 3.0  # seconds between two looks at whether the program was updated
SILENT = 10.0  # seconds without a sign of life after which a foreign worker counts as dead
ATTEMPTS = 3  # a worker that dies before it begins is tried again so often
LONGEST_LOG = 1_000_000
ROOT = Path(__file__).resolve().parent.parent


class Runner:
    """Claims queued runs, hands them to the engine, and tells the truth about those that died."""

    def __init__(self, store: Store, engine: Engine, slots: int) -> None:
        self.store = store
        self.engine = engine
        self.slots = slots
        self.workers: dict[str, str] = {}  # engine handle → run id
        self.attempts: Counter[str] = Counter()
        self.seen: dict[str, tuple[float | None, float]] = {}  # run id → heartbeat, when first seen
        self.beaten = -BEAT
        self.server = ""
        self.awake = time.monotonic()  # when there was last something to do, or a web server

    def tick(self) -> float:
        """One round; returns the seconds until the next."""
        now = time.monotonic()
        self._bury()
        if self.engine.ready():
            self._place()
        if now - self.beaten >= BEAT:
            self.beaten = now
            self._mend(now)
            self._beat(now)
        return BUSY if self.workers or now - self.awake < QUIET else IDLE

    def _place(self) -> None:
        while self.store.waiting() and (row := self.store.claim(self.slots)):
            self.awake = time.monotonic()
            self.workers[self.engine.submit(row.id)] = row.id

    def _bury(self) -> None:
        for handle, run_id in list(self.workers.items()):
            if not self.engine.alive(handle):
                del self.workers[handle]
                ending = self.engine.ending(handle)
                # A run that left and came back has a new worker by now: nothing to mend.
                if run_id not in self.workers.values():
                    self._tell(run_id, ending)

    def _tell(self, run_id: str, ending: str) -> None:
        """Set down that a worker ended, unless it did so itself."""
        try:
            row = self.store.get(run_id)
        except LookupError:
            return
        if row.state not in ("running", "paused") or alone(row.handle):
            self.attempts.pop(run_id, None)
            return
        if row.handle == "" and row.state == "paused":
            return
        self.attempts[run_id] += 1
        if row.handle == "" and self.attempts[run_id] < ATTEMPTS:
            self.store.release(run_id, "", "queued")
            return
        self._crashed(row, ending or "crashed (its worker ended without a word)")

    def _crashed(self, row: RunRow, ending: str) -> None:
        self.attempts.pop(row.id, None)
        log.warning("run %s %s", row.id, ending)
        remedy = "resume it to go on from its last checkpoint"
        self.store.release(row.id, row.handle, "crashed", f"{ending}: {remedy}")

    def _mend(self, now: float) -> None:
        """Repair runs whose worker belonged to a runner or a terminal that is no more."""
        strays = {row.id: row for row in self.store.held() if row.id not in self.workers.values()}
        self.seen = {run_id: known for run_id, known in self.seen.items() if run_id in strays}
        for row in strays.values():
            heartbeat, since = self.seen.setdefault(row.id, (row.heartbeat, now))
            if heartbeat != row.heartbeat:
                self.seen[row.id] = (row.heartbeat, now)
                since = now
            # Silence is timed by our own clock: the wall clock may jump, the machine may sleep.
            silent = now - since > SILENT
            unbegun = row.handle == "" and row.claimed is not None
            if unbegun or silent or (row.handle != "" and gone(row.handle)):
                self._take_back(row)

    def _take_back(self, row: RunRow) -> None:
        if row.handle == "" and row.claimed is None or alone(row.handle):
            self._crashed(row, "crashed (its process is gone)")
        else:
            state = "paused" if row.state == "paused" else "queued"
            self.store.release(row.id, row.handle, state)

    def _beat(self, now: float) -> None:
        ready = self.engine.ready()
        life = {"pid": os.getpid(), "heartbeat": time.time(), "ready": ready}
        self.store.set_meta("runner", json.dumps(life))
        server = self.store.get_meta("server") or ""
        if self.workers or server != self.server:
            self.server, self.awake = server, now

    def close(self) -> None:
        """Have the workers save and end; their runs wait for the next runner."""
        self.engine.close()
        for row in self.store.held():
            if row.id in self.workers.values() and not alone(row.handle):
                self._take_back(row)
        self.store.set_meta("runner", json.dumps({"pid": 0, "heartbeat": 0.0, "ready": False}))


def _whole(name: str, default: int, least: int) -> int:
    text = os.environ.get(name) or str(default)
    if not text.isdecimal() or int(text) < least:
        raise ValueError(f"{name} is {text!r:.40}: give a whole number from {least}")
    return int(text)


def slots() -> int:
    """How many runs train at once: PLAYGROUND_SLOTS, else one per core, at least two.

    Raises:
        ValueError: PLAYGROUND_SLOTS is not a whole number from 1.
    """
    return _whole("PLAYGROUND_SLOTS", max(2, os.cpu_count() or 2), 1)


def _lock() -> FileLock:
    return FileLock(home() / "runner.lock", mode=0o600)


def ensure() -> None:
    """See that the runner lives: start it, in a session of its own, if nobody holds its lock.

    Cheap enough to be called every second, by several processes at once: of two runners that
    start together one finds the lock taken and ends.

    Raises:
        ValueError: the home cannot be used.
    """
    lock = _lock()
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return
    lock.release()
    path = home() / "runner.log"
    fresh = path.exists() and path.stat().st_size > LONGEST_LOG
    surroundings = {**os.environ, "PLAYGROUND_HOME": str(home())}
    with open(path, "wb" if fresh else "ab") as out:
        subprocess.Popen(
            [sys.executable, "-m", "core.runner"],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            cwd=ROOT,
            env=surroundings,
            start_new_session=True,
        )


def serve(runner: Runner, lock: Path, patience: int) -> None:
    """Tick until a signal, until nobody needs us for `patience` seconds, or the home is gone."""
    ending: list[int] = []
    # A store that was moved away, or a home made anew, needs a runner that opens the new one.
    files = [lock, *([runner.store.file] if runner.store.file else [])]
    ours = [inode(file) for file in files]

    def end(number: int, _frame: FrameType | None) -> None:
        ending.append(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    complaint, begun, due = "", program(), time.monotonic() + UPDATE
    while not ending and [inode(file) for file in files] == ours:
        try:
            pause, complaint = runner.tick(), ""
        except ValueError as problem:
            # A busy or full store must not end the runner; it is said once.
            if str(problem) != complaint:
                log.warning("%s", problem)
            pause, complaint = BEAT, str(problem)
        if time.monotonic() > due:
            due = time.monotonic() + UPDATE
            if program() != begun:
                log.info("the program was updated: the next runner goes on")
                return
        if patience and time.monotonic() - runner.awake > patience:
            log.info("nothing to do for %d s", patience)
            return
        time.sleep(pause)


def main() -> int:
    """Be the runner of this home, if there is none; 0 when done, 2 when it cannot be."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    try:
        count, patience = slots(), _whole("PLAYGROUND_RUNNER_IDLE", 1800, 0)
        lock = _lock()
        lock.acquire(timeout=1)  # somebody who only looks holds it for a moment
        store = Store()
        store.check()
        runner = Runner(store, Local(count, store.url), count)
        log.info("runner %d: %d slots", os.getpid(), count)
        try:
            serve(runner, Path(lock.lock_file), patience)
        finally:
            runner.close()
    except Timeout:
        return 0
    except ValueError as problem:
        log.error("%s", problem)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
