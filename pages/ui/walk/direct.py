"""Steps of a slider that the browser asks directly, before the page as a whole follows."""

import json
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import streamlit as st

from core import rollout
from core.asks import ASKS
from core.nets import Nets
from core.rollout import Fusion
from pages.ui import asking
from pages.ui.walk import elements, feed
from pages.ui.walk.scene import Scene, under, when

MOST = 0.95  # of all shares that can be discarded
Told = dict[str, Any]


def operated(scene: Scene) -> str:
    """The name under which the browser asks what an operation does; "" for large nets."""
    return _left("operated", scene, partial(_operated, scene))


def followed(scene: Scene, fusion: Fusion) -> str:
    """The same for the maps that follow attention through all layers, and what they discard."""
    return _left("followed", scene, partial(_followed, scene, fusion))


def travelled(scene: Scene) -> str:
    """The same for the net at other moments of its training."""
    stops = asking.stops_of([scene.asked.net])
    tags = [asking.tag_of(scene.asked.net, share) for share in stops]
    return _left("travelled", scene, partial(_travelled, scene, tags, asking.nets()))


def _left(kind: str, scene: Scene, answer: Callable[[Told], Told]) -> str:
    """Leave an answer in place of the last one of its kind in this session."""
    if not feed.whole(scene.journey):
        return ""
    slot = f"vit.asked.{kind}"

    def read(question: str) -> Told:
        return answer(_read(question))

    name, _ = st.session_state.get(slot, ("", None))
    name = ASKS.leave(read, name)
    st.session_state[slot] = name, read
    return name


def _read(question: str) -> Told:
    told = json.loads(question)
    if not isinstance(told, dict):
        raise ValueError("a question of this page is an object: ask the page itself")
    return told


def _operated(scene: Scene, told: Told) -> Told:
    """What all panels are told of the picture's way with another operation."""
    return _seen(under(scene, told.get("how")), told)


def _travelled(scene: Scene, tags: Sequence[str], nets: Nets, told: Told) -> Told:
    """The same with the net as it was at another moment."""
    at = told.get("moment")
    if type(at) is not int or not 0 <= at < len(tags):
        raise ValueError(f"moment is a place of 0 to {len(tags) - 1}")
    return _seen(when(scene, nets.open(scene.asked.net.source, tags[at])), told)


def _seen(now: Scene, told: Told) -> Told:
    """A scene as the panels are told of it; the token, layer and head at `at` are chosen."""
    way = feed.packed(now.net, now.stamp, now.journey, now.surgery)
    at = told.get("at")
    chosen = feed.numbers_of(now, feed.fitting(now.journey, at if isinstance(at, dict) else {}))
    return {"journey": way | {"answers": feed.answers(now)}, "chosen": chosen}


def _followed(scene: Scene, fusion: Fusion, told: Told) -> Told:
    """Relevance, gradient rollout and rollout with another share of all looks discarded."""
    share = told.get("discard")
    if not isinstance(share, int | float) or not 0 <= share <= MOST:
        raise ValueError(f"discard is a share of 0 to {MOST}")
    backed = rollout.supported(scene.net, scene.packed, scene.index, share, scene.surgery)
    maps = *backed, rollout.rollout(scene.journey.maps, fusion, share)
    return {"maps": [elements.numbers(one) for one in maps]}
