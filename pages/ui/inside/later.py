"""Beyond one picture: how a map was born during training, and which pictures excite it most."""

from functools import partial

import numpy as np
import streamlit as st

from core import features
from core.nets import Moment
from core.reach import Reach
from pages.ui import asking, shots, ways
from pages.ui.inside import elements, scene
from pages.ui.inside.choice import WAY
from pages.ui.inside.scene import Scene
from pages.ui.session import place
from pages.ui.words import t

MOST = 8  # moments side by side
FRAME = np.array([53, 208, 160], dtype=np.uint8)
BORN, PICKED, THEN, SAMPLED = "cnn.born", "cnn.excited", "cnn.then", "cnn.sampled"
TALL = 140  # pixels to which a picture is enlarged before its frame is drawn


# During training ------------------------------------------------------------------------------


def born(now: Scene) -> None:
    """The chosen map, and its filter, at moments of the training; a click goes there."""
    line = _some(asking.timeline(now.asked.net.source, place()))
    if len(line) < 2 or now.net.size > scene.LARGE:
        return
    made, weights = [], []
    for moment in line:
        try:
            net = asking.nets().open(now.asked.net.source, moment.tag)
            stamp = f"{now.asked.net.source} {net.card['files']['model']['sha256']}"
            made.append(scene.look(net, stamp, now.packed, now.step.name).made[now.index])
            if now.step.role == "conv":
                weights.append(scene.filters(net, stamp, now.step.name)[now.index])
        except (ValueError, IndexError):
            return  # a checkpoint of another shape, or one that has gone meanwhile
    st.subheader(t("cnn.born.title", n=now.index), anchor=False)
    st.markdown(t("cnn.born.what") + (f" {t('cnn.born.filters')}" if weights else ""))
    labels = [_label(moment, line) for moment in line]
    end = line[-1].step or 1
    shares = [round(moment.step / end, 4) for moment in line]
    at = int(np.argmin([abs(share - asking.at()) for share in shares]))
    rows = {"maps": elements.maps(features.thinned(np.stack(made)))}
    if weights:
        rows["filters"] = elements.kernels(np.stack(weights))
    for name, tiles in rows.items():
        key = f"{BORN}.{name}"
        elements.sheet(
            key,
            tiles,
            labels=labels,
            notes=labels,
            chosen=at,
            scale="step",
            scales=False,
            stamp=f"{now.mark} {now.step.name} {now.index} {len(line)}",
            heard=partial(_then, key, shares),
        )


def _some(line: list[Moment]) -> list[Moment]:
    """A few of many moments, the first and the last among them."""
    if len(line) <= MOST:
        return line
    return [line[at] for at in np.linspace(0, len(line) - 1, MOST).round().astype(int)]


def _label(moment: Moment, line: list[Moment]) -> str:
    if moment is line[-1]:
        return t("predict.trained")
    return t("cnn.born.step", step=f"{moment.step:,}")


def _then(key: str, shares: list[float]) -> None:
    """The slider through the training goes to the moment that was clicked."""
    told = (st.session_state.get(key) or {}).get("chosen")
    if told is not None and 0 <= int(told) < len(shares):
        st.session_state[asking.WHEN] = shares[int(told)]
        st.session_state[THEN] = True


def travelled() -> None:
    """After a click on a moment everything is drawn anew, the slider too."""
    if st.session_state.pop(THEN, False):
        st.rerun(scope="app")


# Among the test pictures ----------------------------------------------------------------------


def excited(now: Scene) -> None:
    """The test pictures that excite the map most, once they are asked for."""
    box = st.expander(
        t("cnn.excited.title"), icon=":material/bolt:", key="cnn.thrill", on_change="rerun"
    )
    if not box.open:
        return
    with box:
        found = scene.pictures(now.asked)
        if not found:
            st.caption(t("cnn.excited.none"))
            return
        with st.spinner(t("cnn.excited.wait", n=len(found))):
            told = scene.exciting(now.net, now.stamp, now.step.name, found)
        st.markdown(t("cnn.excited.what", n=now.index, count=f"{told.count:,}"))
        cards, seen = [], now.step.reach
        for value, which, (row, column) in zip(
            told.values[now.index], told.which[now.index], told.places[now.index], strict=True
        ):
            one = found[int(which)]
            note = t("cnn.excited.note", truth=one.truth, number=one.index, value=f"{value:.3g}")
            source = _framed(one.picture, seen, int(row), int(column))
            cards.append({"name": one.name, "source": source, "text": f"{value:.2f}", "note": note})
        picked = shots.choice(cards, "", t("cnn.excited.label"), PICKED)
        if picked:
            st.query_params[ways.SAMPLE] = picked
            st.session_state[SAMPLED] = True
            st.rerun(scope="app")


def _framed(picture: np.ndarray, reach: Reach | None, row: int, column: int) -> str:
    """A picture with a frame round what the place of the map sees. uint8 (c, h, w)"""
    scale = max(1, TALL // picture.shape[1])
    large = picture.repeat(scale, 1).repeat(scale, 2).transpose(1, 2, 0)
    large = np.ascontiguousarray(np.broadcast_to(large, (*large.shape[:2], 3)))
    if reach is not None:
        top, left, bottom, right = (side * scale for side in reach.box(row, column))
        thick = max(2, scale // 2)
        large[top : top + thick, left:right] = large[bottom - thick : bottom, left:right] = FRAME
        large[top:bottom, left : left + thick] = large[top:bottom, right - thick : right] = FRAME
    return shots.address(large)


def sampled() -> None:
    """A picture that was picked among the exciting ones is a test picture again."""
    if st.session_state.pop(SAMPLED, False):
        st.session_state[WAY] = "samples"
