"""What is walked through: a net with a picture, an operation on it, and the class asked about."""

import hashlib
import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import streamlit as st

from core.inference import Predictor
from core.journey import Journey, walk
from core.surgery import NONE, POSITIONS, Row, Surgery, read, write
from pages.ui.asking import Asked
from pages.ui.brought import Subject
from pages.ui.inquiry import ANSWER
from pages.ui.walk import elements
from pages.ui.why import stamp_of
from pages.ui.words import plain

CLASS, PLACED, SEED = "vit.class", "vit.positions", "vit.seed"
BASE, TURN = "vit.surgery", "vit.turn"


@dataclass(frozen=True, eq=False)
class Scene:
    """A picture on its way through a net, operated on or not; index is the class asked about.

    picture names net, moment and picture; before is the way without the operation.
    """

    asked: Asked
    packed: np.ndarray
    journey: Journey
    before: Journey
    index: int
    picture: str

    @property
    def stamp(self) -> str:
        """Names net, moment, picture and operation."""
        return f"{self.picture} {write(self.surgery)}"

    @property
    def net(self) -> Predictor:
        """The net itself."""
        return self.asked.predictor

    @property
    def surgery(self) -> Surgery:
        """What was done to it."""
        return self.journey.surgery

    @property
    def source(self) -> str:
        """Which weights: names what hangs on the net alone in caches."""
        return stamp_of(self.asked)

    @property
    def name(self) -> str:
        """The class asked about."""
        return self.journey.classes[self.index]


@st.cache_resource(max_entries=8, show_spinner=False)
def _walked(_net: Predictor, stamp: str, packed: np.ndarray, surgery: Surgery) -> Journey:
    return walk(_net, packed, surgery)


def link(name: str, value: str) -> None:
    """Write a part of the view into the URL; "" takes it out."""
    if not value:
        st.query_params.pop(name, None)
    elif st.query_params.get(name) != value:
        st.query_params[name] = value


# What is done to it ---------------------------------------------------------------------------


def begin(surgery: Surgery) -> None:
    """Set the operation anew: what panels told before no longer counts."""
    st.session_state[BASE] = surgery
    st.session_state[TURN] = st.session_state.get(TURN, 0) + 1
    st.session_state[PLACED] = surgery.positions
    st.session_state[SEED] = surgery.seed


def operation() -> Surgery:
    """The operation as link, panel and controls say."""
    if BASE not in st.session_state:
        try:
            begin(read(str(st.query_params.get("op", ""))))
        except ValueError as problem:
            st.warning(plain(str(problem)), icon=":material/link_off:")
            begin(NONE)
    base: Surgery = st.session_state[BASE]
    told = elements.heard("operate", "how")
    if told and told.get("turn") == st.session_state[TURN]:
        base = told_by(told, base)
    placed = next((p for p in POSITIONS if p == st.session_state.get(PLACED)), "kept")
    seed = int(st.session_state.get(SEED, 0)) if placed == "shuffled" else 0
    return replace(base, positions=placed, seed=seed)


def told_by(told: dict[str, Any], otherwise: Surgery) -> Surgery:
    """What the panel has told; it is a browser's word, so anything may be in it."""
    try:
        rows = tuple(
            Row(
                int(row["layer"]),
                int(row["head"]),
                int(row["query"]),
                tuple((int(key), float(share)) for key, share in row["shares"]),
            )
            for row in told["rows"]
        )
        return Surgery(
            muted=tuple(sorted((int(layer), int(head)) for layer, head in told["muted"])),
            cut=tuple(sorted(int(patch) for patch in told["cut"])),
            rows=rows,
            temperature=round(10 ** (float(told["temperature"]) / 20), 4),
        )
    except (KeyError, TypeError, ValueError, OverflowError):
        return otherwise


def as_told(surgery: Surgery) -> dict[str, Any]:
    """The operation as the panel keeps it."""
    return {
        "muted": [list(one) for one in surgery.muted],
        "cut": list(surgery.cut),
        "rows": [
            {"layer": row.layer, "head": row.head, "query": row.query, "shares": row.shares}
            for row in surgery.rows
        ],
        "temperature": round(20 * math.log10(surgery.temperature)),
    }


def scene(asked: Asked, subject: Subject) -> Scene | None:
    """Send the picture through the net, once without and once with the operation."""
    packed = asked.predictor.tensor(subject.image).numpy()
    told = hashlib.sha256(packed.tobytes()).hexdigest()[:16]
    stamp = f"{stamp_of(asked)} {told}"
    surgery = operation()
    try:
        before = _walked(asked.predictor, stamp, packed, NONE)
        journey = before if not surgery.changes else _operated(asked, stamp, packed, surgery)
    except ValueError as problem:
        st.error(plain(str(problem)), icon=":material/error:")
        return None
    link("op", write(journey.surgery))
    index = _class(journey)
    return Scene(asked, packed, journey, before, index, stamp)


def under(scene: Scene, told: Any) -> Scene:
    """The scene with the operation that its panel tells; positions stay as they are.

    Raises:
        ValueError: the net cannot have it.
    """
    now = scene.surgery
    surgery = replace(told_by(told, now), positions=now.positions, seed=now.seed)
    journey = walk(scene.net, scene.packed, surgery) if surgery.changes else scene.before
    return replace(scene, journey=journey)


def when(scene: Scene, net: Predictor) -> Scene:
    """The scene with its net as it was at another moment; picture and operation stay.

    Raises:
        ValueError: the net cannot have the operation.
    """
    asked = replace(scene.asked, predictor=net)
    before = journey = walk(net, scene.packed, NONE)
    if scene.surgery.changes:
        journey = walk(net, scene.packed, scene.surgery)
    picture = f"{stamp_of(asked)} {scene.picture.rpartition(' ')[2]}"
    return replace(scene, asked=asked, journey=journey, before=before, picture=picture)


def _operated(asked: Asked, stamp: str, packed: np.ndarray, surgery: Surgery) -> Journey:
    """With the operation; one that this net cannot have is taken back, and that is said."""
    try:
        return _walked(asked.predictor, stamp, packed, surgery)
    except ValueError as problem:
        st.warning(plain(str(problem)), icon=":material/error:")
        begin(NONE)
        return _walked(asked.predictor, stamp, packed, NONE)


def _class(journey: Journey) -> int:
    """The class asked about: the one chosen, else the net's answer."""
    if CLASS not in st.session_state:
        told = str(st.query_params.get("class", ""))
        known = told.isdecimal() and int(told) < len(journey.classes)
        st.session_state[CLASS] = int(told) if known else ANSWER
    chosen = st.session_state[CLASS]
    if not isinstance(chosen, int) or not 0 <= chosen < len(journey.classes):
        return journey.answer
    return chosen
