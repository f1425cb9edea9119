"""Starting from the command line: addresses, names, windows, and refusals in one sentence."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from core import launch
from core.server import Server
from tests.house import ROOT


def start(home: Path, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PLAYGROUND_HOME": str(home), **settings}
    command = [sys.executable, "-m", "core", "serve", "--headless", *words]
    return subprocess.run(
        command, cwd=ROOT, env=environment, text=True, capture_output=True, timeout=60, check=False
    )


def test_a_refused_start_is_one_sentence(opened: Server, fresh_home: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    ended = start(fresh_home, "--port", str(port))
    assert ended.returncode == 1
    assert ended.stderr.startswith("another server already uses this home")
    assert ended.stderr.count("\n") == 1
    assert ended.stdout == ""


def test_a_taken_port_is_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = start(tmp_path, "--port", str(port))
    assert ended.returncode == 2
    assert ended.stderr == f"port {port} is in use: choose another with --port {port + 1}\n"


@pytest.mark.parametrize(
    ("host", "port", "words"),
    [("203.0.113.9", 8501, "not an address of this machine"), ("127.0.0.1", 0, "use 1 to 65535")],
)
def test_impossible_addresses_are_refused(host: str, port: int, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        launch.check_address(host, port)


def test_the_names_that_visitors_may_type() -> None:
    local = ["localhost", "127.0.0.1", "::1"]
    assert launch.names("127.0.0.1", "") == local
    assert launch.names("10.1.2.3", "a.example, b.example,") == [
        *local,
        "10.1.2.3",
        "a.example",
        "b.example",
    ]
    assert socket.gethostname() in launch.names("0.0.0.0", "")
    assert "0.0.0.0" not in launch.names("0.0.0.0", "")


def test_no_window_opens_without_a_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    assert not launch.has_screen({})
    assert launch.has_screen({"WAYLAND_DISPLAY": "wayland-0"})
    monkeypatch.setattr(sys, "platform", "darwin")
    assert launch.has_screen({})
