"""What the panels are told of a picture's way: everything small at once, rows of large maps."""

from typing import Any

import numpy as np
import streamlit as st

from core import gaze, lens, patches
from core.calibration import softmax
from core.inference import Predictor
from core.journey import Journey
from core.surgery import Surgery
from pages.ui.walk import elements
from pages.ui.walk.elements import Packed
from pages.ui.walk.scene import Scene, link

MOST = 110_000  # numbers of all maps up to which they are sent at once
SHOWN = 10  # classes with a bar of their own
FEW = 5  # of nets that know many classes
COLUMNS = 128  # numbers of a token that are shown
AT = "vit.at"
KEYS = {"query": "patch", "layer": "layer", "head": "head"}  # as they are called in the URL


def whole(journey: Journey) -> bool:
    """Whether the browser gets all maps at once, so that clicks need nobody else."""
    return journey.maps.size <= MOST


def shown(journey: Journey) -> list[int]:
    """The classes with bars: all in their own order, or of many the likeliest."""
    if len(journey.classes) <= SHOWN:
        return list(range(len(journey.classes)))
    return [int(at) for at in np.argsort(-journey.logits, kind="stable")[:FEW]]


def journey(scene: Scene, moments: str) -> None:
    """Tell all panels of the picture's way, and by which name to ask for other moments."""
    told = _journey(scene.net, scene.stamp, scene.journey, scene.surgery)
    elements.feed("journey", told | {"answers": answers(scene), "moments": moments})


def answers(scene: Scene) -> list[dict[str, Any]]:
    """A bar for each class; where the net was operated on, the one before, too."""
    now, before = scene.journey.probabilities, scene.before.probabilities
    classes = sorted({*shown(scene.journey), *shown(scene.before)})
    if len(scene.journey.classes) > SHOWN:
        classes.sort(key=lambda at: -before[at])
    return [
        {
            "name": scene.journey.classes[at],
            "share": round(float(now[at]), 4),
            "before": round(float(before[at]), 4) if scene.surgery.changes else None,
        }
        for at in classes
    ]


@st.cache_data(max_entries=16, show_spinner=False)
def _journey(_net: Predictor, stamp: str, _way: Journey, surgery: Surgery) -> dict[str, Any]:
    return packed(_net, stamp, _way, surgery)


