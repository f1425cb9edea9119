"""Store: the only channel between pages, runner and workers; every method is one transaction."""

import shutil
import time
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, select, update

from core.home import run_folder
from core.store import turns
from core.store.duels import Duels
from core.store.fresh import fresh
from core.store.names import noted, ordered, plain
from core.store.tables import Artifact, Columns, Command, RunRow, artifact, command, run

# What runner and workers ask many times a second is built once.
COUNTED = select(func.count()).where(run.c.state == bindparam("state"))
PENDING = (
    select(command.c.id, command.c.verb, command.c.arguments)
    .where(command.c.run_id == bindparam("run_id"), command.c.done.is_(None))
    .order_by(command.c.id)
)


class Store(Duels):
    """The run store at `url`: PLAYGROUND_DATABASE, else SQLite in the home.

    Safe to share between threads, not between processes: each opens its own.

    Raises:
        ValueError: one sentence: unreachable, read-only, damaged, full, not a database, or newer.
        LookupError: from every method that takes a run's id, when there is no such run.
    """

    def create(
        self,
        config: Mapping[str, Any],
        *,
        owner: str = "",
        name: str = "",
        parent: str | None = None,
        state: str = "queued",
        origin: Artifact | None = None,
    ) -> str:
        """Add a run and return its id, 16 hexadecimal digits.

        state "running" keeps it from the runner: the caller trains it in its own process.
        origin: a checkpoint of the new run to begin from; then its run_id is the id.
        """
        values = fresh(config, owner=owner, name=name, parent=parent, state=state, origin=origin)
        with self._write() as connection:
            connection.execute(insert(run).values(**values))
            if origin is not None:
                connection.execute(insert(artifact).values(**origin._asdict()))
        return str(values["id"])

    def get(self, run_id: str) -> RunRow:
        """One run."""
        with self._read() as connection:
            found = connection.execute(select(run).where(run.c.id == run_id)).first()
        if found is None:
            raise LookupError("there is no such run")
        return RunRow(*found)

    def runs(self, *, deleted: bool = False) -> list[RunRow]:
        """All runs, or those in the bin, newest first."""
        chosen = run.c.deleted.is_not(None) if deleted else run.c.deleted.is_(None)
        wanted = select(run).where(chosen).order_by(run.c.created.desc(), run.c.id)
        with self._read() as connection:
            return [RunRow(*found) for found in connection.execute(wanted)]

    def children(self, run_id: str) -> list[RunRow]:
        """The runs that came from a run, by repeating it or branching off, oldest first."""
        mine = run.c.parent == run_id, run.c.deleted.is_(None)
        wanted = select(run).where(*mine).order_by(run.c.created, run.c.id)
        with self._read() as connection:
            return [RunRow(*found) for found in connection.execute(wanted)]

    def update(self, run_id: str, columns: Columns) -> None:
        """Write columns of a run."""
        self._change(run_id, dict(columns))

    def _change(self, run_id: str, values: dict[str, Any]) -> None:
        with self._write() as connection:
            changed = connection.execute(update(run).where(run.c.id == run_id).values(**values))
        if not changed.rowcount:
            raise LookupError("there is no such run")

    def rename(self, run_id: str, name: str) -> None:
        """Give a run a name: letters, digits, space and _ - . ( ), at most 40."""
        self._change(run_id, {"name": plain(name)})

    def note(self, run_id: str, text: str) -> None:
        """Write a run's note, at most 500 characters."""
        self._change(run_id, {"note": noted(text)})

    def delete(self, run_id: str) -> None:
        """Put a run into the bin; if it trains or waits, it is stopped first."""
        with self._write() as connection:
            row = turns.locked(connection, run_id)
            turns.order(connection, row, "stop", {})
            binned = update(run).where(run.c.id == run_id).values(deleted=time.time())
            connection.execute(binned)

    def restore(self, run_id: str) -> None:
        """Take a run out of the bin."""
        self._change(run_id, {"deleted": None})

    def purge(self, run_id: str) -> None:
        """Remove a run in the bin for good, with its files.

        Raises:
            ValueError: it is not in the bin, or a worker still holds it.
        """
        with self._write() as connection:
            row = turns.locked(connection, run_id)
            if row.deleted is None or row.state == "running" or row.handle:
                raise ValueError("only a stopped run in the bin can be removed: delete it first")
            connection.execute(delete(run).where(run.c.id == run_id))
        shutil.rmtree(run_folder(run_id), ignore_errors=True)

    def claim(self, slots: int) -> RunRow | None:
        """Take the next queued run, fairly between owners; None when `slots` are taken."""
        with self._write() as connection:
            return turns.claim(connection, slots)

    def position(self, run_id: str) -> int:
        """Place in the queue: 1 is next, 0 is not waiting."""
        with self._read() as connection:
            return turns.position(connection, run_id)

    def running(self) -> int:
        """Number of runs that train now."""
        return self._count("running")

    def waiting(self) -> int:
        """Number of runs in the queue."""
        return self._count("queued")

    def _count(self, state: str) -> int:
        with self._read() as connection:
            return int(connection.scalar(COUNTED, {"state": state}) or 0)

    def held(self) -> list[RunRow]:
        """Runs that take up a slot, as far as the store knows."""
        with self._read() as connection:
            return [
                RunRow(*row) for row in connection.execute(select(run).where(turns.holding(run)))
            ]

    def begin(self, run_id: str, handle: str) -> bool:
        """A worker takes a claimed run; False when another has it or it was taken back."""
        now = time.time()
        free = (run.c.id == run_id, run.c.state == "running", run.c.handle == "")
        values = {"handle": handle, "heartbeat": now}
        with self._write() as connection:
            started = func.coalesce(run.c.started, now)
            taken = update(run).where(*free).values(**values, started=started)
            return bool(connection.execute(taken).rowcount)

    def hold(self, run_id: str, handle: str, columns: Columns) -> bool:
        """A worker's sign of life and progress; False when the run was taken away."""
        mine = (run.c.id == run_id, run.c.handle == handle)
        beat = update(run).where(*mine).values(**columns, heartbeat=time.time())
        with self._write() as connection:
            return bool(connection.execute(beat).rowcount)

    def release(self, run_id: str, handle: str, state: str, error: str = "") -> bool:
        """End `handle`'s hold on a run, into `state`; False when it no longer holds it.

        A run that is to pause although a command for it waits goes back to the queue.
        """
        with self._write() as connection:
            row = turns.locked(connection, run_id)
            if row.handle != handle or row.state not in ("running", "paused"):
                return False
            turns.let_go(connection, row, state, error)
            return True

    def leave(self, run_id: str, handle: str) -> bool:
        """A resting worker makes room; False when a command has come in meanwhile."""
        with self._write() as connection:
            row = turns.locked(connection, run_id)
            if row.handle != handle or turns.unheard(connection, run_id):
                return False
            turns.let_go(connection, row, "paused", row.error)
            return True

    def send(self, run_id: str, verb: str, arguments: Mapping[str, Any] | None = None) -> None:
        """Ask a run to pause, resume, step {"batches"}, epoch, stop or set {"lr", …}.

        Without a worker the store does what is meant: resume, step and epoch put the run back
        into the queue, from its last checkpoint.

        Raises:
            ValueError: no such command, arguments out of range, or the run is finished or binned.
        """
        wanted = ordered(verb, arguments or {})
        with self._write() as connection:
            turns.order(connection, turns.locked(connection, run_id), verb, wanted)

    def resume(self, run_id: str) -> None:
        """Let a run go on: by its worker, or from its last checkpoint."""
        self.send(run_id, "resume")

    def pending(self, run_id: str) -> list[Command]:
        """Commands not yet obeyed, oldest first."""
        with self._read() as connection:
            return [Command(*row) for row in connection.execute(PENDING, {"run_id": run_id})]

    def done(self, commands: Collection[int]) -> None:
        """Mark commands as obeyed."""
        with self._write() as connection:
            these = update(command).where(command.c.id.in_(commands))
            connection.execute(these.values(done=time.time()))
