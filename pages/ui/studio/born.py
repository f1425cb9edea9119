"""From noise to pictures: the same codes decoded at every moment of a training."""

from typing import Any

import numpy as np
import streamlit as st

from core import parcel
from core.nets import Moment
from pages.ui import asking
from pages.ui.session import place
from pages.ui.studio import elements
from pages.ui.studio.choice import opened
from pages.ui.studio.desk import Desk
from pages.ui.studio.grid import MAKHZANI
from pages.ui.walk.ground import ground
from pages.ui.words import plain, t

ROWS = 12  # moments that are shown
WIDE = 12  # codes


def show(desk: Desk) -> None:
    """A row for each moment: samples, or test pictures rebuilt."""
    st.markdown(t("latent.born.what"))
    line = asking.timeline(desk.net.source, place())
    if len(line) > 1:
        chosen = np.linspace(0, len(line) - 1, min(ROWS, len(line))).round().astype(int)
        _moments(desk, [line[at] for at in chosen])
    else:
        st.caption(t("latent.born.none"))
    ground(
        r"\hat x_t=D_{\theta_t}(z),\qquad z\ \text{fixed},\ t=\text{checkpoint}",
        "z = prior.sample((12,))\n"
        "for checkpoint in timeline:\n"
        "    decoder.load_state_dict(checkpoint)\n"
        "    frames.append(decoder(z))",
        MAKHZANI,
    )


def _moments(desk: Desk, kept: list[Moment]) -> None:
    of = st.segmented_control(
        t("latent.born.of"),
        ["samples", "pictures"],
        format_func=lambda name: t(f"latent.born.{name}"),
        default="samples",
        required=True,
        key="latent.born.of",
    )
    try:
        rows = _rows(desk, desk.net.source, tuple(m.tag for m in kept), str(of))
    except ValueError as problem:
        st.error(plain(str(problem)), icon=":material/error:")
        return
    elements.tiles(
        "born",
        rows.reshape(-1, *rows.shape[2:]),
        elements.Look(
            side=[_when(moment) for moment in kept],
            note=t("latent.born.axes"),
            most=44,
        ),
        columns=rows.shape[1],
        alt=t("latent.born.alt"),
    )
    _save(rows, kept)


def _save(rows: np.ndarray, kept: list[Moment]) -> None:
    st.download_button(
        t("latent.born.gif"),
        data=lambda: film(rows, [f"step {moment.step}" for moment in kept]),
        file_name="from-noise.gif",
        mime="image/gif",
        icon=":material/download:",
        on_click="ignore",
        key="latent.born.save",
    )


def _when(moment: Moment) -> str:
    return t("latent.born.step", step=f"{moment.step:,}")


def film(rows: np.ndarray, labels: list[str]) -> bytes:
    """A frame for each moment. (moments, n, c, h, w)"""
    frames = [parcel.sheet(row, 4) for row in rows]
    return parcel.animation(frames, labels, 500)


@st.cache_data(max_entries=12, show_spinner=False)
def _rows(_desk: Desk, source: str, tags: tuple[str, ...], of: str) -> np.ndarray:
    """Pictures (moments, n, c, h, w)."""
    rows: list[Any] = []
    for tag in tags:
        maker, _ = opened(source, tag)
        if of == "samples" or _desk.cloud is None:
            rows.append(maker.sample(WIDE, seed=0).pictures)
            continue
        cloud = _desk.cloud
        shown = cloud.pictures[:WIDE]
        labels = cloud.labels[:WIDE] if maker.settings.variant == "supervised" else None
        rows.append(maker.reconstruct(shown, labels=labels))
    return np.stack(rows)
