"""The table of runs: one line each, with a tiny curve; and curves as a file."""

import csv
import io
from collections.abc import Sequence
from datetime import UTC, datetime
from random import random
from time import monotonic
from typing import Any, NamedTuple

import pandas as pd
import streamlit as st

from core.store import Row, RunRow, Store
from pages.ui.session import names, place, store, title
from pages.ui.words import language, t

COLOURS = {
    "queued": "gray",
    "running": "blue",
    "paused": "orange",
    "finished": "green",
    "stopped": "gray",
    "crashed": "red",
    "diverged": "red",
    "failed": "red",
}
PAGE = 20_000  # metric rows per read
GONE = 5.0  # seconds without a look after which a page counts as closed
SOON = 2  # looks between two drawings of a page that is alone


def metrics(source: Store, run_id: str) -> list[Row]:
    """All metric rows of a run; what a resumed run took back is left out."""
    rows: list[Row] = []
    since = 0
    while part := source.metrics(run_id, since=since, limit=PAGE):
        since = part[-1].seq
        for row in part:
            if row.name == "rewind":
                rows = [kept for kept in rows if kept.step <= row.step]
            else:
                rows.append(row)
    return rows


@st.cache_data(max_entries=2000, show_spinner=False)
def _curve(run_id: str, epoch: int, state: str, queued: float) -> list[float]:
    """Validation accuracy epoch by epoch; all but the id is only the key."""
    rows = metrics(store(), run_id)
    return [row.value for row in rows if row.name == "val.accuracy" and row.value is not None]


class Stamp(NamedTuple):
    """Two numbers that change with the table of runs: when a run does, when its curve grows."""

    runs: int
    curves: int


def stamp() -> Stamp:
    """What the table of runs stands for at this moment."""
    return _stamp(place())


@st.cache_data(ttl=1, max_entries=4, show_spinner=False)
def _stamp(where: str) -> Stamp:
    """Read once a second for all open pages; `where` is only the key."""
    rows = store().runs()
    return Stamp(
        hash(tuple((row.id, row.state, row.test_accuracy, row.name, row.note) for row in rows)),
        hash(tuple((row.id, row.epoch, row.best_validation) for row in rows)),
    )


def my_turn() -> bool:
    """Whether this page may draw for a curve alone: soon when it is alone, seldom in a crowd.

    So thirty pages together draw twice a second, and not all of them in the same second.
    """
    me, now = st.session_state.setdefault("runs.me", random()), monotonic()
    seen = _open_pages(place())
    seen[me] = now
    for other in [page for page, last in list(seen.items()) if now - last > GONE]:
        seen.pop(other, None)
    patience = max(SOON, len(seen) // 2)
    looks = st.session_state["runs.looks"] = st.session_state.get("runs.looks", 0) + 1
    return bool(looks % patience == int(me * patience))


@st.cache_resource(show_spinner=False)
def _open_pages(where: str) -> dict[float, float]:
    """When each open page of this server looked last; `where` is only the key."""
    return {}


def table(rows: Sequence[RunRow]) -> pd.DataFrame:
    """The runs as lines, in the order given; `id` is the index."""
    what = tuple((row.id, row.name, row.note, row.state) for row in rows)
    return _table(what, language(), rows)


@st.cache_data(ttl=1, max_entries=64, show_spinner=False)
def _table(what: tuple[tuple[str, ...], ...], language: str, _rows: Sequence[RunRow]) -> Any:
    """One table a second serves all pages that show the same runs in the same language."""
    lines, parents = [], _parents(_rows)
    for row in _rows:
        pictures, net, optimizer = names(row.config)
        lines.append(
            {
                "id": row.id,
                "name": title(row),
                "parent": parents.get(row.id, ""),
                "state": [t(f"state.{row.state}.word")],
                "data": pictures,
                "model": net,
                "optimizer": optimizer,
                "best": row.best_validation,
                "test": row.test_accuracy,
                "curve": _curve(row.id, row.epoch, row.state, row.queued),
                "epochs": f"{row.epoch} / {row.config.get('epochs', '?')}",
                "seconds": row.seconds,
                "created": datetime.fromtimestamp(row.created, UTC),
                "note": " ".join(row.note.split()),
            }
        )
    whole = pd.DataFrame(lines).set_index("id")
    return whole if parents else whole.drop(columns="parent")


def _parents(rows: Sequence[RunRow]) -> dict[str, str]:
    """For each run that did not come alone: the run that it came from, and how; or its duel."""
    titles = {row.id: title(row) for row in rows}
    lost = {row.parent for row in rows if row.parent} - set(titles)
    branches = store().branches() if lost or any(row.parent for row in rows) else set()
    for run_id in filter(None, lost):
        try:
            titles[run_id] = title(store().get(run_id))
        except LookupError:
            titles[run_id] = t("runs.removed", id=run_id[:4])
    return bound() | {
        row.id: f"{'↳' if row.id in branches else '↻'} {titles[row.parent]}"
        for row in rows
        if row.parent
    }


def bound() -> dict[str, str]:
    """For each run of a duel: which duel that is."""
    return {
        run_id: f"⚔ {t('runs.duel', id=duel.id[:4])}"
        for duel in store().duels()
        for run_id in duel.runs
    }


def columns() -> dict[str, Any]:
    """How the columns of `table` look."""
    make = st.column_config
    words = {t(f"state.{state}.word"): colour for state, colour in COLOURS.items()}
    share = {"format": "percent", "width": 92}
    return {
        "id": None,
        "name": make.TextColumn(t("runs.name"), width=190),
        "parent": make.TextColumn(t("runs.parent"), help=t("runs.parent_help"), width=150),
        "state": make.MultiselectColumn(
            t("runs.state"), options=list(words), color=list(words.values()), width=98
        ),
        "data": make.TextColumn(t("runs.data"), width=95),
        "model": make.TextColumn(t("runs.model"), width=62),
        "optimizer": make.TextColumn(t("runs.optimizer"), width=118),
        "best": make.NumberColumn(t("runs.best"), help=t("runs.best_help"), **share),
        "test": make.NumberColumn(t("runs.test"), help=t("runs.test_help"), **share),
        "curve": make.LineChartColumn(
            t("runs.curve"), help=t("runs.curve_help"), y_min=0, y_max=1.05, width=100
        ),
        "epochs": make.TextColumn(t("runs.epochs"), width=70),
        "seconds": make.NumberColumn(t("runs.seconds"), format="%.1f s", width=75),
        "created": make.DatetimeColumn(
            t("runs.created"), format="MM-DD HH:mm", timezone=st.context.timezone, width=105
        ),
        "note": make.TextColumn(t("runs.note"), width=95),
    }


def as_csv(source: Store, rows: Sequence[RunRow]) -> str:
    """The curves of runs as one table in long form, for a spreadsheet or pandas."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["run", "name", "step", "epoch", "metric", "value", "seconds"])
    for run in rows:
        for row in metrics(source, run.id):
            writer.writerow([run.id, run.name, row.step, row.epoch, row.name, row.value, row.t])
    return text.getvalue()
