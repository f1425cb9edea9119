"""How the store's database is opened, and how its errors become sentences."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, insert, make_url, select
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from core.store.tables import VERSION, meta, metadata

PATIENCE = 10.0  # seconds that a writer waits for the others
DAMAGED = "the run store is damaged: move it away or restore a backup"
SETTLING = 42_001  # any number: the PostgreSQL lock under which one process makes the tables


class StoreFull(ValueError):
    """The disk below the store has no room left; nothing of the last change was written."""


class StoreBusy(ValueError):
    """The store could not be reached just now; the same call may succeed later."""


def fault(problem: DBAPIError) -> ValueError:
    """A database error as one sentence for the person in front of it."""
    origin = problem.orig
    name = str(getattr(origin, "sqlite_errorname", "") or getattr(origin, "sqlstate", "") or "")
    if name in ("SQLITE_FULL", "SQLITE_IOERR_SHMSIZE", "53100"):  # no room for its index of the log
        return StoreFull("disk full: make room, then resume")
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_IOERR")):
        return StoreBusy("the run store is busy or its disk does not answer: try again")
    if name.startswith("SQLITE_READONLY") or name == "25006":
        return ValueError("the run store is read-only: give this user the right to write to it")
    if name == "SQLITE_NOTADB":
        return ValueError(
            "the file of the run store is not a database: move it away or restore a backup"
        )
    if name.startswith("SQLITE_CORRUPT"):
        return ValueError(DAMAGED)
    if name == "SQLITE_CANTOPEN":
        return ValueError("the run store cannot be opened: check its folder and rights")
    if name == "" or name.startswith(("08", "57")):
        return StoreBusy("the database does not answer: check that it runs and is reachable")
    return ValueError(f"the run store refused the change ({name})")


@contextmanager
def told() -> Iterator[None]:
    """Turn the database's errors into sentences."""
    try:
        yield
    except DBAPIError as problem:
        raise fault(problem) from problem


def connect(url: str) -> Engine:
    """Open the database at `url` and see that it holds our tables.

    Raises:
        ValueError: one sentence: unreachable, read-only, damaged, not a database, or newer than us.
    """
    try:
        address = make_url(url)
        lite = address.get_backend_name() == "sqlite"
        if lite and address.database and not address.query:
            private_file(Path(address.database))
        options: dict[str, Any] = {"connect_args": {"timeout": PATIENCE}} if lite else {}
        engine = create_engine(
            address, pool_size=2, pool_timeout=PATIENCE, pool_pre_ping=not lite, **options
        )
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError):
        raise ValueError(
            "PLAYGROUND_DATABASE is not an address of a database that can be opened here: "
            "use sqlite:///file or postgresql+psycopg://user:password@host/name"
        ) from None
    if lite:
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    with told():
        _settle(engine, lite)
    return engine


def private_file(path: Path) -> None:
    """Make the file before SQLite does, so that its mode, and that of its log, is 0600.

    A file that is there is not opened: closing it would drop the locks that other connections of
    this process hold on it (POSIX), and the next process to leave would delete a log in use.
    """
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        if not os.access(path, os.R_OK | os.W_OK):
            raise ValueError(
                "the run store is read-only: give this user the right to write to it"
            ) from None
    except OSError as problem:
        raise ValueError(
            f"the run store cannot be opened for writing ({problem.strerror}): "
            "check its folder and rights"
        ) from None


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver begins nothing by itself: we say how
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and then writes fails under load unless it locks at once.
    if not connection.get_execution_options().get("reads"):
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _settle(engine: Engine, lite: bool) -> None:
    """Make the tables if they are missing; refuse a store that a newer version wrote."""
    if lite:
        _keep_log(engine)
    with engine.begin() as connection:
        if not lite:
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({SETTLING})")
        metadata.create_all(connection)
        found = connection.scalar(select(meta.c.value).where(meta.c.key == "version"))
        if found is None:
            connection.execute(insert(meta).values(key="version", value=str(VERSION)))
        elif int(found) > VERSION:
            raise ValueError(
                f"the run store was written by a newer version ({found}, this one knows {VERSION})"
                ": update this installation or choose another PLAYGROUND_HOME"
            )


def _keep_log(engine: Engine) -> None:
    """Switch SQLite to its write-ahead log; the switch itself does not wait for others."""
    until = time.monotonic() + PATIENCE
    with engine.execution_options(reads=True).connect() as connection:
        while True:
            try:
                connection.exec_driver_sql("PRAGMA journal_mode=WAL")
                return
            except DBAPIError as problem:
                if not isinstance(fault(problem), StoreBusy) or time.monotonic() > until:
                    raise
                time.sleep(0.01)
