"""The page of optimiser landscapes: its state is the link, its questions are answered by racing."""

import pytest
from streamlit.testing.v1 import AppTest

from core.contestants import USUAL, together, write
from core.landscapes import LANDSCAPES
from core.nets import menu
from core.optim import OPTIMIZERS
from core.store import Store
from core.trials import trials
from pages.ui.race import real
from pages.ui.race.elements import levels
from pages.ui.words import catalogue
from tests.stage import address, element, page, sound


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("PLAYGROUND_HOME", str(tmp_path))


def opened(**link: str) -> AppTest:
    return sound(page("optimizers", **link))


def test_five_race_on_the_ravine_before_any_click() -> None:
    at = opened()
    told = element(at, "opt.race")
    assert [racer["name"] for racer in told["racers"]] == list(USUAL)
    assert told["start"] == list(LANDSCAPES["ravine"].start)
    assert told["field"]["rows"] * told["field"]["columns"] == 73 * 97
    assert all(racer["gap"] < 1e-9 for racer in told["racers"] if racer["name"] != "muon")
    real = element(at, "opt.terrain")
    assert [racer["label"].split()[0] for racer in real["racers"]] == ["SGD", "SGD", "Adam"]
    assert not at.warning and not at.error


def test_a_duel_on_the_menu_needs_no_door_to_duels(monkeypatch: pytest.MonkeyPatch) -> None:
    pair = tuple(menu(Store())[:2])
    monkeypatch.setattr(real, "_offered", lambda: {"duel:1": pair})
    monkeypatch.setattr(real, "_called", lambda source, _offered: source)
    at = opened()
    assert not at.exception and len(pair) == 2


@pytest.mark.parametrize("surface", LANDSCAPES)
def test_every_surface_has_its_formula_line_and_question(surface: str) -> None:
    at = opened(surface=surface)
    assert any(LANDSCAPES[surface].formula in shown.value for shown in at.latex)
    assert any(LANDSCAPES[surface].code in shown.value for shown in at.code)
    asked = [radio for radio in at.radio if radio.key == f"opt.ask.{surface}"]
    assert len(asked) == 1 and asked[0].value is None


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimiser_has_its_rule_line_and_question(name: str) -> None:
    at = opened(race=name, focus=name)
    assert [radio.key for radio in at.radio if radio.key.startswith("opt.ask.")][1:] == [
        f"opt.ask.{name}"
    ]
    lines = [code.value for code in at.code if "optimizer = torch.optim." in code.value]
    rate = together("ravine", (name,))[name].lr
    assert len(lines) == 1 and (f"lr={rate:g}" in lines[0] or rate in (1e-3, 1e-2))


def test_a_link_gives_back_the_whole_race() -> None:
    field = together("beale", ("momentum", "nadam"))
    field["nadam"] = field["nadam"].model_copy(update={"lr": 0.03})
    link = {
        "surface": "beale",
        "race": write(field, "beale"),
        "start": "2,1.5",
        "steps": "60",
        "noise": "0.25",
        "seed": "7",
        "focus": "nadam",
        "moment": "12",
    }
    at = opened(**link)
    told = element(at, "opt.race")
    assert [racer["name"] for racer in told["racers"]] == ["momentum", "nadam"]
    assert (told["racers"][1]["rate"], told["start"], told["moment"]) == ("0.03", [2.0, 1.5], 12)
    assert told["focus"] == "nadam"
    assert {name: address(at, name) for name in link} == link


def test_moving_a_knob_moves_only_that_path_and_the_link() -> None:
    at = opened()
    before = {racer["name"]: racer["values"] for racer in element(at, "opt.race")["racers"]}
    at.select_slider(key="opt.adam.lr").set_value(0.2).run()
    after = {racer["name"]: racer["values"] for racer in element(sound(at), "opt.race")["racers"]}
    assert {name for name in before if before[name] != after[name]} == {"adam"}
    assert "adam:lr=0.2" in address(at, "race")
    at.button(key="opt.as_usual").click().run()
    assert "race" not in at.query_params
    again = {racer["name"]: racer["values"] for racer in element(sound(at), "opt.race")["racers"]}
    assert again == before


def test_another_surface_and_other_contestants() -> None:
    at = opened()
    at.selectbox(key="opt.surface").set_value("rosenbrock").run()
    told = element(sound(at), "opt.race")
    assert told["start"] == list(LANDSCAPES["rosenbrock"].start)
    at.pills(key="opt.names").set_value(["radam"]).run()
    told = element(sound(at), "opt.race")
    assert [racer["name"] for racer in told["racers"]] == ["radam"] and told["focus"] == "radam"
    at.pills(key="opt.names").set_value([]).run()
    assert element(sound(at), "opt.race") is None
    assert "at least one optimiser" in at.info[0].value


@pytest.mark.parametrize("name", trials())
def test_the_right_option_is_praised_any_other_is_not_and_words_are_complete(name: str) -> None:
    trial = trials()[name]
    options = [key for key in catalogue() if key.startswith(f"optimizers.ask.{name}.o")]
    assert len(options) == trial.options
    surface = name if name in LANDSCAPES else "ravine"
    at = opened(surface=surface, race="" if name in LANDSCAPES else name, focus=name)
    right = trial.answer()
    at.radio(key=f"opt.ask.{name}").set_value((right + 1) % trial.options).run()
    assert not sound(at).success and len(at.warning) == 1
    at.radio(key=f"opt.ask.{name}").set_value(right).run()
    assert not sound(at).warning
    assert at.success[0].value == catalogue()[f"optimizers.ask.{name}.why"]["en"]


def test_setting_up_an_experiment_puts_it_on_the_map() -> None:
    at = opened(surface="saddle")
    at.button(key="opt.set_up.saddle").click().run()
    told = element(sound(at), "opt.race")
    assert told["start"] == [-3.4, 0.0]
    assert [racer["name"] for racer in told["racers"]] == ["sgd", "momentum", "adam"]
    assert all(racer["arrived"] is None for racer in told["racers"])


@pytest.mark.parametrize(
    ("link", "sentence"),
    [
        ({"surface": "moon"}, "there is no surface moon"),
        ({"race": "sgd,newton"}, "'newton' is unknown"),
        ({"race": "adam:lr=99"}, "lr does not fit"),
        ({"start": "1"}, "no place"),
        ({"start": "nan,1"}, "no place"),
        ({"steps": "9999"}, "out of range"),
        ({"noise": "2"}, "out of range"),
        ({"seed": "x"}, "invalid literal"),
        ({"runs": "0123456789abcdef"}, "are not here"),
    ],
)
def test_a_link_that_does_not_fit_is_one_sentence_and_the_race_goes_on(link, sentence) -> None:
    at = opened(**link)
    said = [warning.value.replace("\\", "") for warning in at.warning]
    assert len(said) == 1 and sentence in said[0]
    assert element(at, "opt.race")["racers"]


def test_heights_keep_their_order_and_what_is_not_finite_is_highest() -> None:
    import numpy as np

    heights = np.array([[0.0, 1.0], [100.0, np.inf]])
    lifted, scale = levels(heights, 0.0)
    assert (np.diff(lifted.ravel()) >= 0).all() and lifted[1, 1] == lifted[1, 0]
    np.testing.assert_allclose(scale * np.expm1(lifted[1, 0]), 100.0)
