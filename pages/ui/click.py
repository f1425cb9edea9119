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


def heeded(
    label: str,
    *,
    key: str,
    icon: str,
    of: str = "",
    kind: Kind = "secondary",
    help: str | None = None,
) -> bool:
    """Draw a button; whether it has been pressed, told once, in whatever way that is known.

    A click is kept, as the report of a new state may have the page drawn anew before the button is
    reached. Not kept alone: a new session, as after a restart of the server, knows no callbacks
    before its first script run, and a click that comes first would be lost.

    Args:
        label: what it says.
        key: its name on the page.
        icon: stands before the label.
        of: what the click is about, so that none is kept for something else.
        kind: how much it stands out.
        help: what it does.
    """
    kept = f"{key}.{of}"
    pressed = st.button(label, key=key, icon=icon, type=kind, help=help, on_click=keep(kept))
    return pressed_before(kept) or pressed


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
