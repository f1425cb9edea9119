"""Beside the map: the surface, who races, the noise, and the settings of the one in the hand."""

from typing import Any

import streamlit as st
from pydantic import ValidationError

from core.landscapes import LANDSCAPES
from core.optim import OPTIMIZERS
from core.paths import MOST_STEPS
from pages.ui.forms import fill, form
from pages.ui.moved import moved
from pages.ui.race import scene
from pages.ui.words import t


def show() -> None:
    """All of them; what they say lies in the session's state."""
    st.selectbox(
        t("optimizers.surface_label"),
        list(LANDSCAPES),
        format_func=lambda name: t(f"optimizers.surface.{name}.label"),
        key=scene.SURFACE,
        on_change=moved(scene.SURFACE, scene.another_surface),
        persist_state="session",
    )
    st.session_state[scene.NAMES] = list(st.session_state[scene.FIELD])
    st.pills(
        t("optimizers.who"),
        list(OPTIMIZERS),
        format_func=lambda name: OPTIMIZERS[name].label,
        selection_mode="multi",
        key=scene.NAMES,
        on_change=moved(scene.NAMES, scene.another_field),
    )
    left, right = st.columns(2)
    left.slider(
        t("optimizers.noise"),
        0.0,
        1.0,
        step=0.05,
        key=scene.NOISE,
        help=t("optimizers.noise_help"),
        persist_state="session",
    )
    right.slider(
        t("optimizers.steps"), 10, MOST_STEPS, step=10, key=scene.STEPS, persist_state="session"
    )
    if st.session_state[scene.NOISE]:
        st.number_input(
            t("optimizers.seed"), 0, scene.SEEDS, key=scene.SEED, persist_state="session"
        )


def knobs() -> None:
    """The settings of the optimiser whose numbers are looked at."""
    name = st.session_state[scene.FOCUS]
    field = st.session_state[scene.FIELD]
    if name not in field:
        return
    st.markdown(f"**{t('optimizers.settings', name=OPTIMIZERS[name].label)}**")
    fill(field[name], f"opt.{name}")
    form(type(field[name]), f"opt.{name}", on_change=_changed)
    st.button(
        t("optimizers.as_usual"),
        key="opt.as_usual",
        icon=":material/restart_alt:",
        help=t("optimizers.as_usual_help"),
        on_click=scene.as_usual,
    )


def _changed(slot: str, knob: str) -> None:
    """A knob was moved: the contestant's settings are what it says now."""
    name = slot.split(".")[1]
    field: dict[str, Any] = dict(st.session_state[scene.FIELD])
    if name not in field:
        return
    told = field[name].model_dump() | {knob: st.session_state[slot]}
    try:
        field[name] = type(field[name]).model_validate(told)
    except ValidationError:
        return  # the form has said what is wrong with it
    st.session_state[scene.FIELD] = field
