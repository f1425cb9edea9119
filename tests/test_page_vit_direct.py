"""What the ViT page's browser asks directly is what the page tells, once it follows."""

import json

import pytest

from core.asks import ASKS
from tests import walking
from tests.stage import address, element, page, sound
from tests.walking import HOW, fed, operated, told

shown, trained = walking.shown, walking.trained


def test_what_the_browser_asks_directly_is_what_the_page_then_tells():
    at = sound(page("vit"))
    how = {"muted": [[1, 1]], "cut": [2], "rows": [], "temperature": -6}
    look = {"query": 4, "layer": 1, "head": 0}
    name = element(at, "vit.operate")["ask"]
    known = ASKS.ask(name, json.dumps({"how": how, "at": look}))
    before = fed(at)
    operated(at, **how)
    now = fed(at)
    assert known["journey"] | {"moments": now["moments"]} == now != before
    turn = element(at, "vit.stage")["turn"]
    told(at, "stage", "at", look | {"turn": turn})
    assert known["chosen"] == fed(at, "chosen")
    assert element(at, "vit.operate")["ask"] == name  # the newer page answers to it
    unread = ASKS.ask(name, "{}")["journey"]  # what cannot be read changes nothing
    assert unread | {"moments": now["moments"]} == now
    impossible = json.dumps({"how": HOW | {"muted": [[9, 9]]}})
    for forged in ("", "[]", impossible):
        with pytest.raises(ValueError):
            ASKS.ask(name, forged)


def test_another_moment_asked_directly_is_the_walk_that_the_page_then_shows():
    at = sound(page("vit", op="c3"))
    slider, name = element(at, "vit.moment"), fed(at)["moments"]
    assert len(slider["labels"]) == 2 and slider["at"] == 1
    look = {"query": 4, "layer": 1, "head": 0}
    known = ASKS.ask(name, json.dumps({"moment": 0, "at": look}))
    early = {"at": 0, "source": slider["source"], "turn": 1}
    told(at, "moment", "at", early)
    assert known["journey"] | {"moments": fed(at)["moments"]} == fed(at)
    assert fed(at)["cut"] == [3] and address(at, "when") == "0.5"
    told(at, "stage", "at", look | {"turn": element(at, "vit.stage")["turn"]})
    assert known["chosen"] == fed(at, "chosen")
    told(at, "moment", "at", early | {"source": "another net", "turn": 2, "at": 1})
    told(at, "moment", "at", early | {"turn": 3, "at": 9})
    assert element(at, "vit.moment")["at"] == 0
    for forged in ("{}", '{"moment": -1}', '{"moment": 2}', '{"moment": "0"}', '{"moment": true}'):
        with pytest.raises(ValueError):
            ASKS.ask(fed(at)["moments"], forged)


def test_maps_asked_directly_are_those_that_the_page_then_shows():
    at = sound(page("vit", op="c3"))
    name = element(at, "vit.follow")["ask"]
    known = ASKS.ask(name, '{"discard": 0.9}')["maps"]
    before = element(at, "vit.follow")["maps"]
    told(at, "follow", "how", {"discard": 0.9, "turn": 0})
    assert known == [one["values"] for one in element(at, "vit.follow")["maps"]]
    assert known[2] != before[2]["values"]
    name = element(at, "vit.follow")["ask"]
    for forged in ("{}", '{"discard": "all"}', '{"discard": 1}', '{"discard": NaN}'):
        with pytest.raises(ValueError):
            ASKS.ask(name, forged)
