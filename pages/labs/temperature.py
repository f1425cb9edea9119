"""Temperature: a real net's logits made softer or sharper, and whether its word can be taken."""

import numpy as np
import streamlit as st

from core.calibration import entropy, softmax
from core.labs import temperature as lab
from core.labs.temperature import asked, case, code, fitted, judged
from pages.ui.lab import frame, link, scale
from pages.ui.lab.cells import clicked
from pages.ui.words import t

USUAL = 0.5  # on the side of 1 where the first net's word becomes better
LEFT = 250  # pixels of the controls
PICTURES = "lab.pictures"
FINE = 0.01  # calibration error below which a net's word can be taken
FORMULA = (
    r"\begin{gathered} p_i = \frac{e^{z_i / T}}{\sum_j e^{z_j / T}}, \qquad "
    r"H = -\sum_i p_i \log_2 p_i \\[6pt] \mathrm{ECE} = \sum_{m=1}^{10} \frac{|B_m|}{n}"
    r"\,\bigl|\mathrm{acc}(B_m) - \mathrm{conf}(B_m)\bigr| \\[6pt]"
    r"T^* = \arg\min_T \frac1n\sum -\log p_{y} \end{gathered}"
)
PAPER = "Guo et al. 2017, On calibration of modern neural networks, arXiv 1706.04599"
ADDRESS = "https://arxiv.org/abs/1706.04599"


@st.cache_data(ttl=60, show_spinner=False)
def _nets() -> list[str]:
    return lab.known()


@st.cache_resource(max_entries=16, show_spinner=False)
def _opened(name: str) -> scale.Opened:
    found = case(name)
    best = fitted(found)
    return scale.Opened(found, best, lab.sweep(found), judged(found, 1.0), judged(found, best))


def show() -> None:
    with st.container(horizontal=True, gap="large"):
        left = st.container(width=LEFT)
        right = st.container(width="stretch")
    with left:
        nets = _nets()
        net = link.choice(t("lab.temperature.net"), nets, "net", said=str, kind="box")
        heat = st.slider(
            t("lab.temperature.heat"), 0.1, 5.0, USUAL, 0.05, key="t", bind="query-params"
        )
    found = _opened(net)
    at = _picked(len(found.case.said))
    with left:
        bits = float(entropy(softmax(found.case.said[at], heat)))
        most = np.log2(len(found.case.classes))
        st.metric(t("lab.temperature.entropy"), f"{bits:.2f} bit")
        st.caption(t("lab.temperature.entropy_most", most=f"{most:.2f}"))
    with right:
        scale.pictures(found.case, at, PICTURES, _choose)
        scale.sums(found.case, at, heat)
    one, two = st.columns(2, gap="medium")
    with one:
        scale.bars(found.case, at, heat)
    with two:
        scale.entropy_curve(found.case, at, heat)
    st.subheader(t("lab.temperature.trust"))
    st.markdown(t("lab.temperature.trust_what", n=len(found.case.judge[1])))
    scale.trust(found, heat)
    frame.insight(_insight(found))
    frame.ground(FORMULA, code(heat, found.best), PAPER, ADDRESS)


def _picked(count: int) -> int:
    """Which picture is looked at: the one clicked last, else the address's."""
    told = st.query_params.get("picture", "0")
    return int(told) if told.isdecimal() and int(told) < count else 0


def _choose() -> None:
    if (place := clicked(PICTURES)) is not None:
        link.keep("picture", str(place[0]), "0")


def _insight(found: scale.Opened) -> str:
    mean = float(np.average(found.usual.diagram.sure, weights=found.usual.diagram.count))
    kind = "unsure" if mean < found.usual.accuracy else "proud"
    kind = "fine" if found.usual.error < FINE else kind
    return t(
        f"lab.temperature.{kind}",
        best=f"{found.best:.2f}",
        mean=f"{mean:.1%}",
        accuracy=f"{found.usual.accuracy:.1%}",
        before=f"{found.usual.error:.1%}",
        after=f"{found.mended.error:.1%}",
    )


frame.lab("temperature", show, len(lab.OPTIONS), asked)
