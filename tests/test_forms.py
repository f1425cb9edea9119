"""Forms: every config class becomes widgets and comes back as the same config."""

from typing import Any, Literal

import pytest
from streamlit.testing.v1 import AppTest

from core.catalog import MODELS, OPTIMIZERS, SCHEDULES
from core.config import DataConfig, RunConfig
from models.knobs import Knobs, knob
from pages.ui import knobs
from tests.stage import sound

TABLES = (MODELS, OPTIMIZERS, SCHEDULES)
CONFIGS = [DataConfig, RunConfig, *(spec.config for table in TABLES for spec in table.values())]
SCRIPT = """
import streamlit as st
from pages.ui.forms import fill, form, stored
from {module} import {name} as Config
if "changes" in st.session_state:
    fill(Config.model_validate(st.session_state.pop("changes")), "f")
st.session_state["values"] = form(Config, "f")
st.session_state["again"] = stored(Config, "f")
"""


class Everything(Knobs):
    """One knob of every kind, as no config has them yet."""

    switch: bool = knob(True, "A switch.")
    few: Literal["a", "b"] = knob("a", "Few choices.")
    many: Literal[1, 2, 3, 4, 5, 6] = knob(3, "Many choices.")
    line: tuple[int, ...] = knob((8, 4), "A line of numbers.")
    small: int = knob(2, "A short range.", ge=0, le=9, unit="pixels")
    large: int = knob(7, "A long range.", ge=0, le=100_000)
    free: int = knob(0, "No upper bound.", ge=0)
    share: float = knob(0.25, "A share.", ge=0, le=1, step=0.05)
    fine: float = knob(0.999, "Many positions.", ge=0, le=0.9999, step=0.001)
    rate: float = knob(0.0033, "Powers of ten.", ge=1e-6, le=10, log=True)
    power: int = knob(48, "Powers of two.", ge=1, le=4096, log=True)
    text: str = knob("plain", "A word.", advanced=True)


def drawn(config: type[Knobs]) -> AppTest:
    script = SCRIPT.format(module=config.__module__, name=config.__name__)
    return AppTest.from_string(script, default_timeout=20)


def fields(config: type[Knobs]) -> set[str]:
    return {knob.name for knob in knobs.knobs(config)}


@pytest.mark.parametrize("config", [*CONFIGS, Everything], ids=lambda config: config.__name__)
def test_untouched_widgets_say_the_defaults(config: type[Knobs]) -> None:
    at = sound(drawn(config).run())
    assert not at.error
    values = at.session_state["values"]
    assert values == config().model_dump(include=fields(config))
    assert at.session_state["again"] == values


@pytest.mark.parametrize(
    "changes",
    [
        {"rate": 0.00042, "power": 100, "line": (3,), "large": 99_999},
        {"rate": 10.0, "power": 4096, "line": (1, 2, 3, 4), "fine": 0.5, "switch": False},
        {"few": "b", "many": 6, "small": 9, "share": 1.0, "text": "x", "free": 10**9},
    ],
)
def test_a_config_put_in_comes_out(changes: dict[str, Any]) -> None:
    at = drawn(Everything)
    at.session_state["changes"] = changes
    sound(at.run())
    assert at.session_state["values"] == Everything(**changes).model_dump()


def test_widgets_suit_their_knobs() -> None:
    at = drawn(Everything).run()
    assert [w.key for w in at.toggle] == ["f.switch"]
    assert [w.key for w in at.selectbox] == ["f.many"]
    assert {w.key for w in at.slider} == {"f.small", "f.share"}
    assert {w.key for w in at.select_slider} == {"f.rate", "f.power"}
    assert {w.key for w in at.number_input} == {"f.large", "f.free", "f.fine"}
    assert {w.key for w in at.text_input} == {"f.line", "f.text"}


@pytest.mark.parametrize("text", ["12, x", "1.5", "12;13"])
def test_a_line_that_holds_no_numbers_is_explained_beside_its_field(text: str) -> None:
    at = drawn(Everything).run()
    at.text_input(key="f.line").set_value(text).run()
    assert [e.value for e in at.error] == [
        "Write whole numbers with commas between them, for example 8, 4."
    ]
    with pytest.raises(ValueError):
        Everything(**at.session_state["values"])


@pytest.mark.parametrize(
    ("text", "expected"), [("512, 256", (512, 256)), (" 8 ", (8,)), ("1 2,3,", (1, 2, 3)), ("", ())]
)
def test_lines_of_numbers_are_read_as_people_write_them(text: str, expected: Any) -> None:
    assert knobs.parsed(text) == expected


def test_the_steps_of_a_log_slider_are_round_and_within_bounds() -> None:
    steps = knobs.grid(1e-6, 10, whole=False)
    assert steps[0] == 1e-6 and steps[-1] == 10 and 0.002 in steps
    assert all(1.2 < b / a < 2 for a, b in zip(steps, steps[1:], strict=False))
    assert knobs.grid(0, 1, whole=False)[:2] == [0, 1e-6]
    assert knobs.grid(1, 4096, whole=True) == [2**n for n in range(13)]


@pytest.mark.parametrize(
    ("value", "text"),
    [(2e-06, "2e-6"), (0.002, "0.002"), (4096, "4,096"), (10.0, "10"), (0.0, "0")],
)
def test_numbers_are_readable(value: float, text: str) -> None:
    assert knobs.readable(value) == text


def test_values_are_said_in_words() -> None:
    said = dict(knobs.lines(Everything(small=3, switch=False)))
    assert said["Small (pixels)"] == "3"
    assert said["Switch"] == "off"
    assert said["Line"] == "8, 4"
