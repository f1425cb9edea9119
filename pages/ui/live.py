"""The live run: one element that draws a run while it trains, without a rerun of the page."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import streamlit as st

from pages.ui.browser import joined, text
from pages.ui.words import catalogue, language

FOLDER = Path(__file__).with_name("live")
PARTS = (
    "numbers.js",
    "history.js",
    "plot.js",
    "curves.js",
    "series.js",
    "lines.js",
    "readout.js",
    "gestures.js",
    "tools.js",
    "charts.js",
    "head.js",
    "gallery.js",
    "confusion.js",
    "filters.js",
    "strip.js",
    "plane.js",
    "health.js",
    "timeline.js",
    "feed.js",
    "replay.js",
    "live.js",
)


class Heard(NamedTuple):
    """What the element has told the page.

    change: {"id", "state"} in the one rerun that follows a change of state, else None.
    at: the checkpoint that the slider stands at, by its tag, "" for the newest; None as long as
    nobody has moved it. Views of a checkpoint that a page draws itself hang on this.
    branch: the tag to branch off from in the one rerun after that button, else None.
    """

    change: dict[str, str] | None
    at: str | None
    branch: str | None


def script() -> str:
    """The element's module: all parts in one; it has small tools of its own."""
    return joined(*(FOLDER / name for name in PARTS))


_element = st.components.v2.component("live_run", js=script(), css=text(FOLDER / "live.css"))


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


def warm_up() -> None:
    """Have the browser load the element before it is needed: the first curve comes sooner."""
    _element(key="live.warm", data={"runs": []}, height=1)


def live_run(
    run_ids: Sequence[str],
    *,
    key: str,
    names: Sequence[str] = (),
    states: Sequence[str] = (),
    replay: Mapping[str, Any] | None = None,
    views: bool = True,
    at: str = "",
    branch: bool = False,
    height: int = 240,
) -> Heard:
    """Draw one run, or several over each other, following them until they end; what was heard.

    The element fetches new rows by itself and reruns the page only when a run changes its state;
    `states` are those that the page has just drawn, so that a change in between is noticed too.

    Args:
        run_ids: one id, or several to compare.
        key: the element's lasting name on the page.
        names: what to call the runs in the legend; their stored names if left out.
        states: the runs' states as the page knows them, in the same order.
        replay: a baked run {"payload", "views", "gallery"} to play instead of asking the server.
        views: show what a single run sees, and the slider through its checkpoints.
        at: the tag of the checkpoint that the slider stands at first.
        branch: offer to branch off from where the slider stands.
        height: height of the loss and accuracy charts in pixels.
    """
    runs = _runs(run_ids, names or [""] * len(run_ids), states or [""] * len(run_ids))
    code = language()
    data = {"runs": runs, "replay": replay, "views": views, "at": at, "branch": branch}
    result = _element(
        key=key,
        data=data | {"height": height, "words": _words(code), "language": code},
        on_finished_change=lambda: None,
        on_state_change=lambda: None,
        on_at_change=lambda: None,
        on_branch_change=lambda: None,
    )
    return Heard(result.finished or result.state, result.at, result.branch)
