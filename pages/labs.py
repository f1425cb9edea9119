"""All labs at a glance: one idea each, and which of their questions were answered."""

from pathlib import Path

import streamlit as st

from pages.ui.lab.frame import LOOKS, RIGHT
from pages.ui.lab.table import LABS
from pages.ui.session import door
from pages.ui.words import t

ART = Path(__file__).resolve().parent / "ui" / "art" / "labs"
ACROSS = 3


def card(name: str, answered: bool) -> None:
    """One lab: its picture, its door, its idea, and whether its question was answered."""
    st.image(ART / f"{name}.svg", width="stretch", alt="")
    st.page_link(door(f"labs/{name}"), label=f"**{t(f'lab.{name}.title')}**", icon=LABS[name])
    st.caption(t(f"lab.{name}.what"))
    if answered:
        st.badge(t("labs.answered"), icon=":material/check:", color="green")


st.html(LOOKS)
st.title(t("labs.title"))
st.markdown(t("labs.what"))
right = st.session_state.get(RIGHT, frozenset())
names = list(LABS)
for row in range(0, len(names), ACROSS):
    for column, name in zip(
        st.columns(ACROSS, gap="medium"), names[row : row + ACROSS], strict=False
    ):
        with column.container(border=True, height="stretch"):
            card(name, name in right)
