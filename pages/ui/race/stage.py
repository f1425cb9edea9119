"""The race drawn: the map with its paths, and the same from the side in three dimensions."""

from typing import Any

import numpy as np
import streamlit as st

from core.figures import Way, relief
from core.landscapes import LANDSCAPES, heights
from core.optim import OPTIMIZERS
from core.paths import MOMENTUM, SECOND, SQUARED, Path, arrival, rebuilt
from pages.ui.race import elements, scene
from pages.ui.race.scene import Scene
from pages.ui.words import t

COLUMNS = ("x", "y", "f", "far", "gx", "gy", "mx", "my", "sx", "sy", "dx", "dy")
HEADS = ("name", "rate", "f", "far", "arrived")
HUES = (  # as in field.js: seen on light and dark grounds
    *("#5E6470", "#D9731A", "#A8503A", "#4C7F2C", "#2D7FC1", "#0E8F83"),
    *("#6568D6", "#8B3FC0", "#B83B86", "#8B6B2E", "#2E6B8B", "#C8313B"),
)
RELIEF = "opt.relief"


def show(now: Scene) -> None:
    """The map; what is chosen on it is heard by the scene."""
    land = LANDSCAPES[now.surface]
    ground = _field(now.surface)
    marks = [_racer(name, path, land) for name, path in now.paths.items()]
    stamp = hash((now.surface, now.start, now.steps, now.noise, now.seed, str(now.field)))
    data = {
        "field": ground,
        "minima": land.minima,
        "saddles": land.saddles,
        "racers": marks,
        "columns": COLUMNS,
        "heads": HEADS,
        "start": now.start,
        "focus": now.focus,
        "moment": st.session_state.get("opt.moment"),
        "parts": True,
        "stamp": str(stamp),
    }
    heard = {"start": scene.another_start, "focus": scene.another_focus, "moment": _nothing}
    elements.race(scene.RACE, "play", data, heard=heard)


def _nothing() -> None:
    """The moment is read when the link is written."""


@st.cache_resource(max_entries=16, show_spinner=False)
def _field(surface: str) -> dict[str, Any]:
    land = LANDSCAPES[surface]
    return elements.field(heights(surface), land.lowest, land.bounds, ("x", "y"), surface)


def _racer(name: str, path: Path, land: Any) -> dict[str, Any]:
    """A path as the element takes it: a row per moment, the last one without a step."""
    nothing = np.full((1, 2), np.nan)
    pairs = [path.gradients, path.momentum, path.size, path.steps]
    wide = [np.vstack([nothing.repeat(len(path), 0) if p is None else p, nothing]) for p in pairs]
    far = np.min([np.hypot(*(path.places - place).T) for place in land.minima], axis=0)
    columns = [path.places[:, 0], path.places[:, 1], path.values - land.lowest, far]
    columns += [pair[:, axis] for pair in wide for axis in (0, 1)]
    came = arrival(path, land)
    gap = np.abs(rebuilt(path) - path.steps).max(initial=0.0)
    held = {
        "m": next((key for key in MOMENTUM if key in path.state), ""),
        "s": next((f"√{k}" if k in SQUARED else k for k in SECOND if k in path.state), ""),
    }
    return {
        "name": name,
        "label": OPTIMIZERS[name].label,
        "hue": list(OPTIMIZERS).index(name),
        "rate": f"{path.config.lr:g}",  # type: ignore[attr-defined]
        "lost": path.lost,
        "arrived": came[0] if came else None,
        "gap": float(gap),
        "names": held,
        "values": elements.values(columns),
    }


def aside(now: Scene) -> None:
    """The surface in three dimensions, once it is asked for."""
    st.session_state.setdefault(RELIEF, st.query_params.get("view") == "3d")
    wanted = st.toggle(t("optimizers.relief"), key=RELIEF, persist_state="session")
    scene.link("view", "3d" if wanted else "")
    if not wanted:
        return
    land = LANDSCAPES[now.surface]
    ways = [
        Way(OPTIMIZERS[name].label, path.places, path.values, HUES[list(OPTIMIZERS).index(name)])
        for name, path in now.paths.items()
    ]
    figure = relief(
        heights(now.surface),
        land.bounds,
        ways,
        lowest=land.lowest,
        title=t(f"optimizers.surface.{now.surface}.label"),
        axes=("x", "y", "f(x, y)"),
        floor=t("optimizers.relief_height"),
    )
    st.plotly_chart(figure, key="opt.figure", config={"displaylogo": False})
    st.caption(t("optimizers.relief_what"))
