"""Pictures as addresses: what elements show without asking the server again."""

import base64
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import streamlit as st
from PIL import Image

from pages.ui.browser import script, text

SMALL = 64  # pixels a side; up to there every pixel is shown as a square
THUMB = 96
PNG = "data:image/png;base64,"
EMPTY = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"

_FOLDER = Path(__file__).with_name("elements")
_picks = st.components.v2.component(
    "picks",
    js=script(_FOLDER / "picks.js"),
    css=text(_FOLDER / "picks.css"),
)


def address(picture: np.ndarray) -> str:
    """A picture as a data address, without loss. uint8 (h, w, c)"""
    image = Image.fromarray(picture[..., 0] if picture.shape[2] == 1 else picture)
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=1)
    return inlined(buffer.getvalue())


def inlined(png: bytes) -> str:
    """A picture that changes often, as a data address.

    Streamlit forgets a file as soon as the page shows another; a browser that asks a moment later
    finds nothing, and shows a torn picture.
    """
    return PNG + base64.b64encode(png).decode()


def thumbnail(image: Image.Image) -> str:
    """A picture small, as a data address."""
    small = image.copy()
    small.thumbnail((THUMB, THUMB))
    pixels = np.asarray(small)
    return address(pixels[..., None] if pixels.ndim == 2 else pixels)


def choice(pictures: Sequence[dict[str, str]], chosen: str, label: str, key: str) -> str:
    """Small pictures, one of them chosen by a click; {"name", "source", "text", "note"} each.

    The name of the chosen one; what was chosen before if nobody has clicked.
    """
    result = _picks(
        key=key,
        data={"pictures": list(pictures), "chosen": chosen, "label": label},
        on_chosen_change=lambda: None,
    )
    slot = f"{key}.heard"
    if result.chosen and result.chosen != st.session_state.get(slot):
        st.session_state[slot] = result.chosen
        return str(result.chosen)
    return chosen
