"""Steps 1 to 3: the picture is cut, its patches become tokens, and these learn where they are."""

from typing import Any

import numpy as np
import streamlit as st

from core import patches
from core.inference import Predictor
from core.surgery import POSITIONS
from pages.ui.walk import elements
from pages.ui.walk.ground import DOSOVITSKIY, VASWANI, ground, head
from pages.ui.walk.scene import PLACED, SEED, Scene
from pages.ui.words import t

LEAST = 2  # pixels a side of a patch that can still be seen


def show(scene: Scene) -> None:
    """The three steps."""
    _cut(scene)
    _embed(scene)
    _place(scene)


@st.cache_data(max_entries=64, show_spinner=False)
def _same(_net: Predictor, source: str, packed: np.ndarray) -> float:
    return patches.same(_net, packed)


def _cut(scene: Scene) -> None:
    head(1)
    way = scene.journey
    side, channels = len(way.shown), way.shown.shape[-1]
    known = [size for size in patches.sizes(side) if LEAST <= size <= side // 2]
    elements.panel("cut", {"sizes": sorted({*known, way.patch})})
    length = way.patch**2 * channels
    gap = _same(scene.net, scene.source, scene.packed)
    st.caption(t("vit.same", gap=f"{gap:.1e}" if gap else "0"))
    ground(
        r"x\in\mathbb{R}^{c\times h\times w}\;\to\;x_p\in\mathbb{R}^{n\times(P^2c)},"
        r"\quad n=\frac{hw}{P^2}",
        f"x = rearrange(x, 'b c (h p) (w q) -> b (h w) (c p q)', p={way.patch}, q={way.patch})",
        DOSOVITSKIY,
        shapes=f"(1, {channels}, {side}, {side}) → (1, {way.patches}, {length})",
    )


def _embed(scene: Scene) -> None:
    head(2)
    way = scene.journey
    left, right = st.columns(2, gap="large")
    with left:
        elements.panel("filters")
        st.caption(t("vit.filters_what"))
    with right:
        elements.panel("alike", {"of": "embedded"}, key="embedded")
    elements.panel("tokens")
    _cloud(scene)
    length = way.patch**2 * way.shown.shape[-1]
    ground(
        r"z_i=E\,x_{p,i}+b,\quad E\in\mathbb{R}^{d\times(P^2c)},\qquad"
        r"\cos(z_i,z_j)=\frac{z_i^{\top}z_j}{\lVert z_i\rVert\,\lVert z_j\rVert}",
        f"embed = nn.Conv2d({way.shown.shape[-1]}, {way.width}, {way.patch}, stride={way.patch})\n"
        "z = rearrange(embed(x), 'b d h w -> b (h w) d')",
        DOSOVITSKIY,
        shapes=f"(1, {way.patches}, {length}) → (1, {way.patches}, {way.width})",
    )


@st.fragment
def _cloud(scene: Scene) -> None:
    """The tokens as points; only what is chosen here is worked out."""
    way = scene.journey
    st.markdown(f"**{t('vit.cloud')}**")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        how = st.segmented_control(
            t("vit.cloud_how"),
            ["pca", "tsne"],
            format_func=lambda name: "PCA" if name == "pca" else "t-SNE",
            default="pca",
            required=True,
            key="vit.cloud.how",
            help=t("vit.cloud_help"),
        )
        dimensions = st.segmented_control(
            t("vit.cloud_dimensions"),
            [2, 3],
            format_func=lambda n: f"{n}-D",
            default=2,
            required=True,
            key="vit.cloud.dimensions",
        )
        layer = st.select_slider(
            t("vit.cloud_layer"),
            list(range(way.layers + 1)),
            0,
            format_func=lambda at: t("vit.after", n=at) if at else t("vit.at_start"),
            key=f"vit.cloud.layer.{way.layers}",
        )
    told = _points(scene.stamp, way.stream[layer], str(how), int(dimensions or 2))
    elements.panel("cloud", told | {"stamp": scene.stamp}, key="cloud")
    if told["shares"] is not None:
        st.caption(t("vit.cloud_shares", share=f"{sum(told['shares']):.0%}"))


@st.cache_data(max_entries=128, show_spinner=False)
def _points(stamp: str, tokens: np.ndarray, how: str, dimensions: int) -> dict[str, Any]:
    kind: patches.How = "tsne" if how == "tsne" else "pca"
    found = patches.spread(tokens, kind, dimensions)
    middle = found.points - found.points.mean(0)
    shares = None if found.shares is None else [float(share) for share in found.shares]
    return {"points": np.round(middle, 3).tolist(), "shares": shares}


def _place(scene: Scene) -> None:
    head(3)
    way = scene.journey
    left, right = st.columns(2, gap="large")
    with left:
        elements.panel("places")
    with right:
        elements.panel("alike", {"of": "placed"}, key="placed")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        placed = st.segmented_control(
            t("vit.positions"),
            list(POSITIONS),
            format_func=lambda name: t(f"vit.positions_{name}"),
            key=PLACED,
            required=True,
            help=t("vit.positions_help"),
        )
        if placed == "shuffled":
            st.button(t("vit.shuffle"), icon=":material/shuffle:", on_click=_shuffle)
    _judged(scene, str(placed))
    ground(
        r"z_0=[\,x_{\mathrm{cls}};\;x_{p,1}E;\;\dots;\;x_{p,n}E\,]+E_{\mathrm{pos}}",
        "z = torch.cat([cls.expand(b, 1, -1), z], dim=1) + positions"
        if way.cls
        else "z = z + positions",
        DOSOVITSKIY,
        VASWANI,
        shapes=f"(1, {way.patches}, {way.width}) → (1, {way.tokens}, {way.width})",
    )


def _shuffle() -> None:
    st.session_state[SEED] = st.session_state.get(SEED, 0) + 1


def _judged(scene: Scene, placed: str) -> None:
    """What the net answers with its positions as they are set now."""
    now, before = scene.journey, scene.before
    if placed == "kept":
        st.caption(t("vit.positions_try"))
        return
    told = {"before": before.classes[before.answer], "now": now.classes[now.answer]}
    told["was"] = f"{float(before.probabilities[before.answer]):.0%}"
    told["share"] = f"{float(now.probabilities[now.answer]):.0%}"
    st.markdown(t("vit.positions_said", **told))
