"""The least that Streamlit can do: a slider and a line of code, against which labs are measured."""

import streamlit as st


@st.fragment
def _line() -> None:
    at = st.slider("x", 0, 9, 4)
    st.code(f"x = {at}")


_line()
