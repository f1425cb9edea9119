"""Standings: how the contestants of a duel do: the table and the verdict."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import pandas as pd
import streamlit as st

from core.data import info
from core.duel import Outcome, outcome, standing
from core.store import DuelRow, Row, RunRow
from core.store.turns import ENDED
from pages.ui import history
from pages.ui.rivals import called
from pages.ui.session import store
from pages.ui.words import plain, t

ACCURACY = 0.9  # what the slider asks for at first
SLIDER = 420  # pixels
REFRESH = 2.0  # seconds between two looks at runs that go on


def runs_of(duel: DuelRow) -> list[RunRow]:
    """The runs of a duel as they are now; one that was removed meanwhile is left out."""
    rows = []
    for run_id in duel.runs:
        with suppress(LookupError):
            rows.append(store().get(run_id))
    return rows


def over(rows: Sequence[RunRow]) -> bool:
    """Whether every contestant has come to an end."""
    return all(row.state in ENDED for row in rows)


@st.cache_data(max_entries=2000, show_spinner=False)
def _validations(run_id: str, epoch: int, state: str, queued: float) -> list[Row]:
    """A run's validations; all but the id is only the key."""
    return [row for row in history.metrics(store(), run_id) if row.name == "val.accuracy"]


def table(rows: Sequence[RunRow], accuracy: float, *, hidden: bool) -> pd.DataFrame:
    """One line per contestant; accuracies are left out while they are hidden.

    States are told while runs go on, and where one did not come to its end.
    """
    going = not over(rows)
    astray = any(row.state != "finished" for row in rows)
    lines = []
    for name, row in zip(called(rows), rows, strict=True):
        seen = _validations(row.id, row.epoch, row.state, row.queued)
        now = standing(row, seen, accuracy)
        line: dict[str, Any] = {"name": name}
        if astray:
            line["state"] = [t(f"state.{row.state}.word")]
        if going:
            line["done"] = 100 * now.done
        if not hidden:
            line |= {"best": _percent(now.best), "test": _percent(now.test), "target": now.target}
        line |= {
            "parameters": now.parameters,
            "sums": now.multiply_adds,
            "speed": now.speed,
            "seconds": now.seconds,
        }
        lines.append(line)
    return pd.DataFrame(lines)


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share


def columns(accuracy: float) -> dict[str, Any]:
    """How the columns of `table` look."""
    make = st.column_config
    words = {t(f"state.{state}.word"): colour for state, colour in history.COLOURS.items()}
    whole = {"format": "localized"}
    share = {"format": "%.2f%%"}
    return {
        "name": make.TextColumn(t("duel.rival"), pinned=True),
        "state": make.MultiselectColumn(
            t("runs.state"),
            help=t("duel.state_help"),
            options=list(words),
            color=list(words.values()),
        ),
        "done": make.ProgressColumn(t("duel.done"), format="%.0f%%", max_value=100, width="small"),
        "best": make.NumberColumn(t("runs.best"), help=t("runs.best_help"), **share),
        "test": make.NumberColumn(t("runs.test"), help=t("runs.test_help"), **share),
        "target": make.NumberColumn(
            t("duel.target", share=f"{accuracy:.0%}"), help=t("duel.target_help"), format="%.2f s"
        ),
        "parameters": make.NumberColumn(t("train.parameters"), **whole),
        "sums": make.NumberColumn(t("duel.sums"), help=t("duel.sums_help"), format="compact"),
        "speed": make.NumberColumn(t("duel.speed"), help=t("duel.speed_help"), format="compact"),
        "seconds": make.NumberColumn(t("runs.seconds"), help=t("duel.time_help"), format="%.1f s"),
    }


def show(duel: DuelRow, watching: bool, hidden: bool) -> None:
    """The table, and above it the accuracy that is asked for; drawn again while runs go on."""
    rows = runs_of(duel)
    if not rows or (watching and over(rows)):
        st.rerun()  # the last contestant has ended, or all were removed
    accuracy = ACCURACY
    if not hidden:
        accuracy = st.slider(
            t("duel.accuracy"),
            0.5,
            1.0,
            ACCURACY,
            0.01,
            format="percent",
            key="duel.accuracy",
            width=SLIDER,
        )
    st.dataframe(
        table(rows, accuracy, hidden=hidden),
        key="duel.table",
        hide_index=True,
        column_config=columns(accuracy),
        placeholder="–",
        row_height=40,
        alt=t("duel.title"),
    )
    st.caption(t("duel.clock"))


def tested_on(rows: Sequence[RunRow]) -> int:
    """Test pictures of the contestants' set; 0 when it is gone."""
    try:
        return sum(info(rows[0].config["data"]["name"]).test)
    except ValueError:
        return 0


def verdict(duel: DuelRow, rows: Sequence[RunRow], *, hidden: bool) -> None:
    """Who won, and whether the guess was right; before the end what there is to wait for."""
    count = tested_on(rows)
    found = outcome(rows, count)
    if len(rows) < 2:
        st.info(t("duel.deserted"), icon=":material/person_off:")
        return
    if found is None:
        icon = ":material/visibility_off:" if hidden else ":material/hourglass_top:"
        st.info(t("duel.hidden" if hidden else "duel.going"), icon=icon)
    else:
        said = [_result(found, rows, count), _guess(duel, found, rows)]
        icon = ":material/trophy:" if found.order else ":material/flag:"
        (st.success if found.order else st.info)(" ".join(filter(None, said)), icon=icon)
    if count:
        st.caption(t("duel.judged", count=f"{count:,}"))


def _result(found: Outcome, rows: Sequence[RunRow], count: int) -> str:
    """Who won, in one sentence; `count` pictures say how fine shares can be told."""
    digits = 1 if count <= 1000 else 2
    rivals = [plain(name) for name in called(rows)]
    if not found.order:
        return t("duel.nobody")
    shares = [f"{rows[place].test_accuracy or 0:.{digits}%}" for place in found.order]
    first = rivals[found.order[0]]
    if len(found.order) == 1:
        return t("duel.alone", name=first, share=shares[0])
    second = rivals[found.order[1]]
    said = {"first": first, "second": second, "share": shares[0], "other": shares[1]}
    if not found.gap:
        return t("duel.draw", **said)
    points = f"{100 * found.gap:.{digits}f}"
    if found.luck:
        return t("duel.luck", points=points, count=f"{count:,}", **said)
    return t("duel.won", points=points, **said)


def _guess(duel: DuelRow, found: Outcome, rows: Sequence[RunRow]) -> str:
    """Whether the guess was right, in one sentence; "" where nobody guessed."""
    places = {row.id: place for place, row in enumerate(rows)}
    if duel.guess not in places or not found.order:
        return ""
    guess = places[duel.guess]
    best = rows[found.order[0]].test_accuracy
    name = plain(called(rows)[guess])
    if rows[guess].state == "finished" and rows[guess].test_accuracy == best:
        return t("duel.right")
    if guess in found.missing:
        return t("duel.wrong_missing", name=name)
    return t("duel.wrong", name=name, place=found.order.index(guess) + 1)
