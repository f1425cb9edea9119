"""The sub-step panel and the search for a learning rate, on the Train page."""

import json
import math

import pytest

from core.config import RunConfig, parse
from core.dissect import PHASES
from core.home import run_folder
from core.notes import DISSECTION
from core.ranges import probe
from core.store import Row, Store
from core.training import Run
from core.worker import execute
from pages.ui import controls, setup
from tests.stage import address, keys, page, sound, trained
from tests.test_dissect import dissected
from tests.test_health import tiny
from tests.test_ranges import valley


@pytest.fixture
def store(fresh_home):
    opened = Store()
    yield opened
    opened.dispose()


# One batch taken apart


def at_rest(store, config, step):
    """A paused run that stands after a batch which was taken apart; its id and the record."""
    run_id = trained(store, "paused", **config.model_dump())
    record = dissected(Run(config), step)
    store.update(run_id, {"step": step})
    note(run_id, record)
    return run_id, record


def note(run_id, record):
    folder = run_folder(run_id)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / DISSECTION).write_text(json.dumps(record))


def tables(at):
    return [frame.value for frame in at.dataframe]


def shown(at):
    """The phase whose line of code is marked."""
    (code,) = (m.value for m in at.markdown if "optimizer.zero_grad()" in m.value)
    return [line for line in code.splitlines() if "background" in line]


def test_the_five_phases_are_walked_through_with_their_numbers(store):
    run_id, record = at_rest(store, tiny(clip=0.5), 6)
    at = sound(page("train", run=run_id))
    assert any("Step 6 (epoch 2)" in m.value for m in at.markdown)
    assert "zero_grad" in shown(at)[0] and at.button(key="substeps.back").disabled
    phases = record["phases"]
    (table,) = tables(at)
    assert table["Gradient before"].tolist() == phases["zero_grad"]["before"]
    assert table["Gradient after"].tolist() == [0, 0, 0]
    assert table["Layer"].tolist() == ["1 Linear", "3 Linear", "5 Linear"]

    at = sound(at.button(key="substeps.next").click().run())
    assert "model(pictures)" in shown(at)[0]
    (table,) = tables(at)
    first, share = phases["forward"]["top"][0][0]
    assert table.iloc[0, 1].startswith(f"{record['classes'][first]}: {share:.1%}")
    assert table.iloc[0, 2:].tolist() == phases["forward"]["logits"][0]

    at = sound(at.button(key="substeps.next").click().run())
    assert f"{phases['loss']['mean']:.4f}" in {m.value for m in at.metric}
    assert tables(at)[0]["Loss of the picture"].tolist() == phases["loss"]["each"]

    at = sound(at.button(key="substeps.next").click().run())
    assert at.metric[0].value == f"{phases['backward']['total']:.4g}"
    assert tables(at)[0]["Gradient"].tolist() == phases["backward"]["gradient"]

    at = sound(at.button(key="substeps.next").click().run())
    last_phase(at, phases["step"])
    at = sound(at.button(key="substeps.back").click().run())
    assert "backward" in shown(at)[0]


def last_phase(at, told):
    """Two lines of code at work, a column for each number, and the way to the next batch."""
    assert len(shown(at)) == 2 and "clip_grad_norm_(parameters, 0.5)" in shown(at)[0]
    (table,) = tables(at)
    for head, name in {
        "Gradient, clipped": "clipped",
        "Weights before": "before",
        "Weights after": "after",
        "Change": "update",
        "Change ÷ weights": "ratio",
    }.items():
        assert table[head].tolist() == told[name]
    assert "substeps.next" not in keys(at) and "substeps.more" in keys(at)


def test_the_panel_is_for_the_batch_that_the_run_rests_after_only(store):
    run_id, _ = at_rest(store, tiny(), 3)
    for state, step in [("paused", 4), ("running", 3), ("finished", 3)]:
        store.update(run_id, {"state": state, "step": step})
        assert not {"substeps.next", "substeps.back"} & keys(sound(page("train", run=run_id)))


def test_the_button_asks_for_a_batch_and_waits_for_it(store):
    run_id = trained(store, "paused")
    at = sound(page("train", run=run_id).button(key="do.dissect").click().run())
    assert [order.verb for order in store.pending(run_id)] == ["dissect"]
    assert any("Taking the next batch apart" in c.value for c in at.caption)
    record = dissected(Run(tiny()), 6)
    note(run_id, record)
    store.update(run_id, {"state": "paused", "step": 6})
    at = sound(at.run())
    assert "substeps.next" in keys(at)
    assert not any("Taking the next batch apart" in c.value for c in at.caption)


def test_a_batch_that_left_no_record_is_not_waited_for_for_ever(store):
    run_id = trained(store, "paused")
    at = page("train", run=run_id).button(key="do.dissect").click().run()
    store.update(run_id, {"state": "paused", "step": 6, "error": "disk full"})
    at = sound(at.run())
    assert controls.asked(run_id) not in at.session_state


