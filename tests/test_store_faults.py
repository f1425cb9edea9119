"""The store and the machine: files, locks, backups, and databases that cannot be used."""

import os
import sqlite3
import stat
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from core.store import Store, StoreFull
from tests import shelves
from tests.house import ROOT
from tests.shelves import CONFIG, rows

lite = shelves.lite


def test_reading_waits_for_no_writer(lite: Store, tmp_path: Path) -> None:
    run_id = lite.create(CONFIG)
    writer = sqlite3.connect(tmp_path / "playground.db", isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("UPDATE run SET name = 'not yet'")
    start = time.monotonic()
    assert lite.get(run_id).name == "" and lite.runs() and lite.metrics(run_id) == []
    assert lite.position(run_id) == 1 and time.monotonic() - start < 1
    writer.execute("ROLLBACK")
    writer.close()


def test_the_file_is_private_and_logs_ahead(lite: Store, tmp_path: Path) -> None:
    lite.create(CONFIG)
    for name in ("playground.db", "playground.db-wal"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
    with closing(sqlite3.connect(tmp_path / "playground.db")) as plain:
        assert plain.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_backup_is_a_whole_store(lite: Store, tmp_path: Path) -> None:
    run_id = lite.create(CONFIG)
    lite.append(run_id, rows(50))
    target = tmp_path / "copy.db"
    lite.backup(target)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert Store(f"sqlite:///{target}").metrics(run_id) == rows(50)
    with pytest.raises(ValueError, match="new name"):
        lite.backup(target)


def _broken(folder: Path, how: str) -> str:
    path = folder / "broken.db"
    if how == "not a database":
        path.write_bytes(b"hello, this is text" * 100)
    elif how == "damaged":
        store = Store(f"sqlite:///{path}")
        store.append(store.create(CONFIG), rows(5000))
        store.dispose()
        whole = bytearray(path.read_bytes())
        whole[4096:] = os.urandom(len(whole) - 4096)
        path.write_bytes(bytes(whole))
    elif how == "newer":
        store = Store(f"sqlite:///{path}")
        store.set_meta("version", "99")
        store.dispose()
    elif how == "read-only":
        Store(f"sqlite:///{path}").dispose()
        return f"sqlite:///file:{path}?mode=ro&uri=true"
    elif how == "no such folder":
        return f"sqlite:///{folder / 'missing' / 'x.db'}"
    elif how == "unknown kind":
        return "carrier-pigeon://coop/3"
    elif how == "unreachable":
        return "postgresql+psycopg://test@127.0.0.1:9/none"
    return f"sqlite:///{path}"


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("not a database", "not a database"),
        ("damaged", "damaged"),
        ("newer", "newer version"),
        ("read-only", "read-only"),
        ("no such folder", "check its folder"),
        ("unknown kind", "PLAYGROUND_DATABASE"),
        ("unreachable", "does not answer"),
    ],
)
def test_a_bad_store_is_one_sentence(tmp_path: Path, how: str, words: str) -> None:
    url = _broken(tmp_path, how)
    with pytest.raises(ValueError, match=words) as caught:
        Store(url).create(CONFIG)
    sentence = str(caught.value)
    assert "\n" not in sentence and str(tmp_path) not in sentence and "sqlite3" not in sentence


def test_a_full_disk_is_told_and_nothing_is_half_written(lite: Store) -> None:
    run_id = lite.create(CONFIG)
    lite.append(run_id, rows(10))
    with lite._write() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")  # as if the disk ended here
    with pytest.raises(StoreFull, match="disk full: make room"):
        for start in range(11, 100_000, 1000):
            lite.append(run_id, rows(1000, start))
    kept = lite.last_seq(run_id)
    assert kept % 1000 == 10 and lite.metrics(run_id, limit=10**6) == rows(kept)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="limits of a process are POSIX's")
def test_a_disk_without_room_for_the_index_of_the_log_is_called_full(lite: Store) -> None:
    lite.dispose()  # the last to leave takes log and index away: the next one makes them anew
    words = (
        "import resource, signal, sys; from core.store import Store as S\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))\n"
        "try: S(sys.argv[1]).runs()\n"
        "except ValueError as problem: print(type(problem).__name__, problem)"
    )
    told = subprocess.run(
        [sys.executable, "-c", words, lite.url], cwd=ROOT, check=True, capture_output=True
    )
    assert told.stdout.decode().startswith("StoreFull disk full: make room")


def test_a_second_store_in_a_process_keeps_the_locks_of_the_first(
    lite: Store, tmp_path: Path
) -> None:
    run_id = lite.create(CONFIG)
    second = Store(lite.url)  # must not drop the locks that `lite` holds on the file
    words = (
        "import sys; from core.store import Store as S; s = S(sys.argv[1]); s.runs(); s.dispose()"
    )
    for _ in range(2):
        subprocess.run([sys.executable, "-c", words, lite.url], cwd=ROOT, check=True)
        assert (tmp_path / "playground.db-wal").exists()  # the leaver was not the last
    lite.append(run_id, rows(20))
    assert second.metrics(run_id) == rows(20)
    lite.check()
