"""The moment of its training at which a net is walked through: a slider, and the link."""

import streamlit as st

from core.nets import Net
from pages.ui import asking
from pages.ui.walk import elements
from pages.ui.walk.scene import link

WHEN = "vit.when"  # the place as a share of all steps
HEARD = "vit.when.heard"  # what the slider told last counts once


def choose(net: Net) -> float:
    """Draw the slider through a net's training: its place as a share of all steps."""
    stops = asking.stops_of([net])
    shares = list(stops)
    told = elements.heard("moment", "at") or {}
    if told.get("source") == net.source and told.get("turn") != st.session_state.get(HEARD):
        st.session_state[HEARD] = told.get("turn")
        if (at := told.get("at")) in range(len(shares)):
            st.session_state[WHEN] = shares[at]
    when = float(st.session_state.get(WHEN, 1.0))
    if when not in stops:
        st.session_state[WHEN] = when = 1.0
    labels = [asking.said(stops[share], share) for share in shares]
    data = {"labels": labels, "at": shares.index(when), "source": net.source}
    elements.asking("moment", data, "at")
    link("when", f"{when:g}" if when != 1 else "")
    return when


def from_link() -> None:
    """The link's moment, where the page is new."""
    try:
        st.session_state[WHEN] = round(float(st.query_params.get("when", "1")), 4)
    except ValueError:
        st.query_params.pop("when", None)
