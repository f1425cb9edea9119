"""Lessons: all guided walks, how far one is in each, and how a teacher writes another."""

import streamlit as st

from core.lessons import Book, Lesson, shelf
from core.lessons.shelf import SHIPPED
from pages.ui.lesson import desk
from pages.ui.lesson.table import house
from pages.ui.words import language, plain, t

ACROSS, NARROWEST = 3, 250  # cards side by side, pixels of one
EXAMPLE = SHIPPED / "first.toml"


def card(book: Book, lesson: Lesson) -> None:
    """A lesson: what it is about, how long it takes, how far one is, and the way in."""
    code, record = language(), desk.records().get(book.name)
    st.markdown(f"#### {plain(lesson.title.say(code))}")
    with st.container(horizontal=True, gap="small"):
        st.badge(t("lessons.minutes", count=lesson.minutes), icon=":material/timer:", color="gray")
        st.badge(t("lessons.steps", count=len(lesson.steps)), color="gray")
        if book.own:
            st.badge(t("lessons.own"), icon=":material/school:", color="blue")
        if record and record.whole(lesson):
            st.badge(t("lessons.whole"), icon=":material/check:", color="green")
    st.markdown(lesson.what.say(code))
    st.caption(t("lessons.goal", goal=lesson.goal.say(code)))
    if record and record.done and not record.whole(lesson):
        told = t("lessons.begun", done=len(record.done), all=len(lesson.steps))
        st.progress(record.share(lesson), text=told)
    _ways_in(book, lesson)


def _ways_in(book: Book, lesson: Lesson) -> None:
    record = desk.records().get(book.name)
    over = record is not None and (record.whole(lesson) or record.at >= len(lesson.steps))
    with st.container(horizontal=True, vertical_alignment="bottom", height="stretch"):
        if not over and st.button(
            t("lessons.go_on" if record else "lessons.start"),
            key=f"lesson.open.{book.name}",
            type="secondary" if record else "primary",
            icon=":material/play_arrow:",
        ):
            desk.enter(book.name)
            lead(book.name)
        if record and st.button(
            t("lessons.again"),
            key=f"lesson.again.{book.name}",
            type="tertiary",
            icon=":material/replay:",
        ):
            desk.restart(book.name)
            lead(book.name)


def lead(name: str) -> None:
    """Go to where the lesson stands, or show its rail here."""
    opened = desk.now()
    if opened and opened.name == name and not opened.over:
        where = opened.lesson.steps[opened.at].where
        if where and where.page != "lessons":
            desk.visit(where, desk.HALL)
    st.rerun()


st.title(t("lessons.title"))
st.markdown(t("lessons.what"))
books = shelf(house())
good = [(book, book.lesson) for book in books if book.lesson]
with st.grid(ACROSS, min_column_width=NARROWEST, gap="medium"):
    for one, its in good:
        with st.container(border=True, height="stretch"):
            card(one, its)
for one in books:
    if one.lesson is None:
        st.warning(t("lessons.broken", reason=plain(one.problem)), icon=":material/draft:")
with st.expander(t("lessons.own_title"), icon=":material/edit_note:"):
    st.markdown(t("lessons.own_what"))
    st.code(EXAMPLE.read_text(encoding="utf-8"), language="toml", height=360)
