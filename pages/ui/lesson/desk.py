"""The desk: which lesson is on, how far it is, and the turning of its pages."""

from dataclasses import dataclass

import streamlit as st
from streamlit.errors import StreamlitAPIException

from core.lessons import Book, Lesson, Place, Record, find
from core.lessons.record import begin, load, save
from pages.ui.lesson.table import REMEMBERED, house
from pages.ui.session import door, store, visitor
from pages.ui.words import t

LINK = "lesson"  # in the URL: its name, and with a dot the step to begin with
ON, KEPT = "lesson.on", "lesson.records"
TRIED = "lesson.tried"  # values that the control of the present step has had
SETTLED = "lesson.settled"  # the page that was drawn to its end
PENDING = "lesson.pending"  # where somebody is on the way to
HELD, MOST = "lesson.held", 4  # how often the way was barred since, and the most
REST = "lesson.rest"  # set where the way leads back to the page that is left
RESTED, SECONDS = "lesson.rested", 0.25  # whether the browser has drawn the rest; its length
HALL = "lessons"


@dataclass(frozen=True)
class Opened:
    """The lesson that is on, and how far it is."""

    name: str
    lesson: Lesson
    record: Record

    @property
    def at(self) -> int:
        """The step that is shown, as many as there are for the end."""
        return min(self.record.at, len(self.lesson.steps))

    @property
    def over(self) -> bool:
        """Whether its end is shown."""
        return self.at == len(self.lesson.steps)


def records() -> dict[str, Record]:
    """The visitor's records, read from the store once per session."""
    if KEPT not in st.session_state:
        known = visitor()
        st.session_state[KEPT] = load(store(), known) if known else {}
    kept: dict[str, Record] = st.session_state[KEPT]
    return kept


def keep(name: str, record: Record | None) -> None:
    """Keep how far a lesson is: in the store, or in the session for who cannot be recognised."""
    kept = records()
    if record is None:
        kept.pop(name, None)
    else:
        kept[name] = record
    if known := visitor():
        save(store(), known, name, record)
    st.session_state.pop(TRIED, None)
    address()


def arrive() -> Book | None:
    """Before a page is drawn: open the lesson that the URL names; a switch of pages empties it.

    Given back is a lesson that cannot be opened, or one without a problem that does not exist.
    """
    told = st.query_params.get(LINK)
    if told is None:
        address()
        return None
    name, _, step = str(told).partition(".")
    if name == st.session_state.get(ON):
        return None
    book = find(name, house())
    if book is None or book.lesson is None:
        st.session_state.pop(ON, None)
        return book or Book(name, False, None)
    enter(name, int(step) - 1 if step.isdecimal() and len(step) < 4 else None)
    return None


def enter(name: str, at: int | None = None) -> None:
    """Open a lesson where it was left, or at a step."""
    book = find(name, house())
    if book is None or book.lesson is None:
        return
    known = records().get(name)
    st.session_state[ON] = name
    if known is None:
        keep(name, begin().to(at or 0, book.lesson))
    elif at is not None and not visitor():
        keep(name, known.to(at, book.lesson))
    else:
        st.session_state.pop(TRIED, None)
        address()


def now() -> Opened | None:
    """The lesson that is on; None where there is none, or its file has gone."""
    name = st.session_state.get(ON)
    book = find(name, house()) if name else None
    if book is None or book.lesson is None:
        return None
    record = records().get(book.name) or begin()
    return Opened(book.name, book.lesson, record)


def address() -> None:
    """Say in the URL which lesson is on; for who cannot be recognised also the step."""
    name = st.session_state.get(ON)
    if not name:
        return
    told = name
    if not visitor() and (record := records().get(name)) and record.at:
        told = f"{name}.{record.at + 1}"
    if st.query_params.get(LINK) != told:
        st.query_params[LINK] = told


def turn(opened: Opened, by: int) -> None:
    """Turn to the next step or the one before."""
    keep(opened.name, opened.record.to(opened.at + by, opened.lesson))


def tick(opened: Opened) -> None:
    """The step that is shown was done."""
    keep(opened.name, opened.record.tick(opened.at))


def leave() -> None:
    """No lesson is on any more; how far it came is kept."""
    for name in (ON, TRIED):
        st.session_state.pop(name, None)
    st.query_params.pop(LINK, None)


def restart(name: str) -> None:
    """Begin a lesson anew."""
    keep(name, None)
    enter(name)


def visit(place: Place | None, here: str) -> None:
    """Go from `here` to where a step takes place, with its controls set, at the next drawing."""
    st.session_state[PENDING] = place
    st.session_state[HELD] = 0
    st.session_state[REST] = place is not None and place.page == here


def travel(here: str) -> bool:
    """Before a page is drawn: go on to where somebody is on the way to; whether to rest here.

    The way leads through the gallery: an address may not be set while a control of the page that
    is left, or of the very page that is wanted, is still bound to a part of it.
    """
    place: Place | None = st.session_state.get(PENDING)
    if place is None:
        return False
    told = {LINK: str(st.query_params.get(LINK, ""))}
    if here != HALL:
        st.switch_page(door(HALL), query_params=told)
    if st.session_state.pop(REST, False):
        return True
    del st.session_state[PENDING]
    forget(place)
    try:
        st.switch_page(door(place.page), query_params=told | place.address())
    except StreamlitAPIException:  # a control of the page that was left holds on to the address
        held = st.session_state.get(HELD, 0)
        if held < MOST:  # else the gallery is drawn, where the rail leads on
            st.session_state[PENDING], st.session_state[HELD] = place, held + 1
            st.rerun()
    return False


def rest() -> None:
    """Stand in for the gallery until the browser has let go of the page that was left.

    A browser that is led to the same page at once never puts its controls away: their values come
    back with the next report, and what it draws may be taken for the page that it was leaving.
    """
    st.session_state[RESTED] = False
    with st.container(height=200, border=False):
        st.caption(t("lessons.on_the_way"))
    st.fragment(_onward, run_every=SECONDS, key="lesson.onward")()


def _onward() -> None:
    if st.session_state[RESTED]:
        st.rerun()
    st.session_state[RESTED] = True


def forget(place: Place) -> None:
    """Have a page read its address anew; a lab's controls are called as its address calls them."""
    starts = REMEMBERED.get(place.page, ())
    named = set(place.query) if place.page.startswith("labs/") else set()
    for key in [str(key) for key in st.session_state]:
        if (starts and key.startswith(starts)) or key in named:
            del st.session_state[key]
