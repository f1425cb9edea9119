"""Standings: how the contestants of a duel do: table, verdict, and the scatter of a grid."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from core.data import info
from core.duel import Outcome, outcome, standing
from core.store import DuelRow, Row, RunRow
from core.store.turns import ENDED
from pages.ui import history
from pages.ui.knobs import readable
from pages.ui.rivals import called
from pages.ui.session import names, store
from pages.ui.words import plain, t

ACCURACY = 0.9  # what the slider asks for at first
SLIDER = 420  # pixels
REFRESH = 2.0  # seconds between two looks at runs that go on


def runs_of(duel: DuelRow) -> list[RunRow]:
    """The runs of a duel as they are now."""
    return [store().get(run_id) for run_id in duel.runs]


def over(rows: Sequence[RunRow]) -> bool:
    """Whether every contestant has come to an end."""
    return all(row.state in ENDED for row in rows)


@st.cache_data(max_entries=2000, show_spinner=False)
def _validations(run_id: str, epoch: int, state: str, queued: float) -> list[Row]:
    """A run's validations; all but the id is only the key."""
    return [row for row in history.metrics(store(), run_id) if row.name == "val.accuracy"]


def table(rows: Sequence[RunRow], accuracy: float, *, hidden: bool) -> pd.DataFrame:
    """One line per contestant; accuracies are left out while they are hidden."""
    lines = []
    for name, row in zip(called(rows), rows, strict=True):
        seen = _validations(row.id, row.epoch, row.state, row.queued)
        now = standing(row, seen, accuracy)
        line: dict[str, Any] = {
            "name": name,
            "state": [t(f"state.{row.state}.word")],
            "done": 100 * now.done,
            "parameters": now.parameters,
            "sums": now.multiply_adds,
            "speed": now.speed,
            "seconds": now.seconds,
        }
        if not hidden:
            line |= {"best": now.best, "test": now.test, "target": now.target}
        lines.append(line)
    return pd.DataFrame(lines)


def columns(accuracy: float) -> dict[str, Any]:
    """How the columns of `table` look."""
    make = st.column_config
    words = {t(f"state.{state}.word"): colour for state, colour in history.COLOURS.items()}
    whole = {"format": "localized"}
    share = {"format": "percent"}
    return {
        "name": make.TextColumn(t("duel.rival"), pinned=True),
        "state": make.MultiselectColumn(
            t("runs.state"), options=list(words), color=list(words.values())
        ),
        "done": make.ProgressColumn(t("duel.done"), format="%.0f%%", max_value=100),
        "parameters": make.NumberColumn(t("train.parameters"), **whole),
        "sums": make.NumberColumn(t("duel.sums"), help=t("duel.sums_help"), format="compact"),
        "speed": make.NumberColumn(t("duel.speed"), help=t("duel.speed_help"), format="compact"),
        "seconds": make.NumberColumn(t("runs.seconds"), help=t("duel.time_help"), format="%.1f s"),
        "best": make.NumberColumn(t("runs.best"), help=t("runs.best_help"), **share),
        "test": make.NumberColumn(t("runs.test"), help=t("runs.test_help"), **share),
        "target": make.NumberColumn(
            t("duel.target", share=f"{accuracy:.0%}"), help=t("duel.target_help"), format="%.2f s"
        ),
    }


def show(duel: DuelRow, watching: bool, hidden: bool) -> None:
    """The table, and above it the accuracy that is asked for; drawn again while runs go on."""
    rows = runs_of(duel)
    if watching and over(rows):
        st.rerun()  # the last contestant has ended
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


def tested_on(rows: Sequence[RunRow]) -> int:
    """Test pictures of the contestants' set; 0 when it is gone."""
    try:
        return sum(info(rows[0].config["data"]["name"]).test)
    except ValueError:
        return 0


def verdict(duel: DuelRow, rows: Sequence[RunRow]) -> None:
    """Who won, and whether the guess was right; nothing while the duel goes on."""
    found = outcome(rows, tested_on(rows))
    if found is None:
        return
    said = [_result(found, rows), _guess(duel, found, rows)]
    icon = ":material/trophy:" if found.order else ":material/flag:"
    (st.success if found.order else st.info)(" ".join(filter(None, said)), icon=icon)
    if len(found.order) > 1:
        st.caption(t("duel.judged", count=f"{tested_on(rows):,}"))


def _result(found: Outcome, rows: Sequence[RunRow]) -> str:
    """Who won, in one sentence."""
    rivals = [plain(name) for name in called(rows)]
    if not found.order:
        return t("duel.nobody")
    shares = [f"{rows[place].test_accuracy or 0:.1%}" for place in found.order]
    first = rivals[found.order[0]]
    if len(found.order) == 1:
        return t("duel.alone", name=first, share=shares[0])
    second = rivals[found.order[1]]
    said = {"first": first, "second": second, "share": shares[0], "other": shares[1]}
    if not found.gap:
        return t("duel.draw", **said)
    points = f"{100 * found.gap:.1f}"
    if found.luck:
        return t("duel.luck", points=points, count=f"{tested_on(rows):,}", **said)
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


def scatter(duel: DuelRow, watching: bool) -> None:
    """A grid: how far it is, the scatter of what has ended, and the best of it."""
    from core.figures import Mark, accuracy_over_rate

    rows = runs_of(duel)
    ended = [row for row in rows if row.state in ENDED]
    if watching and len(ended) == len(rows):
        st.rerun()  # the last run has ended
    if len(ended) < len(rows):
        st.progress(len(ended) / len(rows), t("duel.grid_done", done=len(ended), all=len(rows)))
    marks = [
        Mark(
            series=names(row.config)[2],
            rate=row.config["optimizer"]["lr"],
            accuracy=row.best_validation or 0.0,
            told=_told(row),
            ended_well=row.state == "finished",
        )
        for row in ended
    ]
    if not marks:
        st.caption(t("duel.grid_none"))
        return
    _best(ended)
    said = {"title": t("duel.grid_title"), "x": t("duel.rate_axis"), "y": t("duel.best_axis")}
    figure = accuracy_over_rate(marks, failed=t("duel.failed"), **said)
    st.plotly_chart(figure, key="duel.scatter", alt=t("duel.grid_title"))


def _told(row: RunRow) -> str:
    """What hovering over a run says."""
    told = f"{names(row.config)[2]}, {readable(row.config['optimizer']['lr'])}"
    if row.state != "finished":
        return f"{told}<br>{t(f'state.{row.state}.word')}"
    best, test = (f"{share or 0:.1%}" for share in (row.best_validation, row.test_accuracy))
    return f"{told}<br>{t('duel.hover', best=best, test=test)}"


def _best(rows: Sequence[RunRow]) -> None:
    """The run that did best in validation, with what it did on the test pictures."""
    sound = [row for row in rows if row.state == "finished" and row.best_validation is not None]
    if not sound:
        return
    best = max(sound, key=lambda row: row.best_validation or 0)
    st.success(
        t(
            "duel.grid_best",
            kind=plain(names(best.config)[2]),
            rate=readable(best.config["optimizer"]["lr"]),
            best=f"{best.best_validation or 0:.1%}",
            test=f"{best.test_accuracy or 0:.1%}",
        ),
        icon=":material/trophy:",
    )
