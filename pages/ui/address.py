"""The address of the Train form: a link fills the form, and the form writes the link."""

import streamlit as st

from core.config import RunConfig
from core.lessons.check import formed
from core.lessons.lesson import SETTINGS
from core.presets import presets
from pages.ui import bases
from pages.ui.setup import FIRST_SET, KEY, adopt
from pages.ui.words import plain, t

SHARED = ("data", "model", "optimizer")  # choices that always stand in the URL
LINKED = (*SHARED, "schedule", SETTINGS)  # all that a link may say of the form


def begin() -> None:
    """On a session's first visit: what the URL asks for, else the set's best preset."""
    if f"{KEY}.model" in st.session_state:
        return
    told = _told()
    try:
        if "model" not in told:
            best = presets(told.get("data", FIRST_SET))[-1].config.model.name
            told = {"model": best} | told
        adopt(formed(told))
        bases.leave_open(f"{KEY}.model.transfer")
    except ValueError as problem:
        if SETTINGS in told:
            st.warning(
                t("lessons.bad_link", reason=plain(str(problem))), icon=":material/link_off:"
            )
        adopt(presets(FIRST_SET)[-1].config)


def _told() -> dict[str, str]:
    """What the URL says of the form."""
    return {name: str(st.query_params[name]) for name in LINKED if name in st.query_params}


def remember(config: RunConfig) -> None:
    """Write the choices into the URL, so that a link shows the same form.

    Further settings stay there as long as the form is what the link has asked for.
    """
    for part in SHARED:
        name = getattr(config, part).name
        if st.query_params.get(part) != name:
            st.query_params[part] = name
    if SETTINGS in st.query_params and not _as_told(config):
        for name in LINKED[len(SHARED) :]:
            st.query_params.pop(name, None)


def _as_told(config: RunConfig) -> bool:
    try:
        return formed(_told()) == config
    except ValueError:
        return False
