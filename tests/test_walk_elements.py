"""What the walk's panels are told: packed numbers come back, the script holds every panel."""

import base64
import re

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.journey import walk
from core.surgery import Surgery
from pages.ui import browser
from pages.ui.walk import elements, feed
from pages.ui.words import catalogue
from tests import glass
from tests.stage import element, sound

KINDS = {"short": "<i2", "byte": "i1", "share": "u1", "pixels": "u1"}


def unpacked(packed) -> np.ndarray:
    """What the browser makes of it."""
    raw = np.frombuffer(base64.b64decode(packed["data"]), KINDS[packed["kind"]])
    if packed["kind"] == "pixels":
        return raw.reshape(packed["shape"])
    if packed["kind"] == "share":
        each = len(raw) // len(packed["reach"])
        whole = (raw / 255) ** 2 * np.repeat(packed["reach"], each)
        return whole.reshape(packed["shape"])
    most = 32767 if packed["kind"] == "short" else 127
    return (raw * (packed["reach"] / most)).reshape(packed["shape"])


@pytest.mark.parametrize(("pack", "most"), [(elements.numbers, 32767), (elements.hues, 127)])
def test_numbers_come_back_to_half_a_step(pack, most):
    values = np.random.default_rng(0).normal(size=(3, 4, 5)).astype(np.float32)
    reach = float(np.abs(values).max())
    assert np.abs(unpacked(pack(values)) - values).max() <= 0.51 * reach / most
    assert not unpacked(pack(np.zeros((2, 2)))).any()


def test_small_shares_stay_exact_beside_large_ones():
    maps = np.random.default_rng(1).dirichlet(np.full(50, 0.2), size=(2, 3, 50))
    found = unpacked(elements.shares(maps))
    assert np.abs(found - maps).max() < 0.005
    small = (maps > 0.001) & (maps < 0.02)
    assert (np.abs(found - maps)[small] / maps[small]).max() < 0.13
    assert np.abs(found.sum(-1) - 1).max() < 0.02


def test_pictures_come_back_as_they_were():
    picture = glass.picture(3, 8).transpose(1, 2, 0)
    assert (unpacked(elements.pixels(picture)) == picture).all()


def test_the_script_has_a_panel_for_each_name_and_words_for_each_panel():
    script = browser.script(*elements.PARTS)
    for file in elements.FOLDER.glob("*.js"):
        assert file in elements.PARTS or file.name == "part.js"
    table = re.search(r"const PANELS = \{(.*?)\};", script, re.DOTALL)[1]
    panels = dict(re.findall(r"(\w+): (\w+),", table))
    assert panels and all(f"class {name} " in script for name in panels.values())
    assert len(script.encode()) < 90_000


def test_every_word_that_a_panel_says_is_in_the_catalogue():
    said = {key.split(".", 3)[3] for key in catalogue() if key.startswith("vit.panel.")}
    said |= {key.split(".", 2)[2] for key in catalogue() if key.startswith("vit.all.")}
    script = browser.script(*elements.PARTS)
    asked = set(re.findall(r"\bwords\.(\w+)", script))
    assert asked - said == set()
    computed = {"mean", "max", "min", "field", "fieldTold", "cam", "camTold", "looks", "looksTold"}
    assert said - asked - computed == set()


def grid_page() -> None:
    import numpy as np
    import streamlit as st

    from pages.ui.walk.elements import grid

    picture = np.zeros((8, 8, 3), np.uint8)
    told = grid(picture, 4, key="there", label="A picture", values=[0.5] * 16, chosen=3)
    st.write(told)


def test_the_picture_alone_is_an_element_for_any_page():
    at = sound(AppTest.from_function(grid_page).run())
    assert element(at, "there")["side"] == 4 and element(at, "there")["chosen"] == 3
    at.session_state["there"] = {"at": {"patch": 7, "x": 0.9, "y": 0.3}}
    assert "(7, 0.9, 0.3)" in sound(at.run()).markdown[0].value.replace("\n", " ")


@pytest.mark.parametrize("kind", glass.ATTENTIVE)
def test_the_feed_says_what_the_journey_says(kind):
    net = glass.net(kind)
    surgery = Surgery(muted=((0, 1),), cut=(2,))
    way = walk(net, glass.picture(), surgery)
    told = feed._journey.__wrapped__(net, kind, way, surgery)
    assert (told["grid"], told["layers"], told["heads"], told["cut"]) == (4, 3, 2, [2])
    arrays = {name: packed and unpacked(packed) for name, packed in told["arrays"].items()}
    assert np.abs(arrays["maps"] - way.maps).max() < 0.01
    assert np.allclose(arrays["lens"][-1], way.probabilities, atol=1e-4)
    assert arrays["patchLens"].shape == (4, 16, 10) and arrays["norms"].shape == (4, 4, 4)
    assert np.allclose(np.diag(arrays["embedded"]), 1, atol=0.01)
    assert arrays["positions"].shape == (16, 16)


def test_many_classes_are_the_likeliest_and_maps_too_large_are_not_sent(monkeypatch):
    net = glass.net("vit-cls")
    way = walk(net, glass.picture())
    monkeypatch.setattr(feed, "SHOWN", 8)
    assert feed.shown(way) == [int(at) for at in np.argsort(-way.logits)[:5]]
    monkeypatch.setattr(feed, "MOST", way.maps.size - 1)
    told = feed._journey.__wrapped__(net, "x", way, way.surgery)
    assert "maps" not in told["arrays"] and "embedded" not in told["arrays"]
