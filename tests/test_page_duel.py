"""The Duel page: what it offers, and what it starts: a classic, one's own duel, a grid."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.config import parse
from core.duel import classics
from core.store import Store
from pages.ui import rivals
from tests.ring import charts, said
from tests.stage import address, page, sound


@pytest.fixture
def store(fresh_home: Path) -> Iterator[Store]:
    opened = Store()
    yield opened
    opened.dispose()


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
