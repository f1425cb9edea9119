"""The page inside a CNN without a browser: what it shows at once, each choice, links, refusals."""

import base64
from types import SimpleNamespace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.features import look
from core.nets import Nets
from core.samples import find
from core.store import Store
from pages.ui import asking
from pages.ui.inside import choice, elements, parts, scene, tale
from pages.ui.words import catalogue
from tests import asking as cages
from tests import glass
from tests.stage import address, element, page, sound

cage, empty, quick_zoo = cages.cage, cages.empty, cages.quick_zoo
CNN = "zoo:mnist-cnn"
KEPT = (scene.all_steps, scene.overview, scene.look, scene.work, scene.exciting)


@pytest.fixture(autouse=True)
def fresh(fresh_home):
    """Caches of a process belong to one home."""
    cached = (asking.nets, asking.studies, asking.decoders, asking.timeline)
    for one in cached:
        one.clear()
    opened = Store()
    yield
    opened.dispose()
    asking.studies().close()
    asking.decoders().close()
    for one in (*cached, *KEPT):
        one.clear()


def floats(text: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), "<f4")


def told(at: AppTest, key: str, **values: object) -> AppTest:
    """An element tells the page something, as after a click."""
    at.session_state[key] = values
    return sound(at.run())


def test_at_once_there_is_a_picture_in_every_layer(cage):
    at = sound(page("cnn"))
    tower = element(at, "cnn.tower")
    names = [step["name"] for step in tower["steps"]]
    assert names[:3] == ["blocks.0.0", "blocks.0.1", "blocks.0.2"]
    assert tower["chosen"] == "blocks.0.0" and tower["answer"] in "0123456789"
    sheet = element(at, "cnn.sheet.maps")
    assert sheet["maps"]["shape"] == [8, 28, 28] and len(sheet["labels"]) == 8
    bench = element(at, "cnn.bench")
    assert bench["role"] == "conv" and bench["field"] == "3×3"
    row, column = bench["place"]
    made = floats(bench["made"]).reshape(28, 28)
    assert abs(made[row, column]) == np.abs(made).max()


def test_the_maps_are_the_nets_own(cage):
    at = sound(page("cnn", sample="mnist-5k:3", step="blocks.1.0", map="5", pixel="2,7"))
    net = Nets().open(CNN)
    sample = find("mnist-5k:3", net.classes)
    assert sample is not None
    seen = look(net, sample.picture, "blocks.1.0")
    bench, sheet = element(at, "cnn.bench"), element(at, "cnn.sheet.maps")
    assert np.array_equal(floats(bench["made"]).reshape(14, 14), seen.made[5])
    assert bench["place"] == [2, 7] and sheet["chosen"] == 5
    given = floats(bench["given"]).reshape(-1, 14, 14)
    assert np.array_equal(given, seen.given[bench["channels"]])
    shares = np.frombuffer(base64.b64decode(sheet["maps"]["values"]), "<i2").reshape(16, 14, 14)
    reach = np.array(sheet["maps"]["reach"])[:, None, None]
    assert shares / 32767 * reach == pytest.approx(seen.made, abs=1e-4 * reach.max())


@pytest.mark.parametrize(
    ("key", "said", "link"),
    [
        ("cnn.tower", {"step": "blocks.0.3"}, {"step": "blocks.0.3"}),
        ("cnn.sheet", {"chosen": 4, "scale": "net"}, {"map": "4", "scale": "net"}),
        ("cnn.bench", {"place": [3, 9]}, {"pixel": "3,9"}),
        ("cnn.bench", {"place": [3]}, {}),
        ("cnn.bench", {}, {}),
    ],
)
def test_what_is_clicked_goes_into_the_link(monkeypatch, key, said, link):
    query = {"step": "x", "map": "1", "pixel": "2,2"} if key == "cnn.tower" else {}
    fake = SimpleNamespace(session_state={key: said}, query_params=query)
    monkeypatch.setattr(scene, "st", fake)
    monkeypatch.setattr(choice, "st", fake)
    scene.heard(key, *said)
    assert fake.query_params == link


def test_a_link_leads_to_the_layer_the_map_the_pixel_and_the_scale(cage):
    at = sound(page("cnn", step="blocks.0.3", map="4", pixel="3,9", scale="net"))
    bench, sheet = element(at, "cnn.bench"), element(at, "cnn.sheet.maps")
    assert bench["role"] == "max" and bench["place"] == [3, 9]
    assert sheet["chosen"] == 4 and sheet["scale"] == "net"
    assert sheet["net"] >= max(sheet["maps"]["reach"])


@pytest.mark.parametrize(
    ("step", "role"),
    [("blocks.0.0", "conv"), ("blocks.0.1", "norm"), ("blocks.0.2", "bend"), ("blocks.0.3", "max")],
)
def test_every_kind_of_layer_has_its_words_formula_and_code(cage, step, role):
    at = sound(page("cnn", step=step))
    assert tale.FORMULAE[role] in " ".join(e.value for e in at.latex)
    assert catalogue()[f"cnn.bench.what_{role}"]["en"] in [e.value for e in at.markdown]
    assert at.code[0].value.startswith("y = ")
    assert element(at, "cnn.bench")["role"] == role


def test_the_arithmetic_of_the_second_convolution(cage):
    at = sound(page("cnn", step="blocks.1.0"))
    lines = " ".join(e.value for e in at.latex)
    assert r"3\cdot3\cdot8\cdot16=1{,}152" in lines
    assert r"\frac{14+2\cdot1-1\,(3-1)-1}{1}\Big\rfloor+1=14" in lines
    assert r"3\cdot3\cdot8\cdot16\cdot14\cdot14=225{,}792" in lines
    assert "F.conv2d(x, weight, padding=1)" in at.code[0].value


