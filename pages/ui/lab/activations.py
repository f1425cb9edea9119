"""The lab of activations: curves with slopes, and stacked linear layers that are one layer."""

import numpy as np
import streamlit as st

from core.labs.activations import (
    ACTIVATIONS,
    MOST_LAYERS,
    REACH,
    Stack,
    across,
    curve,
    share_left,
    stack,
)
from pages.ui.lab import frame, link
from pages.ui.lab.cells import Block, cells
from pages.ui.lab.curves import Line, curves
from pages.ui.lab.graph import RAISED, number
from pages.ui.words import t

LEFT = 290
HUES = {name: at for at, name in enumerate(ACTIVATIONS)}
KAIMING = "Goodfellow, Bengio, Courville 2016, Deep learning, section 6.1"
BOOK = "https://www.deeplearningbook.org/contents/mlp.html"


def label(name: str) -> str:
    return ACTIVATIONS[name].label


def functions() -> None:
    """Curves and their derivatives, and what is left of a gradient after many layers."""
    chosen = link.several(
        t("lab.activations.which"),
        list(ACTIVATIONS),
        "act",
        said=label,
        usual=("relu", "gelu", "tanh"),
    )
    left, right = st.columns(2)
    x = left.slider(t("lab.activations.x"), -REACH, REACH, 1.5, 0.1, key="x", bind="query-params")
    depth = right.slider(t("lab.activations.depth"), 1, 30, 10, key="depth", bind="query-params")
    if not chosen:
        st.info(t("lab.activations.nobody"))
        return
    told = {name: _curve(name) for name in chosen}
    here = {name: curve(name, np.array([x])) for name in chosen}
    for column, part, name in ((left, 0, "value"), (right, 1, "slope")):
        with column:
            curves(
                f"lab.{name}",
                [Line(label(n), across(), told[n][part], hue=HUES[n]) for n in chosen],
                title=t(f"lab.activations.{name}"),
                x="x",
                y=t(f"lab.activations.{name}_axis"),
                reach=(-REACH, REACH, *((-1.6, 3.2), (-0.25, 1.3))[part]),
                marks=[(x, float(here[n][part][0]), "") for n in chosen],
            )
    _table(chosen, x, depth, here)
    last = chosen[-1]
    found = ACTIVATIONS[last]
    frame.ground(
        rf"\begin{{gathered}} f(x) = {found.formula} \\[6pt]"
        rf" f'(x) = {found.slope} \end{{gathered}}",
        f"f = {found.code}\nx = torch.tensor({x}, requires_grad=True)\ny = f(x)\ny.backward()\n"
        f"y.item(), x.grad.item()  # {here[last][0][0]:.4f}, {here[last][1][0]:.4f}",
        found.paper,
        found.address,
    )
    _fading(chosen, x, depth)


def _table(
    chosen: list[str], x: float, depth: int, here: dict[str, tuple[np.ndarray, np.ndarray]]
) -> None:
    """The numbers at the chosen place."""
    heads = ["f(x)", "f′(x)", f"f′(x){str(depth).translate(RAISED)}"]
    rows = [
        [number(float(part[0])) for part in here[n]] + [number(share_left(n, x, depth))]
        for n in chosen
    ]
    cells(
        "lab.numbers",
        [Block("", rows, style="plain", rows=[label(n) for n in chosen], columns=heads)],
    )


def _fading(chosen: list[str], x: float, depth: int) -> None:
    """What is left of a gradient after many layers."""
    left = {name: share_left(name, x, depth) for name in chosen}
    weak = min(chosen, key=lambda name: abs(left[name]))
    strong = max(chosen, key=lambda name: abs(left[name]))
    frame.insight(
        t(
            "lab.activations.fading" if len(chosen) > 1 else "lab.activations.alone",
            x=number(x),
            depth=depth,
            weak=label(weak),
            least=number(left[weak]),
            strong=label(strong),
            most=number(left[strong]),
        )
    )


@st.cache_data(max_entries=20, show_spinner=False)
def _curve(name: str) -> tuple[np.ndarray, np.ndarray]:
    return curve(name, across())


def collapse() -> None:
    """Linear layers in a row, with and without an activation between them."""
    one, two, three = st.columns(3)
    with one:
        between = link.choice(
            t("lab.activations.between"),
            ["none", "relu", "gelu", "tanh", "sigmoid"],
            "between",
            said=lambda n: t("lab.activations.no_activation") if n == "none" else label(n),
            kind="box",
        )
    layers = two.slider(
        t("lab.activations.layers"), 2, MOST_LAYERS, 3, key="layers", bind="query-params"
    )
    seed = three.number_input(
        t("lab.activations.seed"), 0, 9999, 1, key="seed", bind="query-params"
    )
    told = stack(layers, "" if between == "none" else between, int(seed or 0))
    _stacked(told, layers)
    inner = rf"\,{'f' if between != 'none' else ''}"
    frame.ground(
        rf"\begin{{gathered}} W_2\,(W_1 x + b_1) + b_2 = (W_2 W_1)\,x + (W_2 b_1 + b_2) \\[6pt]"
        rf" y = W_{{{layers}}}{inner}(\cdots{inner}(W_1 x + b_1)\cdots) + b_{{{layers}}}"
        r"\end{gathered}",
        _net(layers, between),
        KAIMING,
        BOOK,
    )
    same = "same" if told.apart < 1e-9 else "bent"
    frame.insight(t(f"lab.activations.{same}", layers=layers, apart=f"{told.apart:.2g}"))


def _stacked(told: Stack, layers: int) -> None:
    """The matrices with their product, and what comes out of both."""
    parts: list[Block | str] = []
    for at in range(layers, 0, -1):
        weight = told.weights[at - 1]
        parts += [Block(f"W{_low(at)}", weight, f"{weight.shape[0]} × {weight.shape[1]}"), "@"]
    parts[-1] = "="
    cells("lab.stack", [*parts, Block("W", told.weight, "1 × 2")])
    curves(
        "lab.bend",
        [
            Line(t("lab.activations.all", layers=layers), told.x, told.y, hue=0),
            Line(t("lab.activations.one"), told.x, told.straight, "dashed", 1),
        ],
        title=t("lab.activations.bend"),
        x="x₁",
        y=t("lab.activations.output"),
        height=300,
    )


def _net(layers: int, between: str) -> str:
    """The stack as PyTorch."""
    widths = [2, *[3] * (layers - 1), 1]
    lines = [f"    nn.Linear({a}, {b})," for a, b in zip(widths, widths[1:], strict=False)]
    if between != "none":
        lines = [f"{line}\n    {ACTIVATIONS[between].code}," for line in lines[:-1]] + lines[-1:]
    return "\n".join(["net = nn.Sequential(", *lines, ")"])


def _low(at: int) -> str:
    return "₀₁₂₃₄₅₆₇₈₉"[at]
