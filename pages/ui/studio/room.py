"""The room: the plane on the left stays, on the right is one view of the space at a time."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import streamlit as st

from pages.ui.studio import (
    born,
    elements,
    grid,
    line,
    memory,
    paint,
    rebuild,
    rivals,
    samples,
    space,
    style,
    sums,
)
from pages.ui.studio.choice import Opened
from pages.ui.studio.desk import AT, TURN, Desk, laid, link
from pages.ui.words import plain, t

VIEW, KIND, LABEL = "latent.view", "latent.kind", "latent.label"
VIEWS: dict[str, Callable[[Desk], None]] = {
    "grid": grid.show,
    "line": line.show,
    "samples": samples.show,
    "rebuild": rebuild.show,
    "style": style.show,
    "sums": sums.show,
    "memory": memory.show,
    "rivals": rivals.show,
    "born": born.show,
    "paint": paint.show,
}
LIVE = ("line",)  # views that follow while something is dragged
NONE = -1


def begin(opened: Opened) -> None:
    """What hangs on the net alone: its decoder."""
    space.decoder(opened.maker, opened.stamp)


def show(opened: Opened) -> None:
    """Plane and view; a fragment, so that the choice of a net is left alone."""
    left, right = st.columns([10, 9], gap="medium")
    with left:
        place = st.container(key="studio")
        kind, label = _looks(opened)
    desk = laid(opened.net, opened.name, opened.maker, opened.stamp, kind)
    with right:
        view = _view()
        VIEWS[view](desk)
    with place:
        space.show(desk, label)
        elements.asking("stage", _stage(desk, view), "at")
        if desk.cloud is None:
            st.caption(t("latent.no_set"))
        elif desk.cloud.few:
            st.caption(t("latent.few", n=len(desk.cloud)))
        elif desk.cloud.data != desk.net.data:
            st.caption(t("latent.stands_in", name=plain(desk.cloud.data)))


def _looks(opened: Opened) -> tuple[str, int | None]:
    """How wider codes are flattened, and what a guided discriminator is told."""
    maker, kind, label = opened.maker, "code", None
    if maker.code > 2:
        if KIND not in st.session_state:
            told = str(st.query_params.get("plane", ""))
            st.session_state[KIND] = told if told in ("pca", "tsne") else "pca"
        chosen = st.segmented_control(
            t("latent.plane"),
            ["pca", "tsne"],
            format_func=lambda name: "PCA" if name == "pca" else "t-SNE",
            key=KIND,
            required=True,
            help=t("latent.plane_help"),
        )
        kind = str(chosen)
        link("plane", "" if kind == "pca" else kind)
    elif maker.judges and maker.settings.guided:
        chosen = st.selectbox(
            t("latent.told_class"),
            [NONE, *range(len(maker.classes))],
            format_func=lambda at: t("latent.any_class") if at == NONE else maker.classes[at],
            key=f"{LABEL}.{opened.net.source}",
            width=260,
            help=t("latent.told_help"),
        )
        label = None if chosen in (NONE, None) else int(chosen)
    return kind, label


def _view() -> str:
    """Draw the choice of a view; it stands in the URL."""
    if VIEW not in st.session_state:
        told = str(st.query_params.get("view", ""))
        st.session_state[VIEW] = told if told in VIEWS else "grid"
    chosen = st.pills(
        t("latent.view"),
        list(VIEWS),
        format_func=lambda name: t(f"latent.{name}.title"),
        key=VIEW,
        required=True,
        label_visibility="collapsed",
        wrap=True,
        persist_state="session",
    )
    view = str(chosen)
    link("view", "" if view == "grid" else view)
    return view


def _stage(desk: Desk, view: str) -> dict[str, Any]:
    """What the plane is told: how to begin, what is asked of it, and the picture if it must."""
    maker, at = desk.maker, st.session_state[AT]
    told: dict[str, Any] = {
        "at": {
            "z": list(at.z),
            "content": at.content,
            "line": [list(end) for end in at.line],
            "box": at.box,
        },
        "turn": st.session_state[TURN],
        "mode": view if view in ("line", "grid") else "point",
        "live": view in LIVE,
        "judges": maker.judges and desk.plane.kind == "code",
        "judged": None,
        "names": list(maker.classes),
        "contents": list(maker.names) if maker.content else [],
        "count": maker.code,
        "reach": _reach(desk),
        "path": [],
        "decoded": None,
    }
    if view == "line":
        told["path"] = [[float(v) for v in z] for z in line.path(desk, 24)]
    if maker.judges and desk.plane.kind != "code":
        told["judged"] = float(space.judged(maker, desk.z[None], None)[0])
    if not space.handed(desk):
        picture = desk.decode(desk.z[None])[0].transpose(1, 2, 0)
        told["decoded"] = elements.pixels(picture)
    return told


def _reach(desk: Desk) -> float:
    """How far the sliders of a code go: over the plane, or over nearly all codes of pictures."""
    if desk.maker.code == 2:
        return round(max(3.5, *(abs(edge) for edge in desk.plane.box)), 2)
    if desk.cloud is None:
        return 4.0
    return max(4.0, math.ceil(float(np.quantile(np.abs(desk.cloud.codes), 0.999))))
