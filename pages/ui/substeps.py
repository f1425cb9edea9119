"""One batch taken apart: what zero_grad, forward, loss, backward and step each changed."""

import base64
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from core.home import run_folder
from core.notes import DISSECTION, read
from core.store import RunRow
from pages.ui import controls
from pages.ui.session import store
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
    if record:
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
                _turn("back", slot, at - 1, disabled=at == 0)
                if at < len(names) - 1:
                    _turn("next", slot, at + 1)
                elif steering and st.button(
                    t("substeps.more"), key="substeps.more", type="primary", icon=":material/add:"
                ):
                    controls.dissect(store().get(row.id))
                    st.rerun()
            st.markdown(t(f"substeps.{names[at]}"))
            if names[at] == "loss" and _softened(row.config):
                st.caption(t("substeps.softened"))
        with right, st.container(height=TALL, border=False):
            DRAWN[names[at]](record, record["phases"][names[at]])


def _turn(name: str, slot: str, to: int, *, disabled: bool = False) -> None:
    kind = "primary" if name == "next" else "secondary"
    icon = f":material/arrow_{'forward' if name == 'next' else 'back'}:"
    # No rerun of the fragment alone: a click may be answered by a run of the whole page.
    st.button(
        t(f"substeps.{name}"),
        key=f"substeps.{name}",
        type=kind,
        icon=icon,
        disabled=disabled,
        on_click=_go,
        args=(slot, to),
    )


def _go(slot: str, to: int) -> None:
    st.session_state[slot] = to


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


def _numbers(values: Sequence[float | None]) -> list[float]:
    return [math.nan if value is None else value for value in values]


def _said(value: float | None, pattern: str) -> str:
    """A number in words; gradients may leave the finite numbers while the loss is still one."""
    return "–" if value is None else format(value, pattern)


def _bar(label: str, values: Sequence[float]) -> Any:
    """A column of numbers with a bar in each cell, the longest filling it."""
    most = max((v for v in values if math.isfinite(v)), default=0.0) or 1.0
    return st.column_config.ProgressColumn(label, min_value=0.0, max_value=most, format="%.3g")


def _table(heads: Sequence[str], columns: dict[str, list[Any]], bars: Sequence[str]) -> None:
    """A row per layer or picture; `bars` are the columns that get bars."""
    config = {name: _bar(name, columns[name]) for name in bars}
    rest = {
        name: st.column_config.NumberColumn(name, format="%.3g")
        for name in columns.keys() - set(heads) - set(bars)
    }
    frame = pd.DataFrame(columns)
    height = 320 if len(frame) > 8 else "content"
    st.dataframe(frame, hide_index=True, height=height, column_config=config | rest)


def _layers(record: Record) -> dict[str, list[Any]]:
    return {t("substeps.layer"): [f"{x['name']} {x['kind']}" for x in record["layers"]]}


def _zero_grad(record: Record, told: Record) -> None:
    before, after = t("substeps.before"), t("substeps.after")
    columns = _layers(record)
    heads = list(columns)
    old = _numbers(told["before"])
    new = [0.0 if value is None else value for value in told["after"]]
    if all(math.isnan(value) for value in old):
        st.caption(t("substeps.no_gradient"))
    _table(heads, columns | {before: old, after: new}, [before, after])


def _pictures(record: Record) -> None:
    image = base64.b64decode(record["phases"]["forward"]["pictures"])
    names = [record["classes"][label] for label in record["phases"]["loss"]["labels"]]
    st.image(image, output_format="PNG", alt=", ".join(names))


def _forward(record: Record, told: Record) -> None:
    _pictures(record)
    classes = record["classes"]
    guesses = [[f"{classes[index]}: {share:.1%}" for index, share in row] for row in told["top"]]
    columns = {t("substeps.truth"): [classes[n] for n in record["phases"]["loss"]["labels"]]}
    columns |= {t("substeps.guesses"): ["   ".join(row) for row in guesses]}
    # Classes may be called like a heading of ours: their columns are told apart by a prefix.
    for number, values in enumerate(zip(*told["logits"], strict=True)):
        columns[f"logit.{number}"] = _numbers(values)
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
    one.metric(t("substeps.mean"), _said(told["mean"], ".4f"))
    two.metric(t("substeps.least"), _said(told["least"], ".4f"))
    three.metric(t("substeps.most"), _said(told["most"], ".4f"))
    truth, each = t("substeps.truth"), t("substeps.each")
    columns: dict[str, list[Any]] = {truth: [record["classes"][n] for n in told["labels"]]}
    _table([truth], columns | {each: _numbers(told["each"])}, [each])


def _backward(record: Record, told: Record) -> None:
    st.metric(t("substeps.total"), _said(told["total"], ".4g"))
    columns, gradient = _layers(record), t("substeps.gradient")
    _table(list(columns), columns | {gradient: _numbers(told["gradient"])}, [gradient])


def _step(record: Record, told: Record) -> None:
    st.metric(t("knob.lr.label"), _said(record["lr"], ".4g"))
    columns = _layers(record)
    heads, ratio = list(columns), t("substeps.ratio")
    if "clipped" in told:
        columns[t("substeps.clipped")] = _numbers(told["clipped"])
    for name in ("before", "after", "update"):
        columns[t(f"substeps.weights_{name}")] = _numbers(told[name])
    _table(heads, columns | {ratio: _numbers(told["ratio"])}, [ratio])


DRAWN: dict[str, Callable[[Record, Record], None]] = {
    "zero_grad": _zero_grad,
    "forward": _forward,
    "loss": _loss,
    "backward": _backward,
    "step": _step,
}