def packed(net: Predictor, stamp: str, way: Journey, surgery: Surgery) -> dict[str, Any]:
    """A picture's way as the panels are told of it."""
    every = max(1, way.width // COLUMNS)
    arrays: dict[str, Packed | None] = {
        "tokens": elements.hues(way.stream[0][:, ::every]),
        "norms": elements.numbers(gaze.norms(way)),
        "distance": elements.numbers(gaze.distance(way)),
        "entropy": elements.numbers(gaze.entropy(way)),
    }
    places = patches.position_grid(net, surgery)
    arrays["positions"] = None if places is None else elements.hues(places)
    if whole(way):
        arrays["maps"] = elements.shares(way.maps)
        arrays |= {name: elements.hues(matrix) for name, matrix in _alike(way).items()}
    filters = patches.projection(net)
    arrays["filters"] = elements.pixels(_visible(filters.pictures))
    names, kept = _lens(net, way)
    return {
        "stamp": stamp,
        "picture": elements.pixels(way.shown),
        "patch": way.patch,
        "grid": way.grid,
        "cls": way.cls,
        "layers": way.layers,
        "heads": way.heads,
        "width": way.width,
        "every": every,
        "channels": way.shown.shape[-1],
        "mean": list(net.card["mean"]),
        "std": list(net.card.get("std", [1.0] * way.shown.shape[-1])),
        "cut": list(surgery.cut),
        "lively": lively(way),
        "variance": [round(float(share), 4) for share in filters.shares],
        "positionsLeast": 0.0 if places is None else float(places.min()),
        "lensNames": names,
        "arrays": {**{k: v for k, v in arrays.items() if v or k == "positions"}, **kept},
    }


def _visible(pictures: np.ndarray) -> np.ndarray:
    """Filters of other than one or three channels as one."""
    if pictures.shape[-1] in (1, 3):
        return pictures
    return np.rint(pictures.mean(-1, keepdims=True)).astype(np.uint8)


def _alike(way: Journey) -> dict[str, np.ndarray]:
    """How like all patches are: as embedded, with their positions, after the last block."""
    return {
        "embedded": patches.likeness(way.embedded),
        "placed": patches.likeness(way.stream[0][way.first :]),
        "last": patches.likeness(way.stream[-1][way.first :]),
    }


def _lens(net: Predictor, way: Journey) -> tuple[list[str], dict[str, Packed]]:
    """What the head would read after each layer, from what it reads and from every patch."""
    classes = shown(way)
    said = softmax(lens.lens(net, way), 1.0)[:, classes]
    each = [softmax(lens.patch_logits(net, way, at), 1.0) for at in range(way.layers + 1)]
    patchwise = np.stack(each)[..., classes].reshape(way.layers + 1, way.patches, -1)
    kept = {"lens": elements.numbers(said), "patchLens": elements.hues(patchwise)}
    return [way.classes[at] for at in classes], kept


# The chosen token -------------------------------------------------------------------------------


def lively(way: Journey) -> int:
    """The patch with most in it: what is shown of patches while CLS is chosen."""
    pieces = patches.cut(way.shown, way.patch).reshape(way.patches, -1)
    return int(pieces.astype(np.float32).std(1).argmax())


def _widest(way: Journey) -> tuple[int, int]:
    """The head that looks most widely from where one begins: more to see than one place."""
    rows = way.maps[:, :, 0 if way.cls else way.patches // 2]
    bits = -(rows * np.log2(rows + 1e-12)).sum(-1)
    layer, head = np.unravel_index(int(bits.argmax()), bits.shape)
    return int(layer), int(head)


def at(way: Journey) -> dict[str, int]:
    """The chosen patch (-1 for CLS), layer and head, as they fit this net."""
    if AT not in st.session_state:
        st.session_state[AT] = _from_link()
    return fitting(way, st.session_state[AT])


def fitting(way: Journey, kept: dict[str, Any]) -> dict[str, int]:
    """The same of any wish: what this net does not have is as usual."""
    layer, head = _widest(way)
    usual = {"query": -1 if way.cls else way.patches // 2, "layer": layer, "head": head}
    limits = {
        "query": (-1 if way.cls else 0, way.patches),
        "layer": (0, way.layers),
        "head": (0, way.heads),
    }
    found = {}
    for name, (least, most) in limits.items():
        value = kept.get(name)
        fits = isinstance(value, int) and least <= value < most
        found[name] = int(value) if fits else usual[name]
    return found


def _from_link() -> dict[str, int]:
    found = {}
    for name, key in KEYS.items():
        told = str(st.query_params.get(key, ""))
        if told.isdecimal() and len(told) < 7:
            found[name] = int(told) - 1
    return found


def choose(told: dict[str, Any]) -> None:
    """Keep what was chosen in a panel."""
    kept = {name: told.get(name) for name in KEYS}
    st.session_state[AT] = {name: value for name, value in kept.items() if isinstance(value, int)}


def address(now: dict[str, int]) -> None:
    """Write what somebody has chosen into the URL; patch 0 there is CLS."""
    if st.session_state.get(AT):
        for name, key in KEYS.items():
            link(key, str(now[name] + 1))


def chosen(scene: Scene) -> None:
    """Tell the panels the numbers of one head, and of large nets the rows of one token."""
    elements.feed("chosen", numbers_of(scene, at(scene.journey)))


def numbers_of(scene: Scene, now: dict[str, int]) -> dict[str, Any]:
    """What the panels are told of the token, layer and head of `at`."""
    way = scene.journey
    layer, head = now["layer"], now["head"]
    query = now["query"] + way.first if now["query"] >= 0 else 0
    patch = now["query"] if now["query"] >= 0 else lively(way)
    arrays = {
        name: elements.numbers(getattr(way, name)[layer, head].astype(np.float32))
        for name in ("q", "k", "v")
    }
    if whole(way):
        arrays["row"] = elements.numbers(way.maps[layer, head])
    else:
        arrays["weights"] = elements.numbers(way.maps[layer, head, query])
        arrays["maps_row"] = _lines(way.maps[:, :, query])
        arrays["maps_column"] = _lines(way.maps[:, :, :, query])
        alike = {name: matrix[patch] for name, matrix in _alike_of_large(scene).items()}
        arrays |= {f"{name}_row": elements.hues(row) for name, row in alike.items()}
    told = {"stamp": scene.stamp, "layer": layer, "head": head, "query": query}
    return told | {"patch": patch, "arrays": arrays}


def _lines(maps: np.ndarray) -> Packed:
    """A line of shares per head. (layers, heads, n)"""
    packed = elements.shares(maps[..., None, :])
    return packed | {"shape": list(maps.shape)}


def _alike_of_large(scene: Scene) -> dict[str, np.ndarray]:
    return _kept_alike(scene.stamp, scene.journey)


@st.cache_resource(max_entries=4, show_spinner=False)
def _kept_alike(stamp: str, _way: Journey) -> dict[str, np.ndarray]:
    return _alike(_way)
