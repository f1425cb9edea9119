"""Steps 4 and 5: where each token looks, in every head, and what comes of it over all layers."""

from typing import Any

import numpy as np
import streamlit as st

from core import rollout
from core.explain import METHODS
from core.inference import Predictor
from core.rollout import FUSIONS, Fusion
from core.surgery import Surgery
from pages.ui.walk import direct, elements
from pages.ui.walk.ground import VASWANI, ground, head
from pages.ui.walk.scene import Scene, link
from pages.ui.words import plain, t

CARON = ("Caron et al. 2021", "https://arxiv.org/abs/2104.14294")
ABNAR = ("Abnar & Zuidema 2020", "https://arxiv.org/abs/2005.00928")
CHEFER = ("Chefer et al. 2021", "https://arxiv.org/abs/2103.15679")
RAGHU = ("Raghu et al. 2021", "https://arxiv.org/abs/2108.08810")
DARCET = ("Darcet et al. 2023", "https://arxiv.org/abs/2309.16588")
DISCARD, FUSION = "vit.discard", "vit.fusion"


def show(scene: Scene) -> None:
    """The two steps."""
    _attend(scene)
    _mix(scene)


def _attend(scene: Scene) -> None:
    head(4)
    way = scene.journey
    elements.panel("heads")
    elements.panel("looks")
    elements.panel("sum")
    d, n = way.q.shape[-1], way.tokens
    ground(
        r"A=\mathrm{softmax}\Big(\frac{QK^{\top}}{\sqrt{d_h}}\Big),\qquad"
        r"\mathrm{head}=AV,\qquad\sum_j A_{ij}=1",
        "q, k, v = rearrange(qkv(x), 'b n (three h d) -> three b h n d', three=3, "
        f"h={way.heads})\na = (q @ k.transpose(-2, -1) * {d}**-0.5).softmax(-1)\ny = a @ v",
        VASWANI,
        CARON,
        shapes=f"q, k, v: (1, {way.heads}, {n}, {d}) → A: (1, {way.heads}, {n}, {n})",
    )


def _mix(scene: Scene) -> None:
    head(5)
    _follow(scene)
    left, right = st.columns(2, gap="large")
    with left:
        elements.panel("spread", {"of": "distance", "most": "own"}, key="distance")
    with right:
        elements.panel("spread", {"of": "entropy", "most": "bits"}, key="entropy")
    elements.panel("norms")
    ground(
        r"\begin{gathered}\hat A_l=\tfrac12\bar A_l+\tfrac12 I,\quad R=\hat A_L\cdots\hat A_1\\"
        r"\text{relevance: }R\leftarrow R+\mathrm{mean}_h\,\mathrm{relu}\Big("
        r"\frac{\partial y_c}{\partial A_l}\circ A_l\Big)R\\"
        r"D_{l,h}=\mathrm{mean}_i\sum_j A_{ij}\,\lVert p_i-p_j\rVert,\quad"
        r"H=-\sum_j A_{ij}\log_2 A_{ij}\end{gathered}",
        "g = torch.autograd.grad(logits[0, c], maps)\nR = torch.eye(n)\n"
        "for a, da in zip(maps, g):\n    R = R + (da * a).relu().mean(1)[0] @ R",
        ABNAR,
        CHEFER,
        RAGHU,
        DARCET,
        shapes=METHODS["relevance"].label + ": R[0, 1:] → (h, w)",
    )


@st.cache_data(max_entries=128, show_spinner=False)
def _supported(
    _net: Predictor, stamp: str, packed: np.ndarray, index: int, discard: float, surgery: Surgery
) -> tuple[np.ndarray, np.ndarray]:
    return rollout.supported(_net, packed, index, discard, surgery)


@st.fragment
def _follow(scene: Scene) -> None:
    """Maps through all layers; the slider that discards asks for nothing else anew."""
    fusion = _fusion()
    discard = _discard()
    way = scene.journey
    try:
        relevance, gradient = _supported(
            scene.net, scene.stamp, scene.packed, scene.index, discard, scene.surgery
        )
        rolled = rollout.rollout(way.maps, fusion, discard)
    except ValueError as problem:
        st.error(plain(str(problem)), icon=":material/error:")
        return
    name = scene.name
    maps = [
        _map("relevance", relevance, name),
        _map("gradient", gradient, name),
        _map("rollout", rolled, name),
    ]
    told = {"maps": maps, "discard": discard, "stamp": scene.stamp, "turn": 0}
    told["ask"] = direct.followed(scene, fusion)
    elements.asking("follow", told, "how")


def _map(kind: str, values: np.ndarray, name: str) -> dict[str, Any]:
    what = "flat" if not values.any() else f"{kind}_told"
    return {
        "title": t(f"vit.follow.{kind}", name=name),
        "told": t(f"vit.follow.{what}", name=name),
        "values": elements.numbers(values),
    }


def _fusion() -> Fusion:
    chosen = st.segmented_control(
        t("why.fusion"),
        list(FUSIONS),
        format_func=lambda name: t(f"why.fusion_{name}"),
        default="mean",
        required=True,
        key=FUSION,
        help=t("why.fusion_help"),
    )
    return next(name for name in FUSIONS if name == chosen)


def _discard() -> float:
    """The share that is discarded, as its slider has told, else as the URL says."""
    told = (elements.heard("follow", "how") or {}).get("discard")
    if told is None:
        try:
            told = float(st.query_params.get("discard", "0"))
        except ValueError:
            told = 0.0
    kept = min(0.95, max(0.0, float(told)))
    link("discard", f"{kept:g}" if kept else "")
    return kept
