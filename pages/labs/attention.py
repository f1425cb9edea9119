"""Attention step by step: scores, scale, mask, softmax, values, heads; every number to be seen."""

import streamlit as st

from core.labs import attention
from core.labs.attention import DIVISORS, MASKS, SCALES, Setting, Steps, asked, spreads, steps
from pages.ui.lab import frame, link, looking
from pages.ui.lab.curves import Line, curves
from pages.ui.words import t

LEFT = 250  # pixels of the controls
WIDTHS = (4, 8, 16, 32)
HEADS = (1, 2, 4)
PAPER = "Vaswani et al. 2017, Attention is all you need, section 3.2"
ADDRESS = "https://arxiv.org/abs/1706.03762"
FORMULA = (
    r"\begin{gathered}\mathrm{Attention}(Q, K, V) = \mathrm{softmax}\!\left("
    r"\frac{QK^\top}{%s} + M\right) V\\[8pt]"
    r"q \cdot k = \sum_{i=1}^{d} q_i k_i, \quad \mathrm{Var}(q \cdot k) = d = %d"
    r"\end{gathered}"
)


def show() -> None:
    with st.container(horizontal=True, gap="large"):
        left, right = st.container(width=LEFT), st.container(width="stretch")
    with left:
        setting = _setting()
    found = _steps(setting)
    with right:
        head = looking.head(setting.heads)
        looking.draw(setting, found, head)
    _heads(setting, found)
    _torch(setting, found)


@st.cache_data(max_entries=128, show_spinner=False)
def _steps(setting: Setting) -> Steps:
    return steps(setting)


def _setting() -> Setting:
    """The controls."""
    scale = link.choice(
        t("lab.attention.scale"), SCALES, "scale", said=_scale, kind="radio", help=_help("scale")
    )
    mask = link.choice(t("lab.attention.mask"), MASKS, "mask", said=_mask, help=_help("mask"))
    tokens = _slider("tokens", 2, 8, 5)
    real = _slider("real", 1, 8, 3) if mask == "padding" else tokens
    width = st.select_slider(
        t("lab.attention.width"), WIDTHS, 8, key="width", bind="query-params", help=_help("width")
    )
    heads = st.select_slider(
        t("lab.attention.heads"), HEADS, 2, key="heads", bind="query-params", help=_help("heads")
    )
    seed = _slider("seed", 0, 20, 0)
    by, dark = SCALES[SCALES.index(scale)], MASKS[MASKS.index(mask)]  # type: ignore[arg-type]
    return Setting(tokens, width, heads, by, dark, min(real, tokens), seed)


def _slider(name: str, least: int, most: int, usual: int) -> int:
    label = t(f"lab.attention.{name}")
    return int(
        st.slider(label, least, most, usual, key=name, bind="query-params", help=_help(name))
    )


def _help(name: str) -> str:
    return t(f"lab.attention.{name}_help")


def _scale(name: str) -> str:
    return t(f"lab.attention.scales.{name}")


def _mask(name: str) -> str:
    return t(f"lab.attention.masks.{name}")


def _heads(setting: Setting, found: Steps) -> None:
    """All heads side by side, put together again; and how widely they look."""
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.subheader(t("lab.attention.merge"))
        looking.merge(setting, found)
    with right:
        widths = list(attention.WIDTHS)
        shares = {scale: spreads(scale, setting.heads) for scale in SCALES}
        lines = [
            Line(_scale(scale), widths, [100 * share for share in shares[scale]], hue=at)
            for at, scale in enumerate(SCALES)
        ]
        here = 100 * shares[setting.scale][widths.index(max(2, setting.head))]
        curves(
            "lab.spread",
            lines,
            title=t("lab.attention.spread"),
            x=t("lab.attention.spread_x"),
            y=t("lab.attention.spread_y"),
            reach=(None, None, 0, 100),
            marks=[(max(2, setting.head), here, f"{here:.0f} %")],
            log="x",
            height=300,
        )
        st.caption(t("lab.attention.spread_what", heads=setting.heads))


def _torch(setting: Setting, found: Steps) -> None:
    """The formula, the line, the differences from torch, and what the scale does here."""
    root = {"head": r"\sqrt{d}", "width": r"\sqrt{h\,d}", "none": "1"}[setting.scale]
    frame.ground(FORMULA % (root, setting.head), attention.code(setting), PAPER, ADDRESS)
    st.markdown(
        t(
            "lab.attention.equal",
            function=f"{found.gap_function:.1g}",
            module=f"{found.gap_module:.1g}",
        )
    )
    wide = attention.spread(found.weights)
    seen = (~found.hidden).sum(1).mean()
    frame.insight(
        t(
            f"lab.attention.insight.{setting.scale}",
            spread=f"{wide:.1f}",
            seen=f"{seen:.2g}",
            head=setting.head,
            width=setting.width,
            by=f"{setting.divisor:.2f}",
            right=f"{setting.head**0.5:.2f}",
            gap=f"{found.gap_module:.1g}",
        )
    )


frame.lab("attention", show, len(DIVISORS), asked)
