"""Small runs, a runner of one's own, and patience: what tests of runs stand on."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from core.config import parse
from core.handles import process_id
from core.store import Store
from core.worker import execute


def settings(epochs: int = 2, **changes: Any) -> dict[str, Any]:
    """A run of eight steps an epoch on a few digits, done in a blink; `changes` by part."""
    values: dict[str, Any] = {
        "data": {"name": "mnist-5k", "limit": 256, "validation": 0.02},
        "model": {"name": "mlp", "widths": (16,)},
        "optimizer": {"name": "adam"},
        "batch": 32,
        "epochs": epochs,
    }
    return parse(values | changes).model_dump(mode="json")


def endless() -> dict[str, Any]:
    """A run that is still there when the test is done with it."""
    return settings(200, data={"name": "mnist-5k"}, model={"name": "cnn"})


@contextmanager
def ended(session_home: Path, folder: Path, wanted: dict[str, Any]) -> Iterator[tuple[Store, str]]:
    """A store in a home of its own, with the session's pictures and one run that has ended."""
    (session_home / "data").mkdir(parents=True, exist_ok=True)
    (folder / "data").symlink_to(session_home / "data", target_is_directory=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLAYGROUND_HOME", str(folder))
        store = Store()
        run_id = store.create(wanted, name="just ended", state="running")
        execute(run_id)
        yield store, run_id
        store.dispose()


def until(done: Callable[[], Any], seconds: float = 20.0) -> Any:
    """Wait for something to become true; its value, or a failed test after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        if value := done():
            return value
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.005)


def runs_now(store: Store, run_id: str, step: int = 1) -> int:
    """Wait until the run trains and is past `step`; the process id of its worker."""

    def trains() -> str:
        row = store.get(run_id)
        return row.handle if row.state == "running" and row.step >= step else ""

    return process_id(until(trains))


def dead(process: int) -> bool:
    """Whether a process is gone, or only waits to be buried."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    stat = Path(f"/proc/{process}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z"


class Workshop:
    """A home with a store, and runners that end with it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.store = Store()
        self.runners: list[subprocess.Popen[bytes]] = []

    def runner(self, **environment: str) -> "subprocess.Popen[bytes]":
        """Start a runner and wait until its pool stands."""
        with open(self.home / "runner.log", "ab") as log:
            started = subprocess.Popen(
                [sys.executable, "-m", "core.runner"],
                stderr=log,
                cwd=Path(__file__).parent.parent,
                env=os.environ | {"PLAYGROUND_SLOTS": "2"} | environment,
                start_new_session=True,
            )
        self.runners.append(started)
        until(lambda: self.life().get("pid") == started.pid and self.life()["ready"], 60)
        return started

    def life(self) -> dict[str, Any]:
        """What the runner last said of itself."""
        return dict(json.loads(self.store.get_meta("runner") or "{}"))

    def close(self) -> None:
        """End every runner that is still alive, and with it its workers."""
        for runner in self.runners:
            if runner.poll() is None:
                runner.send_signal(signal.SIGTERM)
                runner.wait(30)
        self.store.dispose()
