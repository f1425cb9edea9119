"""The live run: one element that draws a run while it trains, without a rerun of the page."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from pages.ui.words import catalogue, language

FOLDER = Path(__file__).with_name("live")
PARTS = (
    "numbers.js",
    "history.js",
    "plot.js",
    "curves.js",
    "lines.js",
    "readout.js",
    "gestures.js",
    "tools.js",
    "charts.js",
    "head.js",
    "gallery.js",
    "confusion.js",
    "feed.js",
    "replay.js",
    "live.js",
)


def script() -> str:
    """The element's module: all parts in one, without indentation and whole-line comments."""
    lines = (line.strip() for name in PARTS for line in _read(name).splitlines())
    return "\n".join(line for line in lines if line and not line.startswith(("//", "/**", "*")))


def _read(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


_element = st.components.v2.component("live_run", js=script(), css=_read("live.css"))


@cache
def _words(code: str) -> Mapping[str, str]:
    """What the element says in one language, {placeholders} unfilled: the browser fills them."""
    said = {k.removeprefix("live."): v[code] for k, v in catalogue().items() if k[:5] == "live."}
    for key, entry in catalogue().items():
        if key.startswith("state."):
            _, state, part = key.split(".")
            said[f"{'state' if part == 'word' else 'note'}.{state}"] = entry[code]
    return said


def _runs(
    run_ids: Sequence[str], names: Sequence[str], states: Sequence[str]
) -> list[dict[str, str]]:
    """One entry per run; lists of another length are refused."""
    return [
        {"id": run, "name": name, "state": state}
        for run, name, state in zip(run_ids, names, states, strict=True)
    ]


def live_run(
    run_ids: Sequence[str],
    *,
    key: str,
    names: Sequence[str] = (),
    states: Sequence[str] = (),
    replay: Mapping[str, Any] | None = None,
    views: bool = True,
    height: int = 240,
) -> dict[str, str] | None:
    """Draw one run, or several over each other, following them until they end.

    The element fetches new rows by itself and never reruns the page for them. It does so once
    when a run changes its state; `states` are those that the page has just read and drawn, so
    that a change in between is noticed too.

    Args:
        run_ids: one id, or several to compare.
        key: the element's lasting name on the page.
        names: what to call the runs in the legend; their stored names if left out.
        states: the runs' states as the page knows them, in the same order.
        replay: a baked run {"payload", "views", "gallery"} to play instead of asking the server.
        views: show the gallery and the confusion matrix (of a single run).
        height: height of the loss and accuracy charts in pixels.

    Returns:
        {"id", "state"} in the one rerun that follows a change of state, else None.
    """
    runs = _runs(run_ids, names or [""] * len(run_ids), states or [""] * len(run_ids))
    code = language()
    data = {"runs": runs, "replay": replay, "views": views, "height": height}
    result = _element(
        key=key,
        data=data | {"words": _words(code), "language": code},
        on_finished_change=lambda: None,
        on_state_change=lambda: None,
    )
    return result.finished or result.state
