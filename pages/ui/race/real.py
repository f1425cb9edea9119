"""The real run: the loss on the plane of its own checkpoints; a duel's runs on one plane."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from core.figures import Way, relief
from core.nets import Net, menu
from core.optim import OPTIMIZERS
from core.surveys import Surveys, pictures_of, trail
from core.terrain import Terrain, read
from pages.ui.race import elements, ground
from pages.ui.race.scene import link
from pages.ui.race.stage import HUES
from pages.ui.session import ICONS, door, store
from pages.ui.words import plain, t

BAKED = Path(__file__).resolve().parents[2] / "baked" / "terrain.json"
SHOWN = "baked"  # the duel that came along
RUNS, PLANE, TERRAIN = "opt.runs", "opt.plane", "opt.terrain"
MOST = 4  # runs on one plane
HEADS = ("name", "step", "loss", "shadow")
EVERY = 1.0  # seconds between two looks at a terrain in the making


@st.cache_resource(show_spinner=False)
def _surveys() -> Surveys:
    """Terrains in the making, shared by everybody."""
    return Surveys()


@st.cache_resource(show_spinner=False)
def _baked() -> Terrain:
    return read(json.loads(BAKED.read_text(encoding="utf-8")))


def show() -> None:
    """The choice of runs and their terrain."""
    st.subheader(t("optimizers.real.title"), anchor="real")
    st.markdown(t("optimizers.real.what"))
    offered = _offered()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = _runs(offered)
        plane = _plane()
    if not chosen:
        _draw(_baked(), SHOWN, plane)
        if not any(isinstance(one, tuple) or one.kind == "run" for one in offered.values()):
            st.page_link(door("duel"), label=t("optimizers.real.duel"), icon=ICONS["duel"])
    else:
        _live(chosen, plane)
    ground.plane(plane if chosen else "path")


def _offered() -> dict[str, Any]:
    """Duels first, as they are one click; then single runs and the zoo's nets."""
    nets = {one.source: one for one in menu(store())}
    found: dict[str, Any] = {}
    for duel in store().duels():
        runs = [nets[run] for run in duel.runs if run in nets]
        if len(runs) > 1 and len({(one.data, one.model) for one in runs}) == 1:
            found[f"duel:{duel.id}"] = tuple(runs[:MOST])
    return found | nets


def _runs(offered: dict[str, Any]) -> list[Net]:
    """The runs on the plane; none stands for the duel that came along."""
    if RUNS not in st.session_state:
        told = st.query_params.get("runs", "")
        if told and told not in offered:
            st.warning(t("optimizers.real.unknown"), icon=":material/link_off:")
        st.session_state[RUNS] = told if told in offered else SHOWN
    elif st.session_state[RUNS] not in (SHOWN, *offered):
        st.session_state[RUNS] = SHOWN
    source = st.selectbox(
        t("optimizers.real.runs"),
        [SHOWN, *offered],
        format_func=lambda one: _called(one, offered),
        key=RUNS,
        persist_state="session",
    )
    link("runs", "" if source == SHOWN else str(source))
    found = offered.get(source, [])
    return list(found) if isinstance(found, tuple) else [found] if found else []


def _called(source: str, offered: dict[str, Any]) -> str:
    if source == SHOWN:
        return t("optimizers.real.baked")
    one = offered[source]
    if isinstance(one, tuple):
        names = " · ".join(_rule(net) for net in one)
        return t("optimizers.real.a_duel", names=names, model=one[0].model, data=one[0].data)
    if one.kind == "zoo":
        return t("optimizers.real.a_zoo", name=one.label)
    return t("optimizers.real.a_run", name=one.label or _rule(one), model=one.model, data=one.data)


def _rule(net: Net) -> str:
    """What a run learned by."""
    config = store().get(net.source).config["optimizer"]
    name = str(config["name"])
    label = OPTIMIZERS[name].label if name in OPTIMIZERS else name
    return f"{label} {config['lr']:g}"


def _plane() -> str:
    """Which plane: that of the path, or one of random directions."""
    if PLANE not in st.session_state:
        told = st.query_params.get("plane", "path")
        st.session_state[PLANE] = told if told in ("path", "random") else "path"
    chosen = st.segmented_control(
        t("optimizers.real.plane"),
        ["path", "random"],
        format_func=lambda name: t(f"optimizers.real.plane_{name}"),
        key=PLANE,
        required=True,
        help=t("optimizers.real.plane_help"),
        persist_state="session",
    )
    link("plane", "random" if chosen == "random" else "")
    return str(chosen)


