"""The labs' chart: curves, dots and bars that move with the controls without being made anew."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import streamlit as st

from pages.ui.browser import packed, script, text

FOLDER = Path(__file__).parent
Reach = tuple[float | None, float | None, float | None, float | None]


_curves = st.components.v2.component(
    "lab_curves",
    js=script(FOLDER / "axis.js", FOLDER / "curves.js"),
    css=text(FOLDER / "curves.css"),
)


@dataclass(frozen=True)
class Line:
    """One curve: its name, its points, how it is drawn, and which of the app's colours it has.

    What is not finite is left out; it is a gap in a line.
    """

    name: str
    x: Sequence[float]
    y: Sequence[float]
    kind: Literal["line", "dots", "dashed", "bars"] = "line"
    hue: int = 0


def curves(
    key: str,
    lines: Sequence[Line],
    *,
    title: str,
    x: str,
    y: str,
    reach: Reach = (None, None, None, None),
    marks: Sequence[tuple[float, float, str]] = (),
    log: str = "",
    ticks: Sequence[float] = (),
    height: int = 280,
) -> None:
    """Draw curves over a pair of axes; pointing at them, or the arrow keys, reads their values.

    Args:
        key: the element's lasting name on the page.
        lines: from the lowest to the uppermost.
        title: what is seen.
        x, y: the horizontal and the vertical axis with their units.
        reach: left, right, bottom, top; None takes it from the data.
        marks: points with a label: x, y, text.
        log: which axes are logarithmic: "", "x", "y" or "xy".
        ticks: the only places of the horizontal axis that have a number; round ones if left out.
        height: pixels of the drawing alone.

    Raises:
        ValueError: a line's x and y differ in length.
    """
    data = {
        "title": title,
        "axes": [x, y],
        "lines": [_told(line) for line in lines],
        "reach": list(reach),
        "marks": [list(mark) for mark in marks],
        "log": log,
        "ticks": list(ticks),
        "height": height,
    }
    _curves(key=key, data=data)


def _told(line: Line) -> dict[str, Any]:
    across, up = (np.asarray(values, dtype="<f4") for values in (line.x, line.y))
    if across.shape != up.shape or across.ndim != 1:
        raise ValueError(
            f"the line {line.name!r} has x of shape {across.shape} and y of shape {up.shape}: "
            "give it as many of one as of the other"
        )
    return {
        "name": line.name,
        "kind": line.kind,
        "hue": line.hue,
        "x": packed(across),
        "y": packed(up),
    }
