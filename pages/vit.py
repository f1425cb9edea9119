"""Patches and attention: a picture's walk through a Vision Transformer, step by step."""

from pathlib import Path

import streamlit as st

from pages.ui.asking import Asked
from pages.ui.inquiry import ANSWER
from pages.ui.session import door
from pages.ui.walk import attend, begin, beside, born, choice, decide, direct, elements, feed
from pages.ui.walk.scene import CLASS, Scene, link, scene
from pages.ui.words import t

LOOKS = Path(__file__).resolve().parent / "ui" / "walk" / "page.css"


@st.fragment
def stage(walked: Scene) -> None:
    """The picture that stays in sight; a click there asks for nothing else anew."""
    told = elements.heard("stage", "at")
    if told and told.get("turn") == walked.source:
        feed.choose(told)
    now = feed.at(walked.journey)
    feed.address(now)
    elements.asking("stage", {"at": now, "turn": walked.source}, "at")
    feed.chosen(walked)


def asked_about(walked: Scene) -> None:
    """The class that maps and importances are about."""
    names = walked.journey.classes
    chosen = st.selectbox(
        t("why.class"),
        [ANSWER, *range(len(names))],
        format_func=lambda at: t("why.answer") if at == ANSWER else names[at],
        key=CLASS,
        help=t("why.class_help"),
    )
    link("class", "" if chosen in (ANSWER, None) else str(chosen))


def walk(asked: Asked) -> None:
    """The picture and its ten steps; a fragment, so that the choice of a net is left alone."""
    left, right = st.columns([4, 9], gap="large")
    with right:
        subject = choice.picture(asked)
    walked = scene(asked, subject) if subject is not None else None
    if subject is None or walked is None:
        left.caption(t("vit.waiting"))
        return
    with left, st.container(key="stage"):
        feed.journey(walked, direct.travelled(walked))
        stage(walked)
        asked_about(walked)
        st.page_link(door("predict"), label=t("vit.door_predict"), icon=":material/psychology:")
    with right:
        for note in subject.notes:
            st.caption(note)
        begin.show(walked)
        attend.show(walked)
        decide.show(walked)
        born.show(walked)
        beside.trust(walked)
        beside.beside(walked, subject.image)


st.html(LOOKS)
st.title(t("vit.title"))
st.markdown(t("vit.what"))
elements.painter()
if net := choice.net():
    st.fragment(walk, key="vit.fragment")(net)
