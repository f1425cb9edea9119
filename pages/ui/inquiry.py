"""What an explanation is asked: the class, the method's own settings, how the map is shown."""

import streamlit as st

from core import pixels, probe
from core.explain import METHODS, Choice, Means
from core.opinions import Opinion
from core.rollout import FUSIONS
from pages.ui.asking import Asked
from pages.ui.words import t

ANSWER = -1  # stands for the class that the net answers with, whatever that is


def of_class(opinion: Opinion, source: str) -> int:
    """The class that is explained; at first whatever the net answers."""
    chosen = st.selectbox(
        t("why.class"),
        [ANSWER, *range(len(opinion.classes))],
        format_func=lambda at: t("why.answer") if at == ANSWER else opinion.classes[at],
        key=f"why.class.{source}",
        help=t("why.class_help"),
    )
    return int(opinion.logits.argmax()) if chosen in (ANSWER, None) else int(chosen)


def choose(method: str, index: int, offered: Means, one: Asked) -> Choice:
    """What else a method wants to know."""
    spec, size, source = METHODS[method], one.predictor.size, one.net.source
    if not spec.classes:
        st.caption(t("why.classless", method=t(f"why.{method}.label")))
        index = 0
    if spec.layers:
        layers = list(offered.layers)
        names = [layer.name for layer in layers]
        layer = st.selectbox(
            t("why.layer"),
            names,
            index=layers.index(probe.default(layers)),
            format_func=lambda name: _layer(layers[names.index(name)]),
            key=f"why.layer.{source}",
            help=t("why.layer_help"),
        )
        return Choice(method, index, layer=str(layer))
    if method == "occlusion":
        usual, _ = pixels.window(size)
        side = st.slider(
            t("why.window"), max(2, usual // 2), size // 2, usual, key=f"why.window.{size}"
        )
        return Choice(method, index, side=int(side))
    if method == "integrated":
        ground = st.segmented_control(
            t("why.ground"),
            ["mean", "black"],
            format_func=lambda name: t("why.mean") if name == "mean" else t("why.black"),
            default="mean",
            required=True,
            key="why.ground",
            help=t("why.ground_help"),
        )
        return Choice(method, index, ground="black" if ground == "black" else "mean")
    if method == "rollout":
        return _rolled(method)
    return Choice(method, index)


def _rolled(method: str) -> Choice:
    fusion = st.segmented_control(
        t("why.fusion"),
        list(FUSIONS),
        format_func=lambda name: t(f"why.fusion_{name}"),
        default="mean",
        required=True,
        key="why.fusion",
        help=t("why.fusion_help"),
    )
    discard = st.slider(
        t("why.discard"), 0, 95, 0, 5, format="%d%%", key="why.discard", help=t("why.discard_help")
    )
    known = next(name for name in FUSIONS if name == fusion)
    return Choice(method, fusion=known, discard=discard / 100)


def _layer(layer: probe.Layer) -> str:
    words = "why.tokens" if layer.tokens else "why.maps"
    return f"{layer.name} · {t(words, n=layer.maps, side=f'{layer.side}×{layer.side}')}"


def look() -> tuple[float, bool]:
    """How the map lies over the picture."""
    strength = st.slider(t("why.strength"), 0, 100, 85, 5, format="%d%%", key="why.strength")
    smooth = st.toggle(t("why.smooth"), True, key="why.smooth", help=t("why.smooth_help"))
    return strength / 100, bool(smooth)
