"""The form of a run: from a preset to every last knob, and what it will cost."""

from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core import sheets
from core.catalog import MODELS, OPTIMIZERS, SCHEDULES
from core.config import DataConfig, RunConfig, parse
from core.data import SetInfo, installed
from core.estimate import Estimate, essence, estimate
from core.presets import presets
from pages.ui import augmentation, bases
from pages.ui.forms import fill, form, held, menu, stored
from pages.ui.hidden import hidden, note
from pages.ui.knobs import knobs, lines
from pages.ui.moved import moved
from pages.ui.words import find, t

KEY = "train"
FIRST_SET = "mnist-5k"
STRIP = 10  # pictures beside each other
UP_FRONT = {"lr", "epochs", "batch", "name"}
Net = tuple[SetInfo, dict[str, Any]]  # the pictures, and the values of "data" and "model"
PARTS = {"model": MODELS, "optimizer": OPTIMIZERS, "schedule": SCHEDULES}


def adopt(config: RunConfig, key: str = KEY) -> None:
    """Put a whole config into the form under `key`; only while the form is not yet drawn."""
    fill(config, key)
    fill(config.data, f"{key}.data")
    for part in PARTS:
        chosen = getattr(config, part)
        st.session_state[f"{key}.{part}"] = chosen.name
        fill(chosen, f"{key}.{part}.{chosen.name}")


def summary(config: RunConfig) -> list[tuple[str, str]]:
    """All settings as label and value, in the order of the form."""
    told = lines(config.data)
    for part, table in PARTS.items():
        chosen = getattr(config, part)
        name = find(f"{part}.{chosen.name}.label") or table[chosen.name].label
        told += [(t(f"train.{part}"), name), *lines(chosen)]
    return told + lines(config)


def now(key: str = KEY) -> RunConfig | None:
    """What the form under `key` said when it was last drawn."""
    values: dict[str, Any] = stored(RunConfig, key) | {"data": stored(DataConfig, f"{key}.data")}
    for part, table in PARTS.items():
        name = st.session_state.get(f"{key}.{part}")
        if name not in table:
            return None
        values[part] = {"name": name} | stored(table[name].config, f"{key}.{part}.{name}")
    try:
        return parse(values)
    except ValueError:
        return None


def _preset_now(data: str) -> str | None:
    """The preset that the form equals at this moment."""
    config = now()
    return next((p.name for p in presets(data) if p.config == config), None)


def _take_preset() -> None:
    _follow_set(st.session_state[f"{KEY}.preset"])


def _follow_set(name: str | None) -> None:
    """A new set was chosen: a preset that was in force stays in force, as the new set has it."""
    data = st.session_state[f"{KEY}.data.name"]
    for preset in presets(data):
        if preset.name == name:
            adopt(preset.config)


def _data() -> SetInfo:
    """The menu of sets, with what the chosen one is."""
    sets = {info.name: info for info in installed()}
    slot = f"{KEY}.data.name"
    if st.session_state.get(slot) not in sets:
        st.session_state[slot] = FIRST_SET
    names = {
        name: t("train.absent", name=info.label) if info.state == "absent" else info.label
        for name, info in sets.items()
    }
    if hidden("data"):
        return sets[st.session_state[slot]]
    chosen = st.selectbox(
        t("knob.data.name.label"),
        list(sets),
        format_func=names.__getitem__,
        key=slot,
        persist_state="session",
        on_change=moved(slot, _follow_set),
        args=(_preset_now(st.session_state[slot]),),
    )
    info = sets[chosen]
    count = t(
        "train.set",
        train=f"{sum(info.train):,}",
        size=info.size,
        colour=t("train.colour" if info.channels == 3 else "train.grey"),
        classes=len(info.classes),
    )
    st.caption(" ".join(filter(None, (find(f"dataset.{chosen}.note") or info.note, count))))
    return info


def _presets(data: str) -> None:
    if hidden("preset"):
        return
    slot = f"{KEY}.preset"
    st.session_state[slot] = _preset_now(data)
    names = {p.name: find(f"train.preset_{p.name}") or p.name for p in presets(data)}
    st.pills(
        t("train.preset"),
        list(names),
        format_func=names.__getitem__,
        key=slot,
        help=t("train.preset_help"),
        on_change=moved(slot, _take_preset),
        wrap=True,
    )


def _fields(config: type[Any], *, front: bool) -> list[str]:
    return [knob.name for knob in knobs(config) if (knob.name in UP_FRONT) == front]


