"""Steps of an operation that the browser asks directly, before the page as a whole follows."""

import json
from functools import partial
from typing import Any

import streamlit as st

from core.asks import ASKS
from pages.ui.walk import feed
from pages.ui.walk.scene import Scene, under

ASKED = "vit.asked"


def asked(scene: Scene) -> str:
    """The name under which the browser asks what an operation does; "" for large nets.

    Each step of a slider is answered so; the page follows when the slider has come to rest.
    """
    if not feed.whole(scene.journey):
        return ""
    before = str(st.session_state.get(ASKED, ""))
    st.session_state[ASKED] = name = ASKS.leave(partial(_answer, scene), before)
    return name


def _answer(scene: Scene, question: str) -> dict[str, Any]:
    """What all panels are told of the picture's way with another operation.

    Raises:
        ValueError: the question is none, or the net cannot have the operation.
    """
    told = json.loads(question)
    if not isinstance(told, dict):
        raise ValueError("the question is to be an object with `how` and `at`")
    now = under(scene, told.get("how"))
    way = feed.packed(now.net, now.stamp, now.journey, now.surgery)
    at = told.get("at")
    chosen = feed.numbers_of(now, feed.fitting(now.journey, at if isinstance(at, dict) else {}))
    return {"journey": way | {"answers": feed.answers(now)}, "chosen": chosen}
