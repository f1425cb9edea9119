"""A button whose click is neither lost nor ahead of what was typed last."""

import time
from collections.abc import Callable
from typing import Literal

import streamlit as st

Kind = Literal["primary", "secondary", "tertiary"]
FRESH = 10.0  # seconds after which a click that found no page to act on is forgotten


def clicked(
    label: str,
    *,
    key: str,
    icon: str,
    kind: Kind = "secondary",
    width: Literal["stretch", "content"] = "content",
    help: str | None = None,
    disabled: bool = False,
) -> bool:
    """Draw a button; whether it has been pressed, told once, beside controls as they stand now.

    `st.button` by itself forgets its click where something else has the page drawn anew before it
    is reached. What a callback is given was drawn before the click: not the number in a field that
    is left by that very click.

    Args:
        label: what it says.
        key: its name on the page.
        icon: stands before the label.
        kind: how much it stands out.
        width: of the place it is in, or of its words.
        help: what it does.
        disabled: whether it cannot be pressed now.
    """
    st.button(
        label,
        key=key,
        icon=icon,
        type=kind,
        width=width,
        help=help,
        disabled=disabled,
        on_click=keep(key),
    )
    return pressed_before(key) and not disabled


def keep(key: str) -> Callable[[], None]:
    """A callback that keeps a click until `pressed_before(key)` asks for it.

    It touches nothing of the session, where a report that waits would end it before its work.
    """
    pressed: list[float] = st.session_state.setdefault(f"clicked.{key}", [])

    def mark() -> None:
        pressed[:] = [time.monotonic()]

    return mark


def pressed_before(key: str) -> bool:
    """Whether the button has been pressed, told once; also where it is not drawn this time."""
    pressed: list[float] = st.session_state.get(f"clicked.{key}", [])
    return bool(pressed) and time.monotonic() - pressed.pop() < FRESH
