"""Inside a CNN: every layer's maps of a picture, down to the sum that makes one pixel."""

import streamlit as st

from pages.ui.asking import Asked
from pages.ui.inside import choice, later, parts
from pages.ui.inside.scene import Scene, all_steps, anew, scene
from pages.ui.session import ICONS, door
from pages.ui.why import stamp_of
from pages.ui.words import t

LEFT = 330  # pixels of the ways in


@st.fragment
def layer(now: Scene) -> None:
    """The maps of a layer and how one is made; a click on a map draws nothing else anew."""
    later.travelled()
    now = anew(now)
    parts.maps(now)
    parts.bench(now)
    later.born(now)
    later.excited(now)


def room(asked: Asked) -> None:
    """The picture and what becomes of it; a fragment, so that the choice of a net is left alone."""
    later.sampled()
    with st.container(horizontal=True, gap="large"):
        left = st.container(width=LEFT)
        right = st.container(width="stretch")
    with left:
        subject = choice.picture(asked)
        for note in subject.notes if subject else ():
            st.caption(note)
    now = scene(asked, subject) if subject is not None else None
    if now is None:
        with right:
            st.info(t("cnn.waiting" if subject is None else "cnn.no_maps"), icon=":material/info:")
        return
    with right:
        parts.tower(now)
        st.page_link(
            door("predict"),
            label=t("cnn.door_predict"),
            icon=ICONS["predict"],
            query_params={"nets": asked.net.source},
        )
    st.divider()
    parts.head(now)
    layer(now)
    parts.table(now, all_steps(asked.predictor, stamp_of(asked)))


st.title(t("cnn.title"))
st.markdown(t("cnn.what.page"))
if chosen := choice.net():
    st.fragment(room, key="cnn.fragment")(chosen)
