"""The LSTM cell: a digit read row by row by a trained net, every gate of every unit over time."""

from collections.abc import Mapping

import numpy as np
import streamlit as st

from core.data import sample
from core.inference import open_predictor
from core.labs.lstm import NET, SHOWN, Read, Reader, asked, busiest, code, decided
from pages.ui.lab import frame, gates, link, play
from pages.ui.words import t

LEFT = 250  # pixels of the controls
EACH = 6  # digits of a class to choose from
DIGITS = "mnist-5k"
WAYS = ("forwards", "backwards")
HELD = {
    "nothing": {},
    "forget0": {"forget": 0.0},
    "forget1": {"forget": 1.0},
    "input0": {"input": 0.0},
    "input1": {"input": 1.0},
    "output1": {"output": 1.0},
}
PAPER = "Hochreiter, Schmidhuber 1997, Long short-term memory; Gers et al. 2000 (forget gate)"
ADDRESS = "https://doi.org/10.1162/neco.1997.9.8.1735"
FORMULA = (
    r"\begin{aligned} \begin{pmatrix} i\\f\\g\\o \end{pmatrix} &= \begin{pmatrix}"
    r"\sigma\\\sigma\\\tanh\\\sigma \end{pmatrix}\!(W x_t + U h_{t-1} + b)\\[4pt]"
    r"c_t &= f \odot c_{t-1} + i \odot g\\ h_t &= o \odot \tanh c_t \end{aligned}"
)


def show() -> None:
    reader = _reader()
    with st.container(horizontal=True, gap="large"):
        left, right = st.container(width=LEFT), st.container(width="stretch")
    with left:
        which, other = _slider("which", 0, 9, 4), _slider("other", 0, EACH - 1, 0)
        way = link.choice(t("lab.lstm.way"), WAYS, "way", said=lambda n: t(f"lab.lstm.ways.{n}"))
        held = link.choice(
            t("lab.lstm.hold"),
            list(HELD),
            "hold",
            said=lambda n: t(f"lab.lstm.held.{n}"),
            kind="box",
            help=t("lab.lstm.hold_help"),
        )
        shown = link.choice(
            t("lab.lstm.show"),
            list(SHOWN),
            "show",
            said=lambda n: t(f"lab.lstm.shown.{n}"),
            kind="box",
        )
    digit, read, beliefs = _digits()[which, other], _read(which, other, held), None
    at = WAYS.index(way)
    trace = read.ways[at]
    with left:
        unit = _slider("unit", 0, reader.width - 1, busiest(trace))
    beliefs = _beliefs(which, other)
    with right:
        play.moving("lstm", gates.draw, digit, trace, unit, shown, HELD[held], beliefs)
    frame.ground(FORMULA, code(reader.width, reader.ways, at, HELD[held]), PAPER, ADDRESS)
    gap = max(one.gap for one in read.ways)
    st.markdown(t("lab.lstm.equal", gap=f"{gap:.1g}"))
    frame.insight(_insight(reader, read, beliefs, HELD[held], which))


@st.cache_resource(show_spinner=False)
def _reader() -> Reader:
    return Reader(open_predictor(NET))


@st.cache_data(max_entries=1, show_spinner=False)
def _digits() -> np.ndarray:
    return sample(DIGITS, EACH)[..., 0]


@st.cache_data(max_entries=64, show_spinner=False)
def _read(which: int, other: int, held: str) -> Read:
    return _reader().read(_digits()[which, other], HELD[held])


@st.cache_data(max_entries=64, show_spinner=False)
def _beliefs(which: int, other: int) -> np.ndarray:
    return _reader().beliefs(_digits()[which, other])


def _slider(name: str, least: int, most: int, usual: int) -> int:
    label = t(f"lab.lstm.{name}")
    return int(st.slider(label, least, most, usual, key=name, bind="query-params"))


def _insight(
    reader: Reader,
    read: Read,
    beliefs: np.ndarray,
    held: Mapping[str, float],
    which: int,
) -> str:
    """When the answer stands, or what a held gate does to it."""
    best = int(read.probabilities.argmax())
    share = f"{read.probabilities[best]:.1%}"
    said, truth = reader.classes[best], reader.classes[which]
    if held:
        case = "spoiled" if best != which else "survives"
        return t(f"lab.lstm.insight.{case}", said=said, share=share, truth=truth)
    return t("lab.lstm.insight.plain", rows=decided(beliefs), said=said, share=share)


frame.lab("lstm", show, 4, asked)
