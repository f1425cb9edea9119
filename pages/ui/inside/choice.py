"""Which net is looked into and with which picture: the choice at the top of the page."""

from dataclasses import replace

import streamlit as st

from core import datasets
from core.datasets import DATASETS
from core.nets import PREFIX, Net, imagenet, menu
from pages.ui import asking, ways
from pages.ui.asking import Asked
from pages.ui.brought import Subject
from pages.ui.moved import moved
from pages.ui.session import ICONS, door, store
from pages.ui.words import plain, t

NET, WAY, LINK = "cnn.net", "cnn.way", "cnn.link"
KINDS = ("cnn", "resnet", "fastnet", "transfer")
USUAL = "zoo:mnist-cnn"
OWN = ("sample", "step", "map", "pixel")  # what the URL says about this net alone


def link(name: str, value: str) -> None:
    """Say something in the URL, or no more."""
    if value:
        if st.query_params.get(name) != value:
            st.query_params[name] = value
    else:
        st.query_params.pop(name, None)


def net() -> Asked | None:
    """Draw the choice of a net and of a moment of its training; opened, None where there is none.

    Every convolutional net is offered: the zoo's, one's own, and torchvision's that a link names.
    """
    known = {one.source: one for one in _offered()}
    if not known:
        st.info(t("cnn.nothing"), icon=":material/info:")
        if st.button(t("predict.train"), type="primary", icon=ICONS["train"]):
            st.switch_page(door("train"), query_params={"model": "cnn"})
        return None
    _from_link(known)
    if st.session_state.get(NET) not in known:
        st.session_state[NET] = USUAL if USUAL in known else next(iter(known))
    left, right = st.columns([3, 4], gap="large")
    with left:
        source = st.selectbox(
            t("cnn.net"),
            list(known),
            format_func=lambda source: _called(known[source], list(known.values())),
            key=NET,
            persist_state="session",
            on_change=moved(NET, _another),
        )
    with right:
        when = asking.moment([known[source]])
    link("when", f"{when:g}" if when != 1 else "")
    found = asking.opened([known[source]], list(known.values()), when)
    return _with_pictures(found[0]) if found else None


def _with_pictures(asked: Asked) -> Asked:
    """The same net with the test pictures that came along with it, at any moment of its training.

    They lie beside the trained net, and are needed where the set itself is not here.
    """
    if asked.study is not None or asked.net.kind != "zoo":
        return asked
    trained = asking.nets().open(asked.net.source)
    return replace(asked, study=asking.studies().of(asked.net.source, trained)[0])


def _offered() -> list[Net]:
    own = [one for one in menu(store()) if one.model in KINDS]
    told = str(st.query_params.get("net", "")), str(st.session_state.get(NET, ""))
    if any(name.startswith(PREFIX) for name in told):  # torchvision is only asked if it must be
        own += [one for one in imagenet() if one.source in told and not one.bytes]
    return own


def _from_link(known: dict[str, Net]) -> None:
    """A link that names a net and a moment chooses them, once."""
    told = str(st.query_params.get("net", ""))
    if not told or st.session_state.get(LINK) == told:
        return
    st.session_state[LINK] = told
    if told not in known:
        st.warning(t("cnn.unknown", name=plain(told[:60])), icon=":material/link_off:")
        return
    st.session_state[NET] = told
    try:
        st.session_state[asking.WHEN] = round(float(st.query_params.get("when", "1")), 4)
    except ValueError:
        st.query_params.pop("when", None)


def _another() -> None:
    """Another net: the URL names it, and forgets what was said about the last one."""
    st.query_params["net"] = st.session_state[LINK] = st.session_state[NET]
    for gone in OWN:
        st.query_params.pop(gone, None)


def _called(one: Net, among: list[Net]) -> str:
    data = datasets.called(one.data)
    right = "" if one.accuracy is None else f" · {one.accuracy:.1%}"
    name = one.label if one.kind == "imagenet" else asking.label(one, among)
    return f"{name} · {data}{right}"


def picture(asked: Asked) -> Subject | None:
    """Draw the ways in; a test picture is there at once."""
    way = st.segmented_control(
        t("predict.way"),
        [name for name in ways.WAYS if name != "many"],
        format_func=lambda name: f"{ways.WAYS[name]} {t(f'predict.way_{name}')}",
        default=ways.linked("samples") if WAY not in st.session_state else None,
        key=WAY,
        required=True,
        label_visibility="collapsed",
        persist_state="session",
    )
    if way == "samples" and asked.net.data == "imagenet":
        shapes = DATASETS["shapes"]
        asked = replace(asked, net=replace(asked.net, data="shapes", classes=shapes.classes))
    return ways.bring(str(way), [asked])
