"""The buttons of a run: what may be done with it in its present state, and the doing of it."""

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from core.access import may
from core.branch import TAG, begun, branch, origin
from core.catalog import OPTIMIZERS
from core.config import parse
from core.store import RunRow
from pages.ui import address, setup
from pages.ui.click import heeded
from pages.ui.forms import form
from pages.ui.hidden import hidden
from pages.ui.knobs import knobs
from pages.ui.session import store, visitor
from pages.ui.words import t

ALIVE = ("queued", "running", "paused")
RESUMABLE = ("paused", "stopped", "crashed", "diverged", "failed")
ICONS = {
    "pause": ":material/pause:",
    "resume": ":material/play_arrow:",
    "step": ":material/skip_next:",
    "dissect": ":material/biotech:",
    "epoch": ":material/fast_forward:",
    "stop": ":material/stop:",
    "repeat": ":material/replay:",
    "edit": ":material/edit:",
    "new": ":material/add:",
}
PLACES = ("run", "at", "branch")  # in the URL: a run, one of its checkpoints, a form to branch
DIALS = {"lr": "lr", "momentum": "momentum", "beta1": "momentum", "weight_decay": "weight_decay"}


def offers(state: str) -> list[str]:
    """The commands that make sense in a state, in the order of the buttons."""
    if state == "running":
        return ["pause", "step", "epoch", "stop"]
    if state == "paused":
        return ["resume", "step", "dissect", "epoch", "stop"]
    if state == "queued":
        return ["pause", "stop"]
    return ["resume"] if state in RESUMABLE else []


def mine(row: RunRow) -> bool:
    """Whether the visitor may steer this run."""
    return may(visitor(), "command", row)


def act(run_id: str, verb: str, arguments: Mapping[str, Any] | None = None) -> None:
    """Send one command, if the visitor may and the run can; else say why not."""
    try:
        row = store().get(run_id)
        action = "resume" if verb == "resume" else "command"
        if not may(visitor(), action, row):
            st.toast(t("train.not_yours"), icon=":material/lock:")
            return
        store().send(run_id, verb, arguments)
    except LookupError:
        st.toast(t("train.unknown"), icon=":material/error:")
    except ValueError as problem:
        st.toast(str(problem), icon=":material/error:")


def asked(run_id: str) -> str:
    """Where a session keeps the step after which it asked for a batch to be taken apart."""
    return f"dissect.{run_id}"


def dissect(row: RunRow) -> None:
    """Ask for the next batch to be taken apart."""
    act(row.id, "dissect")
    st.session_state[asked(row.id)] = row.step


def start(config: Mapping[str, Any], *, parent: str | None = None) -> str | None:
    """Queue a new run and give back its id; None, and the reason said, when that cannot be."""
    try:
        return store().create(dict(config), owner=visitor(), parent=parent)
    except ValueError as problem:
        st.toast(str(problem), icon=":material/error:")
        return None


def again(row: RunRow) -> str | None:
    """Queue a run with the settings of another, a branch from where it branched off; its id."""
    if begun(row.id) is None:
        return start(row.config, parent=row.id)
    try:
        source = origin(store(), row.id, TAG)
        return branch(store(), source, source.config, owner=visitor())
    except (LookupError, ValueError) as problem:
        st.toast(str(problem), icon=":material/error:")
        return None


def repeat(row: RunRow) -> None:
    """Start the same once more, and show it."""
    if run_id := again(row):
        show(run_id)


def show(run_id: str) -> None:
    """Turn the Train page to this run."""
    for name in (*address.LINKED, *PLACES):
        st.query_params.pop(name, None)
    st.query_params["run"] = run_id


def edit(config: Mapping[str, Any]) -> None:
    """Put a run's settings into the form of the Train page, and show the form."""
    try:
        setup.adopt(parse(dict(config)))
    except ValueError as problem:
        st.toast(str(problem), icon=":material/error:")
    leave()


def leave() -> None:
    """Turn the Train page back to its form."""
    for name in PLACES:
        st.query_params.pop(name, None)


def _said(row: RunRow, verb: str) -> str:
    """How a command is called: a run that has ended goes on from what it has kept, if anything."""
    if verb != "resume" or row.state == "paused":
        return verb
    return "from_checkpoint" if store().artifacts(row.id) else "once_more"


def buttons(row: RunRow) -> None:
    """The row of buttons under a run's title."""
    steering = mine(row)
    with st.container(horizontal=True, key="controls"):
        for verb in offers(row.state) if steering else []:
            label = t(f"train.{_said(row, verb)}")
            if verb == "dissect":
                _button(row, verb, label, dissect, row)
            else:
                _button(row, verb, label, act, row.id, verb)
        if row.state not in ALIVE:
            _button(row, "repeat", t("train.repeat"), repeat, row)
        _button(row, "edit", t("train.edit"), edit, row.config)
        _button(row, "new", t("train.new"), leave)
    if not steering:
        st.caption(t("train.only_look"))


def _button(row: RunRow, name: str, label: str, do: Callable[..., None], *arguments: Any) -> None:
    if heeded(
        label,
        key=f"do.{name}",
        icon=ICONS[name],
        of=row.id,
        kind="primary" if name in ("pause", "resume") else "secondary",
        help=t(f"train.{name}_help"),
    ):
        do(*arguments)
        st.rerun()


def another(row: RunRow) -> None:
    """The button that has one more batch taken apart."""
    label, icon = t("substeps.more"), ":material/add:"
    if heeded(label, key="substeps.more", icon=icon, of=row.id, kind="primary"):
        dissect(store().get(row.id))
        st.rerun()


def _turn(run_id: str, slot: str, name: str) -> None:
    act(run_id, "set", {DIALS[name]: st.session_state[slot]})


def dials(row: RunRow) -> None:
    """Learning rate, momentum and weight decay, as far as the optimiser of the run has them."""
    name = row.config["optimizer"]["name"]
    if row.state == "finished" or name not in OPTIMIZERS or not mine(row) or hidden("dials"):
        return
    config = OPTIMIZERS[name].config
    fields = [knob.name for knob in knobs(config) if knob.name in DIALS]
    key = f"dial.{row.id}"
    if f"{key}.lr" not in st.session_state:
        in_force = row.config["optimizer"] | _set_so_far(row.id)
        for field in fields:
            value = in_force.get(DIALS[field], in_force[field])
            st.session_state[f"{key}.{field}"] = float(value)
    form(
        config,
        key,
        fields=fields,
        columns=len(fields),
        on_change=lambda slot, field: _turn(row.id, slot, field),
    )
    if row.state in ALIVE:
        st.caption(t("train.dials"))


def _set_so_far(run_id: str) -> dict[str, float]:
    """The newest value of every dial that was turned, obeyed or still waiting."""
    turned: dict[str, float] = {}
    for metric in store().metrics(run_id, since=0, limit=1_000_000):
        if metric.name.startswith("set.") and metric.value is not None:
            turned[metric.name.removeprefix("set.")] = metric.value
    for command in store().pending(run_id):
        if command.verb == "set":
            turned |= command.arguments
    return turned
