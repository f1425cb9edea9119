"""Scatter: what comes out of a grid: its best run, and accuracy over the rate for all of them."""

from collections.abc import Sequence

import streamlit as st

from core.store import DuelRow, RunRow
from core.store.turns import ENDED
from pages.ui.knobs import readable
from pages.ui.session import names
from pages.ui.standings import runs_of
from pages.ui.words import plain, t


def scatter(duel: DuelRow, watching: bool) -> None:
    """How far a grid is, the best of it, and a mark per run that has ended."""
    from core.figures import Mark, accuracy_over_rate

    rows = runs_of(duel)
    ended = [row for row in rows if row.state in ENDED]
    if not rows or (watching and len(ended) == len(rows)):
        st.rerun()  # the last run has ended, or all were removed
    _best(ended, len(rows))
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
    rates = sorted({row.config["optimizer"]["lr"] for row in rows})
    figure = accuracy_over_rate(
        marks,
        rates={rate: readable(rate) for rate in rates},
        title=t("duel.grid_title"),
        x=t("duel.rate_axis"),
        y=t("duel.best_axis"),
        failed=t("duel.failed"),
    )
    st.plotly_chart(figure, key="duel.scatter", alt=t("duel.grid_title"))


def _told(row: RunRow) -> str:
    """What hovering over a run says."""
    told = f"{names(row.config)[2]}, {readable(row.config['optimizer']['lr'])}"
    if row.state != "finished":
        return f"{told}<br>{t(f'state.{row.state}.word')}"
    best, test = (f"{share or 0:.1%}" for share in (row.best_validation, row.test_accuracy))
    return f"{told}<br>{t('duel.hover', best=best, test=test)}"


def _best(ended: Sequence[RunRow], count: int) -> None:
    """The run that did best in validation; at the end with what it did on the test pictures."""
    sound = [row for row in ended if row.state == "finished" and row.best_validation is not None]
    going = len(ended) < count
    done = t("duel.grid_done", done=len(ended), all=count)
    if not sound:
        told = f"{done}. {t('duel.grid_none')}" if going else t("duel.nobody")
        st.info(told, icon=":material/hourglass_top:" if going else ":material/flag:")
        return
    best = max(sound, key=lambda row: row.best_validation or 0)
    said = {
        "kind": plain(names(best.config)[2]),
        "rate": readable(best.config["optimizer"]["lr"]),
        "best": f"{best.best_validation or 0:.1%}",
    }
    if going:
        st.info(f"{done}. {t('duel.grid_so_far', **said)}", icon=":material/hourglass_top:")
        return
    test = f"{best.test_accuracy or 0:.1%}"
    st.success(t("duel.grid_best", test=test, **said), icon=":material/trophy:")
