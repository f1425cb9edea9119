"""The frame round every page: its configuration, the navigation table, the language switch."""

from pathlib import Path

import streamlit as st

from pages.ui import hush, late, sheaf, told
from pages.ui.lab.table import LABS
from pages.ui.lesson import desk, rail
from pages.ui.session import door
from pages.ui.words import CHOICE, languages, native, t

LOOKS = Path(__file__).resolve().with_name("ui")

st.set_page_config(
    page_title="Vision Playground",
    page_icon=(LOOKS / "icon.svg").read_text(encoding="utf-8"),
    layout="wide",
)
st.html(LOOKS / "frame.css")
late.keep()
told.keep()
hush.keep()
sheaf.keep()

rooms = {
    name: door(name)
    for name in (
        "home",
        "lessons",
        "train",
        "duel",
        "runs",
        "predict",
        "cnn",
        "vit",
        "latent",
        "optimizers",
        "labs",
        "clinic",
        "data",
        *(f"labs/{name}" for name in LABS),
    )
}
page = st.navigation(list(rooms.values()), position="top")
here = next((name for name, room in rooms.items() if room is page), "home")
passing = rail.show(here)

# The page stands above the footer but runs after it: a page that ends early keeps its frame.
body, foot = st.container(), st.container(key="foot")
with foot:
    # A switch of pages takes the choice out of the URL; saying it again puts it back.
    known = CHOICE in st.session_state
    if known and CHOICE not in st.query_params:
        st.session_state[CHOICE] = st.session_state[CHOICE]
    with st.container(key="language"):
        st.segmented_control(
            t("frame.language"),
            list(languages()),
            default=None if known else native(),
            required=True,
            key=CHOICE,
            label_visibility="collapsed",
            bind="query-params",
        )
    st.caption(t("frame.footer"))
with body:
    if passing:
        desk.rest()
    else:
        page.run()
rail.look(here)
