"""The Duel page: what it offers, what it starts, and a duel on its way, hidden, over, in pieces."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.config import parse
from core.duel import classics
from core.store import Row, Store
from pages.ui import rivals
from tests.stage import address, page, sound
from tests.workshop import settings


@pytest.fixture
def store(fresh_home: Path) -> Iterator[Store]:
    opened = Store()
    yield opened
    opened.dispose()


def hold(store: Store, count: int = 3, **changes) -> str:
    """A duel of SGD, momentum and Adam, waiting."""
    configs = [settings(optimizer={"name": name}) for name in ("sgd", "momentum", "adam")[:count]]
    return store.create_duel(configs, names=[""] * count, **changes)


def end(store: Store, run_id: str, share: float | None, state: str = "finished") -> None:
    """Bring a run to its end: a validation per second, the last at `share`."""
    values = [(share or 0) - 0.1, share or 0]
    store.append(run_id, [Row(i, 8 * i, i, "val.accuracy", v, i) for i, v in enumerate(values, 1)])
    done = {"step": 16, "total_steps": 16, "epoch": 2, "best_validation": share, "seconds": 2.0}
    store.update(run_id, {"state": state, "test_accuracy": share, "speed": 1000.0, **done})


def said(at: AppTest) -> str:
    parts = [*at.markdown, *at.caption, *at.info, *at.warning, *at.success, *at.error, *at.toast]
    return " ".join(part.value for part in parts).replace("\\", "")


def press(at: AppTest, label: str) -> AppTest:
    return next(button for button in at.button if button.label == label).click().run()


def charts(at: AppTest) -> int:
    return len(at.get("bidi_component"))


# What it offers ------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("mode", ["classic", "own", "grid"])
def test_every_way_to_start_stands_with_nothing_there(
    store: Store, mode: str, language: str
) -> None:
    at = sound(page("duel", lang=language))
    assert at.segmented_control(key="duel.mode").value == "classic"
    sound(at.segmented_control(key="duel.mode").set_value(mode).run())
    assert not at.warning and not at.error
    assert len(at.subheader) == 0  # nothing was fought before


@pytest.mark.parametrize("data", ["mnist-5k", "shapes"])
def test_a_classic_is_one_click_and_the_click_is_the_guess(store: Store, data: str) -> None:
    at = page("duel")
    at.selectbox(key="duel.set").set_value(data).run()
    at.button(key="duel.optimizers.guess.2").click().run()
    made = store.duel(address(at, "duel"))
    rows = [store.get(run_id) for run_id in made.runs]
    assert [parse(row.config) for row in rows] == classics(data)["optimizers"]
    assert [row.name for row in rows] == ["SGD", "SGD momentum", "Adam"]
    assert (made.guess, made.hidden, made.kind) == (rows[2].id, False, "duel")
    assert "SGD vs SGD + momentum vs Adam" in sound(at).title[0].value.replace("\\", "")
    assert "The same for all: MLP, seed 0," in said(at) and "Your guess: Adam." in said(at)
    assert charts(at) == 1


def test_who_only_watches_guesses_nothing(store: Store) -> None:
    at = page("duel")
    at.toggle(key=rivals.HIDDEN).set_value(True).run()
    at.button(key="duel.norm.watch").click().run()
    made = store.duel(address(at, "duel"))
    assert (made.guess, made.hidden, len(made.runs)) == (None, True, 2)
    assert "Your guess" not in said(at)


# One's own duel ------------------------------------------------------------------------------


def own(count: int = 2) -> AppTest:
    at = page("duel")
    at.segmented_control(key="duel.mode").set_value("own").run()
    return at.segmented_control(key="duel.count").set_value(count).run()


def test_contestants_differ_as_chosen_and_share_the_budget(store: Store) -> None:
    at = own(4)
    at.number_input(key="duel.base.epochs").set_value(3)
    at.selectbox(key="duel.0.model").set_value("cnn")
    at.selectbox(key="duel.1.model").set_value("cnn").run()
    at.selectbox(key="duel.1.optimizer").set_value("adam").run()
    at.select_slider(key="duel.1.optimizer.adam.lr").set_value(0.01).run()
    sound(at).button(key="duel.own.guess.1").click().run()
    made = store.duel(address(at, "duel"))
    configs = [parse(store.get(run_id).config) for run_id in made.runs]
    assert made.guess == made.runs[1] and len(configs) == 4
    assert {(c.epochs, c.seed, c.batch, c.data.name) for c in configs} == {(3, 0, 128, "mnist-5k")}
    assert [c.model.name for c in configs[:2]] == ["cnn", "cnn"]
    assert (configs[1].optimizer.name, configs[1].optimizer.lr) == ("adam", 0.01)


def test_twins_cannot_start(store: Store) -> None:
    at = own()
    name = at.selectbox(key="duel.0.model").value
    at.selectbox(key="duel.1.model").set_value(name).run()
    assert "contestants 1 and 2 are the same" in sound(at).warning[0].value
    assert not [button for button in at.button if "guess" in (button.key or "")]
    at.selectbox(key="duel.1.optimizer").set_value("muon").run()
    assert not at.warning and at.button(key="duel.own.guess.1").label == "Muon"


def test_a_contestant_that_does_not_fit_says_so_on_its_card(store: Store) -> None:
    at = own()
    at.selectbox(key="duel.1.model").set_value("vit")
    at.session_state["duel.1.model.vit.patch"] = 5
    at.run()
    assert "patch" in sound(at).error[0].value
    assert not [button for button in at.button if "guess" in (button.key or "")]


# A duel on its way, and over -------------------------------------------------------------------


def test_an_unknown_address_is_one_sentence_with_a_way_out(store: Store) -> None:
    at = sound(page("duel", duel="0" * 16))
    assert "There is no duel with this address" in at.error[0].value
    press(at, "Another duel")
    assert sound(at).title[0].value == "Duel" and "duel" not in at.query_params


def test_a_hidden_duel_shows_how_far_it_is_and_no_accuracy(store: Store) -> None:
    duel_id = hold(store, hidden=True, guess=0)
    first = store.duel(duel_id).runs[0]
    end(store, first, 0.9)
    at = sound(page("duel", duel=duel_id))
    assert charts(at) == 0
    assert "stay hidden until everybody has arrived" in said(at)
    frame = at.dataframe[0].value
    assert list(frame["done"]) == [100.0, 0.0, 0.0]
    assert not {"best", "test", "target"} & set(frame)
    press(at, "Show them now")
    assert charts(sound(at)) == 1 and "best" in at.dataframe[0].value
    assert not store.duel(duel_id).hidden


def test_the_end_reveals_a_hidden_duel_with_its_verdict(store: Store) -> None:
    duel_id = hold(store, hidden=True, guess=1)
    runs = store.duel(duel_id).runs
    for run_id, share in zip(runs, (0.5, 0.8, 0.95), strict=True):
        end(store, run_id, share)
    at = sound(page("duel", duel=duel_id))
    assert charts(at) == 1
    told = at.success[0].value.replace("\\", "")
    assert told.startswith("Adam wins with 95.0%, 15.0 points ahead of SGD + momentum.")
    assert told.endswith("You had bet on SGD + momentum, which came in as number 2.")
    assert "accuracy at the end on 1,000 test pictures" in said(at)
    frame = at.dataframe[0].value
    assert list(frame["name"]) == ["SGD", "SGD + momentum", "Adam"]
    assert list(frame["best"]) == [50.0, 80.0, 95.0] and "state" not in frame
    assert frame["target"].isna().tolist() == [True, True, False]
    at.slider(key="duel.accuracy").set_value(0.7).run()
    assert at.dataframe[0].value["target"].fillna(-1).tolist() == [-1, 1.0, 1.0]


@pytest.mark.parametrize(
    ("shares", "told"),
    [
        ((0.950, 0.951), "Photo finish: SGD + momentum 95.1%, SGD 95.0%. On 1,000 test pictures"),
        ((0.95, 0.95), "A draw: SGD and SGD + momentum both reach 95.0%. You called it!"),
        ((0.95, None), "SGD wins with 95.0%: nobody else reached the end. You called it!"),
        ((None, 0.95), "You had bet on SGD, which did not reach the end."),
    ],
)
def test_close_finishes_and_losses_are_told(
    store: Store, shares: tuple[float | None, float | None], told: str
) -> None:
    duel_id = hold(store, 2, guess=0)
    for run_id, share in zip(store.duel(duel_id).runs, shares, strict=True):
        end(store, run_id, share, "diverged" if share is None else "finished")
    at = sound(page("duel", duel=duel_id))
    assert told in said(at)
    assert ("state" in at.dataframe[0].value) == (None in shares)


def test_removed_contestants_do_not_break_a_duel(store: Store) -> None:
    duel_id = hold(store, guess=0)
    runs = store.duel(duel_id).runs
    for run_id, share in zip(runs, (0.95, 0.8, 0.5), strict=True):
        end(store, run_id, share)
    store.delete(runs[0])
    at = sound(page("duel", duel=duel_id))
    assert "Some of these runs are in the bin" in said(at)
    assert len(at.dataframe[0].value) == 3
    store.purge(runs[0])
    at = sound(page("duel", duel=duel_id))
    assert len(at.dataframe[0].value) == 2 and "SGD + momentum wins with 80.0%" in said(at)
    assert "bet on" not in said(at)
    store.delete(runs[1])
    store.purge(runs[1])
    assert "nobody can be declared the winner" in said(sound(page("duel", duel=duel_id)))
    store.delete(runs[2])
    store.purge(runs[2])
    assert "There is no duel" in sound(page("duel", duel=duel_id)).error[0].value


def test_a_rematch_has_another_seed_and_the_same_contestants(store: Store) -> None:
    duel_id = hold(store)
    for run_id in store.duel(duel_id).runs:
        end(store, run_id, 0.9)
    at = press(page("duel", duel=duel_id), "Rematch with another seed")
    again = store.duel(address(sound(at), "duel"))
    assert again.id != duel_id
    for new, old in zip(again.runs, store.duel(duel_id).runs, strict=True):
        before = parse(store.get(old).config)
        assert parse(store.get(new).config) == before.model_copy(update={"seed": before.seed + 1})


def test_its_settings_can_be_changed_and_earlier_duels_be_opened(store: Store) -> None:
    duel_id = hold(store)
    for run_id in store.duel(duel_id).runs:
        end(store, run_id, 0.9)
    at = press(page("duel", duel=duel_id), "Change settings")
    assert sound(at).segmented_control(key="duel.count").value == 3
    assert [at.selectbox(key=f"duel.{i}.optimizer").value for i in range(3)] == [
        "sgd",
        "momentum",
        "adam",
    ]
    at.button(key=f"open.{duel_id}").click().run()
    assert address(sound(at), "duel") == duel_id


def test_stop_all_stops_those_who_still_run(store: Store) -> None:
    duel_id = hold(store)
    runs = store.duel(duel_id).runs
    end(store, runs[0], 0.9)
    press(page("duel", duel=duel_id), "Stop all")
    assert [store.get(run_id).state for run_id in runs] == ["finished", "stopped", "stopped"]


def test_one_of_another_version_is_still_shown(store: Store) -> None:
    duel_id = store.create_duel(
        [settings() | {"warp": 9}, settings() | {"warp": 10}], names=["slow", "fast"]
    )
    for run_id in store.duel(duel_id).runs:
        end(store, run_id, 0.9)
    at = sound(page("duel", duel=duel_id))
    assert list(at.dataframe[0].value["name"]) == ["slow", "fast"]
    assert "Rematch with another seed" not in [button.label for button in at.button]


# A grid --------------------------------------------------------------------------------------


def test_a_grid_is_queued_with_every_rate_and_optimiser(store: Store) -> None:
    at = page("duel")
    at.segmented_control(key="duel.mode").set_value("grid").run()
    at.selectbox(key="duel.base.model").set_value("cnn").run()
    at.slider(key="duel.number").set_value(3).run()
    assert "9 runs at the rates 0.001, 0.032, 1" in said(sound(at))
    at.button(key="duel.grid.start").click().run()
    made = store.duel(address(at, "duel"))
    configs = [parse(store.get(run_id).config) for run_id in made.runs]
    assert made.kind == "grid" and {c.model.name for c in configs} == {"cnn"}
    assert [(c.optimizer.name, c.optimizer.lr) for c in configs] == [
        (name, rate) for name in ("sgd", "momentum", "adam") for rate in (0.001, 0.032, 1.0)
    ]
    assert "The same for all: CNN" in said(at) and "0 of 9 done" in said(at)


def test_a_grid_that_is_too_large_cannot_start(store: Store) -> None:
    at = page("duel")
    at.segmented_control(key="duel.mode").set_value("grid").run()
    at.slider(key="duel.number").set_value(8).run()
    assert not at.warning
    at.pills(key="duel.kinds").set_value(["sgd", "momentum", "adam", "muon"]).run()
    assert "32 runs: choose from 2 to 24" in sound(at).warning[0].value
    assert at.button(key="duel.grid.start").disabled


def test_a_grid_comes_out_as_a_scatter_with_its_best_run(store: Store) -> None:
    configs = [
        settings(optimizer={"name": name, "lr": lr}) for name in ("sgd", "adam") for lr in (0.1, 1)
    ]
    duel_id = store.create_duel(configs, names=[""] * 4, kind="grid")
    runs = store.duel(duel_id).runs
    end(store, runs[0], 0.8)
    at = sound(page("duel", duel=duel_id))
    assert "1 of 4 done. Best so far: SGD at rate 0.1 with 80.0%." in said(at)
    for run_id, share in zip(runs[1:], (0.7, 0.9), strict=False):
        end(store, run_id, share)
    end(store, runs[3], None, "diverged")
    at = sound(page("duel", duel=duel_id))
    assert "Best in validation: Adam at rate 0.1 with 90.0%" in at.success[0].value
    assert len(at.get("plotly_chart")) == 1 and charts(at) == 0
