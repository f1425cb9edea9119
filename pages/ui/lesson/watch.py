"""Watching: whether the learner has done what the present step asks for."""

from collections.abc import Sequence

import streamlit as st

from core.access import mode
from core.lessons import Seen, met, tried
from core.lessons.check import FORM
from core.lessons.tasks import Contest, Control, Picture, Question, Read, Setting, Training
from core.store import DuelRow, RunRow
from pages.ui import setup
from pages.ui.clinic import score
from pages.ui.lesson import desk, marks
from pages.ui.lesson.desk import Opened
from pages.ui.session import place, store, visitor


def waits(opened: Opened) -> bool:
    """Whether there is something to be watched for."""
    if opened.over or opened.at in opened.record.done:
        return False
    return not isinstance(opened.lesson.steps[opened.at].done, Read)


def polls(opened: Opened, here: str) -> bool:
    """Whether it could be done without the page being drawn anew, so that one must look again.

    Opening a page draws it, and a control moves only where it stands; a run ends by itself.
    """
    if not waits(opened):
        return False
    task = opened.lesson.steps[opened.at].done
    if isinstance(task, Training | Contest):
        return task.state != "started" or here in ("train", "duel", "latent")
    if isinstance(task, Control):
        return here == task.page
    if isinstance(task, Question):
        return here == f"labs/{task.lab}"
    return isinstance(task, Picture) and here == "predict"


def look(opened: Opened, here: str) -> bool:
    """Tick the present step off if it has been done; whether it was."""
    if not waits(opened):
        return False
    task = opened.lesson.steps[opened.at].done
    seen = _seen(opened, here)
    if st.session_state.get(desk.SETTLED) == here:  # else the page is still writing its address
        st.session_state[desk.TRIED] = tried(task, seen)
    if not met(task, seen):
        return False
    desk.tick(opened)
    return True


def _seen(opened: Opened, here: str) -> Seen:
    begun, since = opened.record.begun, opened.record.since
    settled = st.session_state.get(desk.SETTLED) == here
    return Seen(
        page=here,
        value=lambda name: _value(name, here) if settled else None,
        tried=st.session_state.get(desk.TRIED, ()) if settled else (),
        runs=lambda: [row for row in _runs() if row.created >= begun and _mine(row)],
        duels=lambda: [
            (duel, rows) for duel, rows in _duels() if duel.created >= begun and _mine(duel)
        ],
        pictures=marks.noted("picture", since),
        labs=marks.labs(),
        faults=lambda: _found(begun),
    )


def _value(name: str, here: str) -> Setting | None:
    """Where a control stands: as the address says, else as the Train form does."""
    if name in st.query_params:
        return str(st.query_params[name])
    if here != FORM or (config := setup.now()) is None:
        return None
    found = config
    for part in name.split("."):
        found = getattr(found, part, None)
    return found if isinstance(found, bool | int | float | str | tuple) else None


def _found(begun: float) -> set[str]:
    """The clinic's faults that were named rightly in runs since the lesson began."""
    mine = {row.id for row in _runs() if row.created >= begun}
    cases = score.book().cases.items()
    return {case.fault for run, case in cases if case.state == "found" and run in mine}


def _mine(row: RunRow | DuelRow) -> bool:
    return row.owner == visitor() or (not row.owner and mode() == "laptop")


def _runs() -> list[RunRow]:
    return _all_runs(place())


@st.cache_resource(ttl=1, max_entries=4, show_spinner=False)
def _all_runs(where: str) -> list[RunRow]:
    """Read once a second for all learners; `where` is only the key."""
    return store().runs()


def _duels() -> list[tuple[DuelRow, Sequence[RunRow]]]:
    return _all_duels(place())


@st.cache_resource(ttl=1, max_entries=4, show_spinner=False)
def _all_duels(where: str) -> list[tuple[DuelRow, Sequence[RunRow]]]:
    known = {row.id: row for row in _all_runs(where)}
    return [(duel, [known[one] for one in duel.runs if one in known]) for duel in store().duels()]
