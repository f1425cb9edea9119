"""Why did the net say that: the menu of methods, which of them a net can have, and their maps."""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import torch

from core import cam, pixels, probe, rollout
from core.probe import Layer

if TYPE_CHECKING:
    from core.inference import Predictor

Needs = Literal["nothing", "maps", "attention"]
LARGE = 64  # side from which on a method takes fewer steps


@dataclass(frozen=True)
class Method:
    """A way to explain an answer; classes, layers: whether one must be chosen.

    signed: negative values speak against the class.
    """

    label: str
    needs: Needs
    formula: str
    paper: str
    arxiv: str
    classes: bool = True
    layers: bool = False
    signed: bool = False


METHODS: dict[str, Method] = {
    "grad_cam": Method(
        "Grad-CAM",
        "maps",
        r"\begin{gathered}\mathrm{relu}\Big(\sum_k w_k A_k\Big)\\"
        r"w_k=\frac{1}{hw}\sum_{ij}\frac{\partial y_c}{\partial A_{kij}}\end{gathered}",
        "Selvaraju et al. 2016",
        "1610.02391",
        layers=True,
    ),
    "eigen_cam": Method(
        "Eigen-CAM",
        "maps",
        r"\mathrm{relu}(A\,v_1),\quad A=U\Sigma V^{\top}",
        "Muhammad & Yeasin 2020",
        "2008.00299",
        classes=False,
        layers=True,
    ),
    "score_cam": Method(
        "Score-CAM",
        "maps",
        r"\begin{gathered}\mathrm{relu}\Big(\sum_k \alpha_k A_k\Big)\\"
        r"\alpha=\mathrm{softmax}_k\; y_c(x\circ \hat A_k)\end{gathered}",
        "Wang et al. 2019",
        "1910.01279",
        layers=True,
    ),
    "rollout": Method(
        "Attention rollout",
        "attention",
        r"\hat A_L\cdots\hat A_1,\quad \hat A_l=\tfrac12\,\overline{A_l}+\tfrac12 I",
        "Abnar & Zuidema 2020",
        "2005.00928",
        classes=False,
    ),
    "relevance": Method(
        "Class relevance",
        "attention",
        r"\begin{gathered}\rule{0pt}{1.2em}R\leftarrow R+\bar A_l R\\"
        r"\bar A_l=\mathrm{mean}_h\,\mathrm{relu}"
        r"\Big(\frac{\partial y_c}{\partial A_l}\circ A_l\Big)\end{gathered}",
        "Chefer et al. 2021",
        "2103.15679",
    ),
    "saliency": Method(
        "Saliency",
        "nothing",
        r"\max_{\text{colours}}\Big|\frac{\partial y_c}{\partial x}\Big|",
        "Simonyan et al. 2013",
        "1312.6034",
    ),
    "integrated": Method(
        "Integrated gradients",
        "nothing",
        r"(x-x_0)\int_0^1\frac{\partial y_c}{\partial x}\big(x_0+\alpha(x-x_0)\big)\,d\alpha",
        "Sundararajan et al. 2017",
        "1703.01365",
        signed=True,
    ),
    "occlusion": Method(
        "Occlusion",
        "nothing",
        r"y_c(x)-y_c(x\text{ covered here})",
        "Zeiler & Fergus 2013",
        "1311.2901",
        signed=True,
    ),
}


@dataclass(frozen=True)
class Means:
    """What a net offers to explanations: layers with maps, and whether it pays attention."""

    kind: str
    layers: tuple[Layer, ...]
    attention: bool

    def methods(self) -> list[str]:
        """The methods that this net can have."""
        return [name for name in METHODS if not self.lack(name)]

    def lack(self, method: str) -> str:
        """Why a net cannot have a method, in one sentence; "" where it can."""
        needs = METHODS[method].needs
        if needs == "maps" and not self.layers:
            return f"{METHODS[method].label} needs feature maps: {NO_MAPS.get(self.kind, NONE)}"
        if needs == "attention" and not self.attention:
            return (
                f"{METHODS[method].label} needs attention, and this net has none: "
                "choose a net with attention, such as the ViT"
            )
        return ""


NO_MAPS = {
    "mlp": "an MLP joins every unit to the whole picture, so its layers know no places",
    "lstm": "an LSTM reads whole rows into one memory, so its layers keep no places",
}
NONE = "this net's layers keep no places"


def means(net: "Predictor") -> Means:
    """What a net offers; one forward pass of an empty picture."""
    attends = any(probe.is_attention(module) for module in net.model.modules())
    return Means(net.config.model.name, tuple(probe.layers(net)), attends)


@dataclass(frozen=True)
class Choice:
    """What is asked: a method, a class by its number, and what some methods take besides.

    layer "" is the usual one; side and step are of occlusion's window, 0 for the usual; ground is
    the empty picture of integrated gradients; fusion and discard are rollout's.
    """

    method: str
    index: int = 0
    layer: str = ""
    side: int = 0
    step: int = 0
    ground: pixels.Ground = "mean"
    fusion: rollout.Fusion = "mean"
    discard: float = 0.0


@dataclass(frozen=True)
class Explained:
    """A map on its own grid, float32 (h, w), and the milliseconds that it took."""

    values: np.ndarray
    signed: bool
    milliseconds: float


def explain(net: "Predictor", packed: np.ndarray, choice: Choice) -> Explained:
    """A method's map of a packed picture. uint8 (c, h, w)

    All in float32, whatever the net was trained in.

    Raises:
        ValueError: no such method, class or layer, or this net cannot have it; one sentence.
    """
    began = time.perf_counter()
    with torch.inference_mode(False):  # what was made in it can have no gradient
        values = np.asarray(_values(net, packed, choice), dtype=np.float32)
    taken = 1000 * (time.perf_counter() - began)
    return Explained(values, METHODS[choice.method].signed, taken)


def _usual(net: "Predictor", method: str) -> str:
    """The layer to look at where none was chosen."""
    offered = means(net)
    if why := offered.lack(method):
        raise ValueError(why)
    return probe.default(list(offered.layers)).name


def _values(net: "Predictor", packed: np.ndarray, choice: Choice) -> np.ndarray:
    name, index = choice.method, choice.index
    if name not in METHODS:
        raise ValueError(f"method {name[:60]!r} is unknown: use one of {', '.join(METHODS)}")
    layer = choice.layer or (_usual(net, name) if METHODS[name].layers else "")
    usual, pace = pixels.window(net.size)
    side = choice.side or usual
    steps = pixels.STEPS if net.size <= LARGE else pixels.STEPS // 4
    match name:
        case "grad_cam":
            return cam.grad_cam(net, packed, index, layer)
        case "eigen_cam":
            return cam.eigen_cam(net, packed, layer)
        case "score_cam":
            return cam.score_cam(net, packed, index, layer)
        case "saliency":
            return pixels.saliency(net, packed, index)
        case "integrated":
            return pixels.integrated(net, packed, index, choice.ground, steps)
        case "occlusion":
            step = choice.step or min(pace, side)
            return pixels.occlusion(net, packed, index, side, step)
        case "relevance":
            return rollout.relevance(net, packed, index)
    maps = rollout.attention(net, packed)
    return rollout.rollout(maps, choice.fusion, choice.discard)
