"""The Runs page: find, compare, name, throw away and bring back."""

import pytest
from streamlit.testing.v1 import AppTest

from core.store import Row, Store
from pages.ui import history
from tests.stage import STATES, keys, page, sound, trained


@pytest.fixture
def store(fresh_home):
    opened = Store()
    yield opened
    opened.dispose()


def ticked(at: AppTest, store: Store, *rows: int, deleted: bool = False) -> AppTest:
    """Tick boxes of the table, as the browser reports it."""
    ids = tuple(row.id for row in store.runs(deleted=deleted))
    key = f"{'bin' if deleted else 'runs.table'}.{hash(ids)}"
    at.session_state[key] = {"selection": {"rows": list(rows), "columns": [], "cells": []}}
    return sound(at.run())


def test_runs_are_listed_searched_and_filtered(store):
    for state in STATES:
        store.note(trained(store, state), f"about {state}")
    at = sound(page("runs"))
    table = at.dataframe[0].value
    assert len(table) == len(STATES)
    assert list(table.iloc[0]["curve"]) == [0.4, 0.8]
    at.text_input(key="runs.search").set_value("mnist CNN about paus").run()
    assert list(at.dataframe[0].value["note"]) == ["about paused"]
    at.text_input(key="runs.search").set_value("no such thing").run()
    assert not at.dataframe
    at.text_input(key="runs.search").set_value("").run()
    at.pills(key="runs.states").set_value(["crashed", "failed"]).run()
    assert set(at.dataframe[0].value["note"]) == {"about crashed", "about failed"}


def test_an_empty_list_points_to_the_first_run(store):
    at = sound(page("runs"))
    assert "Nothing has been trained yet" in at.info[0].value
    assert not at.dataframe


def test_a_ticked_run_is_named_and_several_are_laid_over_each_other(store):
    first, second = trained(store), trained(store)
    at = ticked(page("runs"), store, 0)
    assert {"runs.open", "runs.repeat", "runs.edit", "runs.delete"} <= keys(at)
    at.text_input[1].set_value("my best")
    at.text_area[0].set_value("**bold** <b>note</b>")
    next(b for b in at.button if b.label == "Save").click().run()
    assert store.get(second).name == "my best"
    assert store.get(second).note == "**bold** <b>note</b>"
    at = ticked(page("runs"), store, 0, 1)
    assert "runs.open" not in keys(at) and "runs.delete" in keys(at)
    assert store.get(first).name == ""


def test_a_name_with_markup_is_refused_in_words(store):
    run_id = trained(store)
    at = ticked(page("runs"), store, 0)
    at.text_input[1].set_value("<b>bold</b>")
    next(b for b in at.button if b.label == "Save").click().run()
    assert "letters, digits" in sound(at).error[0].value
    assert store.get(run_id).name == ""


def test_deleted_runs_wait_in_the_bin_until_restored_or_removed(store):
    one, two = trained(store), trained(store)
    at = ticked(page("runs"), store, 0, 1)
    at.button(key="runs.delete").click().run()
    assert store.runs() == [] and len(store.runs(deleted=True)) == 2
    at = page("runs")
    at.toggle(key="runs.bin").set_value(True).run()
    at = ticked(at, store, 0, deleted=True)
    next(b for b in at.button if b.label == "Restore").click().run()
    assert [row.id for row in store.runs()] == [two]
    at = page("runs")
    at.toggle(key="runs.bin").set_value(True).run()
    at = ticked(at, store, 0, deleted=True)
    next(b for b in at.button if b.label == "Yes, remove").click().run()
    assert store.runs(deleted=True) == []
    with pytest.raises(LookupError):
        store.get(one)


def test_a_guest_cannot_delete_in_a_class(store, monkeypatch):
    trained(store)
    monkeypatch.setenv("PLAYGROUND_MODE", "class")
    at = ticked(page("runs"), store, 0)
    at.button(key="runs.delete").click().run()
    assert len(store.runs()) == 1


def test_curves_leave_out_what_a_resume_took_back(store):
    run_id = trained(store)
    store.append(
        run_id,
        [
            Row(7, 2, 1, "rewind", 2.0, 1.0),
            Row(8, 3, 1, "val.accuracy", 0.5, 1.1),
        ],
    )
    kept = [row.value for row in history.metrics(store, run_id) if row.name == "val.accuracy"]
    assert kept == [0.5]
    lines = history.as_csv(store, store.runs()).splitlines()
    assert lines[0] == "run,name,step,epoch,metric,value,seconds"
    assert lines[-1] == f"{run_id},,3,1,val.accuracy,0.5,1.1"


def test_a_stamp_tells_growing_curves_from_other_news(store):
    run_id = store.create({"seed": 0}, name="one")

    def look() -> history.Stamp:
        history._stamp.clear()  # a second later
        return history.stamp()

    before = look()
    assert look() == before
    store.update(run_id, {"epoch": 1})
    grown = look()
    assert grown.runs == before.runs and grown.curves != before.curves
    store.rename(run_id, "two")
    assert look().runs != grown.runs
