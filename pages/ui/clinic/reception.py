"""Where the clinic is entered: a patient to take, the score, and what health looks like."""

import json
import secrets
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import streamlit as st

from core import clinic
from core.faults import FAULTS
from pages.ui.click import clicked
from pages.ui.clinic import score
from pages.ui.live import live_run
from pages.ui.session import store, visitor
from pages.ui.words import t

CASE = "case"  # in the URL: the code of a bug that somebody has chosen
RUN = "run"
BAKED = Path(__file__).resolve().parents[2] / "baked" / "home.json"


@cache
def _healthy() -> dict[str, Any]:
    with BAKED.open(encoding="utf-8") as stream:
        return json.load(stream)  # type: ignore[no-any-return]


def admit(fault: str = "") -> None:
    """Plant a bug into a new run, a drawn one where none is named, and show that run."""
    seed = secrets.randbelow(2**31)
    name = fault or clinic.drawn(seed, score.book().found)
    config = clinic.patient(name, seed).model_dump(mode="json")
    called = t("clinic.patient", number=f"{seed % 10_000:04d}")
    try:
        run_id = store().create(config, owner=visitor(), name=called)
    except ValueError as problem:
        st.toast(str(problem), icon=":material/error:")
        return
    st.query_params.pop(CASE, None)
    st.query_params[RUN] = run_id


def show() -> None:
    """The page before a patient is chosen."""
    st.title(t("clinic.title"))
    st.markdown(t("clinic.what"))
    code = st.query_params.get(CASE, "")
    chosen = clinic.decoded(code)
    if code:
        words = t("clinic.set_case" if chosen else "clinic.bad_case")
        st.info(words, icon=":material/assignment:")
    if chosen:
        offer("clinic.plant", "plant", chosen)
    else:
        offer("clinic.surprise", "surprise")
    score.show(score.book())
    st.subheader(t("clinic.healthy"))
    st.caption(t("clinic.healthy_what"))
    run = _healthy()
    names = [t("clinic.healthy_run")]
    live_run([run["payload"]["id"]], key="clinic.healthy", names=names, replay=run, height=190)
    _teacher()


def offer(words: str, key: str, fault: str = "") -> None:
    """A button that takes a new patient."""
    if clicked(
        t(words),
        key=f"clinic.{key}",
        kind="primary",
        icon=":material/vaccines:" if fault else ":material/casino:",
        help=None if fault else t("clinic.surprise_help"),
    ):
        admit(fault)
        st.rerun()


def _teacher() -> None:
    """A link for others, with a bug of one's choice."""
    with st.expander(t("clinic.teacher.title"), icon=":material/link:"):
        st.caption(t("clinic.teacher.what"))
        name = st.selectbox(
            t("clinic.teacher.which"),
            list(FAULTS),
            format_func=lambda name: t(f"clinic.fault.{name}.name"),
            key="clinic.teacher",
        )
        here = urlsplit(st.context.url or "")
        place = f"{here.scheme}://{here.netloc}" if here.netloc else ""
        st.code(f"{place}/clinic?{CASE}={clinic.code(name)}", language=None, wrap_lines=True)
