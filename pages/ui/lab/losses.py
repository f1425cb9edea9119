"""The lab of losses: those of regression and of yes or no, over the error and the logit."""

import numpy as np
import streamlit as st

from core.labs.losses import (
    POINTS,
    REGRESSION,
    best_constant,
    binary,
    by_hand,
    regression,
)
from pages.ui.lab import frame
from pages.ui.lab.curves import Line, curves
from pages.ui.lab.graph import number
from pages.ui.words import t

NAMES = {"mse": "MSE", "l1": "L1", "huber": "Huber"}
WIDEST = 4.0  # of an error
REST = (0.0, 1.5, 2.0, 3.0)  # beside the one that goes astray


def shapes() -> None:
    """Losses over the error, what each makes of a value gone astray, and those of yes or no."""
    one, two, three = st.columns(3)
    error = one.slider(
        t("lab.activations.error"), -WIDEST, WIDEST, 2.0, 0.1, key="error", bind="query-params"
    )
    delta = two.slider(
        t("lab.activations.delta"), 0.1, 3.0, 1.0, 0.1, key="delta", bind="query-params"
    )
    stray = three.slider(
        t("lab.activations.stray"), 4.0, 100.0, 30.0, 1.0, key="stray", bind="query-params"
    )
    _over_errors(error, delta)
    values = (*REST, stray)
    best = {name: best_constant(values, name, delta) for name in REGRESSION}
    frame.ground(
        r"\mathrm{MSE}: e^2 \qquad \mathrm{L1}: |e| \qquad \mathrm{Huber}: "
        r"\begin{cases} \frac12 e^2 & |e| \le \delta \\ \delta\,(|e| - \frac12\delta) \end{cases}",
        f"e = torch.tensor([{error}])\nF.mse_loss(e, 0 * e)  # {by_hand('mse', error, delta):.4f}\n"
        f"F.l1_loss(e, 0 * e)  # {by_hand('l1', error, delta):.4f}\n"
        f"F.huber_loss(e, 0 * e, delta={delta})  # {by_hand('huber', error, delta):.4f}",
        "Huber 1964, Robust estimation of a location parameter",
        "https://doi.org/10.1214/aoms/1177703732",
    )
    frame.insight(
        t(
            "lab.activations.outlier",
            values=", ".join(map(number, values)),
            **{name: number(round(value, 2)) for name, value in best.items()},
        )
    )
    _yes_or_no()


def _over_errors(error: float, delta: float) -> None:
    """Losses and their slopes, the error at hand marked."""
    x = np.linspace(-WIDEST, WIDEST, POINTS)
    told = {name: regression(name, x, delta) for name in REGRESSION}
    for column, part, name in zip(st.columns(2), (0, 1), ("loss", "pull"), strict=True):
        with column:
            here = [regression(n, np.array([error]), delta)[part][0] for n in REGRESSION]
            curves(
                f"lab.{name}",
                [Line(NAMES[n], x, told[n][part], hue=at) for at, n in enumerate(REGRESSION)],
                title=t(f"lab.activations.{name}"),
                x=t("lab.activations.error_axis"),
                y=t(f"lab.activations.{name}_axis"),
                reach=(-WIDEST, WIDEST, *((0.0, 6.0), (-4.2, 4.2))[part]),
                marks=[(error, float(value), "") for value in here],
                height=240,
            )


def _yes_or_no() -> None:
    """Cross-entropy and squared error of one output, over its logit."""
    z = np.linspace(-8, 8, POINTS)
    told = binary(z, 1.0)
    names = {"bce": "BCE", "squared": "(σ(z) − 1)²"}
    for column, part, name in zip(st.columns(2), (0, 1), ("yes", "yes_pull"), strict=True):
        with column:
            curves(
                f"lab.{name}",
                [Line(names[n], z, told[n][part], hue=at + 3) for at, n in enumerate(names)],
                title=t(f"lab.activations.{name}"),
                x=t("lab.activations.logit_axis"),
                y=t(f"lab.activations.{'loss' if part == 0 else 'pull'}_axis"),
                reach=(-8, 8, *((0, 8), (-1.1, 0.1))[part]),
                height=240,
            )
    st.markdown(t("lab.activations.wrong_and_sure"))
    st.code("F.binary_cross_entropy_with_logits(z, torch.ones_like(z))", language="python")
