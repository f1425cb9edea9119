"""Convolution and pooling: a window slides over a real picture, every number within reach."""

from collections.abc import Callable

import numpy as np
import streamlit as st

from core.labs import convolution, kernels
from core.labs.convolution import SIDES, Layer, Misfit, asked, slid
from core.labs.pooling import FURTHEST, Pool, pooled
from pages.ui.lab import frame, link, shift, sliding
from pages.ui.words import plain, t

OPERATIONS = ("convolution", "max", "mean")
LEFT = 270  # pixels of the controls
GUIDE = "Dumoulin, Visin 2016, A guide to convolution arithmetic for deep learning"
GUIDE_AT = "https://arxiv.org/abs/1603.07285"
AGAIN = "Zhang 2019, Making convolutional networks shift-invariant again"
AGAIN_AT = "https://arxiv.org/abs/1904.11486"


def show() -> None:
    with st.container(horizontal=True, gap="large", vertical_alignment="bottom"):
        operation = link.choice(t("lab.convolution.op"), OPERATIONS, "op", said=_named("ops"))
        kind = link.choice(
            t("lab.convolution.picture"),
            list(convolution.PICTURES),
            "picture",
            said=_named("pictures"),
        )
        which = st.slider(
            t("lab.convolution.which"), 0, 9, 4, key="which", bind="query-params", width=220
        )
    x = _found(kind, which)
    with st.container(horizontal=True, gap="large"):
        left, right = st.container(width=LEFT), st.container(width="stretch")
    try:
        if operation == "convolution":
            _convolution(x, left, right)
        else:
            _pooling(x, operation, left, right)
    except Misfit as problem:
        said = t(f"lab.convolution.misfit.{problem.reason}", **problem.numbers)
        right.error(said, icon=":material/straighten:")


@st.cache_data(max_entries=32, show_spinner=False)
def _found(kind: str, which: int) -> np.ndarray:
    return convolution.picture(kind, which)


def _named(room: str) -> Callable[[str], str]:
    """How the options of a choice are called."""
    return lambda name: t(f"lab.convolution.{room}.{name}")


def _slider(name: str, least: int, most: int, usual: int, key: str) -> int:
    """A whole number that stands in the address."""
    label, said = t(f"lab.convolution.{name}"), t(f"lab.convolution.{name}_help")
    return int(st.slider(label, least, most, usual, key=key, bind="query-params", help=said))


def _convolution(x: np.ndarray, left: sliding.Room, right: sliding.Room) -> None:
    channels, n = x.shape[:2]
    with left:
        base = _base()
        made = _slider("made", 1, 6, 2, "made")
        layer = Layer(
            len(base),
            _slider("stride", 1, 4, 1, "stride"),
            _slider("padding", 0, 5, 1, "padding"),
            _slider("dilation", 1, 8, 1, "dilation"),
            _slider("groups", 1, 3, 1, "groups") if channels * made > 1 else 1,
            channels,
            made,
            st.toggle(t("lab.convolution.bias"), key="bias", bind="query-params"),
        )
    with right:
        found = slid(x, layer, base)
        st.markdown(_size(n, layer.side(n), layer.parameters, found.gap))
        sliding.slide(found, layer.padding)
    frame.ground(convolution.formula(n, layer), convolution.code(layer), GUIDE, GUIDE_AT)
    frame.insight(_insight(layer, n))


def _base() -> np.ndarray:
    """The kernel that is chosen, or the one that is written."""
    name = link.choice(
        t("lab.convolution.kernel"),
        [*kernels.PRESETS, "own"],
        "kernel",
        said=_named("kernels"),
        usual="vertical",
        kind="box",
    )
    if name != "own":
        return kernels.preset(name, _slider("side", 1, kernels.LARGEST, 3, "k"))
    written = st.text_input(
        t("lab.convolution.own"),
        "1 0 -1; 2 0 -2; 1 0 -1",
        max_chars=kernels.LONGEST,
        key="own",
        bind="query-params",
        help=t("lab.convolution.own_help"),
    )
    try:
        return kernels.parse(written or "")
    except ValueError as problem:
        st.warning(t("lab.convolution.own_bad", reason=plain(str(problem))))
        return kernels.preset("vertical", 3)


def _size(n: int, side: int, parameters: int, gap: float) -> str:
    return t("lab.convolution.size", n=n, side=side, parameters=f"{parameters:,}", gap=f"{gap:g}")


def _insight(layer: Layer, n: int) -> str:
    """What the settings are worth, the most unusual of them first."""
    side = layer.side(n)
    dense = layer.given * n * n * layer.made * side * side
    span = layer.dilation * (layer.kernel - 1) + 1
    numbers = {"parameters": f"{layer.parameters:,}", "dense": f"{dense:,}", "side": side, "n": n}
    numbers |= {"groups": layer.groups, "share": layer.given // layer.groups, "span": span}
    numbers |= {"kernel": layer.kernel, "stride": layer.stride, "less": f"{n * n / side**2:.2g}"}
    unusual = {"groups": layer.groups > 1, "dilation": span > layer.kernel > 1}
    unusual |= {"stride": layer.stride > 1}
    case = next((name for name, holds in unusual.items() if holds), "plain")
    return t(f"lab.convolution.insight.{case}", **numbers)


def _pooling(x: np.ndarray, kind: str, left: sliding.Room, right: sliding.Room) -> None:
    n = x.shape[1]
    with left:
        k, s = _slider("window", 1, 8, 4, "pk"), _slider("stride", 1, 8, 4, "ps")
        p = _slider("pool_padding", 0, 3, 0, "pp")
        d = _slider("dilation", 1, 4, 1, "pd") if kind == "max" else 1
    pool = Pool("max" if kind == "max" else "mean", k, s, p, d)
    found = pooled(x, pool)
    with right:
        st.markdown(_size(n, pool.side(n), 0, found.gap))
        sliding.slide(found, p)
        st.subheader(t("lab.convolution.moved"))
        pixels = _slider("shift", 0, FURTHEST, 1, "shift")
        raw, left_over = shift.compare(x, pool, pixels)
    frame.ground(convolution.formula(n, Layer(k, s, p, d)), pool.code(), AGAIN, AGAIN_AT)
    frame.insight(t("lab.convolution.insight.shift", pixels=pixels, raw=raw, left=left_over))


frame.lab("convolution", show, len(SIDES), asked)
