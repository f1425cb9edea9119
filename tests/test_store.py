"""The run store: the same promises on SQLite and on PostgreSQL."""

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.home import run_folder
from core.store import Artifact, Row, RunRow, Store
from core.store.names import plain
from core.store.tables import run as run_table
from tests import postgres, shelves
from tests.shelves import CONFIG, rows

postgres, url, store, lite = postgres.postgres, shelves.url, shelves.store, shelves.lite


def test_a_run_comes_back_as_it_was_given(store: Store) -> None:
    run_id = store.create(CONFIG, owner="ada", name="첫 학습 (1)", parent="0" * 16)
    row = store.get(run_id)
    assert len(run_id) == 16 and int(run_id, 16) >= 0
    assert (row.config, row.owner, row.name, row.seed) == (CONFIG, "ada", "첫 학습 (1)", 7)
    assert (row.state, row.parent, row.resume, row.handle) == ("queued", "0" * 16, False, "")
    assert abs(row.created - time.time()) < 5


def test_row_fields_are_the_columns_in_order() -> None:
    assert list(RunRow.__slots__) == [column.name for column in run_table.columns]


def test_newest_first_bin_apart(store: Store) -> None:
    first, second, third = (store.create(CONFIG) for _ in range(3))
    store.delete(second)
    assert [row.id for row in store.runs()] == [third, first]
    assert [row.id for row in store.runs(deleted=True)] == [second]
    assert store.get(second).state == "stopped"
    store.restore(second)
    assert [row.id for row in store.runs()] == [third, second, first]


@pytest.mark.parametrize("run_id", ["f" * 16, "", "../../etc/passwd", "F" * 16, "' OR 1=1 --"])
def test_unknown_and_malformed_ids_look_the_same(store: Store, run_id: str) -> None:
    for ask in (store.get, store.delete, store.restore, store.purge, store.resume):
        with pytest.raises(LookupError, match="there is no such run"):
            ask(run_id)
    with pytest.raises(LookupError):
        store.rename(run_id, "x")


def test_names_are_an_allow_list(store: Store) -> None:
    run_id = store.create(CONFIG)
    for good in ("a-b_c.d (2)", "민지의 CNN", "Ωmega 7", "हिन्दी", ""):
        store.rename(run_id, good)
        assert store.get(run_id).name == good
    for bad in ("<b>", "![](http://x)", "a/b", "a\nb", "‮evil", "x" * 41, "50%", "a*b", "½"):
        with pytest.raises(ValueError, match="a name has"):
            store.rename(run_id, bad)
        with pytest.raises(ValueError, match="a name has"):
            store.create(CONFIG, name=bad)


@given(st.text(max_size=60))
def test_a_stored_name_never_holds_markup(text: str) -> None:
    try:
        kept = plain(text)
    except ValueError:
        return
    assert len(kept) <= 40 and not set(kept) & set("<>[]!`*#:/\\&\"'\n\r\t\0|~$@{}")


def test_notes_are_short_and_visible(store: Store) -> None:
    run_id = store.create(CONFIG)
    store.note(run_id, "line one\nline two <i>")
    assert store.get(run_id).note == "line one\nline two <i>"
    with pytest.raises(ValueError, match="500"):
        store.note(run_id, "x" * 501)
    with pytest.raises(ValueError, match="control"):
        store.note(run_id, "a\x1b[31m")


def test_cursor_returns_every_row_once_in_order(store: Store) -> None:
    run_id = store.create(CONFIG)
    for start in range(1, 101, 7):
        store.append(run_id, rows(7, start))
    seen: list[Row] = []
    while batch := store.metrics(run_id, since=seen[-1].seq if seen else 0, limit=10):
        seen += batch
    assert seen == rows(105) and store.last_seq(run_id) == 105 and store.last_step(run_id) == 1050


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(st.lists(st.floats() | st.none(), min_size=1, max_size=20))
def test_values_survive_and_strange_ones_become_gaps(lite: Store, values: list[float]) -> None:
    run_id = lite.create(CONFIG)
    lite.append(run_id, [Row(i + 1, i, 0, "v", value, 0.0) for i, value in enumerate(values)])
    kept = [row.value for row in lite.metrics(run_id)]
    bounded = [v if v is not None and abs(v) < float("inf") else None for v in values]
    assert kept == bounded


def test_two_writers_of_one_run_collide(store: Store) -> None:
    run_id = store.create(CONFIG)
    store.append(run_id, rows(2))
    with pytest.raises(ValueError, match="refused"):
        store.append(run_id, rows(2, start=2))
    assert store.last_seq(run_id) == 2


def test_purge_takes_rows_and_files(store: Store) -> None:
    run_id = store.create(CONFIG)
    store.append(run_id, rows(3))
    store.add_artifact(run_id, "best", 10, f"runs/{run_id}/best", 1, "ab", epoch=1)
    run_folder(run_id).mkdir(parents=True)
    with pytest.raises(ValueError, match="bin"):
        store.purge(run_id)
    store.delete(run_id)
    store.purge(run_id)
    assert store.metrics(run_id) == [] and store.artifacts(run_id) == []
    assert not run_folder(run_id).exists()


def test_an_artifact_of_the_same_place_is_replaced(store: Store) -> None:
    run_id = store.create(CONFIG)
    for step in (5, 1, 9):
        store.add_artifact(run_id, "last", step, f"runs/{run_id}/last", step, "ab", epoch=step)
    store.add_artifact(run_id, "start", 0, f"runs/{run_id}/start", 1, "cd")
    found = store.artifacts(run_id)
    assert [(a.kind, a.step, a.epoch) for a in found] == [("start", 0, 0), ("last", 9, 9)]
    assert [a.sha256 for a in store.artifacts(run_id, "start")] == ["cd"]


def test_meta_is_set_and_replaced(store: Store) -> None:
    assert store.get_meta("runner") is None
    store.set_meta("runner", "1")
    store.set_meta("runner", "2")
    assert store.get_meta("runner") == "2" and store.get_meta("version") == "1"


def test_a_run_may_begin_from_a_checkpoint_of_its_own(store: Store) -> None:
    parent = store.create(CONFIG)
    start = Artifact("ab" * 8, f"runs/{'ab' * 8}/origin", "origin", 40, 2, 9, "f" * 64, 1.0)
    child = store.create(CONFIG, parent=parent, origin=start)
    again = store.create(CONFIG, parent=parent)
    row = store.get(child)
    assert (row.id, row.resume, row.step, row.epoch) == ("ab" * 8, True, 40, 2)
    assert store.artifacts(child) == [start] and store.checkpoint(child, "origin") == start
    assert store.checkpoint(child).tag == "origin"
    assert store.branches() == {child}
    assert [run.id for run in store.children(parent)] == [child, again]
    with pytest.raises(LookupError):
        store.checkpoint(child, "last")
    with pytest.raises(LookupError):
        store.checkpoint(parent)
