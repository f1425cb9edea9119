"""The life of the web server: it takes the home, keeps the runner alive, warms up and gates."""

import asyncio
import contextlib
import gc
import importlib
import logging
import os
import re
import sys
import threading
import time
import webbrowser
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import filelock
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Route

from core import identity, runner
from core.access import mode
from core.headers import Gate, Introduce, Protect
from core.home import home
from core.identity import visitor
from core.kept import Kept
from core.launch import BROWSER, URL, serve
from core.routes import Answers
from core.store import Store

__all__ = ["Server", "serve", "visitor"]

log = logging.getLogger("playground.server")

BEAT = 2.0  # seconds between signs of life; a killed runner is back after at most one of them
FIRST = ("numpy", "pandas", "torch", "core.catalog")  # what every page needs
# What some need, a second more.
LATER = (
    "core.estimate",
    "core.inference",
    "core.filters",
    "core.branch",
    "core.explain",
    "core.nets",
    "core.opinions",
    "core.lessons.check",
)
SESSION_ID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")


class Server:
    """One web server on one home: assembled by app.py, alive inside `lifespan`."""

    def __init__(self, *, hosts: Sequence[str] = ()) -> None:
        self.hosts = tuple(hosts)
        self.secret = b""
        self.gate = threading.Event()
        self.warm = threading.Event()
        self._store: Store | None = None
        self._lock: filelock.BaseFileLock | None = None
        self._complaint = ""

    def store(self) -> Store:
        """The run store, opened once per process.

        Raises:
            ValueError: the server is not open.
        """
        if self._store is None:
            raise ValueError("the server is not open: routes answer inside its lifespan only")
        return self._store

    def routes(self) -> list[Route]:
        """Our own addresses, beside those of the pages."""
        return Answers(self.store, lambda: self.secret, self.warm).routes()

    def middleware(self) -> list[Middleware]:
        """From the outside in: protection, compression, the visitor, the gate before pages."""
        return [
            Middleware(Protect, hosts=self.hosts),
            Middleware(Kept),
            Middleware(GZipMiddleware, minimum_size=1000, compresslevel=5),
            Middleware(Introduce, secret=lambda: self.secret),
            Middleware(Gate, ready=self.ready),
        ]

    @contextlib.asynccontextmanager
    async def lifespan(self, _app: Any) -> AsyncIterator[dict[str, Any] | None]:
        """Open, keep the runner alive, close; training runs go on after the server's end."""
        logging.setLogRecordFactory(discreet(logging.getLogRecordFactory()))
        try:
            self.open()
        except ValueError as problem:
            leave(str(problem))
        threading.Thread(target=self._warm_up, name="warm-up", daemon=True).start()
        beating = asyncio.create_task(self._beat_forever())
        greet()
        try:
            yield None
        finally:
            beating.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await beating
            self.close()
        if os.environ.get(URL):
            leave("", 0)  # the interpreter's own end takes seconds with torch, and grumbles

    def open(self) -> None:
        """Take the home, its secret and its store.

        Raises:
            ValueError: one sentence on what is in the way: another server, the folder, the store.
        """
        mode()
        self._lock = take(filelock.FileLock(home() / "server.lock", mode=0o600))
        try:
            self.secret = identity.key()
            self._store = Store()
            self._store.check()
            self._sign_of_life()  # says now, not later, that the store is read-only or full
        except ValueError:
            self.close()
            raise

    def close(self) -> None:
        """Give the store and the home back."""
        if self._store is not None:
            self._store.dispose()
            self._store = None
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _warm_up(self) -> None:
        """Import what pages need, so that nobody's first click waits for it, or is lost."""
        try:
            for name in FIRST:
                importlib.import_module(name)
            importlib.import_module("torch").set_num_threads(1)
            self.gate.set()
            for name in LATER:
                importlib.import_module(name)
            gc.collect()
            gc.freeze()  # later collections skip the hundred thousand objects of the imports
        except Exception:
            log.exception("the warm-up failed, the first page will be slow")
        finally:
            self.gate.set()
            self.warm.set()

    def _sign_of_life(self) -> None:
        self.store().set_meta("server", f"{os.getpid()} {time.time():.0f}")

    async def ready(self) -> None:
        """Wait until pages may run."""
        while not self.gate.is_set():
            await asyncio.sleep(0.01)

    async def _beat_forever(self) -> None:
        while True:
            await asyncio.to_thread(self.beat)
            await asyncio.sleep(BEAT)

    def beat(self) -> None:
        """Leave a sign of life and see that the runner lives; a full disk must not end this."""
        try:
            self._sign_of_life()
            runner.ensure()
            self._complaint = ""
        except Exception as problem:
            if str(problem) != self._complaint:  # said once, not every two seconds
                log.warning("the runner or the store does not answer: %s", problem)
            self._complaint = str(problem)


def take(lock: filelock.BaseFileLock) -> filelock.BaseFileLock:
    """Hold the home's lock for the life of this process.

    Raises:
        ValueError: another server holds it, or the home cannot be written to.
    """
    try:
        lock.acquire(timeout=1)  # a server that was just stopped may need a moment
    except filelock.Timeout:
        raise ValueError(
            "another server already uses this home: use that one, or give this one a home of its "
            "own with PLAYGROUND_HOME=another/folder"
        ) from None
    except OSError as problem:
        raise ValueError(
            f"the home {home()} cannot be written to ({problem.strerror}): "
            "mend that, or choose another with PLAYGROUND_HOME=another/folder"
        ) from None
    return lock


def greet() -> None:
    """Say where the app is, and open it there; Streamlit says it when it was started directly."""
    if address := os.environ.get(URL):
        sys.stderr.write(f"Vision Playground: {address}  (Ctrl-C ends it, training goes on)\n")
        sys.stderr.flush()
        if os.environ.get(BROWSER):
            threading.Thread(target=webbrowser.open, args=[address], daemon=True).start()


def discreet(make: Callable[..., logging.LogRecord]) -> Callable[..., logging.LogRecord]:
    """A log record factory that hides session ids: who knows one can take the session over."""

    def record(*args: Any, **kwargs: Any) -> logging.LogRecord:
        made = make(*args, **kwargs)
        text = made.getMessage()
        if SESSION_ID.search(text):
            made.msg, made.args = SESSION_ID.sub("(session)", text), ()
        return made

    return record


def leave(sentence: str, code: int = 1) -> None:
    """End the process at once: a start that failed would be logged as a page of traceback."""
    sys.stderr.write(f"{sentence}\n" if sentence else "")
    sys.stderr.flush()
    os._exit(code)
