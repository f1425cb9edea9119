"""The rail: the lesson that is on, in the sidebar of any page."""

from pathlib import Path

import streamlit as st

from core.lessons import Book, Place, Step, shelf
from pages.ui import hidden
from pages.ui.lesson import desk, watch
from pages.ui.lesson.desk import Opened
from pages.ui.lesson.table import house
from pages.ui.session import ICONS, door
from pages.ui.words import language, plain, t

EVERY = 1.0  # seconds between two looks, while a step waits
LOOKS = Path(__file__).with_name("rail.css")
INSIDE = "lesson.inside"  # set while the rail is drawn as a part of the whole page
CLICKS = "lesson.clicks"  # what was pressed and at which step, until it is done
MOVES = ("go", "leave", "following")  # these change more than the rail
Click = tuple[str, int]


def show(here: str) -> bool:
    """Draw the rail beside the page `here`; nothing where no lesson is on.

    Given back is whether the page itself is only passed, on the way to another.
    """
    if st.session_state.get(desk.SETTLED) != here:
        st.session_state.pop(desk.SETTLED, None)
    lost = desk.arrive()
    passing = desk.travel(here)
    opened = desk.now()
    hidden.begin(opened.lesson.hide if opened else ())
    if lost:
        with st.sidebar:
            _lost(lost)
    if opened is None:
        _clicks().clear()  # one that has left the lesson may not leave the next
        return passing
    st.html(LOOKS)
    st.session_state[INSIDE] = True
    with st.sidebar:
        every = EVERY if watch.polls(opened, here) else None
        st.fragment(_rail, run_every=every, key="lesson.rail")(here, every is not None)
    st.session_state[INSIDE] = False
    return passing


def look(here: str) -> None:
    """After a page was drawn: see at once what it has changed."""
    if _seen(here):
        st.rerun()


def _seen(here: str) -> bool:
    """Whether the step that is shown was done just now."""
    st.session_state[desk.SETTLED] = here
    opened = desk.now()
    return opened is not None and watch.look(opened, here)


def _lost(book: Book) -> None:
    said = t("lessons.broken", reason=plain(book.problem)) if book.problem else ""
    st.warning(said or t("lessons.unknown", name=plain(book.name[:60])), icon=":material/link_off:")
    st.page_link(door("lessons"), label=t("lessons.all"), icon=ICONS["lessons"])


def _rail(here: str, polls: bool) -> None:
    """A fragment: what is done on it, and a look every second, draws only this.

    The page beside it is drawn anew where it tells how far the lesson is, and for a look at what
    is to come where nobody looks yet.
    """
    if _heed(here):
        st.rerun()
    if not st.session_state.get(INSIDE) and _seen(here) and here == desk.HALL:
        st.rerun()
    opened = desk.now()
    if opened is None:
        return
    if not polls and watch.polls(opened, here):
        st.rerun()
    with st.container(key="rail", gap="small"):
        _head(opened)
        if opened.over:
            _end(opened)
        else:
            _step(opened, opened.lesson.steps[opened.at], here)
        _foot(opened)


def _head(opened: Opened) -> None:
    code, lesson = language(), opened.lesson
    st.caption(t("lessons.rail"))
    st.markdown(f"#### {plain(lesson.title.say(code))}")
    lines = []
    for at, step in enumerate(lesson.steps):
        name = plain(step.title.say(code))
        if at in opened.record.done:
            icon = ":green[:material/check_circle:]"
        else:
            icon = ":gray[:material/radio_button_unchecked:]"
        lines.append(f"{icon} **{name}**" if at == opened.at else f"{icon} :gray[{name}]")
    st.markdown("  \n".join(lines))


def _step(opened: Opened, step: Step, here: str) -> None:
    code, done = language(), opened.at in opened.record.done
    with st.container(border=True, gap="small", key=f"rail_step_{opened.at + 1}"):
        st.caption(t("lessons.progress", at=opened.at + 1, all=len(opened.lesson.steps)))
        st.markdown(step.text.say(code))
        if step.where and not done:
            _way(step.where, here, opened.at)
        if done:
            said = step.after.say(code) if step.after else t("lessons.done")
            st.success(said)
        elif watch.waits(opened):
            st.caption(t("lessons.watching"))
        else:
            st.button(
                t("lessons.read"),
                key=f"lesson.read.{opened.at}",
                type="primary",
                icon=":material/check:",
                width="stretch",
                on_click=_press,
                args=(_clicks(), ("read", opened.at)),
            )


