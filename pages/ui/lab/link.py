"""Choices whose place in the address is the option's own name, so that a link has no language.

Streamlit's own binding writes what is seen: a link made in Korean would not open in English.
"""

from collections.abc import Callable, Sequence
from typing import Literal

import streamlit as st

Kind = Literal["segments", "pills", "box", "radio"]


def choice(
    label: str,
    options: Sequence[str],
    key: str,
    *,
    said: Callable[[str], str],
    usual: str = "",
    kind: Kind = "segments",
    help: str | None = None,
) -> str:
    """One of several.

    Args:
        label: what is chosen.
        options: names, as they stand in the address.
        key: the name in the address; the widget's own is `lab.<key>`.
        said: an option as the reader sees it.
        usual: what holds without a link; "" takes the first.
        kind: how it looks.
        help: what it does.
    """
    first, slot = usual or options[0], f"lab.{key}"
    if st.session_state.get(slot) not in options:
        wish = st.query_params.get(key)
        st.session_state[slot] = wish if wish in options else first
    if kind == "box":
        chosen = st.selectbox(label, options, format_func=said, key=slot, help=help)
    elif kind == "radio":
        chosen = st.radio(label, options, format_func=said, key=slot, help=help)
    else:
        make = st.segmented_control if kind == "segments" else st.pills
        chosen = make(label, options, format_func=said, key=slot, required=True, help=help)
    keep(key, chosen or first, first)
    return chosen or first


def several(
    label: str,
    options: Sequence[str],
    key: str,
    *,
    said: Callable[[str], str],
    usual: Sequence[str],
    help: str | None = None,
) -> list[str]:
    """Any of several, in the order of the options; in the address they stand with commas."""
    slot = f"lab.{key}"
    if slot not in st.session_state:
        wish = st.query_params.get(key)
        known = [name for name in options if name in (wish or "").split(",")]
        st.session_state[slot] = known if known or wish == "" else list(usual)
    chosen = st.pills(label, options, selection_mode="multi", format_func=said, key=slot, help=help)
    ordered = [name for name in options if name in chosen]
    keep(key, ",".join(ordered), ",".join(name for name in options if name in usual))
    return ordered


def keep(key: str, value: str, usual: str) -> None:
    """Write a value into the address; what is usual needs no word there."""
    if value == usual:
        st.query_params.pop(key, None)
    elif st.query_params.get(key) != value:
        st.query_params[key] = value
