"""Whose turn it is, and what becomes of a command: the queue's statements, one connection each."""

import time
from collections import defaultdict
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Row,
    Select,
    and_,
    func,
    insert,
    or_,
    select,
    update,
)

from core.store.tables import RunRow, command, run

ENDED = ("finished", "stopped", "crashed", "diverged", "failed")
AT_WORK = ("resume", "step", "dissect", "epoch")  # commands that need a worker


def holding(runs: FromClause) -> ColumnElement[bool]:
    """Whether a run takes up a slot: it trains, or it rests with its worker at hand."""
    return or_(runs.c.state == "running", and_(runs.c.state == "paused", runs.c.handle != ""))


def _waiting() -> Select[Any]:
    """Queued runs with what decides their turn: their owner's load, then last turn, then age."""
    mine, other, last = run.alias("mine"), run.alias("other"), run.alias("last")
    busy = select(func.count()).where(other.c.owner == mine.c.owner, holding(other))
    turn = select(func.coalesce(func.max(last.c.claimed), 0)).where(last.c.owner == mine.c.owner)
    load, served = busy.scalar_subquery(), turn.scalar_subquery()
    return (
        select(mine.c.id, mine.c.owner, load.label("load"), served.label("served"), mine.c.queued)
        .where(mine.c.state == "queued")
        .order_by(load, served, mine.c.queued, mine.c.id)
    )


def claim(connection: Connection, slots: int) -> RunRow | None:
    """Take the next queued run, in one statement, so that nobody takes it twice."""
    taken = run.alias("taken")
    busy = select(func.count()).select_from(taken).where(holding(taken)).scalar_subquery()
    turns = _waiting().where(busy < slots).limit(1)
    following = turns.with_only_columns(turns.selected_columns.id, maintain_column_froms=True)
    now = time.time()
    found = connection.execute(
        update(run)
        .where(
            run.c.id == following.with_for_update(skip_locked=True).scalar_subquery(),
            run.c.state == "queued",
        )
        .values(state="running", claimed=now, heartbeat=now, handle="", error="")
        .returning(run)
    ).first()
    return RunRow(*found) if found else None


def position(connection: Connection, run_id: str) -> int:
    """Place of a run in the queue, 1 is next, 0 is not waiting: claims are played in advance."""
    waiting: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in connection.execute(_waiting()):
        waiting[row.owner].append(row)
    turns = {
        owner: [rows[0].load, rows[0].served, rows[0].queued, rows[0].id]
        for owner, rows in waiting.items()
    }
    place = 0
    while turns:
        place += 1
        owner = min(turns, key=lambda name: turns[name])
        row, *rest = waiting[owner]
        if row.id == run_id:
            return place
        waiting[owner] = rest
        if rest:
            # Whoever was just served comes after all who were not.
            turns[owner] = [turns[owner][0] + 1, time.time() + place, rest[0].queued, rest[0].id]
        else:
            del turns[owner]
    return 0


def locked(connection: Connection, run_id: str) -> RunRow:
    """A run, held against other writers until the end of the transaction.

    Raises:
        LookupError: there is no such run.
    """
    found = connection.execute(select(run).where(run.c.id == run_id).with_for_update()).first()
    if found is None:
        raise LookupError("there is no such run")
    return RunRow(*found)


def order(connection: Connection, row: RunRow, verb: str, arguments: dict[str, Any]) -> None:
    """Pass a command on to the run's worker, or do what it means where there is none.

    Raises:
        ValueError: a finished or deleted run is asked to work on.
    """
    worker = row.handle != "" or row.state == "running"
    if row.deleted is not None and verb != "stop":
        raise ValueError("the run is in the bin: restore it first")
    if worker or (row.state == "queued" and verb in ("step", "dissect", "epoch", "set")):
        _note_down(connection, row.id, verb, arguments)
    elif row.state == "queued" and verb == "pause":
        connection.execute(_of(row).values(state="paused"))
    elif row.state in ("queued", "paused") and verb == "stop":
        connection.execute(_of(row).values(state="stopped", finished=time.time()))
    elif row.state == "finished" and verb not in ("pause", "stop"):
        raise ValueError("the run is finished: repeat it with the same settings instead")
    elif row.state != "queued" and verb in AT_WORK:
        _back_to_work(connection, row)
        if verb != "resume":
            _note_down(connection, row.id, verb, arguments)
    elif verb == "set":
        _note_down(connection, row.id, verb, arguments)


def _of(row: RunRow) -> Any:
    return update(run).where(run.c.id == row.id)


def _note_down(connection: Connection, run_id: str, verb: str, arguments: dict[str, Any]) -> None:
    connection.execute(
        insert(command).values(
            run_id=run_id, verb=verb, arguments=arguments, created=time.time(), done=None
        )
    )


def _back_to_work(connection: Connection, row: RunRow) -> None:
    """Queue a run that has no worker; what its last worker did not hear is void, dials excepted."""
    connection.execute(
        update(command)
        .where(command.c.run_id == row.id, command.c.done.is_(None), command.c.verb != "set")
        .values(done=time.time())
    )
    connection.execute(
        _of(row).values(
            state="queued", queued=time.time(), resume=True, error="", handle="", finished=None
        )
    )


def unheard(connection: Connection, run_id: str) -> bool:
    """Whether a run has commands that nobody obeyed yet."""
    waiting = select(command.c.id).where(command.c.run_id == run_id, command.c.done.is_(None))
    return connection.execute(waiting.limit(1)).first() is not None


def let_go(connection: Connection, row: RunRow, state: str, error: str) -> None:
    """Record that no worker holds the run any more.

    A run that is to rest although somebody has just asked it to work goes back to the queue.
    """
    if state == "paused" and unheard(connection, row.id):
        state = "queued"
    values: dict[str, Any] = {"state": state, "handle": "", "error": error}
    if state in ENDED:
        values["finished"] = time.time()
    if state in ("queued", "paused"):
        values["resume"] = True
    connection.execute(_of(row).values(**values))
