"""Regression: one noisy curve, and SGD, momentum and Adam that learn it side by side."""

import numpy as np
import streamlit as st

from core.labs.regression import OPTIMISERS, STEPS, Race, code, fastest, grid, race, truth
from pages.ui.lab import frame, link
from pages.ui.lab.curves import Line, curves
from pages.ui.words import t

RATES = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
WIDTHS = (1, 2, 4, 8, 16, 32, 64)
LEFT = 250  # pixels of the controls
TICK, STRIDE = 0.2, 3  # seconds between two looks of the film, and steps between them
PLAYS = "lab.regression.plays"
REEL = "lab.regression.reel"  # where the film is: a browser that lags behind tells old places
RULES = {
    "SGD": r"\theta \leftarrow \theta - \eta\,\nabla L",
    "SGD + momentum": (
        r"v \leftarrow 0.9\,v + \nabla L \\[6pt] \theta \leftarrow \theta - \eta\,v"
    ),
    "Adam": (
        r"m \leftarrow \beta_1 m + (1-\beta_1)\nabla L \\[4pt]"
        r"v \leftarrow \beta_2 v + (1-\beta_2)(\nabla L)^2 \\[4pt]"
        r"\theta \leftarrow \theta - \eta\,\frac{\hat m}{\sqrt{\hat v} + \epsilon}"
    ),
}
PAPER = "Kingma & Ba 2014, Adam: a method for stochastic optimization, arXiv 1412.6980"
ADDRESS = "https://arxiv.org/abs/1412.6980"


@st.cache_resource(max_entries=128, show_spinner=False)
def _race(lr: float, noise: float, width: int, draw: int) -> Race:
    return race(lr, noise, width, draw)


def show() -> None:
    with st.container(horizontal=True, gap="large"):
        left = st.container(width=LEFT)
        right = st.container(width="stretch")
    with left:
        lr = st.select_slider(t("lab.regression.lr"), RATES, 0.02, key="lr", bind="query-params")
        noise = st.slider(
            t("lab.regression.noise"), 0.0, 1.0, 0.2, 0.1, key="noise", bind="query-params"
        )
        width = st.select_slider(
            t("lab.regression.width"), WIDTHS, 32, key="width", bind="query-params"
        )
        draw = st.slider(t("lab.regression.draw"), 0, 9, 0, key="draw", bind="query-params")
    found = _race(float(lr), float(noise), int(width), int(draw))
    plays = bool(st.session_state.get(PLAYS))
    with right:
        st.fragment(_film, run_every=TICK if plays else None, key="lab.film")(found)
    frame.insight(_insight(found))
    name = link.choice(
        t("lab.regression.who"), list(OPTIMISERS), "who", said=lambda name: name, usual="Adam"
    )
    loss = r"L(\theta) = \frac1n \sum_{i=1}^{n} \bigl(f_\theta(x_i) - y_i\bigr)^2"
    formula = rf"\begin{{gathered}} {loss} \\[6pt] {RULES[name]} \end{{gathered}}"
    frame.ground(formula, code(name, float(lr), int(width), STEPS), PAPER, ADDRESS)


def _film(found: Race) -> None:
    """The curves at a step; while it plays, this alone is drawn again and again."""
    if st.session_state.get(PLAYS):
        now = min(STEPS, st.session_state[REEL] + STRIDE)
        st.session_state["step"] = st.session_state[REEL] = now
        if now == STEPS:
            st.session_state[PLAYS] = False
            st.rerun()
    room = st.container()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        plays = bool(st.session_state.get(PLAYS))
        st.button(
            t("lab.regression.pause" if plays else "lab.regression.play"),
            icon=":material/pause:" if plays else ":material/play_arrow:",
            key="lab.play",
            on_click=_play,
        )
        step = st.slider(
            t("lab.regression.step"),
            0,
            STEPS,
            40,
            key="step",
            bind="query-params",
            width="stretch",
            disabled=plays,
        )
    with room:
        _curves(found, int(step))


def _play() -> None:
    st.session_state[PLAYS] = not st.session_state.get(PLAYS)
    if st.session_state[PLAYS] and st.session_state.get("step", STEPS) >= STEPS:
        st.session_state["step"] = 0
    st.session_state[REEL] = st.session_state.get("step", STEPS)
    st.rerun("lab.regression")


def _curves(found: Race, step: int) -> None:
    x = grid()
    drawn = [Line(n, x, found.drawn(at, step), hue=at) for at, n in enumerate(OPTIMISERS)]
    points = Line(t("lab.regression.points"), found.x, found.y, "dots", 7)
    behind = Line(t("lab.regression.truth"), x, truth(x), "dashed", 7)
    past = np.arange(STEPS + 1) <= step
    known = found.losses[np.isfinite(found.losses)]
    losses = [
        Line(n, np.arange(STEPS + 1), np.where(past, found.losses[at], np.nan), hue=at)
        for at, n in enumerate(OPTIMISERS)
    ]
    one, two = st.columns(2, gap="medium")
    with one:
        title, y = t("lab.regression.fit", step=step), t("lab.regression.value")
        reach = (-3.0, 3.0, -2.6, 2.6)
        curves("lab.fit", [points, behind, *drawn], title=title, x="x", y=y, reach=reach)
    with two:
        reach = (0.0, float(STEPS), float(known.min()) * 0.8, min(float(known.max()) * 1.2, 100.0))
        title, x_name = t("lab.regression.losses"), t("lab.regression.steps")
        y = t("lab.regression.mse")
        curves("lab.losses", losses, title=title, x=x_name, y=y, reach=reach, log="y")


def _insight(found: Race) -> str:
    names = list(OPTIMISERS)
    lost = [(names[at], found.lost(at)) for at in range(len(names))]
    gone = [f"{name} ({step})" for name, step in lost if step is not None]
    if gone:
        return t("lab.regression.lost", names=", ".join(gone))
    goal = float(found.losses[0, -1])
    arrived = [found.arrived(at, goal) for at in (1, 2)]
    told = ["–" if step is None else step for step in arrived]
    return t(
        "lab.regression.insight", steps=STEPS, loss=f"{goal:.3f}", momentum=told[0], adam=told[1]
    )


frame.lab("regression", show, len(OPTIMISERS), fastest)
