"""How far a download or an import has come, told from its own process to whoever looks."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

from core.home import home
from core.pack import data_folder, plain_name

EVERY = 0.2  # seconds between two notes
SILENT = 90.0  # seconds without a note after which a task counts as dead

Tick = Callable[[int, int], None]
Task = Literal["download", "import"]


@dataclass(frozen=True)
class Progress:
    """The newest note of a task: `done` of `total`, and when it failed a sentence and its kind.

    `report` is what an import found. `updated` is wall-clock seconds.
    """

    task: Task
    state: Literal["running", "done", "failed"]
    done: int = 0
    total: int = 0
    message: str = ""
    reason: str = ""
    report: dict[str, Any] = field(default_factory=dict)
    pid: int = 0
    updated: float = 0.0

    @property
    def share(self) -> float:
        """0..1"""
        return min(1.0, self.done / self.total) if self.total else 0.0


def _path(name: str) -> Path:
    """Notes lie where what comes will lie: `NAME` is a set, `weights:NAME` a trained net."""
    place, _, rest = name.rpartition(":")
    folder = home() / "weights" if place == "weights" else data_folder()
    folder.mkdir(exist_ok=True)
    return folder / f".{plain_name(rest)}.progress"


def _write(name: str, note: Progress) -> None:
    path = _path(name)
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    try:
        temporary.write_text(json.dumps(asdict(note)), encoding="utf-8")
        os.replace(temporary, path)
    except OSError:
        temporary.unlink(missing_ok=True)  # a full disk stops the task itself, not its notes


def _read(name: str) -> Progress | None:
    try:
        return Progress(**json.loads(_path(name).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def progress(name: str) -> Progress | None:
    """The newest note about a set; None when nothing was started. A dead task counts as failed."""
    note = _read(name)
    if note is None or note.state != "running" or _alive(note):
        return note
    last = _read(name)  # it may have ended well between the first look and the question
    return _stopped(name, last) if last and last.state == "running" else last


def tasks() -> dict[str, Progress]:
    """The newest note of every set that is or was worked on, by name."""
    names = sorted(path.stem.removeprefix(".") for path in data_folder().glob(".*.progress"))
    return {name: note for name in names if (note := progress(name))}


def _stopped(name: str, note: Progress) -> Progress:
    message = f"the {note.task} of {_bare(name)} stopped unexpectedly: start it again"
    return replace(note, state="failed", message=message, reason="stopped")


def _bare(name: str) -> str:
    return name.rpartition(":")[2]


def clear(name: str) -> None:
    """Forget the notes about a set that is no longer worked on."""
    _path(name).unlink(missing_ok=True)


def _alive(note: Progress) -> bool:
    if time.time() - note.updated > SILENT:
        return False
    if os.name != "posix":
        return True
    try:
        os.kill(note.pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


class Reporter:
    """Keeps the notes of one task while its block runs; call it with (done, total).

    Raises:
        ValueError: the same set is being worked on by another process.
    """

    def __init__(self, name: str, task: Task, tick: Tick | None = None) -> None:
        note = progress(name)
        if note and note.state == "running" and note.pid not in (os.getpid(), os.getppid()):
            raise ValueError(
                f"the {note.task} of {_bare(name)} is already running: wait for it to end"
            )
        self.name, self.task, self.tick = name, task, tick
        self.done = self.total = 0
        self.report: dict[str, Any] = {}
        self.next = 0.0

    def __call__(self, done: int, total: int) -> None:
        """Pass on how far it is; written at most five times a second."""
        self.done, self.total = done, total
        if self.tick:
            self.tick(done, total)
        if time.monotonic() >= self.next:
            self.next = time.monotonic() + EVERY
            self._note("running")

    def _note(
        self, state: Literal["running", "done", "failed"], message: str = "", reason: str = ""
    ) -> None:
        report = self.report if state == "done" else {}
        note = Progress(
            self.task,
            state,
            self.done,
            self.total,
            message,
            reason,
            report,
            os.getpid(),
            time.time(),
        )
        _write(self.name, note)

    def __enter__(self) -> "Reporter":
        self._note("running")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if problem is None:
            self._note("done")
        elif isinstance(problem, ValueError):
            self._note("failed", str(problem), getattr(problem, "reason", ""))
        else:
            message = f"the {self.task} of {_bare(self.name)} stopped unexpectedly: start it again"
            self._note("failed", message, "stopped")


def start(name: str, task: Task, words: Sequence[str]) -> None:
    """Run `python -m core …` apart from this process, unless it runs already.

    It lives on when this process ends. What it prints goes to `data/.tasks.log`.
    """
    note = progress(name)
    if note and note.state == "running":
        return
    first = Progress(task, "running", pid=os.getpid(), updated=time.time())
    _write(name, first)
    with (data_folder() / ".tasks.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "core", *words],
            cwd=Path(__file__).parents[1],
            env=os.environ | {"PLAYGROUND_HOME": str(data_folder().parent)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    threading.Thread(target=_await, args=(name, first, process), daemon=True).start()


def _await(name: str, first: Progress, process: "subprocess.Popen[bytes]") -> None:
    """Take note of its end, or a killed one would look alive; it may end before its first note."""
    process.wait()
    note = _read(name)
    if note and note.state == "running" and (note == first or note.pid == process.pid):
        _write(name, _stopped(name, note))
