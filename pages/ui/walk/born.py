"""Step 8: attention being born: a run's checkpoints one after the other, and as a GIF."""

from typing import Any

import numpy as np
import streamlit as st

from core import film
from core.born import Frame, frame
from core.film import View
from core.inference import Predictor
from core.nets import Moment
from pages.ui import asking
from pages.ui.session import ICONS, door, place
from pages.ui.walk import elements, feed
from pages.ui.walk.ground import DOSOVITSKIY, ground, head, unfolded
from pages.ui.walk.scene import Scene
from pages.ui.words import plain, t

MOST = 20  # checkpoints of a film
CLEAR = ("heads", "rollout", "positions", "filters", "distances")


def show(scene: Scene) -> None:
    """The step, once it is asked for."""
    head(8)
    line = asking.timeline(scene.asked.net.source, place())
    if len(line) < 2:
        st.caption(t("vit.film_none"))
        st.page_link(door("train"), label=t("vit.train_one"), icon=ICONS["train"])
        return
    if unfolded(8):
        _film(scene, _some(line))
    ground(
        r"\theta_0\to\theta_1\to\dots\to\theta_T:\quad A_{l,h}(x;\theta_t),\;"
        r"\cos(E_{\mathrm{pos}}),\;D_{l,h}(\theta_t)",
        "for tag in run.checkpoints:\n    load(model, tag)\n"
        "    with watch_attention(model) as maps:\n        model(x)",
        DOSOVITSKIY,
    )


def _some(line: list[Moment]) -> list[Moment]:
    """Checkpoints spread over the list, which is dense where much happens: at the start."""
    places = np.unique(np.linspace(0, len(line) - 1, MOST).round().astype(int))
    steps = {line[at].step: line[at] for at in places}
    return list(steps.values())


@st.cache_resource(max_entries=256, show_spinner=False)
def _frame(_net: Predictor, source: str, tag: str, packed: np.ndarray, query: int) -> Frame:
    return frame(_net, packed, query if query >= 0 else None)


def _frames(scene: Scene, line: list[Moment]) -> list[tuple[Moment, Frame]]:
    way, now = scene.journey, feed.at(scene.journey)["query"]
    query = -1 if now < 0 else way.token(now)
    found = []
    for moment in line:
        try:
            net = asking.nets().open(scene.asked.net.source, moment.tag)
            kept = _frame(net, scene.asked.net.source, moment.tag, scene.packed, query)
        except ValueError as problem:
            st.warning(plain(str(problem)), icon=":material/broken_image:")
            continue
        found.append((moment, kept))
    return found


def _film(scene: Scene, line: list[Moment]) -> None:
    with st.spinner(t("vit.film_wait")):
        found = _frames(scene, line)
    if len(found) < 2:
        return
    names = [t("vit.film_step", step=f"{moment.step:,}") for moment, _ in found]
    frames = [_told(scene, one, name) for (_, one), name in zip(found, names, strict=True)]
    query = feed.at(scene.journey)["query"]
    elements.panel("film", {"frames": frames, "stamp": f"{scene.stamp} {query} {names[-1]}"})
    _gif(scene, found)


def _told(scene: Scene, one: Frame, name: str) -> dict[str, Any]:
    arrays = {
        "looks": elements.hues(one.looks),
        "positions": None if one.positions is None else elements.hues(one.positions),
        "filters": elements.pixels(one.filters[:14]),
        "distances": elements.numbers(one.distances),
    }
    classes = feed.shown(scene.journey)
    answers = [
        {"name": scene.journey.classes[at], "share": round(float(one.probabilities[at]), 4)}
        for at in classes
    ]
    return {"label": name, "answers": answers, "arrays": arrays}


def _gif(scene: Scene, found: list[tuple[Moment, Frame]]) -> None:
    """The film as a file, made when it is asked for."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        names = [name for name in CLEAR if name != "positions" or found[0][1].positions is not None]
        chosen = st.segmented_control(
            t("vit.gif_view"),
            names,
            format_func=lambda name: t(f"vit.gif_{name}"),
            default="heads",
            required=True,
            key="vit.gif",
        )
        view: View = next(name for name in film.VIEWS if name == chosen)
        shown = scene.journey.shown

        def made() -> bytes:
            from dataclasses import replace

            named = [replace(one, label=f"step {moment.step}") for moment, one in found]
            return film.gif(film.film(named, view, shown))

        st.download_button(
            t("vit.gif_save"),
            made,
            f"attention-{view}.gif",
            "image/gif",
            icon=":material/download:",
            on_click="ignore",
        )
