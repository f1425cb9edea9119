"""Arithmetic: this code, minus the middle of one class, plus the middle of another."""

import numpy as np
import streamlit as st

from core import latent
from pages.ui.studio import elements
from pages.ui.studio.desk import Desk
from pages.ui.walk.ground import ground
from pages.ui.words import plain, t

STRENGTHS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25)
RADFORD = ("Radford et al. 2015", "https://arxiv.org/abs/1511.06434")
MINUS, PLUS = "latent.minus", "latent.plus"


def show(desk: Desk) -> None:
    """The sum in pictures, and the way from the code to its result."""
    st.markdown(t("latent.sums.what"))
    if desk.cloud is None:
        st.caption(t("latent.no_set"))
        return
    minus, plus = _classes(desk)
    middles = latent.means(desk.cloud.codes, desk.cloud.labels, len(desk.names))
    try:
        codes = latent.moved(desk.z, middles, minus, plus, STRENGTHS)
    except ValueError as problem:
        st.warning(plain(str(problem)), icon=":material/error:")
        return
    _sum(desk, middles[minus], middles[plus], codes[STRENGTHS.index(1.0)], (minus, plus))
    st.markdown(f"**{t('latent.sums.way')}**")
    elements.tiles(
        "way",
        desk.decode(codes),
        elements.Look(
            captions=[f"s = {strength:g}" for strength in STRENGTHS],
            note=t("latent.sums.press"),
            most=84,
        ),
        columns=len(codes),
        codes=codes,
        alt=t("latent.sums.way"),
    )
    ground(
        r"z'=z+s\left(\bar z_{+}-\bar z_{-}\right),\quad \bar z_k=\frac{1}{n_k}\sum_{y_i=k}E(x_i)",
        "mean = torch.stack([z_all[y == k].mean(0) for k in range(10)])\n"
        "x = decoder(z + s * (mean[plus] - mean[minus]))",
        RADFORD,
    )


def _classes(desk: Desk) -> tuple[int, int]:
    """Draw the choice of the two classes."""
    names = desk.names
    with st.container(horizontal=True, vertical_alignment="bottom"):
        minus, plus = (
            st.selectbox(
                t(f"latent.sums.{part}"),
                range(len(names)),
                first % len(names),
                format_func=lambda at: names[at],
                key=f"{key}.{desk.net.source}",
                width=160,
            )
            for part, key, first in (("minus", MINUS, 3), ("plus", PLUS, 8))
        )
    return int(minus), int(plus)


def _sum(
    desk: Desk, less: np.ndarray, more: np.ndarray, made: np.ndarray, classes: tuple[int, int]
) -> None:
    codes = np.stack([desk.z, less, more, made])
    minus, plus = (desk.names[at] for at in classes)
    elements.tiles(
        "sum",
        desk.decode(codes),
        elements.Look(
            captions=["z", f"− ø {minus}", f"+ ø {plus}", "="],
            note=t("latent.sums.means"),
            most=120,
        ),
        columns=4,
        codes=codes,
        alt=t("latent.sums.alt", minus=minus, plus=plus),
    )
