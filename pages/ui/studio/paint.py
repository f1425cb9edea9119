"""A prior of one's own: painted, seen as a density with samples, and trained towards."""

from typing import Any

import numpy as np
import streamlit as st

from core import painting, plane, priors
from core.config import RunConfig, parse
from pages.ui.click import clicked
from pages.ui.session import ICONS
from pages.ui.studio import elements, start
from pages.ui.studio.desk import Desk, link
from pages.ui.studio.grid import MAKHZANI
from pages.ui.walk.ground import ground
from pages.ui.words import plain, t

PAINTED = "latent.painted"
SIDE = painting.SIDE
SAMPLES = 1_500
STEPS = 96
FIRST = "heart"
Cells = np.ndarray


def show(desk: Desk) -> None:
    """The painting, what it means, and a run that is drawn towards it."""
    st.markdown(t("latent.paint.what"))
    letters = edit()
    try:
        painted = painting.unpack(letters)
    except ValueError as problem:
        st.info(plain(str(problem)), icon=":material/brush:")
        return
    link("painting", "" if letters == _packed(_text(SHAPES[FIRST])) else letters)
    left, right = st.columns(2, gap="medium", vertical_alignment="center")
    with left:
        elements.still("painted", _told(letters))
    with right:
        share = f"{float((painted > 0).mean()):.0%}"
        st.markdown(t("latent.paint.said", share=share, count=f"{SAMPLES:,}"))
    if config := start.ground(desk.maker.config):
        with st.container(horizontal=True, vertical_alignment="center"):
            said, icon = t("latent.paint.train"), ICONS["train"]
            if clicked(said, key="latent.paint.train", icon=icon, kind="primary"):
                start.begin(towards(config, letters))
            start.to_run()
    ground(
        r"p(z)=\frac{w_{ij}}{A\sum_{kl}w_{kl}}\;\text{ for } z \text{ in cell } (i,j)",
        "cell = torch.multinomial(weights.flatten(), n, replacement=True)\n"
        "z = corner[cell] + size * torch.rand(n, 2)",
        MAKHZANI,
    )


def edit() -> str:
    """Draw the canvas; what is painted now, as letters for `AAEConfig.painting`."""
    kept = st.session_state.setdefault(PAINTED, _first())
    told = elements.asking(
        "painting",
        {"cells": kept, "turn": 0, "ready": {name: _text(drawn) for name, drawn in SHAPES.items()}},
        "cells",
    )
    if isinstance(told, str) and len(told) == SIDE * SIDE and set(told) <= set("0123"):
        kept = st.session_state[PAINTED] = told
    return _packed(kept)


def _packed(kept: str) -> str:
    cells = np.array([int(letter) for letter in kept], np.float32).reshape(SIDE, SIDE)
    return painting.pack(cells / (painting.SHADES - 1))


def _first() -> str:
    """What a link has painted, else something to begin with."""
    told = str(st.query_params.get("painting", ""))
    if told:
        try:
            return _text(np.rint(painting.unpack(told) * (painting.SHADES - 1)))
        except ValueError:
            st.query_params.pop("painting", None)
    return _text(SHAPES[FIRST])


def _text(cells: Cells) -> str:
    return "".join(str(int(shade)) for shade in cells.ravel())


def _over() -> tuple[np.ndarray, np.ndarray]:
    """The middles of the cells, −1…1, the top row first."""
    middle = (np.arange(SIDE) + 0.5) / SIDE * 2 - 1
    x, y = np.meshgrid(middle, middle[::-1])
    return x, y


def _heart() -> Cells:
    x, y = _over()
    x, y = x * 1.25, y * 1.2 + 0.12
    return 3.0 * ((x**2 + y**2 - 0.75) ** 3 - 1.6 * x**2 * y**3 < 0)


def _smile() -> Cells:
    x, y = _over()
    far = np.hypot(x, y)
    mouth = (abs(far - 0.55) < 0.1) & (y < -0.12)
    eyes = np.minimum(np.hypot(x - 0.32, y - 0.3), np.hypot(x + 0.32, y - 0.3)) < 0.15
    return 3.0 * ((abs(far - 0.86) < 0.09) | mouth | eyes)


def _moons() -> Cells:
    x, y = _over()
    upper = (abs(np.hypot(x + 0.28, y + 0.12) - 0.55) < 0.13) & (y > -0.12)
    lower = (abs(np.hypot(x - 0.28, y - 0.12) - 0.55) < 0.13) & (y < 0.12)
    return 3.0 * (upper | lower)


def _star() -> Cells:
    x, y = _over()
    angle = np.arctan2(x, y)
    return 3.0 * (np.hypot(x, y) < 0.52 + 0.34 * np.cos(5 * angle))


SHAPES = {"heart": _heart(), "smile": _smile(), "moons": _moons(), "star": _star()}


@st.cache_data(max_entries=16, show_spinner=False)
def _told(letters: str) -> dict[str, Any]:
    """The density with samples over it, as a plane that only shows."""
    prior = priors.make("painted", 2, 10, letters)
    drawn = prior.sample(SAMPLES, seed=0)
    box = (-3.0, -3.0, 3.0, 3.0)
    density = np.exp(prior.grid(box, STEPS))
    middle = drawn - prior.centre()
    part = (np.arctan2(middle[:, 1], middle[:, 0]) / (2 * np.pi) % 1 * prior.parts).astype(int)
    return {
        "stamp": letters,
        "box": list(box),
        "points": elements.floats(drawn),
        "labels": elements.small(part),
        "densitySteps": STEPS,
        "density": elements.floats(density),
        "levels": plane.levels(density)[:0],
        "axisNames": ["z₁", "z₂"],
        "alt": t("latent.paint.alt"),
    }


def towards(config: RunConfig, letters: str) -> RunConfig:
    """The same networks and pictures, drawn towards a painting.

    Raises:
        ValueError: nothing is painted.
    """
    values = config.model_dump(mode="json")
    painted = {"prior": "painted", "painting": letters, "code": 2}
    values["model"] |= painted | {"variant": "plain", "guided": False, "labels": 0}
    return parse(values)
