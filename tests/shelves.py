"""Stores for tests, on SQLite and on PostgreSQL, and what is put into them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.store import Row, Store
from tests.postgres import emptied

CONFIG: dict[str, Any] = {"data": {"name": "mnist-5k"}, "epochs": 2, "seed": 7}


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of an empty store of each kind."""
    monkeypatch.setenv("PLAYGROUND_HOME", str(tmp_path / "home"))
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'runs.db'}"
    return emptied(request.getfixturevalue("postgres"))


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """An empty store of each kind."""
    opened = Store(url)
    yield opened
    opened.dispose()


@pytest.fixture
def lite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """The default store of an empty home."""
    monkeypatch.setenv("PLAYGROUND_HOME", str(tmp_path))
    opened = Store()
    yield opened
    opened.dispose()


def rows(count: int, start: int = 1) -> list[Row]:
    """Metric rows numbered from `start`."""
    return [Row(i, i * 10, 0, "train.loss", i / 7, i / 100) for i in range(start, start + count)]
