"""The Train page: its form, its buttons and dials in every state, for owner and guest."""

import time

import pytest
from streamlit.testing.v1 import AppTest

from core.config import parse
from core.presets import presets
from core.store import Row, Store
from pages.ui import controls
from tests.stage import PAGES, STATES, address, keys, page, sound, trained


@pytest.fixture
def store(fresh_home):
    opened = Store()
    yield opened
    opened.dispose()


# Train: the form ------------------------------------------------------------------------------


def test_start_queues_what_the_form_says_and_opens_it(store):
    at = page("train")
    at.number_input(key="train.epochs").set_value(3)
    at.text_input(key="train.model.cnn.widths").set_value("4, 8")
    at.run()
    assert {m.label for m in at.metric} == {"Parameters", "Memory", "One epoch", "Whole run"}
    at.button(key="train.go").click().run()
    (row,) = sound(at) and store.runs()
    assert address(at, "run") == row.id
    assert row.state == "queued"
    config = parse(row.config)
    assert config.epochs == 3 and config.model.widths == (4, 8)
    assert "data" not in at.query_params


def test_a_field_that_is_left_by_the_click_on_start_counts(store):
    at = page("train")
    at.number_input(key="train.epochs").set_value(7)
    at.button(key="train.go").click().run()
    (row,) = sound(at) and store.runs()
    assert parse(row.config).epochs == 7 and address(at, "run") == row.id


def test_nonsense_typed_before_the_click_on_start_is_said_and_starts_nothing(store):
    at = page("train")
    at.text_input(key="train.model.cnn.widths").set_value("12, x")
    at.button(key="train.go").click().run()
    assert "whole numbers" in sound(at).error[0].value and not store.runs()


def test_a_form_that_has_not_changed_is_not_drawn_again_to_be_started(store, monkeypatch):
    at = page("train")
    shown = at.number_input(key="train.epochs").value
    monkeypatch.setattr("pages.ui.setup.choose", None)
    at.button(key="train.go").click().run()
    (row,) = sound(at) and store.runs()
    assert parse(row.config).epochs == shown and address(at, "run") == row.id


def test_the_address_fills_the_form_and_follows_it(store):
    at = page("train", data="shapes", model="mlp", optimizer="sgd")
    assert at.selectbox(key="train.data.name").value == "shapes"
    assert at.selectbox(key="train.optimizer").value == "sgd"
    at.selectbox(key="train.optimizer").set_value("muon").run()
    assert address(at, "optimizer") == "muon"
    assert address(at, "model") == "mlp"


@pytest.mark.parametrize("wish", ["nothing-like-it", "<b>x</b>", "../../etc", "x" * 200])
def test_an_address_that_asks_for_nonsense_gets_the_first_set(store, wish):
    at = sound(page("train", data=wish, model=wish, optimizer=wish))
    assert at.selectbox(key="train.data.name").value == "mnist-5k"


def test_a_preset_fills_the_form_and_stays_in_force_on_another_set(store):
    at = page("train")
    pills = at.pills(key="train.preset")
    assert pills.value == "cnn"
    at.selectbox(key="train.data.name").set_value("shapes").run()
    wanted = next(p.config for p in presets("shapes") if p.name == "cnn")
    assert at.pills(key="train.preset").value == "cnn"
    at.number_input(key="train.epochs").set_value(wanted.epochs + 1).run()
    assert at.pills(key="train.preset").value is None
    at.pills(key="train.preset").set_value("mlp").run()
    at.button(key="train.go").click().run()
    wanted = next(p.config for p in presets("shapes") if p.name == "mlp")
    assert parse(store.runs()[0].config) == wanted


@pytest.mark.parametrize(
    ("text", "said"),
    [("12, x", "whole numbers"), ("8,8,8,8,8", "use at most 4"), ("9999", "1 to 512")],
)
def test_what_cannot_be_trained_cannot_be_started(store, text, said):
    at = page("train")
    at.text_input(key="train.model.cnn.widths").set_value(text).run()
    assert said in sound(at).error[0].value
    assert at.button(key="train.go").disabled


def test_a_set_that_is_not_here_points_to_the_data_page(store):
    at = page("train")
    at.selectbox(key="train.data.name").set_value("cifar10").run()
    assert "CIFAR-10 is not on this machine" in sound(at).info[0].value.replace("\\", "")
    assert at.button(key="train.go").disabled


def test_choices_outlast_a_look_at_another_page(store):
    at = AppTest.from_file(str(PAGES / "frame.py"), default_timeout=30).run()
    at.switch_page("train.py").run()
    at.number_input(key="train.epochs").set_value(9).run()
    at.switch_page("runs.py").run()
    at.switch_page("train.py").run()
    assert sound(at).number_input(key="train.epochs").value == 9


def test_runs_that_go_on_are_one_click_away(store):
    run_id = trained(store, "running")
    at = page("train")
    at.button(key=f"open.{run_id}").click().run()
    assert address(at, "run") == run_id


# Train: a run ---------------------------------------------------------------------------------


@pytest.mark.parametrize("wish", ["0123456789abcdef", "x", "<b>", "../.."])
def test_an_unknown_run_is_one_sentence(store, wish):
    at = sound(page("train", run=wish))
    assert at.error[0].value.startswith("There is no run")
    assert wish not in at.error[0].value


