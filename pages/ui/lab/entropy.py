"""The lab of losses: softmax cross-entropy by hand, one step after the other."""

import numpy as np
import streamlit as st

from core.labs.losses import HIGHEST, LOGITS, CrossEntropy, cross_entropy
from pages.ui.lab import frame, link
from pages.ui.lab.cells import Block, cells
from pages.ui.lab.curves import Line, curves
from pages.ui.lab.graph import number
from pages.ui.words import t

FORMULA = r"\mathrm{loss} = -\ln \frac{e^{z_y}}{\sum_j e^{z_j}} = \ln \sum_j e^{z_j} - z_y"
BRIDLE = "Bridle 1990, Probabilistic interpretation of feedforward classification network outputs"
ADDRESS = "https://doi.org/10.1007/978-3-642-76153-9_28"


def by_steps() -> None:
    """From logits to the loss."""
    *places, last = st.columns(len(LOGITS) + 1)
    with last:
        target = int(link.choice(t("lab.activations.target"), ["0", "1", "2"], "class", said=str))
    logits = []
    for at, (place, usual) in enumerate(zip(places, LOGITS, strict=True)):
        label = t("lab.activations.logit", at=at)
        found = place.number_input(
            label, -HIGHEST, HIGHEST, usual, 0.1, key=f"z{at}", bind="query-params"
        )
        logits.append(found or 0.0)
    told = cross_entropy(tuple(logits), target)
    left, right = st.columns([3, 2])
    with left:
        _by_hand(logits, told, target)
    with right:
        _shares(told, target)
    code = (
        f"logits = torch.tensor([{logits}])\n"
        f"nn.CrossEntropyLoss()(logits, torch.tensor([{target}]))  # {told.torchs:.4f}"
    )
    frame.ground(FORMULA, code, BRIDLE, ADDRESS)
    frame.insight(
        t(
            "lab.activations.surprise",
            share=f"{told.shares[target]:.1%}",
            loss=f"{told.loss:.4f}",
            chance=f"{np.log(len(logits)):.4f}",
            pull=number(float(told.slope[target])),
        )
    )


def _by_hand(logits: list[float], told: CrossEntropy, target: int) -> None:
    """The steps as columns of numbers, the right class ringed, and the result beside torch's."""
    classes = [t("lab.activations.class", at=at) for at in range(len(logits))]
    columns = (
        ("z", logits, 2, ""),
        ("eᶻ", told.powers, 3, f"Σ = {number(told.total)}"),
        ("p", told.shares, 4, "Σ = 1"),
        ("p − y", told.slope, 4, "∂loss/∂z"),
    )
    parts: list[Block | str] = []
    for name, values, digits, note in columns:
        column = np.asarray(values, dtype=float).reshape(-1, 1)
        rows = () if parts else classes
        parts += [Block(name, column, note, digits=digits, picked=[(target, 0)], rows=rows), "→"]
    cells("lab.steps", parts[:-1], size=44)
    st.markdown(
        rf"$-\ln p_{{{target}}} = -\ln {told.shares[target]:.4f} ="
        rf" {told.loss:.4f}\qquad\texttt{{CrossEntropyLoss}} = {told.torchs:.4f}$"
    )
    gap = max(abs(told.loss - told.torchs), told.apart)
    st.caption(t("lab.activations.agree", gap=f"{gap:.1g}", safe=f"{told.safe:.4f}"))


def _shares(told: CrossEntropy, target: int) -> None:
    """The softmax as bars."""
    share = float(told.shares[target])
    curves(
        "lab.shares",
        [Line("p", range(len(told.shares)), told.shares, "bars", 0)],
        title=t("lab.activations.softmax"),
        x=t("lab.activations.class_axis"),
        y="p",
        reach=(-0.6, len(told.shares) - 0.4, 0.0, 1.0),
        marks=[(target, share, f"{share:.3f}")],
        height=230,
    )
