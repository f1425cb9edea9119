"""All labs at a glance: one idea each, and which of their questions were answered."""

import streamlit as st

from pages.ui.lab.frame import RIGHT
from pages.ui.lab.table import LABS
from pages.ui.session import door
from pages.ui.words import t

ACROSS = 3

st.title(t("labs.title"))
st.markdown(t("labs.what"))
right = st.session_state.get(RIGHT, frozenset())
names = list(LABS)
for row in range(0, len(names), ACROSS):
    for column, name in zip(st.columns(ACROSS), names[row : row + ACROSS], strict=False):
        with column.container(border=True, height="stretch"):
            st.page_link(
                door(f"labs/{name}"), label=f"**{t(f'lab.{name}.title')}**", icon=LABS[name]
            )
            st.caption(t(f"lab.{name}.what"))
            if name in right:
                st.badge(t("labs.answered"), icon=":material/check:", color="green")
