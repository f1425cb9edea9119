"""The frame round every lab: its title, the way back, and the neighbours."""

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from pages.ui.lab.table import LABS
from pages.ui.session import door
from pages.ui.words import t

RIGHT = "lab.right"  # names of the labs whose question was answered rightly, in this session
LOOKS = Path(__file__).with_name("frame.css")


def lab(name: str, show: Callable[[], None], options: int, answer: Callable[[], int]) -> None:
    """Draw a lab whole.

    Args:
        name: its entry in the table; its words lie under `lab.<name>`.
        show: draws controls, pictures, formula, line and insight; a fragment, so that a step of a
            control draws only this.
        options: how many answers there are to choose from, to the question at the end.
        answer: finds the right one by computing it, 0-based; asked only once one is chosen.
    """
    st.html(LOOKS)
    st.page_link(door("labs"), label=t("labs.all"), icon=":material/arrow_back:")
    st.title(t(f"lab.{name}.title"))
    st.markdown(t(f"lab.{name}.what"))
    st.fragment(show, key=f"lab.{name}")()
    st.fragment(_question, key=f"lab.{name}.ask")(name, options, answer)
    _neighbours(name)


def ground(formula: str, code: str, paper: str = "", address: str = "") -> None:
    """What the lab stands on: the formula, the PyTorch that does what the controls say, the source.

    Args:
        formula: LaTeX.
        code: runnable PyTorch with the controls' own values in it.
        paper: author, year and place, or "" where nobody is to be named.
        address: where it can be read.
    """
    left, right = st.columns(2, gap="large", vertical_alignment="center")
    left.latex(formula)
    right.code(code, language="python", wrap_lines=True)
    if paper:
        st.caption(f"[{paper}]({address})" if address else paper)


def insight(text: str) -> None:
    """The one sentence to take home, for the controls as they stand."""
    st.info(text, icon=":material/lightbulb:")


def _question(name: str, options: int, answer: Callable[[], int]) -> None:
    """The lab's question: its words lie under `lab.<name>.ask`: question, o0, o1 …, why."""
    with st.container(border=True):
        chosen = st.radio(
            f"**{t('labs.question')}** {t(f'lab.{name}.ask.question')}",
            range(options),
            index=None,
            format_func=lambda at: t(f"lab.{name}.ask.o{at}"),
            key=f"lab.ask.{name}",
            persist_state="session",
        )
        if chosen is None:
            return
        if chosen == answer():
            st.session_state[RIGHT] = st.session_state.get(RIGHT, frozenset()) | {name}
            st.success(t(f"lab.{name}.ask.why"), icon=":material/check_circle:")
        else:
            st.warning(t("labs.wrong"), icon=":material/replay:")


def _neighbours(name: str) -> None:
    """Links to the labs before and after."""
    names = list(LABS)
    at = names.index(name)
    with st.container(horizontal=True, horizontal_alignment="distribute"):
        if at:
            _link(names[at - 1], ":material/chevron_left:")
        if at + 1 < len(names):
            _link(names[at + 1], ":material/chevron_right:")


def _link(name: str, icon: str) -> None:
    st.page_link(door(f"labs/{name}"), label=t(f"lab.{name}.title"), icon=icon)
