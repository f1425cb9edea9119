"""The pages of the labs on learning: each control reaches the picture, the numbers, the lines."""

import pytest
from streamlit.testing.v1 import AppTest

from core.labs import workers
from core.labs.samplers import KINDS
from core.labs.temperature import case, fitted, judged
from core.labs.workers import Measured
from pages.ui.lab import loaders
from pages.ui.words import catalogue
from tests.stage import address, element, page, sound

VIEWS = ("samplers", "collate", "transforms", "microscope", "workers")


def opened(name: str, **link: str) -> AppTest:
    return sound(page(f"labs/{name}", **link))


def lines(at: AppTest) -> str:
    return "\n".join(code.value for code in at.code)


def said(at: AppTest) -> str:
    return at.info[0].value


def test_regression_draws_three_nets_and_their_losses_before_any_click() -> None:
    at = opened("regression")
    names = [line["name"] for line in element(at, "lab.fit")["lines"]]
    assert names[2:] == ["SGD", "SGD + momentum", "Adam"]
    losses = element(at, "lab.losses")
    assert losses["log"] == "y" and len(losses["lines"]) == 3
    assert "torch.optim.Adam(model.parameters(), lr=0.02)" in lines(at)


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [("lr", 0.1, "lr=0.1"), ("width", 8, "nn.Linear(1, 8)"), ("noise", 0.5, "nn.Tanh()")],
)
def test_regression_every_control_moves_the_curves(key: str, value: float, told: str) -> None:
    at = opened("regression")
    before = element(at, "lab.fit")["lines"]
    kind = "slider" if key == "noise" else "select_slider"
    at.get(kind)[[one.key for one in at.get(kind)].index(key)].set_value(value).run()
    assert element(sound(at), "lab.fit")["lines"] != before and told in lines(at)


def test_regression_scrubbing_and_playing_move_the_step() -> None:
    at = opened("regression", step="10")
    first = element(at, "lab.fit")
    at.slider(key="step").set_value(15).run()
    assert element(sound(at), "lab.fit")["lines"][4] != first["lines"][4]
    at.button(key="lab.play").click().run()
    assert sound(at).session_state["step"] > 15
    at.session_state["step"] = 3  # told late by a browser that lags behind
    assert sound(at.run()).session_state["step"] > 18
    at.session_state["lab.regression.reel"] = 118
    sound(at.run())
    assert at.session_state["step"] == 120 and not at.session_state["lab.regression.plays"]


def test_regression_says_who_was_lost() -> None:
    at = opened("regression", lr="0.5")
    assert "SGD (" in said(at) and "SGD + momentum (" in said(at) and "Adam (" not in said(at)


def test_regularisation_shows_the_gap_and_each_switch_is_in_the_lines() -> None:
    at = opened("regularisation")
    assert "By heart" in said(at) and "weight_decay" not in lines(at)
    before = element(at, "lab.plane")["field"]
    for switch, told in (("l2", "weight_decay"), ("dropout", "Dropout"), ("norm", "BatchNorm1d")):
        again = opened("regularisation", **{switch: "true"})
        assert told in lines(again) and element(again, "lab.plane")["field"] != before
        assert "By heart" not in said(again)


def test_regularisation_tells_train_from_eval() -> None:
    key = "lab.regularisation"
    for switch, sentence in (("", "alike"), ("dropout", "shaky"), ("norm", "apart")):
        at = opened("regularisation", **{switch: "true"} if switch else {})
        begin = catalogue()[f"{key}.{sentence}"]["en"].split("{")[0]
        assert any(text.value.startswith(begin) for text in at.markdown)
        assert element(at, "lab.modes")["blocks"][0]["shape"] == [5, 6]


def test_temperature_changes_confidence_and_never_accuracy() -> None:
    at = opened("temperature")
    net = case("cifar10-cnn")
    best = fitted(net)
    for heat in (0.5, 2.0):
        at.slider(key="t").set_value(heat).run()
        rows = element(sound(at), "lab.numbers")["blocks"][0]["texts"]
        wanted = [judged(net, t) for t in (1.0, heat, best)]
        assert [row[1] for row in rows] == [f"{one.error:.2%}" for one in wanted]
        assert len({row[0] for row in rows}) == 1
        assert f"logits / {heat:g}" in lines(at)
    assert "too modest" in said(at)
    assert "good as it is" in said(opened("temperature", net="mnist-cnn"))


