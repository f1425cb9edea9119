"""The fault clinic: plant, name, be told, cure; and a score that outlives the session."""

import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core import clinic
from core.clinic import KEPT, Book, Case, code, decoded, drawn, patient
from core.config import parse
from core.faults import FAULTS
from core.findings import Curves
from core.store import Row, RunRow, Store
from core.symptoms import Seen
from core.worker import execute
from pages.ui.lab.table import LABS
from pages.ui.words import catalogue
from tests.stage import address, element, page, sound, trained
from tests.workshop import settings


@pytest.fixture
def store(fresh_home: Path) -> Iterator[Store]:
    opened = Store()
    yield opened
    opened.dispose()


def admitted(store: Store, name: str = "mask", state: str = "finished") -> str:
    """A patient whose training has ended."""
    config = patient(name, 7).model_dump(mode="json")
    run_id = store.create(config, name="Patient 0007")
    store.update(run_id, {"state": state, "step": 5, "total_steps": 5})
    return run_id


def only(store: Store) -> RunRow:
    (row,) = store.runs()
    return row


def said(at: AppTest) -> str:
    parts = [*at.markdown, *at.caption, *at.info, *at.success, *at.warning, *at.error, *at.code]
    return " ".join(part.value for part in parts)


def word(key: str, language: str = "en") -> str:
    return catalogue()[f"clinic.{key}"][language]


# What the table and the words owe each other --------------------------------------------------


def test_every_fault_has_its_words_and_no_words_are_of_none() -> None:
    parts = {"name", "where", "look", "why", "idea"}
    wanted = {f"clinic.fault.{name}.{part}" for name in FAULTS for part in parts}
    assert {key for key in catalogue() if key.startswith("clinic.fault.")} == wanted
    signs = {f"clinic.sign.{fault.sign.measure.__name__}" for fault in FAULTS.values()}
    assert {key for key in catalogue() if key.startswith("clinic.sign.")} == signs
    for language in ("en", "ko"):
        names = {word(f"fault.{name}.name", language) for name in FAULTS}
        assert len(names) == len(FAULTS)


def test_every_fault_belongs_to_a_lab() -> None:
    assert {fault.lab for fault in FAULTS.values()} <= set(LABS)


def test_a_link_leads_to_its_fault_and_does_not_tell_it() -> None:
    codes = {name: code(name) for name in FAULTS}
    assert len(set(codes.values())) == len(FAULTS)
    assert all(decoded(link) == name for name, link in codes.items())
    assert decoded("") == decoded("no-such") == ""
    assert not any(name in link or link in name for name, link in codes.items())


def test_a_seed_draws_one_fault_and_known_ones_come_last() -> None:
    seeds = range(400)
    assert {drawn(seed) for seed in seeds} == set(FAULTS)
    assert [drawn(seed) for seed in seeds] == [drawn(seed) for seed in seeds]
    known = set(random.Random(0).sample(list(FAULTS), len(FAULTS) - 2))
    assert {drawn(seed, known) for seed in seeds} == set(FAULTS) - known
    assert {drawn(seed, FAULTS) for seed in seeds} == set(FAULTS)


@pytest.mark.parametrize("name", FAULTS)
def test_a_run_that_has_not_begun_shows_nothing(name: str) -> None:
    sign = FAULTS[name].sign
    for view in ({}, {"confusion": None}):
        seen = Seen(Curves([]), {"points": []}, view)
        assert not sign.shows(seen)
        assert sign.say(seen) == ("0" if name == "in_place" else "–")


# The book -------------------------------------------------------------------------------------


def test_a_book_is_kept_per_visitor_and_closed_cases_stay_closed(store: Store) -> None:
    book = Book(store, "ann")
    assert not book.answer("r1", "mask", "leak")
    book.hint("r1", "mask", 1)
    book.hint("r1", "mask", 1)
    assert book.answer("r1", "mask", "mask")
    assert not book.answer("r1", "mask", "leak")
    book.show("r1", "mask")
    book.hint("r1", "mask", 3)
    book.show("r2", "leak")
    again = Book(store, "ann")
    assert again.cases == {
        "r1": Case("mask", ["leak", "mask"], 1, "found"),
        "r2": Case("leak", [], 0, "shown"),
    }
    assert (again.found, again.tries, again.hints) == ({"mask"}, 2, 1)
    assert Book(store, "bob").cases == {}


def test_a_book_does_not_grow_for_ever(store: Store) -> None:
    book = Book(store, "ann")
    book.cases = {f"r{number}": Case("mask", state="shown") for number in range(KEPT)}
    book.answer("new", "leak", "leak")
    kept = Book(store, "ann").cases
    assert len(kept) == KEPT and "new" in kept and "r0" not in kept


# The page -------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "ko"])
def test_before_a_click_a_healthy_run_is_played_and_the_score_is_there(
    store: Store, language: str
) -> None:
    at = sound(page("clinic", lang=language))
    assert at.title[0].value == word("title", language)
    assert element(at, "clinic.healthy")["replay"]["payload"]["rows"]
    assert [metric.value for metric in at.metric][1:] == ["0", "0"]
    assert not store.runs()


