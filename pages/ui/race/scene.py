"""What races where: the state of the page, kept in the URL so that a link shows the same."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import streamlit as st

from core.contestants import USUAL, read, together, usual, write
from core.landscapes import LANDSCAPES, Place
from core.optim import OPTIMIZERS
from core.paths import MOST_STEPS, Path, walk
from core.trials import Trial
from pages.ui.words import plain, t

SURFACE, NAMES, FIELD, FOCUS = "opt.surface", "opt.names", "opt.field", "opt.focus"
START, NOISE, SEED, STEPS = "opt.start", "opt.noise", "opt.seed", "opt.steps"
RACE = "opt.race"
ROOM = "opt.fragment"
COUNT = 120
SEEDS = 9999
T = TypeVar("T")


@dataclass(frozen=True)
class Scene:
    """A race: the surface, its contestants with their paths, and the one in the hand."""

    surface: str
    field: dict[str, Any]
    start: Place
    steps: int
    noise: float
    seed: int
    focus: str
    paths: dict[str, Path]


@st.cache_resource(max_entries=600, show_spinner=False)
def _path(
    name: str,
    told: str,
    _config: Any,
    surface: str,
    start: Place,
    steps: int,
    noise: float,
    seed: int,
) -> Path:
    """A path once walked; `told` stands for the settings."""
    return walk(name, _config, surface, start, steps, noise, seed)


def begin() -> None:
    """Set everything as the link says, once per visit; what it says wrongly is told."""
    state = st.session_state
    if FIELD in state:
        return
    surface = st.query_params.get("surface", "")
    state[SURFACE] = surface if surface in LANDSCAPES else next(iter(LANDSCAPES))
    if surface and surface not in LANDSCAPES:
        _refuse(t("optimizers.no_surface", name=plain(surface[:40])))
    usual_field = together(state[SURFACE])
    state[FIELD] = _said("race", lambda text: read(text, state[SURFACE]), usual_field)
    state[START] = _said("start", _place, LANDSCAPES[state[SURFACE]].start)
    state[STEPS] = _said("steps", _whole(10, MOST_STEPS), COUNT)
    state[NOISE] = _said("noise", _share, 0.0)
    state[SEED] = _said("seed", _whole(0, SEEDS), 0)
    state["opt.moment"] = _said("moment", _whole(0, MOST_STEPS), None)
    state[FOCUS] = st.query_params.get("focus", "")


def _said(name: str, understood: Callable[[str], T], otherwise: T) -> T:
    """A part of the link, or what holds without it."""
    text = st.query_params.get(name, "")
    if not text:
        return otherwise
    try:
        return understood(text)
    except ValueError as problem:
        _refuse(str(problem))
        return otherwise


def _refuse(sentence: str) -> None:
    st.warning(t("optimizers.bad_link", reason=plain(sentence)), icon=":material/link_off:")


def _place(text: str) -> Place:
    parts = text.split(",")
    if len(parts) != 2:
        raise ValueError(f"the start {text[:40]!r} is no place: give two numbers")
    return LANDSCAPES[st.session_state[SURFACE]].inside((float(parts[0]), float(parts[1])))


def _whole(least: int, most: int) -> Callable[[str], int]:
    def understood(text: str) -> int:
        if not least <= int(text) <= most:
            raise ValueError(f"{text[:40]} is out of range: take {least} to {most}")
        return int(text)

    return understood


def _share(text: str) -> float:
    if not 0 <= float(text) <= 1:
        raise ValueError(f"noise {text[:40]} is out of range: take 0 to 1")
    return float(text)


# What callbacks change ------------------------------------------------------------------------


def another_surface() -> None:
    """Everybody starts anew on another surface, at their own best rates."""
    state = st.session_state
    state[FIELD] = together(state[SURFACE], tuple(state[FIELD]) or USUAL)
    state[START] = LANDSCAPES[state[SURFACE]].start


def another_field() -> None:
    """Who came gets its best rate, who went is forgotten."""
    state = st.session_state
    chosen = state[NAMES] or []
    fresh = {name: state[FIELD].get(name) or usual(name, state[SURFACE]) for name in chosen}
    state[FIELD] = {name: fresh[name] for name in OPTIMIZERS if name in fresh}


def as_usual() -> None:
    """Own best rates, the usual start, no noise."""
    another_surface()
    st.session_state.update({NOISE: 0.0, SEED: 0, STEPS: COUNT})


def another_start() -> None:
    """Where somebody has clicked."""
    told = (st.session_state.get(RACE) or {}).get("start")
    if told:
        land = LANDSCAPES[st.session_state[SURFACE]]
        st.session_state[START] = land.inside((float(told[0]), float(told[1])))


def another_focus() -> None:
    """Whose numbers are looked at."""
    st.session_state[FOCUS] = (st.session_state.get(RACE) or {}).get("focus") or ""
    st.rerun(ROOM)  # what stands beside the map is about another one now


def set_up(trial: Trial) -> None:
    """A question's experiment, ready to be run."""
    land = LANDSCAPES[trial.surface]
    st.session_state.update(
        {
            SURFACE: trial.surface,
            FIELD: trial.field,
            START: trial.start or land.start,
            STEPS: trial.steps,
            NOISE: 0.0,
            FOCUS: next(iter(trial.field)),
        }
    )


# The race -------------------------------------------------------------------------------------


def scene() -> Scene:
    """The race as widgets, map and link say; the link is written anew."""
    state = st.session_state
    surface, field = state[SURFACE], state[FIELD]
    if state[FOCUS] not in field:
        state[FOCUS] = "adam" if "adam" in field else next(iter(field), "")
    start, steps, noise, seed = state[START], state[STEPS], state[NOISE], state[SEED]
    paths = {
        name: _path(name, config.model_dump_json(), config, surface, start, steps, noise, seed)
        for name, config in field.items()
    }
    usual_start = LANDSCAPES[surface].start
    link("surface", surface)
    link("race", "" if field == together(surface) else write(field, surface))
    link("start", "" if start == usual_start else f"{start[0]:g},{start[1]:g}")
    link("steps", "" if steps == COUNT else str(steps))
    link("noise", f"{noise:g}" if noise else "")
    link("seed", str(seed) if noise and seed else "")
    link("focus", state[FOCUS] if state[FOCUS] != "adam" else "")
    moment = (state.get(RACE) or {}).get("moment", state.get("opt.moment"))
    link("moment", "" if moment is None or moment < 0 else str(int(moment)))
    return Scene(surface, field, start, steps, noise, seed, state[FOCUS], paths)


def link(name: str, value: str) -> None:
    """Write a part of the view into the URL; "" takes it out."""
    if not value:
        st.query_params.pop(name, None)
    elif st.query_params.get(name) != value:
        st.query_params[name] = value