def _live(chosen: list[Net], plane: str) -> None:
    """A terrain that is being made, or is: looked at until it is fine."""
    try:
        data = pictures_of(chosen[0].data)
        named = [_rule(one) if one.kind == "run" else one.label for one in chosen]
        trails = tuple(trail(store(), one.source, n) for one, n in zip(chosen, named, strict=True))
        made = _surveys().of(trails, plane, data)
    except ValueError as problem:
        st.error(plain(str(problem)), icon=":material/error:")
        return
    stamp = f"{[one.source for one in chosen]} {plane}"

    def look() -> None:
        now = _surveys().of(trails, plane, data)
        if now.problem:
            st.error(plain(now.problem), icon=":material/error:")
        elif now.terrain is None:
            st.info(t("optimizers.real.wait"), icon=":material/hourglass_top:")
        else:
            _draw(now.terrain, f"{stamp} {now.terrain.heights.size}", plane)
            if now.going:
                st.caption(t("optimizers.real.finer"))
        if made.going and not now.going:
            st.rerun(scope="fragment")

    st.fragment(look, run_every=EVERY if made.going else None)()


def _draw(known: Terrain, stamp: str, plane: str) -> None:
    """The map of a terrain with its paths, and what the plane holds."""
    axes = tuple(
        t(f"optimizers.real.axis_{plane}", n=n, share=f"{share:.1%}")
        for n, share in enumerate(known.shares, 1)
    )
    finite = known.heights[np.isfinite(known.heights)]
    every = [value for run in (*known.shadow, *known.real) for value in run if np.isfinite(value)]
    lowest = float(min(finite.min(), *every))
    racers = [_racer(known, at) for at in range(len(known.names))]
    data = {
        "field": elements.field(known.heights, lowest, known.reach, axes, stamp),
        "racers": racers,
        "columns": ("x", "y", "loss", "shadow"),
        "heads": HEADS,
        "focus": racers[0]["name"],
        "stamp": stamp,
    }
    elements.race(TERRAIN, "real", data, heard={"focus": _nothing, "moment": _nothing})
    st.markdown(
        t(
            "optimizers.real.holds",
            share=f"{sum(known.shares):.1%}",
            weights=f"{known.weights:,}",
            pictures=known.pictures,
        )
    )
    _relief(known, axes, lowest)


def _nothing() -> None:
    """What is looked at here is nobody else's business."""


def _hues(names: tuple[str, ...]) -> list[int]:
    """The optimisers' own colours as in the race, where they tell the runs apart."""
    labels = [spec.label for spec in OPTIMIZERS.values()]
    found = [max((x for x in labels if name.startswith(x)), key=len, default="") for name in names]
    if "" not in found and len(set(found)) == len(found):
        return [labels.index(label) for label in found]
    return [(6, 1, 5, 11)[at % 4] for at in range(len(names))]


def _racer(known: Terrain, at: int) -> dict[str, Any]:
    places = known.places[at]
    columns = [places[:, 0], places[:, 1], known.real[at], known.shadow[at]]
    return {
        "name": f"{at}",
        "label": known.names[at],
        "hue": _hues(known.names)[at],
        "rate": "",
        "lost": False,
        "arrived": None,
        "gap": 0,
        "names": {},
        "steps": list(known.steps[at]),
        "values": elements.values([np.asarray(column) for column in columns]),
    }


def _relief(known: Terrain, axes: tuple[str, ...], lowest: float) -> None:
    if not st.toggle(t("optimizers.relief"), key="opt.real.relief"):
        return
    ways = [
        Way(name, known.places[at], np.asarray(known.shadow[at]), HUES[hue])
        for at, (name, hue) in enumerate(zip(known.names, _hues(known.names), strict=True))
    ]
    figure = relief(
        known.heights,
        known.reach,
        ways,
        lowest=lowest,
        title=t("optimizers.real.title"),
        axes=(axes[0], axes[1], t("optimizers.real.loss")),
        floor=t("optimizers.relief_height"),
    )
    st.plotly_chart(figure, key="opt.real.figure", config={"displaylogo": False})