@pytest.mark.parametrize(("told", "at_last"), [("3", 3), ("99", 0), ("-1", 0), ("x", 0), ("³", 0)])
def test_temperature_a_link_names_a_picture(told: str, at_last: int) -> None:
    at = opened("temperature", picture=told)
    blocks = element(at, "lab.pictures")["blocks"]
    assert [bool(block["picked"]) for block in blocks].index(True) == at_last


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("view", VIEWS)
def test_loading_every_view_stands_with_formula_and_lines(view: str, language: str) -> None:
    at = opened("loading", view=view, lang=language)
    assert len(at.latex) == 1 and at.code and not at.warning
    assert address(at, "view") == view if view != "samplers" else "view" not in at.query_params


@pytest.mark.parametrize("kind", KINDS)
def test_loading_every_sampler_shows_its_batches(kind: str) -> None:
    at = opened("loading", sampler=kind, size="4", epoch="1")
    assert kind in lines(at)
    blocks = element(at, "lab.batches")["blocks"]
    taken = [int(index) for block in blocks for index in block["note"].split(" · ")]
    assert set(taken) <= set(range(20)) and len(blocks) == -(-len(taken) // 4)
    assert str(len(taken)) in said(at)


def test_loading_padding_is_hatched() -> None:
    at = opened("loading", view="collate", texts="3")
    words = element(at, "lab.words")["blocks"][0]
    empty = {
        (r, c) for r, row in enumerate(words["texts"]) for c, cell in enumerate(row) if not cell
    }
    assert {tuple(place) for place in words["hatched"]} == empty and empty
    at.slider(key="at").set_value(3).run()
    at.slider(key="texts").set_value(12).run()
    assert len(element(sound(at), "lab.words")["blocks"][0]["texts"]) == 12


def test_loading_transforms_are_in_the_lines_and_on_the_pictures() -> None:
    at = opened("loading", view="transforms", transforms="RandomVerticalFlip", s="1")
    before, after = (element(at, f"lab.{key}")["blocks"] for key in ("before", "after"))
    assert [b["values"] for b in before] != [a["values"] for a in after]
    assert "v2.RandomVerticalFlip(p=1.0)" in lines(at) and "RandomRotation" not in lines(at)


@pytest.mark.parametrize("told", ["2,5,6", "99,0,0", "1,2", "a,b,c", "0,0,31"])
def test_loading_the_microscope_shows_a_window_about_a_place(told: str) -> None:
    at = opened("loading", view="microscope", place=told)
    uint8, _, given, _ = element(at, "lab.scope")["blocks"]
    assert uint8["shape"] == given["shape"] == [7, 7]
    picked = [bool(block["picked"]) for block in element(at, "lab.next")["blocks"]]
    assert picked.index(True) == (2 if told == "2,5,6" else 0) and sum(picked) == 1


def test_loading_workers_are_measured_only_on_the_button(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def measure() -> list[Measured]:
        asked.append(1)
        names = [*(f"num_workers={n}" for n in workers.WORKERS), "whole batches"]
        return [Measured(name, 0.01 * at, 1000.0 + at) for at, name in enumerate(names)]

    loaders._measured.clear()
    monkeypatch.setattr(workers, "measure", measure)
    at = opened("loading", view="workers")
    assert not asked and element(at, "lab.workers") is None
    at.button(key="lab.measure").click().run()
    assert element(sound(at), "lab.workers")["blocks"][0]["shape"] == [5, 2] and asked == [1]
    loaders._measured.clear()


def test_loading_a_measurement_that_fails_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def measure() -> list[Measured]:
        raise ValueError("the measurement came to no end")

    loaders._measured.clear()
    monkeypatch.setattr(workers, "measure", measure)
    at = opened("loading", view="workers")
    at.button(key="lab.measure").click().run()
    assert [warning.value for warning in sound(at).warning] == ["the measurement came to no end"]
