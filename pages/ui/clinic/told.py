"""What is told once a bug is named: why, both lines, the measured sign, the cure."""

import streamlit as st

from core import clinic
from core.clinic import Case
from core.config import RunConfig, parse
from core.faults import FAULTS, Fault
from core.store import RunRow
from pages.ui import controls
from pages.ui.click import clicked
from pages.ui.clinic.reception import offer
from pages.ui.lab.table import LABS
from pages.ui.session import door, store
from pages.ui.words import t


def show(row: RunRow, config: RunConfig, case: Case) -> None:
    """The whole truth about a patient, and the button that cures it."""
    fault, key = FAULTS[config.fault], f"clinic.fault.{config.fault}"
    well = _cured(row)
    with st.container(border=True):
        _verdict(case, t(f"{key}.name"))
        st.markdown(t(f"{key}.why"))
        left, right = st.columns(2)
        left.caption(t("clinic.told.bad"))
        left.code(fault.bad, language="python", wrap_lines=True)
        right.caption(t("clinic.told.good"))
        right.code(fault.good, language="python", wrap_lines=True)
        _signs(fault, row, well)
        st.info(t("clinic.told.idea", idea=t(f"{key}.idea")), icon=":material/lightbulb:")
        with st.container(horizontal=True, vertical_alignment="center"):
            if well is None:
                _cure(row, config)
            offer("clinic.next", "on")
            if fault.lab in LABS:
                words = t("clinic.told.lab", name=t(f"lab.{fault.lab}.title"))
                st.page_link(door(f"labs/{fault.lab}"), label=words, icon=LABS[fault.lab])


def _verdict(case: Case, name: str) -> None:
    """How the case ended."""
    if case.state == "shown":
        st.info(t("clinic.told.shown", name=name), icon=":material/visibility:")
        return
    first = len(case.tries) == 1
    words = t(
        "clinic.told.score_one" if first else "clinic.told.score_more",
        tries=len(case.tries),
        hints=case.hints,
    )
    st.success(f"{t('clinic.told.right', name=name)} {words}", icon=":material/check_circle:")


def _signs(fault: Fault, row: RunRow, well: RunRow | None) -> None:
    """The number that gives the bug away, in this run and in the cured one."""
    label = t(f"clinic.sign.{fault.sign.measure.__name__}")
    with st.container(horizontal=True):
        for word, one in (("sick", row), ("well", well)):
            if one is not None:
                value = fault.sign.say(clinic.seen(store(), one))
                st.metric(f"{label}, {t(f'clinic.told.{word}')}", value, border=True)


def _cured(row: RunRow) -> RunRow | None:
    """The run that repeats this one without its bug, if somebody has started it."""
    wanted = clinic.cured(parse(row.config)).model_dump(mode="json")
    found = (one for one in store().children(row.id) if one.config == wanted)
    return next(found, None)


def _cure(row: RunRow, config: RunConfig) -> None:
    """The button that trains the same run without its bug."""
    if clicked(
        t("clinic.told.cure"),
        key="clinic.cure",
        kind="primary",
        icon=":material/healing:",
        help=t("clinic.told.cure_help"),
    ):
        called = t("clinic.cured", number=f"{config.seed % 10_000:04d}")
        healthy = clinic.cured(config).model_dump(mode="json")
        if run_id := controls.start(healthy, parent=row.id):
            store().rename(run_id, called)
        st.rerun()


def both(row: RunRow) -> list[RunRow]:
    """The run, and the cured one beside it once it was started."""
    well = _cured(row)
    if well is None:
        return [row]
    st.subheader(t("clinic.told.both"))
    return [row, well]
