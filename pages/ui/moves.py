"""Moves: what nets say while a hand draws or disturbs, asked by the browser; the page follows."""

import json
from collections.abc import Sequence

import streamlit as st

from core import perturb, strokes
from core.asks import ASKS
from core.opinions import ask
from core.perturb import Disturbance
from pages.ui import cards, disturb, ways
from pages.ui.asking import Asked, draws
from pages.ui.brought import Subject
from pages.ui.words import language, speaking

NAME = "predict.moves"


def left(
    asked: Sequence[Asked],
    subject: Subject | None,
    how: Disturbance,
    temperature: float,
    threshold: float,
) -> str:
    """The name under which the browser asks these nets, in the reader's language.

    A question says what moves, `strokes` or `how`; the rest is as on the page.
    """
    code, digits = language(), draws(asked)

    def answer(question: str) -> object:
        told = json.loads(question)
        if not isinstance(told, dict):
            raise ValueError("a question of this page is an object: ask the page itself")
        now, then = subject, perturb.read(told["how"]) if "how" in told else how
        if "strokes" in told:
            now = ways.painted(strokes.read(told["strokes"]), digits)
        opinions = []
        if now is not None:
            opinions = [ask(one.predictor, now.image, then, one.study) for one in asked]
        truth = now.truth if now else ""
        with speaking(code):
            known = cards.told(asked, opinions, temperature, threshold, truth)
        return known | {"bench": disturb.seen(now, asked[0], then)}

    name, _ = st.session_state.get(NAME, ("", None))
    name = ASKS.leave(answer, name)
    st.session_state[NAME] = name, answer
    return name
