"""The trust meter beside a map: curves against chance and a shuffled net, and a verdict."""

import numpy as np
import streamlit as st

from core.explain import METHODS, Choice, explain
from core.inference import Predictor
from core.overlay import SMALL
from core.trust import DRAWS, STEPS, Trust, trust
from pages.ui.words import t

FEW = 8, 2  # steps and random maps for large nets, whose every pass takes a while
BARE = 0.3  # probability of a class for an empty picture from which on the curves say little
TONES = {"good": ("success", "verified"), "some": ("info", "balance"), "none": ("warning", "block")}


@st.cache_data(max_entries=128, show_spinner=False)
def _judged(_net: Predictor, stamp: str, packed: np.ndarray, index: int, choice: Choice) -> Trust:
    steps, draws = (STEPS, DRAWS) if _net.size <= SMALL else FEW
    return trust(_net, packed, index, lambda net: explain(net, packed, choice).values, steps, draws)


def show(net: Predictor, stamp: str, packed: np.ndarray, index: int, choice: Choice) -> None:
    """The meter, once it is asked for."""
    on = st.toggle(t("why.trust.ask"), key="why.trust", help=t("why.trust.help"))
    if not on:
        return
    with st.spinner(t("why.trust.wait")):
        found = _judged(net, stamp, packed, index, choice)
    _verdict(found)
    left, right = st.columns([3, 2], gap="medium", vertical_alignment="center")
    with left:
        _curves(found, t(f"why.{choice.method}.label"))
    with right:
        st.markdown(_table(found))
        if (bare := float(found.own.deletion[-1])) >= BARE:
            st.caption(t("why.trust.bare", share=f"{bare:.0%}"))
        st.caption(t("why.trust.how"))
        if METHODS[choice.method].layers and choice.method != "grad_cam":
            st.caption(t("why.trust.early"))


def _verdict(found: Trust) -> None:
    kind, icon = TONES[found.verdict]
    said = t(f"why.trust.{found.verdict}")
    if found.blind:
        said = f"{said} {t('why.trust.blind', alike=f'{found.alike:.2f}')}"
    elif found.verdict != "none":
        check = "empty" if found.alike is None else "sighted"
        said = f"{said} {t(f'why.trust.{check}', alike=f'{found.alike or 0:.2f}')}"
    if found.blind:
        kind, icon = "warning", "visibility_off"
    box = {"success": st.success, "info": st.info, "warning": st.warning}[kind]
    box(said, icon=f":material/{icon}:")


def _table(found: Trust) -> str:
    """Areas under the curves: a row for each way, the better one marked."""
    heads = ["", t("why.trust.own"), t("why.trust.chance"), t("why.trust.shuffled")]
    lines = [" | ".join(heads), " | ".join(["---", *["--:"] * 3])]
    for way, name in enumerate(("deletion", "insertion")):
        areas = [part.areas[way] for part in (found.own, found.chance, found.shuffled)]
        best = min(areas) if way == 0 else max(areas)
        cells = [f"**{area:.2f}**" if area == best else f"{area:.2f}" for area in areas]
        lines.append(" | ".join([t(f"why.trust.{name}"), *cells]))
    return "\n".join(f"| {line} |" for line in lines)


def _curves(found: Trust, label: str) -> None:
    from core.figures import Curve, twin_curves

    parts = [
        (label, found.own, "solid", 3.0),
        (t("why.trust.chance"), found.chance, "dash", 2.0),
        (t("why.trust.shuffled"), found.shuffled, "dot", 2.0),
    ]
    figure = twin_curves(
        found.shares,
        [Curve(name, c.deletion, c.insertion, dash, width) for name, c, dash, width in parts],
        titles=(t("why.trust.deletion_title"), t("why.trust.insertion_title")),
        x=(t("why.trust.deletion_x"), t("why.trust.insertion_x")),
        y=t("why.trust.y"),
    )
    st.plotly_chart(figure, key="why.curves", alt=t("why.trust.alt"))
