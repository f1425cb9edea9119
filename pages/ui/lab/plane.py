"""The labs' plane: what a net says at every place, with the points that it learned from on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from pages.ui.browser import packed, script, text

FOLDER = Path(__file__).parent

_plane = st.components.v2.component(
    "lab_plane",
    js=script(FOLDER / "axis.js", FOLDER / "plane.js"),
    css=text(FOLDER / "plane.css"),
)


@dataclass(frozen=True, eq=False)
class Dots:
    """Points of two classes: x (n, 2), y (n) 0 or 1; faint ones stay in the background."""

    name: str
    x: np.ndarray
    y: np.ndarray
    faint: bool = False


def plane(
    key: str,
    field: np.ndarray,
    dots: Sequence[Dots],
    *,
    title: str,
    classes: tuple[str, str],
    said: str,
    reach: float,
) -> None:
    """Draw a field of probabilities and points; pointing at a place tells its probability.

    Args:
        key: the element's lasting name on the page.
        field: (n, n) probability of the second class, the lowest row first.
        dots: from the lowest to the uppermost.
        title: what is seen.
        classes: what the two are called.
        said: what a probability is called in the readout.
        reach: the field goes from −reach to reach along both axes.
    """
    data: dict[str, Any] = {
        "title": title,
        "classes": list(classes),
        "said": said,
        "reach": reach,
        "side": len(field),
        "field": packed(np.rint(np.clip(field, 0, 1) * 255), "u1"),
        "dots": [
            {"name": d.name, "x": packed(d.x, "<f4"), "y": packed(d.y, "u1"), "faint": d.faint}
            for d in dots
        ],
    }
    _plane(key=key, data=data)
