"""The life of the server: what it takes, what keeps it from starting, what outlives trouble."""

import logging
import os
from pathlib import Path

import pytest

from core import server
from core.server import Server
from core.store import Store, StoreBusy


def test_a_broken_key_is_refused_with_a_remedy(fresh_home: Path) -> None:
    (fresh_home / "cookie.key").write_bytes(b"short")
    with pytest.raises(ValueError, match="holds 5 bytes instead of 32: delete it"):
        Server().open()
    (fresh_home / "cookie.key").unlink()
    Server().open()  # the refused server gave the home back


def test_one_home_has_one_server(opened: Server) -> None:
    with pytest.raises(ValueError, match="another server already uses this home.*PLAYGROUND_HOME"):
        Server().open()
    opened.close()
    second = Server()
    second.open()
    second.close()


def test_a_closed_server_answers_nothing() -> None:
    with pytest.raises(ValueError, match="not open"):
        Server().store()


def test_a_damaged_store_stops_the_start(fresh_home: Path) -> None:
    (fresh_home / "playground.db").write_bytes(b"not a database, just some text" * 100)
    with pytest.raises(ValueError, match="not a database"):
        Server().open()


def test_a_wrong_mode_stops_the_start(fresh_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAYGROUND_MODE", "zoo")
    with pytest.raises(ValueError, match="PLAYGROUND_MODE"):
        Server().open()


def test_the_beat_outlives_a_store_that_is_gone(
    opened: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    calls: list[int] = []
    monkeypatch.setattr(server.runner, "ensure", lambda: calls.append(1))
    opened.beat()
    assert calls == [1]
    pid = (opened.store().get_meta("server") or "").split()[0]
    assert pid == str(os.getpid())

    def full(self: Store, key: str, value: str) -> None:
        raise StoreBusy("disk full")

    monkeypatch.setattr(Store, "set_meta", full)
    opened.beat()
    opened.beat()
    assert caplog.text.count("disk full") == 1


def test_session_ids_do_not_reach_the_log() -> None:
    make = server.discreet(logging.LogRecord)
    secret = "1f0e9a5c-1111-4222-8333-444455556666"
    said = make("n", 30, "p", 1, "Session with id %s is %d", (secret, 5), None)
    assert said.getMessage() == "Session with id (session) is 5"
    assert make("n", 30, "p", 1, "step %d of %s", (3, "run"), None).args == (3, "run")
