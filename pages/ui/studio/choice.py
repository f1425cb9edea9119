"""Which autoencoder is looked into, at which moment of its training."""

from collections.abc import Iterable
from dataclasses import dataclass

import streamlit as st

from core import datasets, zoo
from core.checkpoint import read_card
from core.duelling import rested
from core.maker import Maker, menu, open_maker
from core.nets import Net
from pages.ui import asking
from pages.ui.knobs import knobs
from pages.ui.moved import moved
from pages.ui.session import ICONS, door, place, store
from pages.ui.studio.desk import link
from pages.ui.words import find, plain, t

NET = "latent.net"
PLANE = 2  # numbers of a code that can be seen as it is


@dataclass(frozen=True, eq=False)
class Opened:
    """An opened autoencoder, what it is called, and a stamp that names it and the moment."""

    net: Net
    name: str
    maker: Maker
    stamp: str
    tag: str


@st.cache_resource(max_entries=24, show_spinner=False)
def _opened(source: str, tag: str, where: str, changed: int) -> Maker:
    """`where` and `changed` are only parts of the key: a checkpoint may be written anew."""
    return open_maker(source, tag)


def opened(source: str, tag: str = zoo.LAST) -> tuple[Maker, str]:
    """An autoencoder at a checkpoint, shared by everybody, and the stamp that names both.

    Raises:
        ValueError: there is none, or it is damaged.
    """
    try:
        changed = (zoo.checkpoint_of(source, tag) / "card.json").stat().st_mtime_ns
    except OSError:
        changed = 0  # the reader of cards says what is wrong
    return _opened(source, tag, place(), changed), f"{source} {tag} {changed}"


def offered() -> list[Net]:
    """Every autoencoder that is here."""
    return menu(store())


def choose() -> Opened | None:
    """Draw the choice of a net and of a moment; None where there is nothing, and what to do."""
    nets = offered()
    known = {one.source: one for one in nets}
    if not known:
        _nothing()
        return None
    _from_link(known)
    left, right = st.columns([3, 4], gap="large")
    with left:
        chosen = known[
            st.selectbox(
                t("latent.net"),
                list(known),
                format_func=lambda source: called(known[source]),
                key=NET,
                persist_state="session",
                on_change=moved(NET, _another),
            )
        ]
    with right:
        when = asking.moment([chosen])
    link("when", f"{when:g}" if when != 1 else "")
    tag = tag_at(chosen, when)
    try:
        maker, stamp = opened(chosen.source, tag)
    except ValueError as problem:
        st.error(plain(str(problem)), icon=":material/error:")
        return None
    _about(maker)
    if tag == zoo.LAST:  # an earlier moment is not yet what it was to become
        _ails(maker)
    return Opened(chosen, called(chosen), maker, stamp, tag)


def _nothing() -> None:
    """One sentence, and the way on."""
    st.info(t("latent.nothing"), icon=":material/info:")
    if st.button(t("latent.train"), type="primary", icon=ICONS["train"]):
        st.switch_page(door("train"), query_params={"model": "aae", "data": "mnist-5k"})


def _from_link(known: dict[str, Net]) -> None:
    told = str(st.query_params.get("net", ""))
    if NET not in st.session_state:
        if told and told not in known:
            st.warning(t("latent.unknown_net", name=plain(told[:60])), icon=":material/link_off:")
        st.session_state[NET] = told if told in known else _usual(known)
        try:
            when = round(float(st.query_params.get("when", "1")), 4)
            st.session_state[asking.WHEN] = when
        except ValueError:
            st.query_params.pop("when", None)
    elif st.session_state[NET] not in known:  # a run may have been deleted meanwhile
        st.session_state[NET] = _usual(known)


def _usual(known: Iterable[str]) -> str:
    """The net to begin with: the first one whose codes lie in a plane, where there is one."""
    return min(known, key=lambda source: variant(source)[1] != PLANE)


def _another() -> None:
    st.query_params["net"] = st.session_state[NET]
    for gone in ("z", "a", "b", "box", "content", "when"):
        st.query_params.pop(gone, None)


def called(one: Net) -> str:
    """What a net is called on the menu, with its pictures."""
    return f"{short(one)} · {datasets.called(one.data)}"


@st.cache_data(max_entries=256, show_spinner=False)
def variant(source: str) -> tuple[str, int]:
    """What kind of autoencoder a net is, and how many numbers its codes have."""
    try:
        settings = read_card(zoo.checkpoint_of(source))["config"]["model"]
        return str(settings["variant"]), int(settings["code"])
    except (KeyError, TypeError, ValueError):
        return "", 0


def short(one: Net) -> str:
    """A net's own name, else what kind it is."""
    kind, _ = variant(one.source)
    return one.label or f"{find(f'choice.variant.{kind}') or kind} · {one.source[:4]}"


def tag_at(one: Net, share: float) -> str:
    """The checkpoint that is nearest to a share of a net's training."""
    line = asking.timeline(one.source, place())
    if share == 1 or not line:
        return zoo.LAST
    end = line[-1].step or 1
    return min(line, key=lambda moment: abs(moment.step / end - share)).tag


def _about(maker: Maker) -> None:
    """What was trained, in a line."""
    settings = maker.settings
    say = {one.name: one.say(getattr(settings, one.name)) for one in knobs(type(settings))}
    told = [say["variant"], t("latent.code_of", count=maker.code)]
    if maker.judges:
        told += [f"{t('latent.prior')}: {say['prior']}", f"{t('latent.encoder')}: {say['encoder']}"]
    if settings.guided:
        told.append(t("latent.guided"))
    st.caption(" · ".join(told))


def _ails(maker: Maker) -> None:
    """What is wrong with a net whose codes were to take a shape, and what may help."""
    found = rested(maker.card["metrics"]) if maker.judges else None
    if found is None:
        return
    said = {"share": "{:.0%}", "times": "{:.1f}"}
    values = {name: said[name].format(value) for name, value in found.values.items()}
    st.caption(f":material/troubleshoot: {t(f'latent.ails.{found.key}', **values)}")
