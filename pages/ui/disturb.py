"""The picture as a net gets it, and everything that can be done to it before that."""

from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from core import perturb
from core.centre import SIZE
from core.perturb import Disturbance, disturb
from pages.ui import shots
from pages.ui.asking import Asked
from pages.ui.brought import Subject
from pages.ui.browser import script, text
from pages.ui.shots import EMPTY
from pages.ui.words import t

HOW = "predict.how"
SLIDERS = [
    {"name": "rotate", "least": -180, "most": 180, "step": 1, "scale": 1, "unit": "°"},
    {"name": "x", "least": -0.5, "most": 0.5, "step": 0.01, "scale": 100, "unit": "%"},
    {"name": "y", "least": -0.5, "most": 0.5, "step": 0.01, "scale": 100, "unit": "%"},
    {"name": "noise", "least": 0, "most": 1, "step": 0.01, "scale": 100, "unit": "%"},
    {"name": "blur", "least": 0, "most": 0.2, "step": 0.005, "scale": 100, "unit": "%"},
]

_FOLDER = Path(__file__).with_name("elements")
_bench = st.components.v2.component(
    "bench",
    js=script(_FOLDER / "bench.js"),
    css=text(_FOLDER / "bench.css"),
)


def asked_for() -> Disturbance:
    """What was asked for last."""
    return perturb.read(st.session_state.get(HOW))


def show(subject: Subject | None, first: Asked) -> Disturbance:
    """The picture and its sliders; what is asked for now."""
    net = first.predictor
    held = st.session_state.get("predict.bench") or {}
    how = perturb.read(told) if (told := held.get("how")) is not None else asked_for()
    words = {slider["name"]: t(f"predict.how.{slider['name']}") for slider in SLIDERS}
    words |= {part: t(f"predict.how.{part}") for part in ("hint", "reset", "alt")}
    result = _bench(
        key="predict.bench",
        data=seen(subject, first, how)
        | {
            "small": net.size <= shots.SMALL,
            "how": st.session_state.get(HOW, {}),
            "sliders": SLIDERS,
            "words": words,
            "turn": 0,
        },
        on_how_change=lambda: None,
    )
    if result.how is not None:
        st.session_state[HOW] = result.how
    return asked_for()


def seen(subject: Subject | None, first: Asked, how: Disturbance) -> dict[str, Any]:
    """The picture as the first net gets it; the box and the weight of a drawing, in shares."""
    net, picture = first.predictor, EMPTY
    if subject is not None:
        packed = net.tensor(subject.image).numpy()
        made = disturb(packed, how, tuple(net.card["mean"])).transpose(1, 2, 0)
        picture = shots.address(np.ascontiguousarray(made))
    fitted = mass = None
    if subject and subject.centred is not None and net.size == SIZE:
        fitted = [side / SIZE for side in subject.centred.at]
        mass = [side / SIZE for side in subject.centred.weight]
    return {"seen": picture, "fitted": fitted, "mass": mass}
