"""Regularisation: one small net overfits before your eyes, and each cure is one switch."""

from dataclasses import fields

import streamlit as st

from core.labs import regularisation as lab
from core.labs.cures import code, formula
from core.labs.regularisation import ANSWERS, Cures, Lesson, Modes, asked, learn, modes
from pages.ui.lab import frame
from pages.ui.lab.cells import Block, cells
from pages.ui.lab.curves import Line, curves
from pages.ui.lab.plane import Dots, plane
from pages.ui.words import t

LEFT = 230  # pixels of the switches
FIRST = 7  # the draw that is seen first
WIDE = 0.15  # nats between both losses that are no gap worth a word
SWITCHES = [field.name for field in fields(Cures)]
PAPER = "Srivastava et al. 2014, Dropout: a simple way to prevent neural networks from overfitting"
ADDRESS = "https://jmlr.org/papers/v15/srivastava14a.html"
TIMES = ("train() 1", "train() 2", "train() 3", "eval() 1", "eval() 2")


@st.cache_resource(max_entries=256, show_spinner=False)
def _learned(cures: Cures, draw: int) -> tuple[Lesson, Modes]:
    lesson = learn(cures, draw)
    return lesson, modes(lesson)


def show() -> None:
    with st.container(horizontal=True, gap="large"):
        left = st.container(width=LEFT)
        right = st.container(width="stretch")
    with left:
        on = {
            name: st.toggle(
                t(f"lab.regularisation.cure.{name}"),
                key=name,
                help=t(f"lab.regularisation.help.{name}"),
                bind="query-params",
            )
            for name in SWITCHES
        }
        draw = st.slider(t("lab.regularisation.draw"), 0, 9, FIRST, key="draw", bind="query-params")
    cures = Cures(**on)
    lesson, found = _learned(cures, int(draw))
    with right:
        one, two = st.columns(2, gap="medium")
        with one:
            _plane(lesson)
        with two:
            _losses(lesson)
    frame.insight(_insight(cures, lesson, int(draw)))
    _modes(found)
    frame.ground(formula(cures), code(cures), PAPER, ADDRESS)


def _plane(lesson: Lesson) -> None:
    plane(
        "lab.plane",
        lesson.field,
        [
            Dots(t("lab.regularisation.kept"), lesson.kept_x, lesson.kept_y, faint=True),
            Dots(t("lab.regularisation.seen"), lesson.x, lesson.y),
        ],
        title=t("lab.regularisation.says"),
        classes=(t("lab.regularisation.class0"), t("lab.regularisation.class1")),
        said=t("lab.regularisation.said"),
        reach=lab.REACH,
    )


def _losses(lesson: Lesson) -> None:
    best, chosen = lesson.best, lesson.chosen
    marks = [(int(lesson.steps[best]), float(lesson.kept[best]), t("lab.regularisation.best"))]
    lines = [
        Line(t("lab.regularisation.train"), lesson.steps, lesson.train, hue=2),
        Line(t("lab.regularisation.validation"), lesson.steps, lesson.kept, hue=3),
    ]
    curves(
        "lab.losses",
        lines,
        title=t("lab.regularisation.losses"),
        x=t("lab.regularisation.step"),
        y=t("lab.regularisation.nats"),
        reach=(0.0, float(lab.STEPS), 0.0, 3.0),
        marks=marks,
        height=310,
    )
    losses = (lesson.train[chosen], lesson.kept[chosen])
    told = [
        [f"{loss:.3f}", f"{right:.1%}"] for loss, right in zip(losses, lesson.right, strict=True)
    ]
    rows = [t(f"lab.regularisation.{name}") for name in ("training", "validating")]
    heads = [t(f"lab.regularisation.{name}") for name in ("loss", "accuracy")]
    cells("lab.now", [Block("", told, style="plain", rows=rows, columns=heads)], size=30)


def _modes(found: Modes) -> None:
    """The same points in train() and in eval(), as numbers."""
    columns = [f"x{at}" for at in range(found.asked.shape[1])]
    st.markdown(t("lab.regularisation.modes"))
    left, right = st.columns([5, 4], gap="large", vertical_alignment="center")
    with left:
        name = t("lab.regularisation.asked")
        loss = Block(t("lab.regularisation.loss"), found.losses[:, None], digits=3, columns=("n",))
        cells("lab.modes", [Block(name, found.asked, digits=3, rows=TIMES, columns=columns), loss])
    with right:
        kind = "shaky" if found.shaky else "apart" if found.apart > 1e-3 else "alike"
        st.markdown(t(f"lab.regularisation.{kind}", apart=f"{found.apart:.3f}"))


def _insight(cures: Cures, lesson: Lesson, draw: int) -> str:
    told = {
        "train": f"{lesson.train[lesson.chosen]:.3f}",
        "kept": f"{lesson.kept[lesson.chosen]:.3f}",
        "step": int(lesson.steps[lesson.best]),
    }
    if cures == Cures():
        return t("lab.regularisation.bare", **told)
    before = _learned(Cures(), draw)[0].gap
    kind = "cured" if lesson.gap < WIDE else "better" if lesson.gap < before else "worse"
    gaps = {"gap": f"{lesson.gap:.2f}", "before": f"{before:.2f}"}
    return t(f"lab.regularisation.{kind}", **told, **gaps)


frame.lab("regularisation", show, len(ANSWERS), asked)
