"""Marks: what pages note about a learner that stands in no address and in no store."""

import time

import streamlit as st

from pages.ui.lab.frame import RIGHT

KEPT = "lesson.marks"  # in the session: kind and what → when last


def note(kind: str, what: str) -> None:
    """Note that something has happened now, like ("picture", the way by which it came)."""
    st.session_state.setdefault(KEPT, {})[kind, what] = time.time()


def noted(kind: str, since: float = 0.0) -> frozenset[str]:
    """What was noted of a kind, since a moment."""
    marks: dict[tuple[str, str], float] = st.session_state.get(KEPT, {})
    return frozenset(what for (of, what), when in marks.items() if of == kind and when >= since)


def labs() -> frozenset[str]:
    """The labs whose question was answered rightly."""
    return frozenset(st.session_state.get(RIGHT, ()))