def _net() -> Net:
    """The part of the form that decides on pictures and weights."""
    info = _data()
    _presets(info.name)
    name = menu(t("train.model"), "model", MODELS, f"{KEY}.model", chips=True)
    model = {"name": name} | _shape(name, info)
    return info, {"data": {"name": info.name}, "model": model}


def _shape(name: str, info: SetInfo) -> dict[str, Any]:
    """The settings of an architecture, folded away where its defaults do."""
    key = f"{KEY}.model.{name}"
    if MODELS[name].trained:
        return bases.choose(key, info)
    if hidden("shape"):
        return held(MODELS[name].config, key)
    with st.expander(t("train.shape"), icon=":material/tune:"):
        return form(MODELS[name].config, key)


def choose(net: Net | None = None) -> tuple[SetInfo, RunConfig | None]:
    """Draw the form; the config is None while a field holds something that cannot be.

    net: what is settled already and needs no choice.
    """
    note()
    info, values = net or _net()
    left, right = st.columns(2)
    with left:
        chosen = menu(t("train.optimizer"), "optimizer", OPTIMIZERS, f"{KEY}.optimizer")
        values["optimizer"] = {"name": chosen}
    with right:
        chosen = menu(t("train.schedule"), "schedule", SCHEDULES, f"{KEY}.schedule")
        values["schedule"] = {"name": chosen}
    values["optimizer"] |= _front("optimizer", values["optimizer"]["name"])
    values |= form(RunConfig, KEY, fields=_fields(RunConfig, front=True), columns=2)
    beside_pictures = None
    if hidden("advanced"):
        _unseen(values)
    else:
        with st.expander(t("train.advanced"), icon=":material/more_horiz:"):
            beside_pictures = _advanced(values)
    try:
        whole = parse(values)
    except ValueError:
        return info, None
    if beside_pictures is not None:
        with beside_pictures:
            augmentation.show(whole, info.bytes if info.state == "ready" else 0)
    return info, whole


def _front(part: str, name: str) -> dict[str, Any]:
    """The knobs of a menu's entry that stay in sight."""
    config = PARTS[part][name].config
    return form(config, f"{KEY}.{part}.{name}", fields=_fields(config, front=True))


def _advanced(values: dict[str, Any]) -> DeltaGenerator:
    """What is not up front, under a heading each; given back is the place below the pictures'."""
    for part in ("optimizer", "schedule"):
        name = values[part]["name"]
        config = PARTS[part][name].config
        if fields := _fields(config, front=False):
            st.markdown(f"**{t(f'train.{part}')}**")
            values[part] |= form(config, f"{KEY}.{part}.{name}", fields=fields, columns=2)
    st.markdown(f"**{t('train.pictures')}**")
    values["data"] |= form(DataConfig, f"{KEY}.data", fields=_of_pictures(values), columns=2)
    below = st.container()
    st.markdown(f"**{t('train.run')}**")
    values |= form(RunConfig, KEY, fields=_fields(RunConfig, front=False), columns=2)
    return below


def _of_pictures(values: dict[str, Any]) -> list[str]:
    """The knobs of the pictures that are not settled yet."""
    return [name for name in _fields(DataConfig, front=False) if name not in values["data"]]


def _unseen(values: dict[str, Any]) -> None:
    """The same, hidden: everything holds what it was set to."""
    for part in ("optimizer", "schedule"):
        name = values[part]["name"]
        config = PARTS[part][name].config
        fields = _fields(config, front=False)
        values[part] |= held(config, f"{KEY}.{part}.{name}", fields)
    values["data"] |= held(DataConfig, f"{KEY}.data", _of_pictures(values))
    values |= held(RunConfig, KEY, _fields(RunConfig, front=False))


@st.cache_data(max_entries=512, show_spinner=False)
def _estimate(essential: str, channels: int, size: int, classes: int, count: int) -> Estimate:
    config = RunConfig.model_validate_json(essential)
    return estimate(config, channels=channels, size=size, classes=classes, train_count=count)


def cost(config: RunConfig, info: SetInfo) -> Estimate:
    """What the run will cost, from the cache if only knobs without a price were turned.

    Raises:
        ValueError: the net does not fit the pictures or the memory, or the batch is larger than
            the set.
    """
    key = essence(config).model_dump_json()
    return _estimate(key, info.channels, info.size, len(info.classes), sum(info.train))


@st.cache_data(max_entries=32, show_spinner=False)
def strip(name: str, size: int) -> bytes:
    """A picture of each class side by side, as a PNG.

    size, in bytes, is only the key: it changes when the set is made or replaced.
    """
    return sheets.strip(name, STRIP)