@pytest.mark.parametrize("state", STATES)
def test_each_state_offers_what_makes_sense(store, state):
    at = sound(page("train", run=trained(store, state)))
    offered = {key.removeprefix("do.") for key in keys(at) if key.startswith("do.")}
    alive = state in ("queued", "running", "paused")
    assert offered == {*controls.offers(state), "edit", "new"} | (set() if alive else {"repeat"})
    assert bool(at.select_slider) == (state != "finished")


@pytest.mark.parametrize(("verb", "state"), [("pause", "running"), ("step", "paused")])
def test_a_button_is_a_command(store, verb, state):
    run_id = trained(store, state)
    if state == "paused":
        store.update(run_id, {"state": "running"})
        assert store.begin(run_id, "host 1 1")
        store.update(run_id, {"state": "paused"})
    at = page("train", run=run_id)
    at.button(key=f"do.{verb}").click().run()
    assert [c.verb for c in store.pending(run_id)] == [verb]


def test_a_click_whose_page_was_drawn_anew_before_it_was_reached_is_obeyed_once(store):
    at = page("train", run=(run_id := trained(store, "running")))
    at.session_state[f"clicked.do.stop.{run_id}"] = [time.monotonic()]
    sound(at.run())
    sound(at.run())
    assert [c.verb for c in store.pending(run_id)] == ["stop"]


@pytest.mark.parametrize("state", ["paused", "crashed", "stopped", "diverged"])
def test_a_run_without_a_worker_goes_on_from_its_checkpoint(store, state):
    run_id = trained(store, state)
    button = page("train", run=run_id).button(key="do.resume")
    assert button.label == ("Go on" if state == "paused" else "Try again")  # nothing is kept
    store.add_artifact(run_id, "last", 5, "somewhere", 1, "00")
    button = page("train", run=run_id).button(key="do.resume")
    assert state == "paused" or button.label == "Go on from the last checkpoint"
    button.click().run()
    row = store.get(run_id)
    assert row.state == "queued" and row.resume


def test_repeat_starts_the_same_again(store):
    run_id = trained(store, seed=5)
    at = page("train", run=run_id)
    at.button(key="do.repeat").click().run()
    new = store.get(address(at, "run"))
    assert new.id != run_id and new.parent == run_id
    assert new.config == store.get(run_id).config


def test_change_settings_opens_the_form_with_all_of_them(store):
    changes = {
        "model": {"name": "mlp", "widths": [77, 33], "dropout": 0.35},
        "optimizer": {"name": "rmsprop", "lr": 0.00123, "momentum": 0.5},
        "data": {"name": "shapes", "flip": True, "shift": 3},
        "schedule": {"name": "step", "drops": 4},
        "seed": 42,
        "clip": 1.5,
    }
    run_id = trained(store, **changes)
    at = page("train", run=run_id)
    at.button(key="do.edit").click().run()
    assert "run" not in at.query_params
    at.button(key="train.go").click().run()
    assert sound(at) and parse(store.runs()[0].config) == parse(store.get(run_id).config)


@pytest.mark.parametrize(
    ("optimizer", "dials"),
    [
        ("sgd", {"lr", "weight_decay"}),
        ("momentum", {"lr", "momentum", "weight_decay"}),
        ("adam", {"lr", "beta1", "weight_decay"}),
    ],
)
def test_dials_are_those_of_the_optimiser_and_turning_one_is_a_command(store, optimizer, dials):
    run_id = trained(store, "running", optimizer={"name": optimizer})
    at = page("train", run=run_id)
    turned = {w.key.rpartition(".")[2] for w in [*at.select_slider, *at.slider]}
    assert turned == dials
    at.select_slider(key=f"dial.{run_id}.lr").set_value(0.003).run()
    (command,) = store.pending(run_id)
    assert (command.verb, command.arguments) == ("set", {"lr": 0.003})


def test_dials_stand_where_they_were_left_by_whomever(store):
    run_id = trained(store, "running", optimizer={"name": "adam"})
    store.append(
        run_id, [Row(7, 4, 1, "set.lr", 0.0123, 1.0), Row(8, 4, 1, "set.momentum", 0.5, 1.0)]
    )
    at = page("train", run=run_id)
    assert at.select_slider(key=f"dial.{run_id}.lr").value == 0.0123
    assert at.slider(key=f"dial.{run_id}.beta1").value == 0.5


def test_a_guest_in_a_class_looks_and_takes_the_settings_along(store, monkeypatch):
    monkeypatch.setenv("PLAYGROUND_MODE", "class")
    run_id = trained(store, "running")
    at = sound(page("train", run=run_id))
    assert {k for k in keys(at) if k.startswith("do.")} == {"do.edit", "do.new"}
    assert not at.select_slider
    controls.act(run_id, "stop")
    assert store.pending(run_id) == []


def test_names_and_errors_of_a_run_carry_no_markup(store):
    run_id = trained(store, "failed")
    store.update(run_id, {"error": "<script>alert(1)</script> **x** :red[y]"})
    store.rename(run_id, "a_b_c (1)")
    at = sound(page("train", run=run_id))
    assert at.title[0].value == r"a\_b\_c \(1\)"
    assert not any("<script>" in m.value for m in [*at.markdown, *at.caption])
