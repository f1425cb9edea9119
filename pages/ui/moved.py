"""What follows when a control was moved: nothing, where the page has forgotten that control."""

from collections.abc import Callable

import streamlit as st


def moved(key: str, follow: Callable[..., None]) -> Callable[..., None]:
    """What a control's `on_change` takes.

    A link forgets the controls of the page that it leads to. The browser may then tell once more
    where they stood, which Streamlit takes for a move of a control that is not in the session.

    Args:
        key: the control's name in the session.
        follow: what is to follow; gets what the control gives its callback.
    """

    def heard(*told: object) -> None:
        if key in st.session_state:
            follow(*told)

    return heard