def test_filters_are_shown_instead_and_deeper_ones_are_squares(cage):
    at = sound(page("cnn", step="blocks.1.0", view="filters"))
    assert element(at, "cnn.sheet.maps") is None
    sheet = element(at, "cnn.sheet.filters")
    assert sheet["maps"]["shape"] == [16, 11, 11]  # 8 kernels of 3×3 in a square


@pytest.mark.parametrize("bad", ["999", "-1", "x", "1e9"])
def test_a_forged_link_shows_what_there_is(cage, bad):
    at = sound(page("cnn", step=bad, map=bad, pixel=f"{bad},{bad}", scale=bad, when=bad))
    assert element(at, "cnn.tower")["chosen"] == "blocks.0.0"
    assert 0 <= element(at, "cnn.sheet.maps")["chosen"] < 8


def test_a_link_to_a_net_that_is_not_here_is_one_sentence(cage):
    at = sound(page("cnn", net="zoo:mnist-mlp"))
    assert len(at.warning) == 1 and "mnist\\-mlp" in at.warning[0].value
    assert element(at, "cnn.tower")["steps"]


def test_with_nothing_there_is_a_way_on(empty):
    at = sound(page("cnn"))
    assert len(at.info) == 1 and at.button[0].label == "Train one now" or at.button


def test_an_earlier_moment_and_the_birth_of_a_map(cage):
    at = sound(page("cnn"))
    born = element(at, "cnn.born.maps")
    assert len(born["labels"]) == 2 and born["chosen"] == 1
    assert element(at, "cnn.born.filters")["maps"]["shape"] == [2, 3, 3]
    early = sound(page("cnn", net=CNN, when="0.3333"))
    assert element(early, "cnn.born.maps")["chosen"] == 0
    assert element(early, "cnn.bench")["made"] != element(at, "cnn.bench")["made"]
    sheets = [element(p, "cnn.born.maps")["maps"]["values"] for p in (at, early)]
    chosen = [element(p, "cnn.sheet.maps")["chosen"] for p in (at, early)]
    assert chosen[0] != chosen[1] or sheets[0] == sheets[1]


def test_the_most_exciting_pictures_are_sought_when_asked_and_can_be_followed(cage, monkeypatch):
    monkeypatch.setattr(scene, "LOOKED_AT", 60)
    at = sound(page("cnn"))
    assert element(at, "cnn.excited") is None
    at.session_state["cnn.thrill"] = True
    sound(at.run())
    cards = element(at, "cnn.excited")["pictures"]
    assert len(cards) == 8 and all(card["source"].startswith("data:image/png") for card in cards)
    values = [float(card["text"]) for card in cards]
    assert values == sorted(values, reverse=True)
    told(at, "cnn.excited", chosen=cards[3]["name"])
    assert address(at, "sample") == cards[3]["name"]


def test_the_table_holds_every_layer(cage):
    at = page("cnn")
    at.session_state["cnn.table"] = True
    table = sound(at.run()).dataframe[0].value
    assert list(table["Layer"])[:4] == [f"blocks.0.{n}" for n in range(4)]
    assert list(table["Receptive field"])[:5] == ["3×3", "3×3", "3×3", "4×4", "8×8"]
    assert table["Weights"].sum() == 8 * 9 + 16 + 16 * 8 * 9 + 32 + 16 * 49 * 10 + 10


def test_a_drawing_goes_through_the_net(cage):
    at = page("cnn")
    before = element(at, "cnn.bench")["made"]
    at.session_state["cnn.way"] = "draw"
    sound(at.run())
    assert len(at.info) == 1
    at.session_state["predict.strokes"] = [{"w": 80, "p": [250, 200, 720, 200, 450, 850]}]
    sound(at.run())
    assert element(at, "cnn.tower")["answer"] == "7"
    assert element(at, "cnn.bench")["made"] != before
    other = sound(page("cnn", drawn=address(at, "drawn")))
    assert element(other, "cnn.bench")["made"] == element(at, "cnn.bench")["made"]


def test_a_net_without_maps_is_said(cage, monkeypatch):
    monkeypatch.setattr(scene.steps, "steps", lambda net: [])
    assert len(sound(page("cnn")).info) == 1


def test_long_nets_leave_norms_and_bends_out_but_never_the_chosen_one():
    from core.steps import steps

    found = tuple(step for step in steps(glass.net("resnet")) if step.maps) * 3
    chosen = next(step for step in found if step.role == "norm")
    shown = scene.brief(found, chosen)
    assert len(shown) < len(found) and {s.role for s in shown} == {"conv", "norm", "other"} | (
        {"mean"} & {s.role for s in found}
    )
    assert {s.name for s in shown if s.role == "norm"} == {chosen.name}
    assert scene.brief(found[:5], chosen) == list(found[:5])


def test_maps_travel_in_16_bits_with_their_reach_and_holes():
    values = np.array([[[0.5, -2.0], [np.nan, 1.0]], [[0.0, 0.0], [0.0, 0.0]]], np.float32)
    packed = elements.maps(values)
    shares = np.frombuffer(base64.b64decode(packed["values"]), "<i2").reshape(2, 2, 2)
    assert packed["reach"] == [2.0, 0.0] and not packed["colours"]
    assert shares[0].tolist() == [[8192, -32767], [-32768, 16384]] and not shares[1].any()


def test_a_sum_that_fails_is_one_sentence(cage, monkeypatch):
    def refuse(*_):
        raise ValueError("no *such* thing")

    monkeypatch.setattr(parts.scene, "work", refuse)
    assert sound(page("cnn")).error[0].value == "no \\*such\\* thing"
