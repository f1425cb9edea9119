"""Downloads and imports in processes of their own: what is told, and what when they die."""

import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from core import download as downloads
from core import pack, progress
from core.download import MIRROR, download
from core.imports import start_import
from tests.faulty import BODY, Server, serving
from tests.packing import ZIP


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server of this test's own, and an empty home."""
    monkeypatch.setenv("PLAYGROUND_HOME", str(tmp_path / "home"))
    with serving() as made:
        yield made


def test_second_download_of_a_set_waits(server: Server) -> None:
    """While another living process works on a set, a second one declines and notes nothing."""
    note = progress.Progress("download", "running", 5, 9, pid=1, updated=time.time())
    path = pack.data_folder() / ".mnist.progress"
    path.write_text(json.dumps(vars(note)))
    with pytest.raises(ValueError, match="the download of mnist is already running"):
        download("mnist")
    assert json.loads(path.read_text())["pid"] == 1


@pytest.mark.parametrize(("pid", "age"), [(2**22 + 1, 0), (1, 1_000)])
def test_dead_task_counts_as_failed(server: Server, pid: int, age: int) -> None:
    """A process that is gone, or silent for long, is not waited for."""
    note = progress.Progress("download", "running", 5, 9, pid=pid, updated=time.time() - age)
    (pack.data_folder() / ".mnist.progress").write_text(json.dumps(vars(note)))
    found = progress.progress("mnist")
    assert found and (found.state, found.reason) == ("failed", "stopped")
    progress.clear("mnist")
    assert progress.progress("mnist") is None


def wait(name: str) -> progress.Progress:
    """The last note of a task that runs apart."""
    deadline = time.monotonic() + 60
    while (note := progress.progress(name)) and note.state == "running":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert note
    return note


def test_tasks_run_apart_from_the_page(server: Server, tmp_path: Path) -> None:
    """`start_import` returns at once; another process works and its note is read here."""
    path = tmp_path / "pictures.zip"
    path.write_bytes(ZIP)
    begun = time.monotonic()
    start_import("mine", path)
    assert time.monotonic() - begun < 1
    note = wait("mine")
    assert (note.state, note.task, note.report["train"]) == ("done", "import", 16)
    start_import("mine", tmp_path / "missing.zip")
    assert "missing.zip does not exist" in wait("mine").message
    log = (pack.data_folder() / ".tasks.log").read_text()
    assert "missing.zip does not exist" in log and "Traceback" not in log


def test_task_that_dies_before_its_first_note(server: Server) -> None:
    """A process that cannot even begin is not waited for."""
    progress.start("mine", "import", ["no-such-verb"])
    note = wait("mine")
    assert (note.state, note.reason) == ("failed", "stopped")


def test_killed_task_is_seen(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Signal 9 leaves no last note; the next look says that it stopped."""
    monkeypatch.setenv(MIRROR, server.url("drip", "").rstrip("/"))
    server.files = {"train-images-idx3-ubyte.gz": BODY}
    downloads.start_download("mnist")
    deadline = time.monotonic() + 60
    while not ((note := progress.progress("mnist")) and note.done):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    os.kill(note.pid, signal.SIGKILL)
    assert wait("mnist").reason == "stopped"
    assert list((pack.data_folder() / ".mnist.files").iterdir())
