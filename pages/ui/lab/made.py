"""How layers are made and how their first weights are drawn."""

import streamlit as st

from core.labs.making import (
    CHOICES,
    DEEPEST,
    LAYERS,
    WIDTH,
    init_code,
    made,
    making_code,
    signal,
    visits,
)
from pages.ui.lab import frame, link
from pages.ui.lab.cells import Block, cells
from pages.ui.lab.curves import Line, curves
from pages.ui.words import t

CLASSES = {"linear": "nn.Linear", "lazy": "nn.LazyLinear", "identity": "nn.Identity"}
AFFINE = {
    "linear": r"y = x W^\top + b, \quad W \in \mathbb{R}^{%d \times %d}",
    "lazy": r"y = x W^\top + b, \quad W \in \mathbb{R}^{%d \times ?} \to \mathbb{R}^{%d \times %d}",
    "identity": r"y = x",
}
SIGNAL = (
    r"\mathrm{Var}(y) = n\,\mathrm{Var}(w)\,\mathrm{E}[x^2] \;\Rightarrow\; "
    r"\mathrm{Var}(w) = \tfrac{2}{n} \text{ for ReLU}"
)
HE = "He et al. 2015, Delving deep into rectifiers"
HE_AT = "https://arxiv.org/abs/1502.01852"
NAMES = {
    "he": "He",
    "xavier": "Xavier",
    "normal": "N(0, 0.02²)",
    "zeros": "0",
    "torch": "nn.Linear",
}
LEAST = 1e-8  # below this a curve leaves the picture


def layers() -> None:
    """A layer and a batch of any width."""
    with st.container(horizontal=True, gap="large", vertical_alignment="bottom"):
        kind = link.choice(t("lab.modules.layer"), LAYERS, "layer", said=CLASSES.__getitem__)
        width = _slider("batch", 1, 8, 6)
        expected = _slider("expected", 1, 8, 6) if kind == "linear" else width
        outputs = _slider("outputs", 1, 8, 3) if kind != "identity" else width
    found = made(kind, width, expected, outputs)
    rows = [
        [t("lab.modules.at_first"), found.before],
        [t("lab.modules.batch_shape"), str(found.given)],
        [t("lab.modules.afterwards"), found.after],
        [t("lab.modules.out_shape"), str(found.out) if found.out else "–"],
        [t("lab.modules.parameters"), str(found.parameters)],
        ["y is x", str(found.same)],
    ]
    cells("lab.made", [Block(CLASSES[kind], rows, style="plain")], size=34)
    if found.problem:
        st.error(t("lab.modules.refused", width=width, expected=expected))
        st.code(found.problem, language="text")
    sizes = {"linear": (outputs, expected), "lazy": (outputs, outputs, width), "identity": ()}
    formula = AFFINE[kind] % sizes[kind]
    frame.ground(formula, making_code(kind, width, expected, outputs))
    frame.insight(t(f"lab.modules.insight.{kind}"))


def init() -> None:
    """The signal through a deep net under each way to draw the weights; the order of `apply`."""
    with st.container(horizontal=True, gap="large", vertical_alignment="bottom"):
        chosen = link.choice(
            t("lab.modules.init"), CHOICES, "init", said=NAMES.__getitem__, usual="he"
        )
        depth = _slider("depth", 1, DEEPEST, 12)
    left, right = st.columns([3, 2], gap="large")
    steps = list(range(depth + 1))
    with left:
        lines = []
        for at, name in enumerate(CHOICES):
            values = [v if v > LEAST else float("nan") for v in signal(name, depth)]
            kind = "line" if name == chosen else "dashed"
            lines.append(Line(NAMES[name], steps, values, kind, at))  # type: ignore[arg-type]
        last = signal(chosen, depth)[-1]
        marks = [(depth, last, f"{last:.2g}")] if last > LEAST else []
        curves(
            "lab.signal",
            lines,
            title=t("lab.modules.signal"),
            x=t("lab.modules.layer_axis"),
            y=t("lab.modules.signal_axis"),
            marks=marks,
            log="y",
            height=320,
        )
        st.caption(t("lab.modules.signal_what", width=WIDTH))
    with right:
        order = [[str(at), name] for at, name in enumerate(visits(min(depth, 4)), start=1)]
        note = t("lab.modules.order_note") if depth > 4 else ""
        cells("lab.order", [Block(t("lab.modules.order"), order, note, "plain")], size=26)
    frame.ground(SIGNAL, init_code(chosen), HE, HE_AT)
    frame.insight(
        t("lab.modules.insight.init", name=NAMES[chosen], depth=depth, last=f"{last:.2g}")
    )


def _slider(name: str, least: int, most: int, usual: int) -> int:
    label = t(f"lab.modules.{name}")
    return int(st.slider(label, least, most, usual, key=name, bind="query-params", width=200))
