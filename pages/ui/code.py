"""Code beside the control: a run's PyTorch lines, the last-moved ones marked, and its script."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from core.config import RunConfig
from core.export import differs
from core.script import Line, excerpt, script
from core.store import RunRow
from pages.ui import browser
from pages.ui.hidden import hidden
from pages.ui.knobs import knobs
from pages.ui.session import store
from pages.ui.words import plain, t

FOLDER = Path(__file__).with_name("elements")
SEEN, MOVED = "code.seen", "code.moved"
BESIDE = "clamp(11rem, calc(100vh - 47rem), 34rem)"  # what is left below the costs on a screen
ALONE = "34rem"
MENUS = ("model", "optimizer", "schedule")

_element = st.components.v2.component(
    "code",
    js=browser.script(FOLDER / "code.js"),
    css=browser.text(FOLDER / "code.css"),
)


@st.cache_data(max_entries=128, show_spinner=False)
def _excerpt(config: str) -> list[Line]:
    return excerpt(RunConfig.model_validate_json(config))


def beside(config: RunConfig | None) -> None:
    """The form's choice as code; what the last move of a control wrote is marked."""
    if hidden("code"):
        return
    box = st.expander(
        t("code.title"), expanded=True, icon=":material/code:", key="code.form", on_change="rerun"
    )
    if config is None:
        if box.open:
            box.caption(t("train.mend"))
        return
    moved = _moved(config)
    if box.open:
        with box:
            _show(config, "code.lines", moved, BESIDE)


def of_run(row: RunRow, config: RunConfig) -> None:
    """A run as code, with what its script would not repeat."""
    if hidden("code"):
        return
    key = f"code.{row.id}"
    box = st.expander(t("code.title"), icon=":material/code:", key=key, on_change="rerun")
    if not box.open:
        return
    with box:
        if _show(config, f"{key}.lines", set(), ALONE):
            for reason in differs(store(), row.id):
                st.caption(t("code.differs", reason=plain(reason)))


def _show(config: RunConfig, key: str, moved: set[str], tall: str) -> bool:
    """Lines and button; where there is no script, why, and False."""
    try:
        lines = _excerpt(config.model_dump_json())
    except ValueError as problem:
        st.caption(plain(str(problem)))
        return False
    told = [{"text": x.text, "marked": bool(moved.intersection(x.knobs))} for x in lines]
    _element(key=key, data={"lines": told, "label": t("code.title"), "tall": tall})
    unsaid = sorted(moved - {knob for line in lines for knob in line.knobs})
    if names := ", ".join(filter(None, (_label(knob, config) for knob in unsaid))):
        st.caption(t("code.unsaid", names=names))
    st.download_button(
        t("code.download"),
        lambda: script(config),
        file_name=f"{config.data.name}-{config.model.name}.py",
        mime="text/x-python",
        key=f"{key}.download",
        icon=":material/download:",
        help=t("code.download_help"),
        on_click="ignore",
    )
    return True


# What was moved -------------------------------------------------------------------------------


def _moved(config: RunConfig) -> set[str]:
    """The knobs that the last change of the form moved, until there is another."""
    now = flat(config.model_dump(mode="json"))
    seen = st.session_state.get(SEEN, now)
    if seen != now:
        st.session_state[MOVED] = moves(seen, now)
    st.session_state[SEEN] = now
    return set(st.session_state.get(MOVED, ()))


def flat(values: Mapping[str, Any], path: str = "") -> dict[str, Any]:
    """A config by dotted names: {"model": {"depth": 2}} as {"model.depth": 2}."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        found |= flat(value, f"{path}{name}.") if isinstance(value, dict) else {path + name: value}
    return found


def moves(before: Mapping[str, Any], now: Mapping[str, Any]) -> set[str]:
    """The dotted names of what differs; another choice of a menu moves all that belongs to it."""
    moved = {name for name in now if before.get(name) != now[name] or name not in before}
    menus = tuple(f"{part}." for part in MENUS if f"{part}.name" in moved)
    return moved | {name for name in now if name.startswith(menus)} if menus else moved


def _label(dotted: str, config: RunConfig) -> str:
    """A knob's name as the form says it, "" for what is no control."""
    part, _, name = dotted.rpartition(".")
    owner = type(getattr(config, part) if part else config)
    return next((knob.label for knob in knobs(owner) if knob.name == name and name != "name"), "")
