"""One digit on its way through an LSTM: the picture, all units, one unit's gates, the answer."""

from collections.abc import Mapping

import numpy as np
import streamlit as st

from core.labs.lstm import GATES, Trace, equations
from pages.ui.lab import play
from pages.ui.lab.cells import Block, cells, clicked
from pages.ui.lab.curves import Line, curves
from pages.ui.words import t

ELEMENT, ROW = "lab.memory", "row"
HUES = {"input": 2, "forget": 0, "candidate": 3, "output": 1}
MOST = 3  # classes whose probability is drawn
BEGIN = 13
WIDE = 430  # pixels that a unit's equations need; the chart beside them moves below if it must


def draw(
    digit: np.ndarray,
    trace: Trace,
    unit: int,
    shown: str,
    held: Mapping[str, float],
    beliefs: np.ndarray,
) -> None:
    """All that moves with the row."""
    top = st.container()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        row = play.position("lstm", ROW, len(digit), BEGIN)
    with top:
        _picture(digit, trace, unit, shown, row)
    left, right = st.columns(2, gap="medium")
    rows = list(range(len(digit)))
    with left:
        lines = [
            Line(t(f"lab.lstm.shown.{name}"), rows, gate[:, unit].tolist(), hue=HUES[name])
            for name, gate in zip(GATES, trace.gates, strict=True)
        ]
        title = t("lab.lstm.gates", unit=unit)
        _over_rows("lab.gates", lines, title, row, t("lab.lstm.value"))
    with right:
        lines = [
            Line(t("lab.lstm.shown.cell"), rows, trace.cell[:, unit].tolist(), hue=4),
            Line(t("lab.lstm.shown.hidden"), rows, trace.hidden[:, unit].tolist(), "dashed", 7),
        ]
        _over_rows("lab.states", lines, t("lab.lstm.states", unit=unit), row, t("lab.lstm.value"))
    with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
        left, right = st.container(width=WIDE), st.container(width="stretch")
    with left:
        st.markdown(f"**{t('lab.lstm.sums', unit=unit, row=row)}**")
        st.latex(r"\small " + equations(trace, row, unit, held))
        st.caption(t("lab.lstm.parts"))
    with right:
        _belief(beliefs, row)


def _picture(digit: np.ndarray, trace: Trace, unit: int, shown: str, row: int) -> None:
    """The digit with its row, and a line of all units for every row."""
    values = trace.field(shown)
    high, wide = values.shape
    here = [(row, at) for at in range(wide)] + [(at, unit) for at in range(high)]
    line = [(row, at) for at in range(digit.shape[1])]
    blocks: list[Block | str] = [
        Block(t("lab.lstm.digit"), digit / 255, t("lab.lstm.row", row=row), "picture", picked=line),
        "→",
        Block(
            t(f"lab.lstm.shown.{shown}"),
            values,
            t("lab.lstm.units", rows=high, units=wide),
            "heat",
            picked=here,
        ),
    ]
    cells(ELEMENT, blocks, heard=_pressed, size=7, side=480)


def _pressed() -> None:
    """A row of the picture, or a row and a unit, were chosen."""
    pressed = clicked(ELEMENT)
    if pressed is None:
        return
    block, row, column = pressed
    st.session_state[ROW] = row
    if block:
        st.session_state["unit"] = column
        st.rerun("lab.lstm")


def _over_rows(key: str, lines: list[Line], title: str, row: int, y: str) -> None:
    """Curves over the rows with the place of the row on each."""
    few = len(lines) < len(GATES)  # the labels of many would lie on each other
    marks = [(row, line.y[row], f"{line.y[row]:.2f}" if few else "") for line in lines]
    curves(key, lines, title=title, x=t("lab.lstm.rows"), y=y, marks=marks, height=230)


def _belief(beliefs: np.ndarray, row: int) -> None:
    """What the net would say if the picture ended here."""
    order = np.argsort(beliefs[1:].max(0))[::-1][:MOST]
    best = int(beliefs[-1].argmax())
    names = sorted({best, *map(int, order)})
    rows = list(range(len(beliefs)))
    lines = [Line(str(name), rows, (100 * beliefs[:, name]).tolist(), hue=name) for name in names]
    now = 100 * float(beliefs[row + 1, best])
    curves(
        "lab.belief",
        lines,
        title=t("lab.lstm.belief"),
        x=t("lab.lstm.seen"),
        y=t("lab.lstm.share"),
        reach=(None, None, 0, 100),
        marks=[(row + 1, now, f"{now:.0f} %")],
        height=230,
    )
