"""What a page inside a CNN shows at a moment: a net, a picture, a step, all worked out once."""

from dataclasses import dataclass, replace

import numpy as np
import streamlit as st

from core import exciting as exciting_
from core import features, steps, working
from core.inference import Predictor
from core.opinions import Opinion, ask
from core.samples import Sample, some
from core.steps import Step
from pages.ui import shots
from pages.ui.asking import Asked
from pages.ui.brought import Subject
from pages.ui.inside.choice import link
from pages.ui.why import stamp_of

LOOKED_AT = 1000  # test pictures in which the most exciting ones are sought
FEWEST = 32  # the same for the largest nets
PRODUCTS = 3e10  # multiply-adds that such a search may take: a second or two
LARGE = 64  # pixels a side from which on a net is large
LONG = 32  # steps from which on the overview leaves norms and bends out


@st.cache_data(max_entries=48, show_spinner=False)
def all_steps(_net: Predictor, stamp: str) -> list[Step]:
    """The steps of a net."""
    return steps.steps(_net)


@st.cache_data(max_entries=64, show_spinner=False)
def overview(_net: Predictor, stamp: str, packed: np.ndarray) -> dict[str, features.Glance]:
    """All steps from afar."""
    return features.overview(_net, packed)


@st.cache_data(max_entries=24, show_spinner=False)
def look(_net: Predictor, stamp: str, packed: np.ndarray, name: str) -> features.Seen:
    """A step at work."""
    return features.look(_net, packed, name)


@st.cache_data(max_entries=32, show_spinner=False)
def work(_net: Predictor, stamp: str, packed: np.ndarray, name: str, index: int) -> working.Working:
    """A map at work."""
    return working.working(_net, packed, name, index)


@st.cache_data(max_entries=32, show_spinner=False)
def filters(_net: Predictor, stamp: str, name: str) -> np.ndarray:
    """The kernels of a convolution."""
    return features.filters(_net, name)


def pictures(asked: Asked) -> list[Sample]:
    """The test pictures that are asked about, always the same ones; fewer for heavy nets."""
    each = sum(step.products for step in all_steps(asked.predictor, stamp_of(asked)))
    most = min(LOOKED_AT, max(FEWEST, int(PRODUCTS / max(1, each))))
    return some(asked.net.data, asked.net.classes, most, 0, asked.study)


@st.cache_data(max_entries=64, show_spinner=False)
def exciting(_net: Predictor, stamp: str, name: str, _found: list[Sample]) -> exciting_.Excited:
    """What excites each map of a step."""
    return exciting_.exciting(_net, np.stack([one.picture for one in _found]), name)


@dataclass(frozen=True)
class Scene:
    """A net with a picture, its steps that make maps, and the one that is looked at."""

    asked: Asked
    stamp: str
    packed: np.ndarray
    picture: str
    opinion: Opinion
    steps: tuple[Step, ...]
    glances: dict[str, features.Glance]
    step: Step
    made: np.ndarray
    index: int

    @property
    def net(self) -> Predictor:
        """The opened net."""
        return self.asked.predictor

    @property
    def mark(self) -> str:
        """Changes with the net and the picture."""
        return f"{self.stamp} {hash(self.packed.tobytes())}"

    @property
    def place(self) -> tuple[int, int]:
        """The pixel of the map: the URL's, else the most striking one."""
        high, wide = self.made.shape[1:]
        parts = str(st.query_params.get("pixel", "")).split(",")
        if len(parts) == 2 and all(part.isdecimal() and len(part) < 5 for part in parts):
            row, column = int(parts[0]), int(parts[1])
            if row < high and column < wide:
                return row, column
        row, column = np.unravel_index(np.abs(self.made[self.index]).argmax(), (high, wide))
        return int(row), int(column)

    def reach(self) -> float:
        """The largest value of all maps of the net."""
        return max(max(abs(g.least), abs(g.most)) for g in self.glances.values())


def scene(asked: Asked, subject: Subject) -> Scene | None:
    """All of it, by what the URL says; None for a net without maps."""
    net, stamp = asked.predictor, stamp_of(asked)
    found = tuple(step for step in all_steps(net, stamp) if step.maps)
    if not found:
        return None
    opinion = ask(net, subject.image)
    packed = np.ascontiguousarray(opinion.seen.transpose(2, 0, 1))
    told = str(st.query_params.get("step", ""))
    step = next((one for one in found if one.name == told), None) or _first(found)
    seen = look(net, stamp, packed, step.name)
    glances = overview(net, stamp, packed)
    address = shots.address(opinion.seen)
    return Scene(
        asked, stamp, packed, address, opinion, found, glances, step, seen.made, _index(seen.made)
    )


def anew(now: Scene) -> Scene:
    """The same, with the map that the URL says now."""
    return replace(now, index=_index(now.made))


def _index(made: np.ndarray) -> int:
    """The map that the URL says, else the one with the largest value."""
    wanted = str(st.query_params.get("map", ""))
    index = int(wanted) if wanted.isdecimal() and len(wanted) < 6 else -1
    return index if 0 <= index < len(made) else int(np.abs(made).max((1, 2)).argmax())


def _first(found: tuple[Step, ...]) -> Step:
    return next((step for step in found if step.role == "conv"), found[0])


def brief(found: tuple[Step, ...], chosen: Step) -> list[Step]:
    """The steps of a long net without its norms and bends; the chosen one stays."""
    if len(found) <= LONG:
        return list(found)
    return [one for one in found if one.role not in ("norm", "bend") or one.name == chosen.name]


def heard(key: str, *names: str) -> None:
    """What an element has told goes into the URL: `step`, `chosen` and `scale`, `place`."""
    told = st.session_state.get(key) or {}
    for name in names:
        value = told.get(name)
        if value is None:
            continue
        if name == "step":
            link("step", str(value))
            for gone in ("map", "pixel"):
                link(gone, "")
        elif name == "chosen":
            link("map", str(int(value)))
        elif name == "place" and len(value) == 2:
            link("pixel", ",".join(str(int(part)) for part in value))
        elif name == "scale":
            link("scale", str(value))
