"""Forms: a config class in, widgets out; what they say comes back as plain values."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, get_args, get_origin

import streamlit as st
from pydantic import BaseModel, TypeAdapter, ValidationError

from pages.ui.hidden import hidden
from pages.ui.knobs import Knob, grid, knobs, parsed, readable, shown
from pages.ui.moved import moved
from pages.ui.words import find, t

POSITIONS = 100  # a slider with more positions than pixels can point at becomes a number field
CHIPS = 4  # so many choices stay in sight; more go into a menu


def fill(config: BaseModel, key: str) -> None:
    """Put a config's values into the widgets of `form(type(config), key)`.

    Only before these widgets are drawn: in a callback, or above them in the script.
    """
    for knob in knobs(type(config)):
        value = getattr(config, knob.name)
        st.session_state[f"{key}.{knob.name}"] = shown(
            float(value) if knob.kind is float else value
        )


def stored(config: type[BaseModel], key: str) -> dict[str, Any]:
    """What the widgets of `form(config, key)` say, without drawing them."""
    said = {}
    for knob in knobs(config):
        if (slot := f"{key}.{knob.name}") in st.session_state:
            value = st.session_state[slot]
            said[knob.name] = parsed(value) if get_origin(knob.kind) is tuple else value
    return said


def form(
    config: type[BaseModel],
    key: str,
    *,
    fields: Iterable[str] | None = None,
    columns: int = 1,
    on_change: Callable[..., None] | None = None,
) -> dict[str, Any]:
    """Draw a widget for each of the named fields (all, when None) and give back their values.

    A value that cannot be read is explained below its field and handed on as it is, so that the
    config class refuses it. on_change is called with key and name of the field. A hidden field
    holds the value that it has.
    """
    wanted = None if fields is None else set(fields)
    asked = [knob for knob in knobs(config) if wanted is None or knob.name in wanted]
    values = held(config, key, [knob.name for knob in asked if hidden(knob.name)])
    drawn = [knob for knob in asked if knob.name not in values]
    places = st.columns(columns) if columns > 1 and drawn else [st.container()]
    for index, knob in enumerate(drawn):
        with places[index % columns]:
            value = _draw(knob, f"{key}.{knob.name}", on_change)
            field = config.model_fields[knob.name]
            try:
                TypeAdapter(field.rebuild_annotation()).validate_python(value)
            except ValidationError as problem:
                st.error(_sentence(knob, problem))
        values[knob.name] = value
    return values


def held(
    config: type[BaseModel],
    key: str,
    fields: Iterable[str] | None = None,
    columns: int = 1,
) -> dict[str, Any]:
    """What `form` would give back for these fields (all, when None), without drawing them."""
    said = stored(config, key)
    known = {knob.name: knob.default for knob in knobs(config)}
    return {name: said.get(name, known[name]) for name in (known if fields is None else fields)}


def _sentence(knob: Knob, problem: ValidationError) -> str:
    if get_origin(knob.kind) is tuple:
        return t("form.numbers", example=shown(knob.default))
    return f"{knob.label}: {problem.errors()[0]['msg']}"


def _draw(knob: Knob, slot: str, on_change: Callable[..., None] | None) -> Any:
    """The widget that suits the knob's type and range; its value lives under `slot`."""
    default = float(knob.default) if knob.kind is float else knob.default
    st.session_state.setdefault(slot, shown(default))
    common: dict[str, Any] = {"key": slot, "help": knob.help, "persist_state": "session"}
    if on_change is not None:
        common |= {"on_change": moved(slot, on_change), "args": (slot, knob.name)}
    if knob.kind is bool:
        return st.toggle(knob.label, **common)
    if get_origin(knob.kind) is Literal:
        return _choice(knob, common)
    if get_origin(knob.kind) is tuple:
        return parsed(st.text_input(knob.label, **common) or "")
    if knob.kind in (int, float):
        return _number(knob, slot, common)
    return st.text_input(knob.label, **common)


def _choice(knob: Knob, common: dict[str, Any]) -> Any:
    names = {option: knob.choice(option) for option in get_args(knob.kind)}
    common |= {"options": list(names), "format_func": names.__getitem__}
    if len(names) <= CHIPS:
        return st.segmented_control(knob.label, required=True, **common)
    return st.selectbox(knob.label, **common)


def _number(knob: Knob, slot: str, common: dict[str, Any]) -> Any:
    """Powers of ten: a slider of round values; few positions: a slider; else a number field."""
    if knob.low is not None and knob.high is not None:
        if knob.log:
            return _log_slider(knob, knob.low, knob.high, slot, common)
        if (knob.high - knob.low) / knob.stride <= POSITIONS:
            return st.slider(
                knob.label,
                knob.cast(knob.low),
                knob.cast(knob.high),
                step=knob.cast(knob.stride),
                format=knob.pattern(knob.stride),
                **common,
            )
    return st.number_input(
        knob.label,
        None if knob.low is None else knob.cast(knob.low),
        None if knob.high is None else knob.cast(knob.high),
        step=knob.cast(knob.stride),
        format=knob.pattern(knob.stride, knob.high or knob.stride),
        **common,
    )


def _log_slider(knob: Knob, low: float, high: float, slot: str, common: dict[str, Any]) -> Any:
    """Round positions, and the present value among them where it is not one of these."""
    options = sorted({*grid(low, high, whole=knob.kind is int), st.session_state[slot]})
    names = {option: readable(option) for option in options}
    return st.select_slider(knob.label, options, format_func=names.__getitem__, **common)


def menu(label: str, kind: str, table: Mapping[str, Any], key: str, *, chips: bool = False) -> str:
    """Choose one entry of a menu table; its theory stands below, its paper in the tooltip.

    kind names the entry's words in the catalogue: `model.cnn.theory`.
    """
    names = {entry: find(f"{kind}.{entry}.label") or table[entry].label for entry in table}
    options = list(table)
    if st.session_state.get(key) not in options:
        st.session_state[key] = options[0]
    if hidden(kind):
        return str(st.session_state[key])
    common: dict[str, Any] = {"key": key, "persist_state": "session"}
    common |= {"format_func": names.__getitem__}
    if chips and len(options) <= CHIPS:
        chosen = st.segmented_control(label, options, required=True, **common)
    else:
        chosen = st.selectbox(label, options, **common)
    spec = table[str(chosen)]
    st.caption(find(f"{kind}.{chosen}.theory") or spec.theory, help=spec.paper)
    return str(chosen)
