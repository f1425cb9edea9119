"""Start: a run from the studio, on the set of the opened net or on what stands in for it."""

import streamlit as st

from core.config import RunConfig
from core.data import info
from core.datasets import STAND_IN, called
from pages.ui import controls
from pages.ui.session import ICONS, door
from pages.ui.words import plain, t

STARTED = "latent.started"


def trainable(config: RunConfig) -> RunConfig | None:
    """The same on a set that is here: its own, or what stands in for it; None where none is."""
    name = config.data.name
    for one in (name, STAND_IN.get(name, "")):
        if _here(one):
            return config.model_copy(update={"data": config.data.model_copy(update={"name": one})})
    return None


def ground(config: RunConfig) -> RunConfig | None:
    """The same, and in words what is different about it: fewer pictures, or no training at all."""
    found = trainable(config)
    if found is None or found.data.name != config.data.name:
        words = "latent.start.none" if found is None else "latent.start.stands_in"
        here = "" if found is None else plain(called(found.data.name))
        st.caption(t(words, name=plain(called(config.data.name)), here=here))
    if found is None:
        st.page_link(door("data"), label=t("latent.start.data"), icon=ICONS["data"])
    return found


def _here(name: str) -> bool:
    try:
        return info(name).state == "ready"
    except ValueError:  # an own set that was taken away, or none at all
        return False


def begin(config: RunConfig) -> None:
    """Queue a run from here, and remember it for a link.

    Not from a callback: what a fragment's callback says takes the place of the frame's style.
    """
    if run := controls.start(config.model_dump(mode="json")):
        st.session_state[STARTED] = run
        st.toast(t("latent.queued"), icon=":material/play_arrow:")


def to_run() -> None:
    """The way to the run that was started from here last."""
    if run := st.session_state.get(STARTED):
        words = t("latent.started")
        icon, query = ":material/timeline:", {"run": run}
        st.page_link(door("train"), label=words, icon=icon, query_params=query)
