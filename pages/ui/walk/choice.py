"""Which net is walked through and with which picture: the choice at the top of the page."""

from dataclasses import replace

import streamlit as st

from core import datasets, hub, transfer
from core.datasets import DATASETS
from core.nets import PREFIX, Net, menu
from core.surgery import NONE
from pages.ui import asking, bases, ways
from pages.ui.asking import Asked
from pages.ui.brought import Subject
from pages.ui.inquiry import ANSWER
from pages.ui.moved import moved
from pages.ui.session import ICONS, door, store
from pages.ui.walk import moment
from pages.ui.walk.scene import CLASS, begin, link
from pages.ui.words import plain, t

NET, WAY, LINKED = "vit.net", "vit.way", "vit.linked"
LARGE = "vit_b_16"


# Which net ------------------------------------------------------------------------------------


def net() -> Asked | None:
    """Draw the choice of a net and of a moment of its training; opened, None where there is none.

    Every net with patches and attention is offered: the zoo's, one's own, torchvision's.
    """
    known = {one.source: one for one in _offered()}
    _from_link(list(known))
    left, right = st.columns([3, 4], gap="large")
    with left:
        chosen = known[
            st.selectbox(
                t("vit.net"),
                list(known),
                format_func=lambda source: _called(known[source], list(known.values())),
                key=NET,
                persist_state="session",
                on_change=moved(NET, _another_net),
            )
        ]
    with right:
        when = moment.choose(chosen)
    link("net", chosen.source)
    st.session_state[LINKED] = chosen.source
    found = asking.opened([chosen], list(known.values()), when)
    if not found and chosen.kind == "imagenet":
        bases.fetch(transfer.imagenet(hub.weights(LARGE)))
    if len(known) == 1:
        st.page_link(door("train"), label=t("vit.train_one"), icon=ICONS["train"])
    return found[0] if found else None


def _from_link(known: list[str]) -> None:
    """A link that names a net chooses it, once."""
    told = str(st.query_params.get("net", ""))
    if NET not in st.session_state:
        moment.from_link()
    if told and told != st.session_state.get(LINKED):
        if told not in known:
            st.warning(t("vit.unknown_net", name=plain(told[:60])), icon=":material/link_off:")
        else:
            st.session_state[NET] = told
    if st.session_state.get(NET) not in known:
        st.session_state[NET] = known[0]


def _offered() -> list[Net]:
    own = [one for one in menu(store()) if one.model == "vit" or _on_a_vit(one)]
    large = Net(
        PREFIX + LARGE, "imagenet", "ViT-B/16", "imagenet", LARGE, (), 3, 224, None, bytes=0
    )
    return [*own, large]


def _on_a_vit(one: Net) -> bool:
    """Whether a run was begun from a pretrained ViT."""
    if one.kind != "run" or one.model != "transfer":
        return False
    return str(store().get(one.source).config["model"].get("base", "")).startswith("vit")


def _called(one: Net, among: list[Net]) -> str:
    if one.kind == "imagenet":
        return t("vit.imagenet")
    data = datasets.called(one.data)
    right = "" if one.accuracy is None else f" · {one.accuracy:.1%}"
    return f"{asking.label(one, among)} · {data}{right}"


def _another_net() -> None:
    st.query_params["net"] = st.session_state[NET]
    for gone in ("sample", "class", "op"):
        st.query_params.pop(gone, None)
    st.session_state[CLASS] = ANSWER
    begin(NONE)


# Which picture --------------------------------------------------------------------------------


def picture(asked: Asked) -> Subject | None:
    """Draw the ways in; a test picture is there at once."""
    names = [name for name in ways.WAYS if name != "many"]
    before = st.session_state.get(ways.WAY)
    usual = ways.linked(before if before in names else "samples")
    way = st.segmented_control(
        t("predict.way"),
        names,
        format_func=lambda name: f"{ways.WAYS[name]} {t(f'predict.way_{name}')}",
        default=None if WAY in st.session_state else usual,
        key=WAY,
        required=True,
        label_visibility="collapsed",
        persist_state="session",
    )
    if way == "samples" and asked.net.data not in DATASETS:
        shapes = DATASETS["shapes"]
        asked = replace(asked, net=replace(asked.net, data="shapes", classes=shapes.classes))
    return ways.bring(str(way), [asked])
