"""How far a net's confidence can be believed: its reliability on test pictures."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from core.calibration import best_temperature, reliability, softmax
from core.study import Study
from pages.ui.asking import Asked
from pages.ui.browser import script, text
from pages.ui.words import t

_FOLDER = Path(__file__).with_name("elements")
_diagram = st.components.v2.component(
    "sure",
    js=script(_FOLDER / "sure.js"),
    css=text(_FOLDER / "sure.css"),
)


def show(asked: Sequence[Asked], temperature: float) -> None:
    """The diagram of one of the nets, once it is asked for."""
    known = {one.net.source: one for one in asked if one.study is not None}
    box = st.expander(
        t("predict.sure.title"), icon=":material/insights:", key="predict.sure", on_change="rerun"
    )
    if not box.open:
        return
    with box:
        if not known:
            waits = any(one.pending for one in asked)
            st.caption(t("predict.sure.wait" if waits else "predict.sure.none"))
            return
        left, right = st.columns([1, 1], gap="large")
        with right:
            source = st.segmented_control(
                t("predict.sure.which"),
                list(known),
                format_func=lambda name: known[name].name,
                default=next(iter(known)),
                required=True,
                key=f"predict.sure.{' '.join(known)}",
            )
        one = known[str(source)]
        if one.study is not None:
            _draw(one.name, one.study, temperature, left, right)


def _draw(name: str, study: Study, temperature: float, left: Any, right: Any) -> None:
    """The diagram on the left, what it says on the right."""
    logits = study.logits.astype("float32")
    found = reliability(softmax(logits, temperature), study.labels)
    best = best_temperature(logits, study.labels)
    columns = [
        t("predict.sure.column", n=n, sure=f"{sure:.1%}", right=f"{right:.1%}")
        for n, sure, right in zip(found.count, found.sure, found.right, strict=True)
    ]
    words = {part: t(f"predict.sure.{part}") for part in ("across", "up", "alt")}
    data = {"count": found.count, "sure": found.sure, "right": found.right}
    with left:
        _diagram(key="predict.diagram", data=data | {"words": words | {"columns": columns}})
    mean = sum(n * s for n, s in zip(found.count, found.sure, strict=True)) / sum(found.count)
    with right:
        one, two, three = st.columns(3)
        one.metric(t("predict.sure.right"), f"{found.accuracy:.1%}")
        two.metric(t("predict.sure.sure"), f"{mean:.1%}")
        three.metric(t("predict.sure.gap"), f"{found.gap:.1%}", help=t("predict.sure.gap_help"))
        key = "over" if mean > found.accuracy + 0.01 else "under"
        if abs(mean - found.accuracy) <= 0.01:
            key = "fine"
        st.markdown(t(f"predict.sure.{key}", name=name))
        st.caption(t("predict.sure.best", temperature=f"{best:.2f}"))
        st.caption(t("predict.sure.how", n=f"{len(study.labels):,}"))