def test_one_click_plants_a_bug_that_only_the_store_knows(store: Store) -> None:
    at = sound(page("clinic"))
    at.button(key="clinic.surprise").click().run()
    row = only(store)
    assert parse(row.config) == patient(row.config["fault"], row.seed)
    assert (row.state, address(at, "run")) == ("queued", row.id)
    assert row.name.startswith("Patient ") and row.name in sound(at).title[0].value
    fault = row.config["fault"]
    assert at.selectbox(key=f"clinic.name.{row.id}").value is None
    assert not any(word(f"fault.{fault}.{part}") in said(at) for part in ("name", "why", "idea"))
    told = json.dumps([dict(at.query_params), element(at, f"clinic.live.{row.id}.1")])
    assert fault not in told


def test_a_wrong_name_a_hint_and_the_right_name(store: Store) -> None:
    run_id = admitted(store)
    at = sound(page("clinic", run=run_id))
    assert at.button(key="clinic.check").disabled
    at.selectbox(key=f"clinic.name.{run_id}").set_value("leak").run()
    at.button(key="clinic.check").click().run()
    assert word("fault.leak.look") in at.warning[0].value
    assert word("fault.mask.name") not in said(at)
    for read in range(1, 4):
        at.button(key="clinic.hint").click().run()
        assert len(at.info) == read
    assert at.button(key="clinic.hint").disabled
    few = at.selectbox(key=f"clinic.name.{run_id}").options
    assert len(few) == 4 and word("fault.mask.name") in few
    at = sound(page("clinic", run=run_id))  # a reload
    assert len(at.info) == 3 and len(at.warning) == 1
    at.selectbox(key=f"clinic.name.{run_id}").set_value("mask").run()
    at.button(key="clinic.check").click().run()
    assert word("fault.mask.name") in at.success[0].value
    assert "try 2, with 3 hints" in at.success[0].value
    assert word("fault.mask.why") in said(sound(at))
    assert [part.value for part in at.code] == [FAULTS["mask"].bad, FAULTS["mask"].good]
    at = sound(page("clinic"))
    assert [metric.value for metric in at.metric] == [f"1 of {len(FAULTS)}", "2", "3"]


def test_the_cure_is_the_same_run_without_the_bug_beside_it(store: Store) -> None:
    run_id = admitted(store)
    at = sound(page("clinic", run=run_id))
    at.button(key="clinic.give_up").click().run()
    assert word("fault.mask.name") in at.info[0].value
    at.button(key="clinic.cure").click().run()
    (child,) = store.children(run_id)
    assert child.config == clinic.cured(patient("mask", 7)).model_dump(mode="json")
    assert child.name == "Patient 0007 (cured)"
    runs = element(sound(at), f"clinic.live.{run_id}.2")["runs"]
    assert [run["id"] for run in runs] == [run_id, child.id]
    assert "clinic.cure" not in {button.key for button in at.button}
    at = sound(page("clinic", run=run_id))  # a reload
    assert element(at, f"clinic.live.{run_id}.2") is not None
    assert Book(store, "").found == set()


def test_a_link_of_a_teacher_plants_what_it_says(store: Store) -> None:
    at = sound(page("clinic"))
    at.selectbox(key="clinic.teacher").set_value("leak").run()
    link = at.code[0].value
    assert link.endswith(f"/clinic?case={code('leak')}") and "leak" not in link
    at = sound(page("clinic", case=code("leak")))
    at.button(key="clinic.plant").click().run()
    assert only(store).config["fault"] == "leak"
    assert "case" not in at.query_params


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ({"case": "<b>"}, "bad_case"),
        ({"run": "0" * 16}, "unknown"),
        ({"run": "../../x"}, "unknown"),
    ],
)
def test_a_link_that_leads_nowhere_says_so(store: Store, address: dict, key: str) -> None:
    assert word(key) in said(sound(page("clinic", **address)))


def test_a_healthy_run_and_one_of_another_clinic_are_no_cases(store: Store) -> None:
    at = sound(page("clinic", run=trained(store)))
    assert word("no_bug") in said(at) and not at.selectbox
    strange = store.create(settings(1) | {"fault": "measles"})
    assert word("odd") in said(sound(page("clinic", run=strange)))


def test_the_form_that_branches_off_keeps_the_bug(store: Store) -> None:
    config = patient("shifted_labels", 7).model_dump()
    config |= {"epochs": 2, "data": {"name": "mnist-5k", "limit": 256, "validation": 0.02}}
    run_id = store.create(parse(config).model_dump(mode="json"), state="running")
    execute(run_id)
    at = sound(page("train", branch=run_id, at="epoch-001"))
    at.select_slider(key="train.optimizer.sgd.lr").set_value(0.01).run()
    at.button(key="train.go").click().run()
    (child,) = store.children(run_id)
    assert child.config["fault"] == "shifted_labels"


def test_the_measured_sign_is_told_with_the_answer(store: Store) -> None:
    run_id = admitted(store, "raw_pixels")
    store.append(run_id, [Row(1, 1, 0, "train.loss", 180.59, 0.1)])
    Book(store, "").show(run_id, "raw_pixels")
    at = sound(page("clinic", run=run_id))
    assert [(m.label, m.value) for m in at.metric] == [
        (f"{word('sign.first_loss')}, {word('told.sick')}", "181")
    ]
