"""One patient: what was ordered, the question what ails it, and its live run."""

import random

import streamlit as st

from core.clinic import Book, Case
from core.config import RunConfig, parse
from core.faults import FAULTS
from core.store import RunRow
from pages.ui.click import clicked
from pages.ui.clinic import score, told
from pages.ui.clinic.reception import offer
from pages.ui.controls import ALIVE
from pages.ui.knobs import lines, readable
from pages.ui.live import live_run
from pages.ui.session import door, names, store, title
from pages.ui.words import plain, t

HINTS = ("where", "look")  # then the list is cut to FEW names
MOST = len(HINTS) + 1
FEW = 4


def show(run_id: str) -> None:
    """The page of a run with a planted bug."""
    try:
        row = store().get(run_id)
        config = parse(row.config)
    except (LookupError, ValueError) as problem:
        st.title(t("clinic.title"))
        st.error(t("clinic.unknown" if isinstance(problem, LookupError) else "clinic.odd"))
        _ways()
        return
    st.title(plain(title(row)))
    st.caption(_ordered(row, config))
    if not config.fault:
        st.info(t("clinic.no_bug"), icon=":material/health_and_safety:")
    over = bool(config.fault) and _case(row, config)
    shown = told.both(row) if over else [row]
    live_run(
        [one.id for one in shown],
        key=f"clinic.live.{row.id}.{len(shown)}",
        names=[title(one) for one in shown],
        states=[one.state for one in shown],
    )
    _ways(row, further=not over)


def _ordered(row: RunRow, config: RunConfig) -> str:
    """What the run's author meant to train."""
    data, model, optimizer = map(plain, names(row.config))
    shape = " · ".join(f"{label} {value}" for label, value in lines(config.model))
    said = t(
        "clinic.ordered",
        model=model,
        data=data,
        optimizer=optimizer,
        rate=readable(config.optimizer.lr),
        batch=config.batch,
        epochs=config.epochs,
    )
    return f"{said}  \n{plain(shape)}"


def _case(row: RunRow, config: RunConfig) -> bool:
    """The question, or what is told once it is answered; whether it is."""
    kept = score.book()
    case = kept.case(row.id, config.fault)
    if case.state != "open":
        told.show(row, config, case)
        return True
    with st.container(border=True):
        _ask(row, kept, case)
        _answered(case)
    return False


def _ask(row: RunRow, kept: Book, case: Case) -> None:
    """The list of names and the buttons."""
    left, right = st.columns([5, 4], vertical_alignment="bottom")
    with left:
        name = st.selectbox(
            t("clinic.ask.label"),
            _choices(row, case),
            index=None,
            placeholder=t("clinic.ask.choose"),
            format_func=lambda name: t(f"clinic.fault.{name}.name"),
            key=f"clinic.name.{row.id}",
        )
    with right, st.container(horizontal=True):
        check = clicked(
            t("clinic.ask.check"),
            key="clinic.check",
            kind="primary",
            icon=":material/stethoscope:",
            disabled=name is None,
        )
        hint = clicked(
            t("clinic.ask.hint", read=case.hints, all=MOST),
            key="clinic.hint",
            icon=":material/lightbulb:",
            disabled=case.hints >= MOST,
        )
        give_up = clicked(
            t("clinic.ask.give_up"),
            key="clinic.give_up",
            kind="tertiary",
            icon=":material/visibility:",
        )
    if check and name:
        kept.answer(row.id, case.fault, name)
    if hint:
        kept.hint(row.id, case.fault, MOST)
    if give_up:
        kept.show(row.id, case.fault)
    if check or hint or give_up:
        st.rerun()


def _choices(row: RunRow, case: Case) -> list[str]:
    """The names to choose from, by alphabet; after the last hint only a few."""
    listed = list(FAULTS)
    if case.hints >= MOST:
        others = [name for name in listed if name != case.fault]
        listed = [case.fault, *random.Random(row.id).sample(others, FEW - 1)]
    return sorted(listed, key=lambda name: t(f"clinic.fault.{name}.name").casefold())


def _answered(case: Case) -> None:
    """What became of the last try, and the hints so far."""
    if case.tries:
        wrong = case.tries[-1]
        name, look = (t(f"clinic.fault.{wrong}.{part}") for part in ("name", "look"))
        st.warning(t("clinic.ask.wrong", name=name, look=look), icon=":material/close:")
    for part in HINTS[: case.hints]:
        st.info(t(f"clinic.fault.{case.fault}.{part}"), icon=":material/lightbulb:")
    if case.hints >= MOST:
        st.info(t("clinic.ask.narrowed"), icon=":material/lightbulb:")


def _ways(row: RunRow | None = None, *, further: bool = False) -> None:
    """Where to go from here."""
    with st.container(horizontal=True):
        if further and row is not None and row.state not in ALIVE:
            offer("clinic.next", "next")
        if row is not None and clicked(
            t("clinic.to_train"), key="clinic.to_train", icon=":material/play_circle:"
        ):
            st.switch_page(door("train"), query_params={"run": row.id})
        if clicked(t("clinic.all"), key="clinic.all", icon=":material/arrow_back:"):
            st.query_params.pop("run", None)
            st.rerun()
