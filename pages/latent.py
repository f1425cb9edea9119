"""The latent studio: wander the space of an autoencoder, where every code becomes a picture."""

from pathlib import Path

import streamlit as st

from pages.ui.studio import choice, elements, room
from pages.ui.words import t

st.html(Path(__file__).resolve().parent / "ui" / "plane" / "page.css")
st.title(t("latent.title"))
st.markdown(t("latent.what"))
elements.painter()
if opened := choice.choose():
    room.begin(opened)
    st.fragment(room.show, key="latent.fragment")(opened)
