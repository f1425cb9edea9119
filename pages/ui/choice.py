"""Which nets are asked: what they have learned, and those of them that stand side by side."""

from collections.abc import Sequence

import streamlit as st

from core import hub, transfer
from core.nets import Net, imagenet, menu
from pages.ui import bases
from pages.ui.asking import IMAGENET, groups, in_order, label
from pages.ui.moved import moved
from pages.ui.session import ICONS, door, store
from pages.ui.sizes import human
from pages.ui.words import plain, t

GROUP, CHOSEN = "predict.group", "predict.nets"
LINK = "nets"  # in the URL, for links to certain nets
MOST = 4  # nets side by side without being asked for more


def choose() -> tuple[list[Net], list[Net]]:
    """Draw the choice: the nets that are asked, and all that know the same; both may be empty."""
    named = groups(menu(store()))
    if len(named) == 1 and st.session_state.get(GROUP) != IMAGENET:
        _nothing()
        return [], []
    _from_link(named)
    left, right = st.columns([4, 5], gap="medium")
    with left:
        group = st.segmented_control(
            t("predict.group"),
            list(named),
            format_func=lambda name: t("predict.imagenet") if name == IMAGENET else name,
            default=next(iter(named)) if GROUP not in st.session_state else None,
            key=GROUP,
            required=True,
            persist_state="session",
        )
    with right:
        members = named.get(str(group)) or _of_imagenet()
        picked = _pills(str(group), members) if members else []
    return in_order([net for net in members if net.source in picked]), members


def _nothing() -> None:
    """One sentence, and the ways on."""
    st.info(t("predict.nothing"), icon=":material/info:")
    with st.container(horizontal=True):
        if st.button(t("predict.train"), type="primary", icon=ICONS["train"]):
            st.switch_page(door("train"))
        if st.button(t("predict.look_imagenet"), icon=":material/public:"):
            st.session_state[GROUP] = IMAGENET
            st.rerun()


def _from_link(named: dict[str, list[Net]]) -> None:
    """A link that names nets chooses them, once."""
    told = str(st.query_params.get(LINK, ""))
    if not told or st.session_state.get("predict.link") == told:
        return
    st.session_state["predict.link"] = told
    wanted = told.split(",")
    for group, members in named.items():
        if here := [net.source for net in members if net.source in wanted]:
            st.session_state[GROUP] = group
            st.session_state[f"{CHOSEN}.{group}"] = here
            return


def _pills(group: str, members: Sequence[Net]) -> list[str]:
    key = f"{CHOSEN}.{group}"
    known = {net.source: net for net in members}
    if key in st.session_state:  # a run may have been deleted meanwhile
        st.session_state[key] = [s for s in st.session_state[key] if s in known]
    else:
        st.session_state[key] = _first(members)
    picked = st.pills(
        t("predict.nets"),
        list(known),
        format_func=lambda source: _pill(known[source], members),
        selection_mode="multi",
        key=key,
        persist_state="session",
        on_change=moved(key, _linked),
        args=(key,),
    )
    if not picked:
        st.caption(t("predict.choose"))
    return list(picked)


def _linked(key: str) -> None:
    """The URL names the nets, so that it can be passed on."""
    told = ",".join(st.session_state[key])
    st.session_state["predict.link"] = told
    if told:
        st.query_params[LINK] = told
    else:
        st.query_params.pop(LINK, None)


def _first(members: Sequence[Net]) -> list[str]:
    """One net of each architecture, those that came along before one's own."""
    best: dict[str, str] = {}
    for net in members:
        if not net.bytes:
            best.setdefault(net.model, net.source)
    chosen = list(best.values())[:1] if members and members[0].kind == "imagenet" else best.values()
    return list(chosen)[:MOST]


def _pill(net: Net, among: Sequence[Net]) -> str:
    right = "" if net.accuracy is None else f" · {net.accuracy:.1%}"
    return f"{plain(label(net, among))}{right}"


def _of_imagenet() -> list[Net]:
    """torchvision's nets that are here; the others with the way to fetch them."""
    found = imagenet()
    missing = [net for net in found if net.bytes]
    if missing:
        here = len(found) - len(missing)
        with st.expander(t("predict.fetch"), expanded=not here, icon=":material/download:"):
            st.caption(t("predict.fetch_why"))
            name = st.selectbox(
                t("predict.fetch_which"),
                [net.label for net in missing],
                format_func=lambda n: _sized(n, missing),
            )
            bases.fetch(transfer.imagenet(hub.weights(name)))
    return [net for net in found if not net.bytes]


def _sized(name: str, nets: Sequence[Net]) -> str:
    size = next(net.bytes for net in nets if net.label == name)
    return f"{name} · {human(size)}"
