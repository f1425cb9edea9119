"""Records: what a store keeps about runs besides the runs themselves."""

import math
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from core.home import home
from core.store.database import DAMAGED, connect, private_file, told
from core.store.tables import Artifact, Row, artifact, meta, metric, run

NEWER = (  # built once: every open page asks for it every second
    select(*(metric.c[name] for name in Row._fields))
    .where(metric.c.run_id == bindparam("run_id"), metric.c.seq > bindparam("since"))
    .order_by(metric.c.seq)
    .limit(bindparam("most"))
)


class Records:
    """An open store: metric rows, checkpoints, values of the installation, upkeep."""

    def __init__(self, url: str | None = None) -> None:
        self.url = url or os.environ.get("PLAYGROUND_DATABASE") or _default()
        self._engine = connect(self.url)
        lite = self._engine.dialect.name == "sqlite"
        # Where an SQLite store lies; None when a database server keeps it.
        self.file = Path(self._engine.url.database or "") if lite else None
        # Reads take no lock and open no transaction: each statement sees what is committed.
        alone: dict[str, Any] = {"reads": True} if lite else {"isolation_level": "AUTOCOMMIT"}
        self._reads = self._engine.execution_options(**alone)

    def dispose(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        with told(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def _read(self) -> Iterator[Connection]:
        with told(), self._reads.connect() as connection:
            yield connection

    def append(self, run_id: str, rows: Sequence[Row]) -> None:
        """Add metric rows, all or none; values that are not finite are stored as None."""
        values = [row._asdict() | {"run_id": run_id, "value": _finite(row.value)} for row in rows]
        if values:
            with self._write() as connection:
                connection.execute(insert(metric), values)

    def metrics(self, run_id: str, since: int = 0, limit: int = 20_000) -> list[Row]:
        """Rows with seq > since in order, at most `limit`; go on until none comes."""
        asked = {"run_id": run_id, "since": since, "most": limit}
        with self._read() as connection:
            return [Row(*row) for row in connection.execute(NEWER, asked)]

    def last_seq(self, run_id: str) -> int:
        """The number of the newest row, 0 when there is none."""
        return self._most(run_id, "seq")

    def last_step(self, run_id: str) -> int:
        """The furthest step with a row, 0 when there is none."""
        return self._most(run_id, "step")

    def _most(self, run_id: str, column: str) -> int:
        with self._read() as connection:
            most = select(func.max(metric.c[column])).where(metric.c.run_id == run_id)
            return int(connection.scalar(most) or 0)

    def add_artifact(
        self,
        run_id: str,
        kind: str,
        step: int,
        uri: str,
        bytes: int,
        sha256: str,
        epoch: int = 0,
    ) -> None:
        """Record a checkpoint; one of the same uri is replaced."""
        row = Artifact(run_id, uri, kind, step, epoch, bytes, sha256, time.time())
        with self._write() as connection:
            same = (artifact.c.run_id == run_id, artifact.c.uri == uri)
            connection.execute(delete(artifact).where(*same))
            connection.execute(insert(artifact).values(**row._asdict()))

    def artifacts(self, run_id: str, kind: str | None = None) -> list[Artifact]:
        """A run's checkpoints, by step."""
        columns = [artifact.c[name] for name in Artifact._fields]
        wanted = select(*columns).where(artifact.c.run_id == run_id)
        if kind is not None:
            wanted = wanted.where(artifact.c.kind == kind)
        with self._read() as connection:
            found = connection.execute(wanted.order_by(artifact.c.step, artifact.c.created))
            return [Artifact(*row) for row in found]

    def checkpoint(self, run_id: str, tag: str = "") -> Artifact:
        """A run's checkpoint by the name of its folder, its newest when that is left out.

        Raises:
            LookupError: there is no such checkpoint.
        """
        for found in reversed(self.artifacts(run_id)):
            if tag in ("", found.tag):
                return found
        raise LookupError("there is no such checkpoint")

    def branches(self) -> set[str]:
        """The ids of all runs that began from another run's checkpoint."""
        wanted = (
            select(artifact.c.run_id)
            .join(run, run.c.id == artifact.c.run_id)
            .where(run.c.parent.is_not(None), artifact.c.kind == "origin")
        )
        with self._read() as connection:
            return set(connection.scalars(wanted))

    def get_meta(self, key: str) -> str | None:
        """A value of the installation, None when it was never set."""
        with self._read() as connection:
            return connection.scalar(select(meta.c.value).where(meta.c.key == key))

    def set_meta(self, key: str, value: str) -> None:
        """Set a value of the installation."""
        with self._write() as connection:
            changed = connection.execute(update(meta).where(meta.c.key == key).values(value=value))
            if not changed.rowcount:
                connection.execute(insert(meta).values(key=key, value=value))

    def check(self) -> None:
        """Read through an SQLite store and see that it is whole; takes about 1 s per GB.

        Raises:
            ValueError: it is damaged.
        """
        if self._engine.dialect.name == "sqlite":
            with self._read() as connection:
                if connection.exec_driver_sql("PRAGMA quick_check(1)").scalar() != "ok":
                    raise ValueError(DAMAGED)

    def backup(self, target: Path) -> None:
        """Write a copy of an SQLite store to a new file, while everything goes on.

        Raises:
            ValueError: the file exists, or the store is not SQLite.
        """
        if self._engine.dialect.name != "sqlite":
            raise ValueError("this store is kept by a database server: back it up with pg_dump")
        if target.exists():
            raise ValueError(f"{target.name} exists: give the backup a new name")
        private_file(target)
        with self._read() as connection:
            connection.exec_driver_sql("VACUUM INTO ?", (str(target),))


def _default() -> str:
    return f"sqlite:///{home() / 'playground.db'}"


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
