"""A way through places: play, one back, one on, and a slider that stands in the address."""

from collections.abc import Callable
from typing import TypeVarTuple

import streamlit as st

from pages.ui.moved import moved
from pages.ui.words import t

PACE = 0.4  # seconds a place while it plays
Args = TypeVarTuple("Args")


def moving(lab: str, draw: Callable[[*Args], None], *args: *Args) -> None:
    """The part of a lab that moves: drawn alone, by itself while it plays."""
    playing = st.session_state.get(_slot(lab), False)
    st.fragment(draw, key=f"lab.{lab}.moving", run_every=PACE if playing else None)(*args)


def position(lab: str, key: str, count: int, usual: int) -> int:
    """Where one is among `count` places; its words lie under `lab.<lab>.position`.

    Args:
        lab: whose way it is.
        key: its name in the address.
        count: how many places there are.
        usual: where one begins.
    """
    state, last = st.session_state, count - 1
    if not last:
        return 0
    playing = bool(state.get(_slot(lab)))
    _move(lab, key, count, playing)
    if not 0 <= state.get(key, 0) <= last:
        state[key] = last
    st.toggle(t("lab.play.play"), key=_slot(lab), on_change=moved(_slot(lab), _again), args=(lab,))
    for name, icon, by in (("back", "back", -1), ("on", "forward", 1)):
        st.button(
            "",
            icon=f":material/arrow_{icon}:",
            key=f"lab.{lab}.{name}",
            help=t(f"lab.play.{name}"),
            disabled=playing,
            on_click=_go,
            args=(key, by, last),
        )
    label = t(f"lab.{lab}.position")
    place = st.slider(
        label,
        0,
        last,
        usual,
        key=key,
        bind="query-params",
        width="stretch",
        disabled=playing,
    )
    return int(place)


def _move(lab: str, key: str, count: int, playing: bool) -> None:
    """One place on while it plays; a browser that lags behind would tell old places."""
    state, reel = st.session_state, f"{_slot(lab)}.reel"
    if playing and key in state:
        state[key] = state[reel] = (state.get(reel, state[key]) + 1) % count
    elif not playing:
        state.pop(reel, None)


def _slot(lab: str) -> str:
    return f"lab.{lab}.play"


def _again(lab: str) -> None:
    """Playing or not is a matter of the whole lab, which sets the pace of its part."""
    st.rerun(f"lab.{lab}")


def _go(key: str, by: int, last: int) -> None:
    st.session_state[key] = min(last, max(0, st.session_state[key] + by))
