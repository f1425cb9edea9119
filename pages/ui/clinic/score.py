"""What a visitor has found in the clinic so far."""

import streamlit as st

from core.clinic import Book
from core.faults import FAULTS
from pages.ui.session import store, visitor
from pages.ui.words import t


def book() -> Book:
    """The visitor's cases."""
    return Book(store(), visitor())


def show(kept: Book) -> None:
    """Three numbers, and the names of the bugs that were found."""
    found = [name for name in FAULTS if name in kept.found]
    one, two, three = st.columns(3)
    said = t("clinic.score.of", found=len(found), all=len(FAULTS))
    one.metric(t("clinic.score.found"), said, border=True)
    two.metric(t("clinic.score.tries"), kept.tries, border=True)
    three.metric(t("clinic.score.hints"), kept.hints, border=True)
    if not found:
        st.caption(t("clinic.score.none"))
        return
    with st.container(horizontal=True, gap="small"):
        for name in found:
            label = t(f"clinic.fault.{name}.name")
            st.badge(label, icon=":material/check:", color="green")
    if len(found) == len(FAULTS):
        st.success(t("clinic.score.complete"), icon=":material/emoji_events:")
