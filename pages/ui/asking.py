"""Asking: what pages share to ask nets, and the nets opened at a moment of their training."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from core import datasets
from core.catalog import MODELS
from core.decode import Decoders
from core.inference import Predictor
from core.nets import Moment, Net, Nets, moments
from core.studies import Studies
from core.study import Study
from core.zoo import LAST
from pages.ui.session import place, store
from pages.ui.words import plain, t

WHEN = "predict.when"
IMAGENET = "imagenet"
ORDER = ("mlp", "cnn", "lstm", "vit")  # side by side in the order in which they are taught
MOMENTS = 40


@dataclass(frozen=True)
class Asked:
    """An opened net of the menu, what is known of it, and whether more will be known soon."""

    net: Net
    name: str
    predictor: Predictor
    study: Study | None
    pending: bool


@st.cache_resource(show_spinner=False)
def decoders() -> Decoders:
    """The children that decode what visitors bring; one process has them once."""
    return Decoders()


@st.cache_resource(show_spinner=False)
def nets() -> Nets:
    """Opened nets, shared by everybody."""
    return Nets()


@st.cache_resource(show_spinner=False)
def studies() -> Studies:
    """What is known of opened nets, shared by everybody."""
    return Studies()


def groups(found: Sequence[Net]) -> dict[str, list[Net]]:
    """Nets that know the same classes stand together; digits first, ImageNet last."""
    together: dict[tuple[str, ...], list[Net]] = {}
    for net in found:
        together.setdefault(net.classes, []).append(net)
    ordered = sorted(together.values(), key=lambda members: not _digits(members[0]))
    named: dict[str, list[Net]] = {}
    for members in ordered:
        name = datasets.called(members[0].data)
        named[name if name not in named else f"{name} ({len(members[0].classes)})"] = members
    return named | {IMAGENET: []}


def _digits(net: Net) -> bool:
    return net.classes == tuple("0123456789") and net.channels == 1


def draws(asked: Sequence[Asked]) -> bool:
    """Whether these nets know handwritten digits, so that a drawing is made like one."""
    return bool(asked) and _digits(asked[0].net) and asked[0].net.size == 28


def label(net: Net, among: Sequence[Net]) -> str:
    """What a net is called beside others: its architecture, or its own name where it has one."""
    model = MODELS[net.model].label if net.model in MODELS else net.label
    if net.kind == "run":
        return net.label or f"{model} · {net.source[:4]}"
    twins = sum(n.model == net.model and n.kind == net.kind for n in among)
    return net.label if twins > 1 else model


def opened(chosen: Sequence[Net], among: Sequence[Net], when: float) -> list[Asked]:
    """Open nets as they were after a share of their training; what does not open is said."""
    found: list[Asked] = []
    for net in chosen:
        tag = tag_of(net, when)
        try:
            predictor = nets().open(net.source, tag)
        except ValueError as problem:
            st.error(plain(str(problem)), icon=":material/error:")
            continue
        study, pending = (None, False)
        if tag == LAST and net.kind != "imagenet":
            study, pending = studies().of(net.source, predictor)
        name = label(net, among)
        if name in {one.name for one in found}:
            name = f"{name} · {net.source[-4:]}"
        found.append(Asked(net, name, predictor, study, pending))
    return found


@st.cache_data(ttl=60, max_entries=256, show_spinner=False)
def timeline(source: str, where: str) -> list[Moment]:
    """The checkpoints of a net that has been trained; `where` is only part of the key."""
    return moments(store(), source)


def at() -> float:
    """Where the slider through the training stands."""
    return float(st.session_state.get(WHEN, 1.0))


def pending(chosen: Sequence[Net]) -> bool:
    """Whether more will soon be known of one of these nets."""
    for net in chosen:
        if net.kind == "imagenet":
            continue
        try:
            if studies().of(net.source, nets().open(net.source))[1]:
                return True
        except ValueError:
            continue  # the page has said what is wrong with it
    return False


def moment(chosen: Sequence[Net]) -> float:
    """Draw the slider through the training of these nets: its place as a share of all steps."""
    stops = stops_of(chosen)
    if st.session_state.get(WHEN) not in stops:
        st.session_state[WHEN] = 1.0
    when = st.select_slider(
        t("predict.when"),
        list(stops) if len(stops) > 1 else [0.0, 1.0],
        format_func=lambda at: said(stops.get(at), at),
        key=WHEN,
        disabled=len(stops) < 2,
        help=t("predict.when_help"),
    )
    return float(when)


def stops_of(chosen: Sequence[Net]) -> dict[float, Moment]:
    """The moments to choose from: those of the net with most, under their share of all steps."""
    lines = [line for net in chosen if len(line := timeline(net.source, place())) > 1]
    lines = [line for line in lines if line[-1].step]
    longest = max(lines, key=len)[-MOMENTS:] if lines else [Moment(LAST, 1, 1)]
    return {round(m.step / longest[-1].step, 4): m for m in longest}


def said(there: Moment | None, share: float) -> str:
    """What a moment is called."""
    if there is None or share == 1.0:
        return t("predict.trained")
    return t("predict.at", step=f"{there.step:,}", share=f"{share:.0%}")


def tag_of(net: Net, share: float) -> str:
    """The checkpoint of a net that is nearest to a share of its training."""
    line = timeline(net.source, place())
    if not line or share == 1:
        return LAST
    end = line[-1].step or 1
    return min(line, key=lambda moment: abs(moment.step / end - share)).tag


def in_order(chosen: Sequence[Net]) -> list[Net]:
    """Nets in the order in which their kinds are taught."""
    return sorted(chosen, key=lambda net: ORDER.index(net.model) if net.model in ORDER else 9)
