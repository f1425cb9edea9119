"""One batch of an adversarial run taken apart: reconstruct, discriminate, fool, and the codes."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from core.store import RunRow
from pages.ui import controls
from pages.ui.phases import layers, numbers, said, table, turn
from pages.ui.shots import PNG
from pages.ui.words import t

CODE = {
    "batch": ("z = encoder(pictures)",),
    "reconstruct": (
        "error(decoder(encoder(x)), x).backward()",
        "autoencoder_optimizer.step()",
    ),
    "discriminate": (
        "bce(discriminator(prior), 1) + bce(discriminator(z.detach()), 0)",
        "discriminator_optimizer.step()",
    ),
    "fool": ("bce(discriminator(encoder(x)), 1).backward()", "encoder_optimizer.step()"),
    "label": ("F.cross_entropy(classes(x), labels).backward()", "label_optimizer.step()"),
    "agree": (
        "(-information(clusters(x), clusters(varied(x)))).backward()",
        "agree_optimizer.step()",
    ),
}
TALL = 680  # pixels that every step takes, so that nothing below jumps
Record = Mapping[str, Any]


@st.fragment
def walk(row: RunRow, record: Record, steering: bool) -> None:
    """One step at a time, back and forth; the last one offers the next batch."""
    steps = record["steps"]
    slot = f"substeps.at.{row.id}.{record['step']}"
    at = min(st.session_state.setdefault(slot, 0), len(steps) - 1)
    with st.container(border=True, key="substeps"):
        where = {"step": f"{record['step']:,}", "epoch": record["epoch"] + 1}
        st.markdown(f"**{t('substeps.title', **where)}**")
        left, right = st.columns([5, 8], gap="medium")
        with left:
            _code(record, at)
            with st.container(horizontal=True):
                turn("back", slot, at - 1, disabled=at == 0)
                if at < len(steps) - 1:
                    turn("next", slot, at + 1)
                elif steering:
                    controls.another(row)
            st.markdown(t(f"threesteps.{steps[at]['name']}"))
            _pictures(record)
        with right, st.container(height=TALL, border=False):
            _step(record, at)


def _code(record: Record, at: int) -> None:
    """The lines of all steps, those at work marked."""
    lines = []
    for number, step in enumerate(record["steps"]):
        for text in CODE[step["name"]]:
            lines.append(f":blue-background[**`{text}`**]" if number == at else f"`{text}`")
    st.markdown("  \n".join(lines))


def _pictures(record: Record) -> None:
    for name in ("seen", "again"):
        st.image(PNG + record["pictures"][name], caption=t(f"threesteps.{name}"))


def _step(record: Record, at: int) -> None:
    """Whose weights moved, and where the codes are before and after."""
    step = record["steps"][at]
    if "loss" in step:
        st.metric(t(f"threesteps.loss_{step['name']}"), said(step["loss"], ".4f"))
    if "codes" in step:
        _codes(record, at)
    else:
        st.caption(t("threesteps.still"))
    if "loss" in step:
        columns = layers(record)
        heads, gradient, ratio = list(columns), t("substeps.gradient"), t("substeps.ratio")
        columns |= {gradient: numbers(step["gradient"]), ratio: numbers(step["update"])}
        table(heads, columns, [ratio])


def _codes(record: Record, at: int) -> None:
    """The batch's codes now, and as the step before left them."""
    now = record["steps"][at]["codes"]
    earlier = [step["codes"] for step in record["steps"][:at] if "codes" in step]
    told = [(t("threesteps.after"), now)]
    if earlier:
        told.insert(0, (t("threesteps.before"), earlier[-1]))
    rows = [(*place, name) for name, places in told for place in places]
    axes = [t("threesteps.axis", n=n) for n in (1, 2)]
    frame = pd.DataFrame(rows, columns=[*axes, t("threesteps.codes")])
    st.scatter_chart(frame, x=axes[0], y=axes[1], color=t("threesteps.codes"), size=24, height=240)
