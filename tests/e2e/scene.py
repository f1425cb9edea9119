"""What the browser tests play with: an installation with its server, and visitors with tabs."""

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Mapping
from email.message import Message
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import pytest
from filelock import FileLock, Timeout
from playwright.sync_api import Locator, Page, expect

from core.config import parse
from core.handles import process_id
from core.store import Row, RunRow, Store
from tests.house import ROOT

PATIENCE = 30.0  # seconds for anything that takes a moment on a busy machine
MOMENT = 12000  # milliseconds after which people press again
T = TypeVar("T")


def until(look: Callable[[], T], what: str, patience: float = PATIENCE) -> T:
    """Wait for something true and return it."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if found := look():
            return found
        time.sleep(0.1)
    pytest.fail(f"waited {patience:.0f} s for {what}")


def insist(press: Callable[[], None], seen: Callable[[], None]) -> None:
    """Press again, as people do, when nothing has come of it: `seen` expects it within a moment.

    Streamlit itself forgets a click that meets a report of the page before it is looked at.
    """
    for _ in range(2):
        press()
        with contextlib.suppress(AssertionError):
            return seen()
    press()
    return seen()


class Installation:
    """One home with its server, which can be killed and started again on the same port."""

    def __init__(self, home: Path) -> None:
        self.home = home
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = home.with_suffix(".log")
        self.process: subprocess.Popen[bytes] | None = None
        self._store: Store | None = None

    def environment(self) -> dict[str, str]:
        """As on a machine of one core: the other one is another test process's."""
        home = {"PLAYGROUND_HOME": str(self.home), "PLAYGROUND_RUNNER_IDLE": "20"}
        return {**os.environ, **home, "OMP_NUM_THREADS": "1"}

    def start(self) -> float:
        """Start the server and return the seconds until it was healthy."""
        began = time.monotonic()
        command = [sys.executable, "-m", "core", "serve", "--headless", "--port", str(self.port)]
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=self.environment(), stdout=out, stderr=out
            )
        until(self.healthy, f"the server to start:\n{self.log.read_text()}")
        return time.monotonic() - began

    def healthy(self) -> bool:
        """Whether the server answers."""
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.url}/healthz") as answer:
            return bool(answer.status == 200)
        return False

    def kill(self, number: int = signal.SIGKILL) -> None:
        """End the server; the runner and its workers live on."""
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(PATIENCE)
            self.process = None

    def ask(self, question: Callable[[Store], T]) -> T:
        """Ask the run store from outside the server."""
        if self._store is None:
            self._store = Store(f"sqlite:///{self.home / 'playground.db'}")
        return question(self._store)

    def run(self, run_id: str) -> RunRow:
        """What the store says about a run now."""
        return self.ask(lambda store: store.get(run_id))

    def runs(self) -> list[RunRow]:
        """All runs, newest first."""
        return self.ask(lambda store: store.runs())

    def rows(self, run_id: str, name: str = "") -> list[Row]:
        """A run's metric rows, or those of one name."""
        found = self.ask(lambda store: store.metrics(run_id, 0, 1_000_000))
        return [row for row in found if name in ("", row.name)]

    def create(self, **settings: Any) -> str:
        """Queue a run of the bundled digits."""
        values = {"data": {"name": "mnist-5k"}, "schedule": {"name": "constant"}, **settings}
        config = parse(values).model_dump(mode="json")
        return self.ask(lambda store: store.create(config))

    def resting(self, run_id: str) -> int:
        """The step at which a paused run stands still, 0 while it moves."""
        first = self.run(run_id).step
        time.sleep(1.2)  # longer than the worker's beat, which writes the step
        return first if self.run(run_id).step == first else 0

    def kill_worker(self, run_id: str) -> None:
        """End the process that trains a run, the hard way."""
        os.kill(process_id(self.run(run_id).handle), signal.SIGKILL)

    def runner_pid(self) -> int:
        """The runner of this home, 0 while none has reported."""
        told = json.loads(self.ask(lambda store: store.get_meta("runner")) or "{}")
        return int(told.get("pid", 0))

    def kill_runner(self) -> int:
        """End the runner, the hard way; returns which process it was."""
        pid = until(self.runner_pid, "a runner")
        os.kill(pid, signal.SIGKILL)
        return pid

    def stop_runs(self) -> None:
        """Stop every run, so that the next test has the machine to itself."""
        for row in self.runs():
            if row.state in ("queued", "running", "paused"):
                self.ask(lambda store, row=row: store.send(row.id, "stop"))
        until(lambda: self.ask(Store.running) == 0, "all runs to end")

    def end(self) -> None:
        """End the server, then the runner, and wait until both are gone."""
        self.kill(signal.SIGTERM)
        lock = FileLock(self.home / "runner.lock")
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            with contextlib.suppress(ProcessLookupError):
                if pid := self.runner_pid():
                    os.kill(pid, signal.SIGTERM)
            with contextlib.suppress(Timeout), lock.acquire(timeout=0.5):
                break
        if self._store is not None:
            self._store.dispose()


def button(page: Page, name: str) -> Locator:
    """A button by the words on it; the name of an icon before them is not read out."""
    return page.get_by_role("button", name=re.compile(rf"(^|\s){re.escape(name)}$"))


def in_state(page: Page, *states: str, patience: float = PATIENCE) -> None:
    """Wait until the live element says that the run is in one of these states."""
    pill = page.locator(".pill")
    expect(pill).to_have_attribute(
        "data-state", re.compile(f"^({'|'.join(states)})$"), timeout=patience * 1000
    )


def settled(page: Page) -> None:
    """Wait until the page is drawn and its script is done, without an error on it."""
    expect(page.get_by_role("heading", level=1).first).to_be_visible()
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    expect(page.get_by_test_id("stException")).to_have_count(0)
    # A field takes its value only after it was painted: what is typed before that is lost.
    page.evaluate("() => new Promise(done => requestIdleCallback(done, { timeout: 500 }))")


def steps(page: Page) -> int:
    """The step that the live element shows."""
    text = page.locator("dl.tiles dd").nth(1).inner_text()
    found = re.match(r"[\d,]+", text)
    return int(found[0].replace(",", "")) if found else 0


def curve(page: Page) -> str:
    """The pixels of the first chart."""
    return str(page.locator("figure.plot canvas").first.evaluate("c => c.toDataURL()"))


def fetch(
    url: str, method: str = "GET", headers: Mapping[str, str] | None = None
) -> tuple[int, Message, bytes]:
    """One plain request: status, headers, body; no redirect is followed, nothing is mended."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=PATIENCE)
    path = url.split(parts.netloc, 1)[1]
    try:
        connection.request(method, path, headers=dict(headers or {}))
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()
