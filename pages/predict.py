"""Predict: bring a picture, see what several nets make of it, how sure they are, and disturb it."""

from collections.abc import Sequence

import streamlit as st

from core.nets import Net
from core.opinions import Opinion, ask
from pages.ui import asking, cards, choice, disturb, many, moves, sure, ways, why
from pages.ui.brought import Subject
from pages.ui.lesson.marks import note
from pages.ui.words import t

LEFT = 330  # pixels of the ways in
LOOK = 0.5  # seconds between two looks for what is still being found out about a net


def bench(chosen: Sequence[Net], among: Sequence[Net]) -> None:
    """The ways in, and what the nets say; a fragment, so that a stroke draws nothing else anew."""
    way = ways.way()
    asked = asking.opened(chosen, among, asking.at())
    if not asked:
        return
    if way == "many":
        many.show(asked)
        return
    with st.container(horizontal=True, gap="large"):
        left = st.container(width=LEFT)
        right = st.container(width="stretch")
    with left:
        subject = ways.bring(way, asked)
        _notes(subject, centred=way == "draw" and asking.draws(asked))
        how = disturb.show(subject, asked[0])
    opinions: list[Opinion] = []
    if subject is not None:
        note("picture", way)
        opinions = [ask(one.predictor, subject.image, how, one.study) for one in asked]
    temperature, threshold = cards.settings()
    with right:
        truth = subject.truth if subject else ""
        known = cards.told(asked, opinions, temperature, threshold, truth)
        cards.show(known, moves.left(asked, subject, how, temperature, threshold))
        cards.controls(chosen)
        cards.worth(asked, temperature, threshold)
    why.show(asked, opinions)
    sure.show(asked, temperature)


def _notes(subject: Subject | None, centred: bool) -> None:
    """What is done to a picture on its way in."""
    if centred:
        st.caption(t("predict.centred"))
    for told in subject.notes if subject else ():
        st.caption(told)


def wait(chosen: Sequence[Net]) -> None:
    """Draw the page anew once more is known of the nets."""
    if not asking.pending(chosen):
        st.rerun()


st.title(t("predict.title"))
st.markdown(t("predict.what"))
nets, members = choice.choose()
if nets:
    st.fragment(bench, key="predict.fragment")(nets, members)
    if asking.pending(nets):
        st.fragment(wait, run_every=LOOK)(nets)
