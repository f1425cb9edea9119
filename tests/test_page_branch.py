"""Branch mode of the Train page, the family lines of a run, the parents in the table of runs."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.branch import begun, branch, origin
from core.config import parse
from core.store import Store
from core.worker import execute
from tests.stage import address, page, sound, trained
from tests.workshop import settings


@pytest.fixture
def store(fresh_home: Path) -> Iterator[Store]:
    opened = Store()
    yield opened
    opened.dispose()


@pytest.fixture
def parent(store: Store) -> str:
    """A finished run of two epochs of eight steps."""
    run_id = store.create(settings(2), name="the parent", state="running")
    execute(run_id)
    return run_id


def said(at: AppTest) -> str:
    parts = [*at.markdown, *at.caption, *at.info, *at.error, *at.toast]
    return " ".join(part.value for part in parts).replace("\\", "")


def test_a_branch_is_begun_with_another_rate(store: Store, parent: str) -> None:
    at = sound(page("train", branch=parent, at="epoch-001"))
    assert "weights of **the parent** as they were at step 8" in said(at)
    assert "this branch would repeat its parent" in said(at)
    assert not [w for w in at.selectbox if w.key == "train.data.name"]
    drawn = {w.key for w in [*at.slider, *at.number_input, *at.text_input]}
    assert not drawn & {"train.model.mlp.widths", "train.data.limit", "train.data.validation"}
    assert {"train.model.mlp.dropout", "train.data.shift"} <= drawn
    at.select_slider(key="train.optimizer.adam.lr").set_value(0.01).run()
    assert "Goes on at step 8" in said(at) and "keeps its memory" in said(at)
    at.button(key="train.go").click().run()
    child = store.get(address(at, "run"))
    before = parse(store.get(parent).config)
    assert (child.parent, child.state, child.step, child.resume) == (parent, "queued", 8, True)
    assert parse(child.config).optimizer.lr == 0.01
    assert parse(child.config).data == before.data
    assert "branch" not in at.query_params and "at" not in at.query_params
    assert begun(child.id) == {"run": parent, "tag": "epoch-001", "step": 8}


def test_what_the_branch_will_do_is_said_before_the_click(store: Store, parent: str) -> None:
    at = sound(page("train", branch=parent, at="step-000004"))
    at.selectbox(key="train.optimizer").set_value("momentum").run()
    at.select_slider(key="train.batch").set_value(64).run()
    assert "epoch 1 begins anew: step 0" in said(sound(at))
    assert "another kind" in said(at)


def test_without_an_epoch_left_it_cannot_be_started(store: Store, parent: str) -> None:
    at = sound(page("train", branch=parent, at="last"))
    assert "ask for at least 3 epochs" in at.error[0].value
    assert at.button(key="train.go").disabled
    at.number_input(key="train.epochs").set_value(3).run()
    assert not at.button(key="train.go").disabled


@pytest.mark.parametrize(
    ("run_id", "tag"), [("0" * 16, ""), ("<b>", ""), ("", "no-such"), ("", "../..")]
)
def test_an_address_that_asks_for_nothing_gives_the_plain_form(
    store: Store, parent: str, run_id: str, tag: str
) -> None:
    at = sound(page("train", branch=run_id or parent, at=tag))
    assert at.toast[0].value.startswith("there is no such")
    assert at.title[0].value == "Train a network"
    assert "branch" not in at.query_params


def test_the_form_is_kept_when_the_branch_is_called_off(store: Store, parent: str) -> None:
    at = page("train", branch=parent, at="epoch-001")
    at.number_input(key="train.epochs").set_value(7).run()
    next(b for b in at.button if b.label == "From nothing instead").click().run()
    assert sound(at).title[0].value == "Train a network"
    assert at.number_input(key="train.epochs").value == 7
    at.button(key="train.go").click().run()
    assert store.get(address(at, "run")).parent is None


def test_a_run_names_its_parent_and_its_children(store: Store, parent: str) -> None:
    source = origin(store, parent, "epoch-001")
    child = branch(store, source, source.config, name="the child")
    at = sound(page("train", run=parent))
    assert "Made from this run:" in said(at)
    at.button(key=f"family.{child}").click().run()
    assert address(at, "run") == child
    assert "Branched off at step 8 from" in said(sound(at))
    at.toggle(key=f"together.{child}").set_value(True).run()
    assert len(sound(at).get("bidi_component")) == 2
    store.send(child, "stop")
    store.delete(parent)
    store.purge(parent)
    assert "a run that was removed" in said(sound(page("train", run=child)))


def test_repeating_a_branch_begins_where_it_began(store: Store, parent: str) -> None:
    source = origin(store, parent, "epoch-001")
    child = branch(store, source, source.config)
    store.update(child, {"state": "stopped"})
    at = page("train", run=child)
    at.button(key="do.repeat").click().run()
    again = store.get(address(at, "run"))
    assert (again.parent, again.step, again.resume) == (child, 8, True)
    assert again.config == store.get(child).config


def test_the_table_shows_where_runs_came_from(store: Store, parent: str) -> None:
    assert "parent" not in sound(page("runs")).dataframe[0].value
    source = origin(store, parent, "start")
    child = branch(store, source, source.config)
    again = store.create(settings(2), parent=parent)
    lost = store.create(settings(2), parent="ab" * 8)
    alone = trained(store)
    column = sound(page("runs")).dataframe[0].value["parent"]
    assert column[child] == "↳ the parent" and column[again] == "↻ the parent"
    assert column[lost] == "↻ removed (abab)" and column[alone] == ""


def test_a_slider_that_was_moved_is_in_the_address(store: Store, parent: str) -> None:
    at = page("train", run=parent)
    at.session_state[f"live.{parent}"] = {"at": "epoch-001"}
    assert address(sound(at.run()), "at") == "epoch-001"
    at.session_state[f"live.{parent}"] = {"at": ""}
    assert "at" not in sound(at.run()).query_params
