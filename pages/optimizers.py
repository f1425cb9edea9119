"""Optimisers on landscapes: torch's own racing on surfaces, and real runs on their own terrain."""

import streamlit as st

from pages.ui.race import controls, ground, real, scene, stage
from pages.ui.words import t

LEFT = 300  # pixels of the controls


def race() -> None:
    """The map; a fragment in the room's, so that a click on it asks for nothing else anew."""
    now = scene.scene()
    if now.field:
        stage.show(now)
        stage.aside(now)
    else:
        st.info(t("optimizers.nobody"), icon=":material/info:")


def room() -> None:
    """What belongs to the race; a fragment, so that the real run below is left alone."""
    scene.begin()
    with st.container(horizontal=True, gap="large"):
        left = st.container(width=LEFT)
        right = st.container(width="stretch")
    with left:
        controls.show()
    with right:
        st.fragment(race)()
    now = scene.scene()
    with left:
        controls.knobs()
    below = st.columns(2, gap="large")
    with below[0]:
        ground.surface(now)
    if now.field:
        with below[1]:
            ground.optimizer(now)


st.title(t("optimizers.title"))
st.markdown(t("optimizers.what"))
st.fragment(room, key=scene.ROOM)()
st.divider()
st.fragment(real.show, key="opt.real")()
