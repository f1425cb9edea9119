"""What nets say to a drawing, as the pad asks at every stroke; the page follows when it rests."""

import json
from collections.abc import Sequence

import streamlit as st

from core import strokes
from core.asks import ASKS
from core.opinions import ask
from core.perturb import Disturbance
from pages.ui import cards, ways
from pages.ui.asking import Asked, draws
from pages.ui.words import language, speaking

NAME = "predict.drawn"


def left(asked: Sequence[Asked], how: Disturbance, temperature: float, threshold: float) -> str:
    """The name under which the browser asks these nets, in the reader's language."""
    code, digits = language(), draws(asked)

    def answer(question: str) -> object:
        told = json.loads(question)
        if not isinstance(told, dict):
            raise ValueError("a drawing is asked about by its strokes: ask the page itself")
        subject = ways.painted(strokes.read(told.get("strokes")), digits)
        opinions = []
        if subject is not None:
            opinions = [ask(one.predictor, subject.image, how, one.study) for one in asked]
        with speaking(code):
            return cards.told(asked, opinions, temperature, threshold)

    st.session_state[NAME] = name = ASKS.leave(answer, str(st.session_state.get(NAME, "")))
    return name
