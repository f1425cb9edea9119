"""Bases: the part of the form in which a transfer chooses the net that it begins with."""

from typing import Any

import streamlit as st

from core import hub, transfer
from core.catalog import MODELS
from core.config import RunConfig
from core.data import SetInfo
from core.transfer import Base
from pages.ui.forms import form
from pages.ui.moved import moved
from pages.ui.session import store
from pages.ui.sizes import human
from pages.ui.words import find, plain, t

CONFIG = MODELS["transfer"].config
REFRESH = 0.7  # seconds between two looks at a download


def leave_open(key: str) -> None:
    """Choose the base anew when the form is drawn: what is here already goes first."""
    st.session_state.pop(f"{key}.base", None)


def choose(key: str, info: SetInfo) -> dict[str, Any]:
    """Draw the settings of a transfer under `key` and give back their values."""
    base = _base(key)
    values: dict[str, Any] = {"base": base.name if isinstance(base, Base) else base}
    own = ":" in values["base"]
    if isinstance(base, Base):
        _state(base, info)
    fields = ["head"] if own else ["side"]
    try:
        depth = transfer.depth(values | {"side": _side(key)})
    except ValueError as problem:
        st.error(str(problem), icon=":material/error:")
    else:
        values["freeze"] = _freeze(key, depth)
        fields = ["rate"] * (values["freeze"] < depth) + fields
    return values | form(CONFIG, key, fields=fields, columns=len(fields))


def _side(key: str) -> int:
    """The picture's side as it was last chosen, its slider standing below."""
    return int(st.session_state.get(f"{key}.side", CONFIG().side))


def _base(key: str) -> Base | str:
    """The menu; a name that is not on it may be typed."""
    known = {base.name: base for base in transfer.menu(store())}
    slot = f"{key}.base"
    here = next((base.name for base in known.values() if not base.bytes), hub.FIRST)
    st.session_state.setdefault(slot, here)
    chosen = st.selectbox(
        t("knob.transfer.base.label"),
        list(known),
        format_func=lambda name: _label(known[name]) if name in known else name,
        key=slot,
        help=t("transfer.base_help"),
        accept_new_options=True,
        persist_state="session",
        on_change=moved(slot, _all_frozen),
        args=(key,),
    )
    name = str(chosen or "")
    if name in known:
        return known[name]
    try:
        return transfer.imagenet(hub.weights(name))
    except ValueError:  # said below by who builds it
        return name


def _all_frozen(key: str) -> None:
    """Another base has other stages: it begins with only the head learning."""
    st.session_state.pop(f"{key}.freeze", None)


def _label(base: Base) -> str:
    """A base in one line of the menu."""
    if base.kind == "imagenet":
        where = t("transfer.to_fetch", size=human(base.bytes)) if base.bytes else t("transfer.here")
        return f"{base.label} · ImageNet · {where}"
    right = "" if base.accuracy is None else f" · {base.accuracy:.1%}"
    return f"{t(f'transfer.{base.kind}')}: {base.label} · {base.data}{right}"


def _state(base: Base, info: SetInfo) -> None:
    """What the base knows and how the pictures come to it; its download where it is not here."""
    if base.kind != "imagenet":
        st.caption(t("transfer.knows_own", data=plain(base.data)))
        return
    count = f"{base.parameters:,}"
    colour = t("transfer.repeated") if info.channels == 1 else ""
    st.caption(f"{t('transfer.knows_imagenet', count=count)} {colour}".strip())
    if base.bytes:
        fetch(base)


def fetch(base: Base) -> None:
    """The button, or how far it is, or why it ended."""
    note = hub.noted(base.name)
    if note and note.state == "running":
        _progress(base.name)
        return
    failed = note is not None and note.state == "failed"
    if note and failed:
        st.warning(
            find(f"transfer.failed.{note.reason}") or plain(note.message),
            icon=":material/cloud_off:" if note.reason == "offline" else ":material/warning:",
        )
        file = hub.weights(base.name)
        st.caption(t("transfer.by_hand", file=plain(file.file.name), url=file.url))
    words = "transfer.again" if note and failed and note.done else "transfer.fetch"
    label = t(words, size=human(base.bytes))
    if st.button(label, key=f"fetch.{base.name}", icon=":material/download:"):
        hub.start_download(base.name)
        st.rerun()


@st.fragment(run_every=REFRESH)
def _progress(name: str) -> None:
    """How far a download is; once it has ended the whole page is drawn anew."""
    note = hub.noted(name)
    if note is None or note.state != "running":
        st.rerun()
    done = {"done": human(note.done), "total": human(note.total)}
    words = "transfer.running" if note.total else "transfer.starting"
    st.progress(note.share, text=t(words, **done))
    st.caption(t("transfer.leave"))


def _freeze(key: str, depth: int) -> int:
    """How many of the base's stages stay as they are, and what that means."""
    slot = f"{key}.freeze"
    st.session_state[slot] = min(st.session_state.get(slot, depth), depth)
    frozen = st.slider(
        t("knob.transfer.freeze.label"),
        0,
        depth,
        key=slot,
        help=t("knob.transfer.freeze.help"),
        persist_state="session",
    )
    if frozen == depth:
        st.caption(t("transfer.only_head"))
    elif frozen:
        st.caption(t("transfer.in_part", frozen=frozen, all=depth))
    else:
        st.caption(t("transfer.whole", learning=depth))
    return frozen


def at_hand(config: RunConfig) -> bool:
    """Whether what a run begins with is here; where not, what to do is said."""
    try:
        base = transfer.missing(config.model)
    except ValueError as problem:
        st.error(str(problem), icon=":material/error:")
        return False
    if base is not None:
        size = human(base.bytes)
        st.info(t("transfer.first", name=plain(base.label), size=size), icon=":material/download:")
    return base is None
