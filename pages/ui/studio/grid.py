"""The manifold: decoded pictures over the plane, or along the prior, at equal shares of it."""

from dataclasses import replace

import numpy as np
import streamlit as st

from core import latent
from core.plane import Plane
from pages.ui.studio import elements
from pages.ui.studio.desk import Desk, begin, link
from pages.ui.walk.ground import ground
from pages.ui.words import t

FINE = 160  # cells a side on which the prior's shares are counted
USUAL, LEAST, MOST = 16, 4, 24
KINGMA = ("Kingma & Welling 2013", "https://arxiv.org/abs/1312.6114")
MAKHZANI = ("Makhzani et al. 2015", "https://arxiv.org/abs/1511.05644")
SHAPED = ("mixture", "swiss", "ring", "painted")  # priors that run along something


def show(desk: Desk) -> None:
    """The grid and what it is cut by."""
    st.markdown(t("latent.grid.what"))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        steps = st.slider(
            t("latent.grid.steps"), LEAST, MOST, USUAL, key="latent.grid.steps", width=210
        )
        along = _way(desk)
    codes = _codes(desk, steps, along)
    elements.tiles(
        "grid",
        _pictures(desk, codes),
        elements.Look(
            note=t("latent.grid.axes_prior" if along else "latent.grid.axes"),
            most=64,
        ),
        columns=steps,
        codes=codes,
        contents=_contents(desk, len(codes)),
        alt=t("latent.grid.alt", steps=steps),
    )
    ground(
        r"z_{ij}=\left(F_1^{-1}(u_i),\,F_2^{-1}(u_j)\right),\quad u_i=\frac{i+\frac12}{n}",
        "u = (torch.arange(n) + 0.5) / n\n"
        "z = torch.cartesian_prod(normal.icdf(u), normal.icdf(u))\n"
        "grid = rearrange(decoder(z), '(i j) c h w -> c (j h) (i w)', i=n)",
        MAKHZANI,
        KINGMA,
    )


def _way(desk: Desk) -> bool:
    """Whether the grid runs along the prior; a box on the plane goes before that."""
    if desk.at.box is not None:
        st.button(
            t("latent.grid.no_box"),
            icon=":material/close:",
            key="latent.grid.no_box",
            on_click=begin,
            args=(replace(desk.at, box=None),),
        )
        return False
    if desk.plane.kind != "code" or not desk.maker.judges:
        return False
    shaped = desk.maker.prior.name in SHAPED
    told = str(st.query_params.get("along", ""))
    usual = "prior" if (told or ("prior" if shaped else "plane")) == "prior" else "plane"
    chosen = st.segmented_control(
        t("latent.grid.way"),
        ["prior", "plane"],
        format_func=lambda name: t(f"latent.grid.way_{name}"),
        default=usual if "latent.grid.way" not in st.session_state else None,
        key="latent.grid.way",
        required=True,
        help=t("latent.grid.way_help"),
    )
    link("along", "" if chosen == ("prior" if shaped else "plane") else str(chosen))
    return chosen == "prior"


def _codes(desk: Desk, steps: int, along: bool) -> np.ndarray:
    """The codes of the grid, from its top left to its bottom right."""
    prior, flat = desk.maker.prior, desk.plane
    if along:
        return np.asarray(prior.quantile(latent.shares(steps).reshape(-1, 2)), np.float32)
    box = desk.at.box or flat.box
    return flat.lift(latent.within(box, _density(flat, desk, box), steps), desk.z)


def _density(flat: Plane, desk: Desk, box: tuple[float, float, float, float]) -> np.ndarray:
    found = flat.density(desk.maker.prior, box, FINE) if desk.maker.judges else None
    return np.ones((FINE, FINE)) if found is None else found


def _contents(desk: Desk, count: int) -> list[int] | None:
    return [desk.at.content] * count if desk.maker.content else None


def _pictures(desk: Desk, codes: np.ndarray) -> np.ndarray:
    return _decoded(desk, desk.stamp, codes, desk.at.content)


@st.cache_data(max_entries=32, show_spinner=False)
def _decoded(_desk: Desk, stamp: str, codes: np.ndarray, content: int) -> np.ndarray:
    return _desk.decode(codes)
