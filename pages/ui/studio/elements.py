"""The studio's elements: one that draws, parts where its panels stand, and numbers they share."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from core import parcel
from pages.ui.browser import packed, script, text
from pages.ui.words import catalogue, language

FOLDER = Path(__file__).resolve().parents[1] / "plane"
PARTS = (
    FOLDER.parent / "grid" / "paint.js",
    *(
        FOLDER / f"{name}.js"
        for name in (
            "decode",
            "contour",
            "world",
            "map",
            "plane",
            "stage",
            "tiles",
            "still",
            "painter",
            "studio",
        )
    ),
)
TILE = 56  # pixels that a picture is at most drawn with, unless told otherwise


_studio = st.components.v2.component("studio", js=script(*PARTS))
_part = st.components.v2.component("studio_part", js=text(FOLDER / "part.js"))


@cache
def _words(code: str, panel: str) -> Mapping[str, str]:
    """What a panel says in one language, {placeholders} unfilled: the browser fills them."""
    room = f"latent.panel.{panel}."
    known = (key for key in catalogue() if key.startswith(room))
    return {key.removeprefix(room): catalogue()[key][code] for key in known}


def painter() -> None:
    """What draws all panels; once on the page, before or after them."""
    _studio(key="latent.studio", data={"css": text(FOLDER / "plane.css")}, height=1)


def feed(name: str, numbers: bytes) -> None:
    """Tell all panels of the space or of its decoder, as `core.portable.packed` has packed it."""
    _part(key=f"latent.feed.{name}", data=numbers, height=1)


def asking(panel: str, data: Mapping[str, Any], heard: str) -> Any:
    """A panel that tells the page something; what it told last, None before it has."""
    told = {"part": panel, "words": _words(language(), panel), **data}
    callbacks = {f"on_{heard}_change": _nothing}
    return getattr(_part(key=f"latent.{panel}", data=told, **callbacks), heard)


def _nothing() -> None:
    """The answer is read where the element is drawn."""


def heard(panel: str, what: str) -> Any:
    """What a panel of this session has told last, also above where it is drawn."""
    return (st.session_state.get(f"latent.{panel}") or {}).get(what)


@dataclass(frozen=True)
class Look:
    """How pictures side by side are shown.

    captions stand below each picture, top and side are the heads of columns and rows; notes are
    said of a picture while the pointer is over it, note otherwise; most is the largest side of a
    picture in pixels; play shows them one after the other, too.
    """

    captions: Sequence[str] = ()
    top: Sequence[str] = ()
    side: Sequence[str] = ()
    notes: Sequence[str] = ()
    note: str = ""
    most: int = TILE
    play: bool = False


def tiles(
    key: str,
    pictures: np.ndarray,
    look: Look,
    *,
    columns: int,
    alt: str,
    codes: np.ndarray | None = None,
    contents: Sequence[int] | None = None,
) -> None:
    """Pictures uint8 (n, c, h, w) side by side; alt is what screen readers say.

    Where codes (n, d) come along, pressing a picture chooses its code, with its content.
    """
    across = parcel.columns(len(pictures))
    shown = {name: list(v) if isinstance(v, tuple | list) else v for name, v in vars(look).items()}
    data = {
        "part": "tiles",
        "words": _words(language(), "tiles"),
        "source": base64.b64encode(parcel.raster(pictures, across)).decode(),
        "size": pictures.shape[-1],
        "across": across,
        "count": len(pictures),
        "columns": columns,
        "codes": None if codes is None else floats(codes),
        "code": None if codes is None else codes.shape[1],
        "contents": None if contents is None else [int(one) for one in contents],
        "alt": alt,
    }
    _part(key=f"latent.tiles.{key}", data=data | shown)


def still(key: str, data: Mapping[str, Any]) -> None:
    """A plane that only shows."""
    _part(key=f"latent.still.{key}", data={"part": "map", "words": {}, **data})


def floats(values: np.ndarray) -> str:
    """Numbers as text, four bytes each."""
    return packed(values, "<f4")


def small(values: np.ndarray) -> str:
    """Whole numbers below 256 as text, a byte each."""
    return packed(values, np.uint8)


def pixels(picture: np.ndarray) -> dict[str, Any]:
    """A picture as it is. uint8 (h, w, c)"""
    return {"shape": list(picture.shape), "data": small(picture)}
