"""The walk's elements: one that draws, parts where its panels stand, and feeds that tell it."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from pages.ui.browser import packed, script, text
from pages.ui.words import catalogue, language

FOLDER = Path(__file__).parent
GRID = FOLDER.parent / "grid"
PAINT = tuple(GRID / name for name in ("paint.js", "grid.js", "mosaic.js"))
PARTS = (
    *PAINT,
    FOLDER.parent / "elements" / "direct.js",
    *(
        FOLDER / f"{name}.js"
        for name in (
            "book",
            "stage",
            "cut",
            "embed",
            "cloud",
            "heads",
            "sum",
            "follow",
            "spread",
            "lens",
            "operate",
            "moment",
            "film",
            "beside",
            "panels",
            "walk",
        )
    ),
)
Packed = dict[str, Any]


_walk = st.components.v2.component("walk", js=script(*PARTS))
_part = st.components.v2.component("walk_part", js=text(FOLDER / "part.js"))
_grid = st.components.v2.component(
    "patches", js=script(*PAINT, GRID / "element.js"), css=text(GRID / "grid.css")
)


@cache
def _words(code: str, panel: str) -> Mapping[str, str]:
    """What a panel says in one language, {placeholders} unfilled: the browser fills them."""
    said = {}
    for room in ("vit.all.", f"vit.panel.{panel}."):
        known = (key for key in catalogue() if key.startswith(room))
        said |= {key.removeprefix(room): catalogue()[key][code] for key in known}
    return said


def painter() -> None:
    """What draws all panels; once on the page, before or after them."""
    css = text(GRID / "grid.css") + text(FOLDER / "walk.css")
    _walk(key="vit.walk", data={"css": css}, height=1)


def panel(name: str, data: Mapping[str, Any] | None = None, *, key: str = "") -> None:
    """A panel of the walk that only shows."""
    told = {"part": name, "words": _words(language(), key or name), **(data or {})}
    _part(key=f"vit.{key or name}", data=told)


def asking(name: str, data: Mapping[str, Any], heard: str) -> Any:
    """A panel that tells the page something; what it told last, None before it has."""
    told = {"part": name, "words": _words(language(), name), **data}
    callbacks = {f"on_{heard}_change": _nothing}
    return getattr(_part(key=f"vit.{name}", data=told, **callbacks), heard)


def _nothing() -> None:
    """The answer is read where the element is drawn."""


def feed(name: str, told: Mapping[str, Any] | None) -> None:
    """Tell all panels of a picture's way; arrays lie packed under `arrays`."""
    _part(key=f"vit.feed.{name}", data={"part": "feed", "name": name, "told": told}, height=1)


def heard(name: str, what: str) -> Any:
    """What a panel of this session has told last, also above where it is drawn."""
    return (st.session_state.get(f"vit.{name}") or {}).get(what)


def grid(
    picture: np.ndarray,
    side: int,
    *,
    key: str,
    label: str,
    values: Sequence[float] | None = None,
    signed: bool = False,
    numbers: Sequence[str] | None = None,
    chosen: int = -1,
) -> tuple[int, float, float] | None:
    """A picture cut into side×side patches to be clicked: the patch, and x, y of 0…1 in it.

    picture uint8 (h, w, c); values, one per patch, lie over it as heat; numbers are written in.
    None as long as nobody has clicked; arrow keys move the choice.
    """
    data = {
        "picture": pixels(picture),
        "side": side,
        "values": None if values is None else list(values),
        "signed": signed,
        "numbers": None if numbers is None else list(numbers),
        "chosen": chosen,
        "label": label,
    }
    told = _grid(key=key, data=data, on_at_change=_nothing).at
    return None if told is None else (int(told["patch"]), float(told["x"]), float(told["y"]))


def pixels(picture: np.ndarray) -> Packed:
    """A picture, or several, as they are. uint8"""
    return {"kind": "pixels", "shape": list(picture.shape), "data": packed(picture)}


def numbers(values: np.ndarray) -> Packed:
    """Numbers to five digits, in two bytes each."""
    return _linear(values, "short", np.dtype("<i2"), 32767)


def hues(values: np.ndarray) -> Packed:
    """Numbers to two digits, in one byte each: enough for colours."""
    return _linear(values, "byte", np.dtype("i1"), 127)


def _linear(values: np.ndarray, kind: str, form: np.dtype[Any], most: int) -> Packed:
    reach = float(np.abs(values).max(initial=0.0)) or 1.0
    whole = np.rint(values / reach * most).astype(form)
    return {"kind": kind, "shape": list(values.shape), "reach": reach, "data": packed(whole)}


def shares(maps: np.ndarray) -> Packed:
    """Shares in one byte each, as roots, so that small ones stay exact. (…, n, n)

    Each map has its own largest share.
    """
    flat = maps.reshape(-1, maps.shape[-2] * maps.shape[-1])
    reach = np.maximum(flat.max(1), 1e-12)
    whole = np.rint(np.sqrt(flat / reach[:, None]) * 255).astype(np.uint8)
    told = {"shape": list(maps.shape), "reach": [float(f"{most:.6g}") for most in reach]}
    return {"kind": "share", "data": packed(whole), **told}
