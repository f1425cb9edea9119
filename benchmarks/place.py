"""A place to measure in: a home of its own with the real sets, and a runner that serves it."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from core.config import RunConfig
from core.imports import import_set
from core.store import Store

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared" / "data"
PATIENCE = 60.0


@contextmanager
def home() -> Iterator[Path]:
    """A fresh PLAYGROUND_HOME with real MNIST, and CIFAR-10 where it lies beside the checkout."""
    with tempfile.TemporaryDirectory(prefix="playground-bench-") as folder:
        os.environ["PLAYGROUND_HOME"] = folder
        for name, source in (("mnist", "mnist"), ("cifar10", "cifar10.tar.xz")):
            if (SHARED / source).exists():
                import_set(name, SHARED / source)
        yield Path(folder)


@contextmanager
def process(words: Sequence[str], **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """A child of this benchmark, ended with it."""
    child = subprocess.Popen(
        [sys.executable, "-m", *words], cwd=ROOT, env={**os.environ, **environment}
    )
    try:
        yield child
    finally:
        child.terminate()
        child.wait(30)


@contextmanager
def runner(slots: int) -> Iterator[Store]:
    """A runner with so many slots, ready to train."""
    store = Store()
    with process(["core.runner"], PLAYGROUND_SLOTS=str(slots)):
        yield store
    store.dispose()


@contextmanager
def server(port: int) -> Iterator[str]:
    """The whole app; its runner is ended with it. Yields the address."""
    with process(["core", "serve", "--headless", "--port", str(port)], PLAYGROUND_SLOTS="4"):
        address = f"http://127.0.0.1:{port}"
        wait(lambda: _answers(f"{address}/healthz"))
        yield address
    _end_runner()


@contextmanager
def page(script: Path, port: int) -> Iterator[str]:
    """A Streamlit page by itself, without anything of the app. Yields the address."""
    address = f"http://127.0.0.1:{port}"
    with process(["streamlit", "run", str(script), "--server.port", str(port)]):
        wait(lambda: _answers(f"{address}/_stcore/health"))
        yield address


def _end_runner() -> None:
    """The runner outlives its server on purpose; a benchmark leaves nothing behind."""
    store = Store()
    if found := store.get_meta("runner"):
        os.kill(json.loads(found)["pid"], signal.SIGTERM)
    store.dispose()


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def wait(ready: object) -> None:
    """Wait until `ready()` is true."""
    until = time.monotonic() + PATIENCE
    while not ready():  # type: ignore[operator]
        if time.monotonic() > until:
            raise RuntimeError("the benchmark waited a minute for something that did not come")
        time.sleep(0.02)


def speeds(store: Store, configs: Sequence[RunConfig], seconds: float) -> list[float]:
    """Train all at once and return each one's pictures per second, wall clock, validation too."""
    ids = [store.create(config.model_dump(mode="json")) for config in configs]
    reached = dict.fromkeys(ids, (0, 0, 0.0))  # run → (cursor, step, when it was read)
    started: dict[str, tuple[int, float]] = {}

    def look() -> None:
        for run_id in ids:
            cursor, step, at = reached[run_id]
            for row in store.metrics(run_id, since=cursor):
                if row.name == "train.loss":
                    step, at = row.step, time.perf_counter()
                cursor = row.seq
            reached[run_id] = (cursor, step, at)

    def warm() -> bool:
        look()
        return all(step > 40 for _, step, _ in reached.values())

    wait(warm)
    started = {run_id: reached[run_id][1:] for run_id in ids}
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        look()
        time.sleep(0.1)
    rates = []
    for run_id, config in zip(ids, configs, strict=True):
        (first, begun), (last, ended) = started[run_id], reached[run_id][1:]
        rates.append((last - first) * config.batch / (ended - begun))
        store.send(run_id, "stop", None)
    wait(lambda: all(store.get(run_id).state == "stopped" for run_id in ids))
    return rates
