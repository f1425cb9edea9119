"""Duels in the store: bound runs, all or none, in their order; on SQLite and on PostgreSQL."""

import time

import pytest

from core.store import DuelRow, Store
from core.store.tables import duel as duel_table
from tests import postgres, shelves
from tests.shelves import CONFIG

postgres, url, store = postgres.postgres, shelves.url, shelves.store
TRIO = ["SGD", "SGD momentum", "Adam"]


def hold(store: Store, names: list[str] = TRIO, **settings) -> DuelRow:
    configs = [CONFIG | {"place": place} for place in range(len(names))]
    return store.duel(store.create_duel(configs, names=names, **settings))


def test_a_duel_comes_back_as_it_was_given(store: Store) -> None:
    made = hold(store, owner="ada", guess=2, hidden=True)
    assert (made.owner, made.kind, made.hidden) == ("ada", "duel", True)
    assert len(made.id) == 16 and int(made.id, 16) >= 0
    assert made.guess == made.runs[2]
    assert abs(made.created - time.time()) < 5
    rows = [store.get(run_id) for run_id in made.runs]
    assert [row.name for row in rows] == TRIO
    assert [row.config["place"] for row in rows] == [0, 1, 2]
    assert {(row.state, row.owner, row.seed) for row in rows} == {("queued", "ada", 7)}
    other = hold(store, kind="grid")
    assert (other.kind, other.guess, other.hidden) == ("grid", None, False)


def test_duel_fields_are_the_columns_and_its_runs() -> None:
    assert list(DuelRow._fields) == [*(column.name for column in duel_table.columns), "runs"]


def test_contestants_are_taken_in_the_order_given(store: Store) -> None:
    made = hold(store, names=[f"run {number}" for number in range(12)])
    claimed = [store.claim(99) for _ in made.runs]
    assert [row.id for row in claimed if row] == list(made.runs)


@pytest.mark.parametrize(
    ("names", "settings", "said"),
    [
        (TRIO, {"kind": "brawl"}, "'brawl' is not a kind of duel: use duel or grid"),
        (TRIO, {"guess": 3}, "the guess 3 is none of the 3 contestants"),
        (TRIO, {"guess": -1}, "the guess -1 is none of the 3"),
        (["SGD", "<b>"], {}, "a name has"),
    ],
)
def test_what_cannot_be_leaves_nothing_behind(
    store: Store, names: list[str], settings: dict, said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        hold(store, names=names, **settings)
    assert store.runs() == [] and store.duels() == []


def test_names_and_configs_must_be_as_many(store: Store) -> None:
    with pytest.raises(ValueError):
        store.create_duel([CONFIG, CONFIG], names=["one"])
    assert store.runs() == []


@pytest.mark.parametrize("duel_id", ["f" * 16, "", "../..", "' OR 1=1 --"])
def test_an_unknown_duel(store: Store, duel_id: str) -> None:
    hold(store)
    with pytest.raises(LookupError, match="there is no such duel"):
        store.duel(duel_id)


def test_newest_first_and_each_run_knows_its_own(store: Store) -> None:
    first, second = hold(store), hold(store)
    alone = store.create(CONFIG)
    assert [made.id for made in store.duels()] == [second.id, first.id]
    assert store.duels_of(second.runs[1]) == [second]
    assert store.duels_of(alone) == []


def test_hidden_curves_are_shown_for_one_duel_alone(store: Store) -> None:
    first, second = hold(store, hidden=True), hold(store, hidden=True)
    store.show_duel(first.id)
    assert not store.duel(first.id).hidden
    assert store.duel(second.id).hidden


def test_a_contestant_in_the_bin_and_one_that_is_gone(store: Store) -> None:
    made = hold(store, guess=0)
    store.delete(made.runs[0])
    assert store.duel(made.id).runs == made.runs
    assert store.duels()[0].runs == made.runs[1:]
    store.purge(made.runs[0])
    left = store.duel(made.id)
    assert left.runs == made.runs[1:]
    assert left.guess == made.runs[0]  # who was guessed is still known, though gone
    for run_id in left.runs:
        store.delete(run_id)
    assert store.duels() == []
    for run_id in left.runs:
        store.purge(run_id)
    with pytest.raises(LookupError, match="there is no such duel"):
        store.duel(made.id)
