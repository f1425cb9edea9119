"""Duels: runs that compete with each other, and which one somebody expects to win."""

import secrets
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import insert, select, update

from core.store.fresh import fresh
from core.store.records import Records
from core.store.tables import DuelRow, contestant, duel, run

KINDS = ("duel", "grid")


class Duels(Records):
    """An open store, with what binds runs together."""

    def create_duel(
        self,
        configs: Sequence[Mapping[str, Any]],
        *,
        names: Sequence[str],
        owner: str = "",
        kind: str = "duel",
        guess: int | None = None,
        hidden: bool = False,
    ) -> str:
        """Queue one run per config, bound together, all or none; the duel's id, 16 hex digits.

        guess: the place of the run that is expected to win. hidden: curves stay unseen until the
        end. Waiting runs are taken in the order given.

        Raises:
            ValueError: no such kind, a guess out of range, or a name that cannot be.
        """
        _check(kind, guess, len(configs))
        runs = [
            fresh(config, owner=owner, name=name)
            for config, name in zip(configs, names, strict=True)
        ]
        for place, row in enumerate(runs):
            row["created"] = row["queued"] = runs[0]["queued"] + place / 1e4
        expected = None if guess is None else runs[guess]["id"]
        values = {"id": secrets.token_hex(8), "owner": owner, "kind": kind, "guess": expected}
        values |= {"hidden": hidden, "created": runs[0]["created"]}
        bound = [
            {"run_id": row["id"], "duel_id": values["id"], "place": place}
            for place, row in enumerate(runs)
        ]
        with self._write() as connection:
            for table, rows in ((run, runs), (duel, [values]), (contestant, bound)):
                connection.execute(insert(table), rows)
        return str(values["id"])

    def duel(self, duel_id: str) -> DuelRow:
        """One duel, with its runs that are still there, those in the bin included.

        Raises:
            LookupError: there is no such duel, or none of its runs is left.
        """
        for found in self._duels(duel.c.id == duel_id):
            return found
        raise LookupError("there is no such duel")

    def duels(self) -> list[DuelRow]:
        """All duels that have runs outside the bin, newest first; with these runs only."""
        return self._duels(run.c.deleted.is_(None))

    def duels_of(self, run_id: str) -> list[DuelRow]:
        """The duel that a run takes part in; an empty list for a run of its own."""
        its = select(contestant.c.duel_id).where(contestant.c.run_id == run_id)
        return self._duels(duel.c.id.in_(its))

    def _duels(self, wanted: Any) -> list[DuelRow]:
        bound = duel.join(contestant, contestant.c.duel_id == duel.c.id)
        order = duel.c.created.desc(), duel.c.id, contestant.c.place
        lines = (
            select(duel, contestant.c.run_id)
            .select_from(bound.join(run, run.c.id == contestant.c.run_id))
            .where(wanted)
            .order_by(*order)
        )
        runs: dict[tuple[Any, ...], list[str]] = defaultdict(list)
        with self._read() as connection:
            for *values, run_id in connection.execute(lines):
                runs[tuple(values)].append(run_id)
        return [DuelRow._make((*values, tuple(ids))) for values, ids in runs.items()]

    def show_duel(self, duel_id: str) -> None:
        """Let the curves of a duel be seen before its end."""
        with self._write() as connection:
            connection.execute(update(duel).where(duel.c.id == duel_id).values(hidden=False))


def _check(kind: str, guess: int | None, count: int) -> None:
    if kind not in KINDS:
        raise ValueError(f"{kind!r:.40} is not a kind of duel: use {' or '.join(KINDS)}")
    if guess is not None and guess not in range(count):
        raise ValueError(f"the guess {guess!r:.40} is none of the {count} contestants")
