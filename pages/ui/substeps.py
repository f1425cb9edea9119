"""One batch taken apart: what zero_grad, forward, loss, backward and step each changed."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
import streamlit as st

from core.home import run_folder
from core.notes import DISSECTION, read
from core.store import RunRow
from pages.ui import controls, threesteps
from pages.ui.phases import layers, numbers, said, table, turn
from pages.ui.session import store
from pages.ui.shots import PNG
from pages.ui.words import t

PHASES = {
    "zero_grad": "optimizer.zero_grad()",
    "forward": "logits = model(pictures)",
    "loss": "loss = F.cross_entropy(logits, labels)",
    "backward": "loss.backward()",
    "step": "optimizer.step()",
}
CLIP = "clip_grad_norm_(parameters, {clip:g})"  # at work in the last phase, where it is on
TALL = 440  # pixels that every phase takes, so that nothing below jumps
LOOK = 0.3  # seconds between two looks for a batch that was asked for
Record = dict[str, Any]


def show(row: RunRow) -> None:
    """The batch that the run rests after, if it was taken apart; else the wait for it."""
    slot = controls.asked(row.id)
    record = read(run_folder(row.id) / DISSECTION) if row.state == "paused" else None
    if record and record["step"] != row.step:
        record = None  # the run has gone on since
    if (before := st.session_state.get(slot)) is not None:
        # At rest further on without a record, as on a full disk: there is nothing to wait for.
        if row.state not in controls.ALIVE or (row.state == "paused" and row.step > before):
            del st.session_state[slot]
        else:
            _wait(row.id, before)
    if record and record.get("kind") == "adversarial":
        threesteps.walk(row, record, controls.mine(row))
    elif record:
        _walk(row, record, controls.mine(row))


@st.fragment(run_every=LOOK)
def _wait(run_id: str, before: int) -> None:
    """Redraw the page when the batch is done; it takes a moment, or longer in the queue."""
    st.caption(t("substeps.waiting"))
    now = store().get(run_id)
    done = now.state == "paused" and now.step > before
    if done or now.state not in controls.ALIVE:
        st.rerun()


@st.fragment
def _walk(row: RunRow, record: Record, steering: bool) -> None:
    """One phase at a time, back and forth."""
    slot = f"substeps.at.{row.id}.{record['step']}"
    names = list(PHASES)
    at = st.session_state.setdefault(slot, 0)
    with st.container(border=True, key="substeps"):
        where = {"step": f"{record['step']:,}", "epoch": record["epoch"] + 1}
        st.markdown(f"**{t('substeps.title', **where)}**")
        left, right = st.columns([5, 8], gap="medium")
        with left:
            _code(at, row.config.get("clip", 0.0))
            with st.container(horizontal=True):
                turn("back", slot, at - 1, disabled=at == 0)
                if at < len(names) - 1:
                    turn("next", slot, at + 1)
                elif steering:
                    controls.another(row)
            st.markdown(t(f"substeps.{names[at]}"))
            if names[at] == "loss" and _softened(row.config):
                st.caption(t("substeps.softened"))
        with right, st.container(height=TALL, border=False):
            DRAWN[names[at]](record, record["phases"][names[at]])


def _softened(config: Mapping[str, Any]) -> bool:
    """Whether more than the true class counts in the loss."""
    return bool(config.get("smoothing") or config.get("data", {}).get("mixup"))


def _code(at: int, clip: float) -> None:
    """The lines of a training step, those at work marked."""
    lines = []
    for number, (phase, code) in enumerate(PHASES.items()):
        clipped = [CLIP.format(clip=clip)] if phase == "step" and clip else []
        for text in [*clipped, code]:
            lines.append(f":blue-background[**`{text}`**]" if number == at else f"`{text}`")
    st.markdown("  \n".join(lines))


def _zero_grad(record: Record, told: Record) -> None:
    before, after = t("substeps.before"), t("substeps.after")
    columns = layers(record)
    heads = list(columns)
    old = numbers(told["before"])
    new = [0.0 if value is None else value for value in told["after"]]
    if all(math.isnan(value) for value in old):
        st.caption(t("substeps.no_gradient"))
    table(heads, columns | {before: old, after: new}, [before, after])


def _pictures(record: Record) -> None:
    names = [record["classes"][label] for label in record["phases"]["loss"]["labels"]]
    st.image(PNG + record["phases"]["forward"]["pictures"], alt=", ".join(names))


def _forward(record: Record, told: Record) -> None:
    _pictures(record)
    classes = record["classes"]
    guesses = [[f"{classes[index]}: {share:.1%}" for index, share in row] for row in told["top"]]
    columns = {t("substeps.truth"): [classes[n] for n in record["phases"]["loss"]["labels"]]}
    columns |= {t("substeps.guesses"): ["   ".join(row) for row in guesses]}
    # Classes may be called like a heading of ours: their columns are told apart by a prefix.
    for number, values in enumerate(zip(*told["logits"], strict=True)):
        columns[f"logit.{number}"] = numbers(values)
    heads = {
        f"logit.{number}": st.column_config.NumberColumn(name, format="%.2f", width=64)
        for number, name in enumerate(classes)
    }
    frame = pd.DataFrame(columns)
    st.dataframe(frame, hide_index=True, height="content", column_config=heads)
    st.caption(t("substeps.logits"))


def _loss(record: Record, told: Record) -> None:
    _pictures(record)
    one, two, three = st.columns(3)
    one.metric(t("substeps.mean"), said(told["mean"], ".4f"))
    two.metric(t("substeps.least"), said(told["least"], ".4f"))
    three.metric(t("substeps.most"), said(told["most"], ".4f"))
    truth, each = t("substeps.truth"), t("substeps.each")
    columns: dict[str, list[Any]] = {truth: [record["classes"][n] for n in told["labels"]]}
    table([truth], columns | {each: numbers(told["each"])}, [each])


def _backward(record: Record, told: Record) -> None:
    st.metric(t("substeps.total"), said(told["total"], ".4g"))
    columns, gradient = layers(record), t("substeps.gradient")
    table(list(columns), columns | {gradient: numbers(told["gradient"])}, [gradient])


def _step(record: Record, told: Record) -> None:
    st.metric(t("knob.lr.label"), said(record["lr"], ".4g"))
    columns = layers(record)
    heads, ratio = list(columns), t("substeps.ratio")
    if "clipped" in told:
        columns[t("substeps.clipped")] = numbers(told["clipped"])
    for name in ("before", "after", "update"):
        columns[t(f"substeps.weights_{name}")] = numbers(told[name])
    table(heads, columns | {ratio: numbers(told["ratio"])}, [ratio])


DRAWN: dict[str, Callable[[Record, Record], None]] = {
    "zero_grad": _zero_grad,
    "forward": _forward,
    "loss": _loss,
    "backward": _backward,
    "step": _step,
}
