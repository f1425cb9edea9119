"""Hidden: controls that a link or a lesson keeps out of sight; they hold what they were set to."""

import streamlit as st

from core.lessons.hiding import understood
from pages.ui.words import plain, t

LINK = "hide"  # in the URL: names with commas
KEPT, OF_LESSON = "hide.link", "hide.lesson"


def begin(of_lesson: tuple[str, ...] = ()) -> None:
    """Before a page is drawn: a link hides until it is taken back, a lesson while it is on."""
    told = st.query_params.get(LINK)
    if told is not None:
        st.session_state[KEPT] = told
    elif KEPT in st.session_state:  # another page was opened, which empties the address
        st.query_params[LINK] = st.session_state[KEPT]
    st.session_state[OF_LESSON] = frozenset(of_lesson)


def _linked() -> str:
    return str(st.query_params.get(LINK, st.session_state.get(KEPT, "")))


def hidden(name: str) -> bool:
    """Whether a field, a menu or a panel is not to be drawn."""
    return name in understood(_linked())[0] or name in st.session_state.get(OF_LESSON, ())


def note() -> None:
    """Say that something is hidden, and by what; a link's can be shown again here."""
    names, unknown = understood(_linked())
    if unknown:
        told = ", ".join(unknown)[:80]
        st.warning(t("lessons.cannot_hide", names=plain(told)), icon=":material/link_off:")
    if st.session_state.get(OF_LESSON):
        st.caption(t("lessons.lesson_hides"))
    if names:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(t("lessons.link_hides"), width="content")
            st.button(t("lessons.show_all"), key="hide.off", type="tertiary", on_click=_show_all)


def _show_all() -> None:
    st.session_state.pop(KEPT, None)
    st.query_params.pop(LINK, None)