def _way(where: Place, here: str, at: int) -> None:
    """The button that leads to where a step takes place, with its controls set."""
    st.button(
        t("lessons.take_me"),
        key="lesson.go",
        type="primary" if where.page != here else "secondary",
        icon=":material/arrow_forward:",
        width="stretch",
        on_click=_press,
        args=(_clicks(), ("go", at)),
    )


def _foot(opened: Opened) -> None:
    """One step on or back, and out.

    Every step has buttons of its own: the second half of a double click may not turn the next one.
    """
    done, clicks = opened.at in opened.record.done, _clicks()
    with st.container(horizontal=True, horizontal_alignment="distribute", key="rail_turn"):
        st.button(
            t("lessons.back"),
            key=f"lesson.back.{opened.at}",
            type="tertiary",
            disabled=not opened.at,
            on_click=_press,
            args=(clicks, ("back", opened.at)),
        )
        if not opened.over:
            st.button(
                t("lessons.next" if done else "lessons.skip"),
                key=f"lesson.next.{opened.at}",
                type="primary" if done else "tertiary",
                on_click=_press,
                args=(clicks, ("next", opened.at)),
            )
    st.button(
        t("lessons.leave"),
        key="lesson.leave",
        type="tertiary",
        icon=":material/close:",
        on_click=_press,
        args=(clicks, ("leave", opened.at)),
    )


# A page that reports something has itself drawn anew, even while a click is being answered, and the
# click would be forgotten. So it is written down first, and struck out once it has been done.


def _clicks() -> list[Click]:
    kept: list[Click] = st.session_state.setdefault(CLICKS, [])
    return kept


def _press(clicks: list[Click], click: Click) -> None:
    clicks[:] = [click]


def _heed(here: str) -> bool:
    """Do what was pressed if it still stands at that step; whether the page must be drawn anew.

    Doing it twice would change nothing.
    """
    opened, clicks = desk.now(), _clicks()
    if opened is None or not clicks:
        return False
    what, at = clicks[0]
    if at == opened.at:
        _do(opened, what, here)
    clicks.clear()
    return what in MOVES or here == desk.HALL or bool(st.session_state.get(INSIDE))


def _do(opened: Opened, what: str, here: str) -> None:
    if what == "leave":
        desk.leave()
    elif what == "following":
        for book in _following(opened):
            desk.enter(book.name)
    elif what == "read":
        desk.tick(opened)
        if opened.lesson.steps[opened.at].after is None:
            desk.turn(desk.now() or opened, 1)
    elif what == "go":
        desk.visit(opened.lesson.steps[opened.at].where, here)
    else:
        desk.turn(opened, 1 if what == "next" else -1)


def _following(opened: Opened) -> list[Book]:
    """The lesson after this one, if there is one."""
    books = [book for book in shelf(house()) if book.lesson]
    names = [book.name for book in books]
    return books[names.index(opened.name) + 1 :][:1] if opened.name in names else []


def _end(opened: Opened) -> None:
    """What was learned, and what comes next."""
    code, lesson = language(), opened.lesson
    with st.container(border=True, gap="small", key="rail_step_end"):
        st.markdown(f"**{t('lessons.ended')}**")
        if not opened.record.whole(lesson):
            count = len(opened.record.done)
            st.caption(t("lessons.some", done=count, all=len(lesson.steps)))
        st.markdown(lesson.end.say(code) if lesson.end else lesson.goal.say(code))
        for book in _following(opened):
            name = plain(book.lesson.title.say(code)) if book.lesson else book.name
            st.button(
                t("lessons.next_lesson", title=name),
                key="lesson.following",
                type="primary",
                icon=":material/arrow_forward:",
                width="stretch",
                on_click=_press,
                args=(_clicks(), ("following", opened.at)),
            )
        st.page_link(door("lessons"), label=t("lessons.all"), icon=ICONS["lessons"])
