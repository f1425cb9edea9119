"""Ways in: a picture drawn, brought, taken or picked, as something that nets can be asked about."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from PIL import Image

from core import drawlink, samples, strokes
from core.centre import centre
from pages.ui import shots
from pages.ui.asking import Asked, draws
from pages.ui.brought import Subject, photo, upload
from pages.ui.browser import script, text
from pages.ui.words import plain, t

WAYS = {
    "draw": ":material/draw:",
    "samples": ":material/grid_view:",
    "upload": ":material/upload:",
    "camera": ":material/photo_camera:",
    "many": ":material/folder_open:",
}
WAY, STROKES = "predict.way", "predict.strokes"
SAMPLE, DRAWN = "sample", "drawn"  # in the URL: the test picture, the drawing
LINKED = "predict.linked"
SHOWN = 20

_PAD = Path(__file__).with_name("pad")
_pad = st.components.v2.component(
    "pad",
    js=script(_PAD / "pad.js"),
    css=text(_PAD / "pad.css"),
)


def way() -> str:
    """Draw the choice of a way in."""
    if WAY not in st.session_state and (told := linked("")):
        st.session_state[WAY] = told
    chosen = str(
        st.segmented_control(
            t("predict.way"),
            list(WAYS),
            format_func=lambda name: f"{WAYS[name]} {t(f'predict.way_{name}')}",
            default="draw" if WAY not in st.session_state else None,
            key=WAY,
            required=True,
            label_visibility="collapsed",
            persist_state="session",
        )
    )
    if chosen != "draw":
        st.query_params.pop(DRAWN, None)
    return chosen


def linked(usual: str) -> str:
    """The way in by which the picture came that the URL holds; without one the usual way."""
    if DRAWN in st.query_params:
        return "draw"
    return "samples" if SAMPLE in st.query_params else usual


def bring(name: str, asked: Sequence[Asked]) -> Subject | None:
    """Draw a way in; what came by it, None while there is nothing yet."""
    if name != "draw":
        st.query_params.pop(DRAWN, None)
    if name == "samples":
        return _sample(asked)
    if name == "upload":
        return upload(asked)
    return photo(draws(asked)) if name == "camera" else _drawing(draws(asked))


# Drawn ----------------------------------------------------------------------------------------


def _drawing(digits: bool) -> Subject | None:
    if STROKES not in st.session_state:
        st.session_state[STROKES] = _from_link()
    words = {part: t(f"predict.pad.{part}") for part in ("label", "undo", "clear", "thickness")}
    words["hint"] = t("predict.pad.digit" if digits else "predict.pad.thing")
    result = _pad(
        key="predict.pad",
        data={
            "words": words,
            "strokes": st.session_state[STROKES],
            "paper": not digits,
            "turn": 0,
        },
        on_strokes_change=lambda: None,
    )
    if result.strokes is not None:
        st.session_state[STROKES] = result.strokes
    try:
        drawn = strokes.read(st.session_state[STROKES])
    except ValueError as problem:
        st.session_state[STROKES] = []
        st.error(str(problem))
        drawn = ()
    _address(drawlink.write(drawn))
    st.caption(t("predict.drawn_link"))
    return painted(drawn, digits)


def _from_link() -> list[dict[str, Any]]:
    """The drawing that the URL holds, as the pad tells it."""
    try:
        return drawlink.read(str(st.query_params.get(DRAWN, "")))
    except ValueError as problem:
        st.warning(str(problem), icon=":material/link_off:")
        return []


def _address(word: str) -> None:
    if not word:
        st.query_params.pop(DRAWN, None)
    elif st.query_params.get(DRAWN) != word:
        st.query_params[DRAWN] = word


def painted(drawn: Sequence[strokes.Stroke], digits: bool) -> Subject | None:
    """Strokes as a picture; fitted like the training pictures for digits."""
    if not drawn:
        return None
    if not digits:
        ink = strokes.paint(drawn, 224)
        return Subject(Image.fromarray(255 - ink), "drawing") if ink.any() else None
    fitted = centre(strokes.paint(drawn))
    if fitted is None:
        return None
    return Subject(Image.fromarray(fitted.picture), "drawing", centred=fitted)


# Picked ---------------------------------------------------------------------------------------


def _sample(asked: Sequence[Asked]) -> Subject | None:
    """A test picture of the set that the first net has learned; the URL names it."""
    first = asked[0]
    turn = st.session_state.setdefault("predict.turn", 0)
    known = (first.net.data, first.net.classes, first.study)
    found = samples.some(known[0], known[1], SHOWN, turn, known[2])
    if not found:
        key = "predict.sample_wait" if first.pending else "predict.sample_none"
        st.caption(t(key, data=plain(first.net.data)))
        return None
    at = str(st.query_params.get(SAMPLE, ""))
    linked = samples.find(at, known[1], known[2]) if at.startswith(f"{known[0]}:") else None
    if linked is not None and linked.name not in {one.name for one in found}:
        st.session_state[LINKED] = at  # it stays in its place when another one is chosen
    extra = samples.find(st.session_state.get(LINKED, ""), known[1], known[2])
    if extra and extra.data == known[0]:
        found = [extra, *found[: SHOWN - 1]]
    linked = linked or found[0]
    pictures = [_picture(one) for one in found]
    chosen = shots.choice(pictures, linked.name, t("predict.sample_label"), "predict.picks")
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(t("predict.shuffle"), icon=":material/shuffle:", type="tertiary"):
            st.session_state["predict.turn"] = turn + 1
            st.query_params.pop(SAMPLE, None)
            st.session_state.pop(LINKED, None)
            st.rerun(scope="fragment")
        st.caption(t("predict.sample_link"), width="stretch")
    if chosen != at:
        st.query_params[SAMPLE] = chosen
    one = next((one for one in found if one.name == chosen), linked)
    picture = one.picture.transpose(1, 2, 0)
    image = Image.fromarray(
        picture[..., 0] if picture.shape[2] == 1 else np.ascontiguousarray(picture)
    )
    return Subject(image, one.name, one.truth)


def _picture(one: samples.Sample) -> dict[str, str]:
    return {
        "name": one.name,
        "source": shots.address(one.picture.transpose(1, 2, 0)),
        "text": "",
        "note": t("predict.sample_note", truth=one.truth, number=one.index),
    }
