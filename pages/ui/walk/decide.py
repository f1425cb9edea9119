"""Steps 6 and 7: what the head reads after each layer, and what an operation makes of it."""

import numpy as np
import streamlit as st

from core.heads import estimated, importance
from core.inference import Predictor
from core.overlay import SMALL
from core.surgery import write
from pages.ui.walk import direct, elements
from pages.ui.walk.ground import ground, head
from pages.ui.walk.scene import BASE, TURN, Scene, as_told
from pages.ui.words import plain, t

LENS = (
    "nostalgebraist 2020",
    "https://www.lesswrong.com/posts/AcKRB8wDpdaN6v6ru/interpreting-gpt-the-logit-lens",
)
MICHEL = ("Michel et al. 2019", "https://arxiv.org/abs/1905.10650")


def show(scene: Scene) -> None:
    """The two steps."""
    _decide(scene)
    _operate(scene)


def _decide(scene: Scene) -> None:
    head(6)
    way = scene.journey
    elements.panel("lens")
    read = r"z^l_{\mathrm{cls}}" if way.cls else r"\mathrm{mean}_i\,z^l_i"
    line = "norm(z)[:, 0]" if way.cls else "norm(z).mean(1)"
    ground(
        rf"p^l=\mathrm{{softmax}}\big(W\,\mathrm{{LN}}({read})+b\big)",
        f"p = head({line}).softmax(-1)",
        LENS,
        shapes=f"(1, {way.tokens}, {way.width}) → (1, {len(way.classes):,})",
    )


@st.cache_data(max_entries=64, show_spinner=False)
def _importance(_net: Predictor, stamp: str, packed: np.ndarray, index: int) -> np.ndarray:
    """Muting every head in turn takes a pass each; large nets are asked by one backward pass."""
    ask = importance if _net.size <= SMALL else estimated
    return ask(_net, packed, index)


def _operate(scene: Scene) -> None:
    head(7)
    base = st.session_state[BASE]
    found = _importance(scene.net, f"{scene.source}", scene.packed, scene.index)
    told = {"how": as_told(base), "turn": st.session_state[TURN]}
    told |= {"echo": elements.heard("operate", "how"), "ask": direct.operated(scene)}
    elements.asking("operate", told | {"importance": elements.numbers(found)}, "how")
    exact = scene.net.size <= SMALL
    st.caption(t("vit.importance" if exact else "vit.estimated", name=plain(scene.name)))
    if scene.surgery.changes:
        now, before = scene.journey, scene.before
        lost = float(now.logits[scene.index] - before.logits[scene.index])
        st.markdown(
            t("vit.operated", name=plain(scene.name), change=f"{lost:+.2f}"),
            help=write(scene.surgery),
        )
    ground(
        r"\begin{gathered}A_{ij}=\mathrm{softmax}_j\Big(\frac{q_i k_j}{T\sqrt{d_h}}+m_j\Big),"
        r"\quad m_j=-\infty\text{ where cut}\\"
        r"\text{importance}_{l,h}=y_c-y_c\,\big|_{\,W_O^{(l,h)}=0}\end{gathered}",
        "scores = scores / T\nscores[..., cut] = -inf\n"
        "answer[:, :, head * d : (head + 1) * d] = 0  # before W_O",
        MICHEL,
    )
