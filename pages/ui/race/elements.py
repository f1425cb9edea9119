"""The race's element: a map with paths on it that play; packed numbers go down, choices come up."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from pages.ui.browser import packed, script, text
from pages.ui.words import catalogue, language

FOLDER = Path(__file__).parent
PARTS = ("field.js", "trails.js", "panel.js", "race.js")
Reach = tuple[float, float, float, float]


_race = st.components.v2.component(
    "race", js=script(*(FOLDER / part for part in PARTS)), css=text(FOLDER / "race.css")
)


@cache
def _words(code: str, kind: str) -> Mapping[str, str]:
    """What the element says in one language, {placeholders} unfilled: the browser fills them."""
    said = {}
    for room in ("optimizers.race.", f"optimizers.{kind}."):
        known = (key for key in catalogue() if key.startswith(room))
        said |= {key.removeprefix(room): catalogue()[key][code] for key in known}
    return said


def levels(heights: np.ndarray, lowest: float) -> tuple[np.ndarray, float]:
    """Heights as log(1 + (f − lowest) / scale), so that hollows show as well as slopes; the scale.

    What is not finite counts as the highest that is.
    """
    known = heights[np.isfinite(heights)]
    top = float(known.max()) if known.size else lowest + 1
    above = np.where(np.isfinite(heights), heights, top) - lowest
    scale = max(float(np.median(above)) / 20, 1e-12)
    return np.log1p(np.maximum(above, 0) / scale), scale


def field(
    heights: np.ndarray, lowest: float, bounds: Reach, axes: tuple[str, str], stamp: str
) -> dict[str, Any]:
    """A surface for the map. heights (rows, columns), the lowest row first."""
    lifted, scale = levels(heights, lowest)
    reach = max(float(lifted.max()), 1e-12)
    rows, columns = heights.shape
    return {
        "levels": packed(np.rint(lifted / reach * 65535), "<u2"),
        "lowest": lowest,
        "scale": scale,
        "reach": reach,
        "rows": rows,
        "columns": columns,
        "bounds": list(bounds),
        "axes": list(axes),
        "stamp": stamp,
    }


def values(columns: Sequence[np.ndarray]) -> str:
    """Columns of equal length as rows of float32."""
    return packed(np.column_stack(columns), "<f4")


def race(
    key: str,
    kind: str,
    data: Mapping[str, Any],
    *,
    heard: Mapping[str, Any],
) -> None:
    """Draw the map.

    Args:
        key: the element's lasting name on the page.
        kind: "play" for optimisers on a surface, "real" for runs on their terrain.
        data: field, racers with their columns, heads of the table, start, focus, moment, stamp.
        heard: callbacks by what is told: start, focus, moment; their values lie in the state.
    """
    callbacks = {f"on_{name}_change": act for name, act in heard.items()}
    told = {"minima": [], "saddles": [], "start": None, "moment": None, "parts": False}
    _race(key=key, data=told | dict(data) | {"words": _words(language(), kind)}, **callbacks)


def told(key: str, name: str) -> Any:
    """What the element told last under a name, None before it has."""
    return (st.session_state.get(key) or {}).get(name)
