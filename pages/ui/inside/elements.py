"""The elements of the page as functions: the whole net, many maps, one map at work."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from core.features import mosaic
from core.reach import Reach
from core.working import Working
from pages.ui.browser import packed, script, text
from pages.ui.words import catalogue, language, t

FOLDER = Path(__file__).parent
FINEST = 32767
NOTHING = -32768
POINTS = 101  # of a bend's curve


def _element(name: str, *parts: str) -> Any:
    module = script(*(FOLDER / part for part in ("paint.js", *parts)))
    return st.components.v2.component(name, js=module, css=text(FOLDER / "inside.css"))


_tower = _element("inside_tower", "tower.js")
_sheet = _element("inside_sheet", "sheet.js")
_bench = _element("inside_bench", "sums.js", "work.js", "bench.js")


def numbers(values: np.ndarray) -> str:
    """Float32 values as text."""
    return packed(values, "<f4")


def maps(values: np.ndarray) -> dict[str, Any]:
    """Maps (k, h, w), or pictures (k, h, w, 3), in 16 bits, each as shares of its own reach."""
    known = np.isfinite(values)
    flat = np.where(known, np.abs(values), 0).reshape(len(values), -1)
    reach = flat.max(1, initial=0.0).astype(np.float64)
    whole = np.where(reach > 0, reach, 1).reshape(-1, *[1] * (values.ndim - 1))
    told = np.where(known, np.rint(np.where(known, values, 0) / whole * FINEST), NOTHING)
    return {
        "values": packed(told, "<i2"),
        "shape": values.shape[:3],
        "reach": reach.tolist(),
        "colours": values.ndim == 4,
    }


def kernels(values: np.ndarray) -> dict[str, Any]:
    """Filters (n, c, h, w): as colours where they look at those of a picture, else in squares."""
    if values.shape[1] == 3 and values[0, 0].size > 1:
        return maps(np.moveaxis(values, 1, 3))
    return maps(mosaic(values))


def tower(key: str, data: Mapping[str, Any], chosen: Callable[[], None]) -> None:
    """The whole net as cards; `chosen` is called when another step is, named in the state."""
    _tower(key=key, data=data, on_step_change=chosen)


def sheet(
    key: str,
    tiles: Mapping[str, Any],
    *,
    labels: Sequence[str],
    notes: Sequence[str],
    chosen: int,
    scale: str,
    net: float = 0.0,
    scales: bool = True,
    stamp: str,
    heard: Callable[[], None],
) -> None:
    """Maps side by side, one of them chosen.

    Args:
        key: the element's lasting name on the page.
        tiles: what `maps` has made.
        labels: a short name under each.
        notes: what hovering and screen readers say.
        chosen: which is marked, -1 for none.
        scale: "map", "step" or "net": by what the brightest colour is meant.
        net: the largest value of the whole net.
        scales: offer to change the scale; without it the maps stand in one row.
        stamp: changes when anything but `chosen` and `scale` does.
        heard: called after a click on a map, `chosen` in the state, or on a scale, `scale`.
    """
    words = {part: t(f"cnn.scale.{part}") for part in ("map", "step", "net")}
    words |= {f"{part}_help": t(f"cnn.scale.{part}_help") for part in ("map", "step", "net")}
    words |= {"scale": t("cnn.scale.label"), "label": t("cnn.maps")}
    data = {"maps": tiles, "labels": labels, "notes": notes, "chosen": chosen, "scale": scale}
    data |= {"net": net, "scales": scales, "small": not scales, "stamp": stamp}
    _sheet(
        key=key,
        data=data | {"words": words},
        on_chosen_change=heard,
        on_scale_change=heard,
    )


def bench(
    key: str,
    told: Working,
    *,
    picture: str,
    size: int,
    reach: Reach | None,
    place: tuple[int, int],
    first: bool,
    stamp: str,
    heard: Callable[[], None],
) -> None:
    """One map at work, its window at a place; after a click `place` is in the state.

    first: what goes in is the picture itself.
    """
    high, wide = told.made.shape
    data = {
        "reach": [[axis.span(at) for at in range(n)] for axis, n in _axes(reach, high, wide)]
        or None,
        "field": _size(reach),
        "place": place,
        "picture": picture,
        "size": size,
        "shapes": ["×".join(map(str, told.given.shape[1:])), f"{high}×{wide}"],
        "alt": t("cnn.bench.alt"),
        "stamp": stamp,
        "words": _said(first),
    }
    _bench(key=key, data=_sums(told) | data, on_place_change=heard)


def _said(first: bool) -> dict[str, Any]:
    """What the element says, {placeholders} unfilled."""
    names = ("play", "pause", "speed", "channel", "channel_help", "sees", "unknown", "given")
    names += ("made", "sum", "sum_rest", "by_itself", "equal", "differs", "max", "mean")
    words: dict[str, Any] = {name: _unfilled(f"cnn.bench.{name}") for name in names}
    if first:
        words["given"] = _unfilled("cnn.bench.first")
    words["heads"] = [t(f"cnn.bench.head_{part}") for part in ("picture", "given", "made")]
    return words


def _sums(told: Working) -> dict[str, Any]:
    """All numbers that the element needs to add up any pixel of the map."""
    sides = ("kernel", "stride", "padding", "dilation")
    curve = None
    if told.curve is not None:
        pace = max(1, told.curve.shape[1] // POINTS)
        curve = told.curve[:, ::pace].astype(float).tolist()
    return {
        "role": told.role,
        "window": {part: getattr(told.window, part) for part in sides},
        "given": numbers(told.given),
        "shape": told.given.shape,
        "channels": told.channels,
        "kernel": numbers(told.kernel),
        "bias": told.bias,
        "rest": numbers(told.rest) if told.others else None,
        "others": told.others,
        "made": numbers(told.made),
        "made_shape": told.made.shape,
        "norm": told.norm,
        "curve": curve,
        "full": told.full,
    }


def _unfilled(key: str) -> str:
    """A sentence whose {placeholders} the browser fills."""
    return catalogue()[key][language()]


def _axes(reach: Reach | None, high: int, wide: int) -> list[Any]:
    return [(reach.rows, high), (reach.columns, wide)] if reach else []


def _size(reach: Reach | None) -> str:
    """A receptive field in words."""
    if reach is None:
        return "?"
    return "×".join(map(str, reach.size)) if all(reach.size) else t("cnn.whole")
