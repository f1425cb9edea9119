"""Steps 9 and 10: whether a map can be believed, and the same picture through a CNN."""

from dataclasses import dataclass

import numpy as np
import streamlit as st
from PIL import Image

from core import encoded, field, probe, samples, similarity
from core.cam import grad_cam
from core.explain import Choice
from core.inference import Predictor
from core.nets import Net, menu
from core.similarity import Portrait
from pages.ui import asking, belief
from pages.ui.session import ICONS, door, store
from pages.ui.walk import elements
from pages.ui.walk.ground import ground, head, unfolded
from pages.ui.walk.scene import Scene
from pages.ui.words import plain, t

PETSIUK = ("Petsiuk et al. 2018", "https://arxiv.org/abs/1806.07421")
ADEBAYO = ("Adebayo et al. 2018", "https://arxiv.org/abs/1810.03292")
KORNBLITH = ("Kornblith et al. 2019", "https://arxiv.org/abs/1905.00414")
RAGHU = ("Raghu et al. 2021", "https://arxiv.org/abs/2108.08810")
CONVOLUTIONAL = ("cnn", "resnet", "fastnet")
PICTURES = 200  # through both nets, to see which layers are alike


def trust(scene: Scene) -> None:
    """Step 9: the trust meter of the page that predicts, for attention's two maps."""
    head(9)
    kind = st.segmented_control(
        t("vit.trust_which"),
        ["relevance", "rollout"],
        format_func=lambda name: t(f"why.{name}.label"),
        default="relevance",
        required=True,
        key="vit.trust.which",
    )
    if scene.surgery.changes:
        st.caption(t("vit.trust_whole"))
    index = scene.index if kind == "relevance" else 0
    choice = Choice("relevance" if kind == "relevance" else "rollout", index)
    belief.show(scene.net, scene.source, scene.packed, scene.index, choice)
    ground(
        r"\mathrm{AUC}=\frac1S\sum_{s=0}^{S}p_c\big(x\text{ without its }s\text{ best parts}\big)",
        "order = relevance.flatten().argsort(descending=True)\n"
        "for part in order.chunk(S):\n    x[..., part] = mean\n"
        "    curve.append(model(x).softmax(-1)[0, c])",
        PETSIUK,
        ADEBAYO,
    )


@dataclass(frozen=True)
class Fields:
    """A layer's Grad-CAM and what each of its places sees: (s, s), (s, s, 4) shares 0…1."""

    cam: np.ndarray
    boxes: np.ndarray
    receptive: int


@st.cache_resource(max_entries=64, show_spinner=False)
def _boxes(_net: Predictor, stamp: str, layer: str, side: int) -> tuple[np.ndarray, int]:
    """What each place sees; rows and columns are alike, so the diagonal tells all."""
    bounds = [field.field(_net, layer, at, at)[0] for at in range(side)]
    ends = np.array(bounds, dtype=np.float32) / _net.size
    boxes = np.zeros((side, side, 4), np.float32)
    boxes[..., [0, 2]] = ends[:, None, [0, 2]]
    boxes[..., [1, 3]] = ends[None, :, [1, 3]]
    widest = max(bottom - top for top, _, bottom, _ in bounds)
    return boxes, int(widest)


@st.cache_resource(max_entries=32, show_spinner=False)
def _fields(_net: Predictor, stamp: str, packed: np.ndarray, index: int) -> Fields:
    layer = probe.default(probe.layers(_net))
    boxes, receptive = _boxes(_net, stamp.split(" ", 1)[0], layer.name, layer.side)
    return Fields(grad_cam(_net, packed, index, layer.name), boxes, receptive)


@st.cache_resource(max_entries=16, show_spinner=False)
def _portrait(_net: Predictor, source: str, _packed: np.ndarray, seen: str) -> Portrait:
    """`seen` names the pictures: it is the key alone."""
    return similarity.portrait(_net, _packed)


def beside(scene: Scene, image: Image.Image) -> None:
    """Step 10: a CNN that knows the same classes."""
    head(10)
    known = {one.source: one for one in _offered(scene)}
    if not known:
        st.caption(t("vit.cnn_none"))
        st.page_link(door("train"), label=t("vit.train_cnn"), icon=ICONS["train"])
        return
    if unfolded(10):
        _beside(scene, image, known)
    ground(
        r"\mathrm{CKA}(X,Y)=\frac{\lVert Y^{\top}X\rVert_F^2}"
        r"{\lVert X^{\top}X\rVert_F\,\lVert Y^{\top}Y\rVert_F}",
        "k, l = x @ x.T, y @ y.T  # x, y centred over the pictures\n"
        "cka = (k * l).sum() / (k.norm() * l.norm())",
        KORNBLITH,
        RAGHU,
    )


def _offered(scene: Scene) -> list[Net]:
    classes = scene.journey.classes
    return [one for one in menu(store()) if one.model in CONVOLUTIONAL and one.classes == classes]


def _beside(scene: Scene, image: Image.Image, known: dict[str, Net]) -> None:
    chosen = st.selectbox(
        t("vit.cnn"),
        list(known),
        format_func=lambda source: asking.label(known[source], list(known.values())),
        key="vit.cnn",
    )
    try:
        net = asking.nets().open(str(chosen))
        packed = net.tensor(image).numpy()
        stamp = f"{chosen} {scene.stamp} {scene.index}"
        found = _fields(net, stamp, packed, scene.index)
    except ValueError as problem:
        st.error(plain(str(problem)), icon=":material/error:")
        return
    told = {
        "cam": elements.numbers(found.cam),
        "boxes": elements.numbers(found.boxes),
        "receptive": found.receptive,
        "stamp": scene.stamp,
    }
    elements.panel("beside", told)
    _alike(scene, net, str(chosen))


def _alike(scene: Scene, net: Predictor, source: str) -> None:
    """Which layers of the two nets see alike, over some hundred test pictures."""
    st.markdown(f"**{t('vit.cka')}**")
    data, classes = scene.asked.net.data, scene.journey.classes
    # On a first visit digits at hand stand in for the set, or the few pictures that came along.
    here = encoded.known(data, tuple(classes), scene.net.channels, scene.net.size)
    data = data if here is None else here[0]
    some = samples.some(data, classes, PICTURES, known=scene.asked.study)
    shapes = {(one.channels, one.size, one.size) for one in (net, scene.net)}
    if not some or {one.picture.shape for one in some} | shapes != shapes or len(shapes) > 1:
        st.caption(t("vit.cka_none"))
        return
    packed = np.stack([one.picture for one in some])
    with st.spinner(t("vit.cka_wait")):
        seen = f"{data} {len(some)}"
        mine = _portrait(scene.net, scene.source, packed, seen)
        other = _portrait(net, source, packed, seen)
    layers = range(1, len(mine.names) - 1)
    told = {
        "values": elements.numbers(similarity.cka(mine, other)),
        "rows": [t("vit.at_start"), *(t("vit.after", n=at) for at in layers), t("vit.logits")],
        "columns": [name or t("vit.logits") for name in other.names],
    }
    elements.panel("matrix", told)
    st.caption(t("vit.cka_what", n=len(some)))