def test_more_than_one_class_in_the_loss_is_said(store):
    run_id, _ = at_rest(store, tiny(smoothing=0.1), 3)
    at = page("train", run=run_id)
    for _ in range(2):
        at = at.button(key="substeps.next").click().run()
    assert any("label smoothing" in c.value for c in sound(at).caption)


def test_numbers_that_are_none_break_no_phase(store):
    run_id, record = at_rest(store, tiny(), 3)
    hollow = json.loads(json.dumps(record["phases"]), parse_float=lambda _: None)
    hollow["forward"]["top"] = record["phases"]["forward"]["top"]
    note(run_id, record | {"phases": hollow, "lr": None})
    at = sound(page("train", run=run_id))
    for _ in PHASES[1:]:
        at = sound(at.button(key="substeps.next").click().run())
    assert {metric.value for metric in at.metric} == {"–"}


# The search for a rate


def searched(store, rates, losses, state="finished", **changes):
    config = probe(parse(RunConfig().model_dump() | changes), 5000)
    run_id = store.create(config.model_dump(mode="json"))
    rows = []
    for step, pair in enumerate(zip(rates, losses, strict=True), start=1):
        for name, value in zip(("lr", "train.loss"), pair, strict=True):
            rows.append(Row(len(rows) + 1, step, 0, name, value, 0.0))
    store.append(run_id, rows)
    store.update(run_id, {"state": state, "step": len(rates)})
    return run_id


def chart(at):
    (drawn,) = at.get("echarts_chart")
    return json.loads(drawn.proto.spec)


def test_the_button_runs_the_test_of_what_the_form_says(store):
    at = page("train", model="mlp", optimizer="sgd")
    at = sound(at.button(key="train.find_rate").click().run())
    (row,) = store.runs()
    config = parse(row.config)
    assert address(at, "run") == row.id
    assert (config.schedule.name, config.model.name, config.optimizer.name) == (
        *("range", "mlp", "sgd"),
    )
    assert any("The rate rises" in info.value for info in at.info)


def test_the_curve_suggests_a_rate_and_one_click_puts_it_into_the_form(store):
    run_id = searched(store, *valley(), optimizer={"name": "sgd"})
    at = page("train", model="lstm", optimizer="adam", epochs="3")
    at.query_params["run"] = run_id
    at = sound(at.run())
    raw, calm = chart(at)["series"]
    assert len(raw["data"]) == len(calm["data"]) == 120
    rate = calm["markLine"]["data"][0]["xAxis"]
    assert 0.01 < rate < 0.1
    assert any(f"**{rate:.2g}**" in m.value for m in at.markdown)
    at = sound(at.button(key="rates.take").click().run())
    assert "run" not in at.query_params
    assert at.selectbox(key="train.optimizer").value == "sgd"
    assert at.select_slider(key="train.optimizer.sgd.lr").value == rate
    assert at.selectbox(key="train.model").value == "lstm"  # the rest of the form stays


def test_in_a_fresh_tab_the_form_takes_the_rest_from_the_test_but_not_what_made_it_one(store):
    run_id = searched(store, *valley(), model={"name": "mlp"})
    at = page("train", run=run_id).button(key="rates.take").click().run()
    config = RunConfig()
    assert sound(at).selectbox(key="train.model").value == "mlp"
    assert at.selectbox(key="train.schedule").value == config.schedule.name
    assert at.number_input(key="train.epochs").value == config.epochs
    assert at.session_state[f"{setup.KEY}.data.limit"] == config.data.limit


@pytest.mark.parametrize("state", ["finished", "stopped", "crashed", "failed"])
def test_a_test_that_shows_nothing_says_so_and_never_breaks(store, state):
    rates, _ = valley()
    for losses in ([2.3] * 120, [math.nan] * 120, [math.inf] * 120, [0.0] * 120):
        at = sound(page("train", run=searched(store, rates, losses, state)))
        assert "rates.take" not in keys(at)
    sound(page("train", run=searched(store, [], [], state)))


def test_other_runs_have_no_such_curve(store):
    assert not page("train", run=trained(store)).get("echarts_chart")


def test_a_real_test_that_runs_away_ends_well_and_is_drawn(store):
    wild = {"name": "mlp", "widths": (32, 32), "norm": False, "init": "normal"}
    data = {"name": "mnist-5k", "limit": 640}
    config = probe(tiny(model=wild, data=data, optimizer={"name": "momentum"}, batch=32), 640)
    run_id = store.create(config.model_dump(mode="json"), state="running")
    execute(run_id)
    row = store.get(run_id)
    assert row.state == "finished" and row.step < row.total_steps and row.error == ""
    at = sound(page("train", run=run_id))
    assert len(chart(at)["series"][0]["data"]) > 20
