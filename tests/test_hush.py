"""A fragment that is drawn at once says nothing of its run; a long one and a whole run do."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from streamlit.runtime.app_session import AppSession

from pages.ui import hush
from tests.outbox import OVER, PART, RESTS, RUNS, WHOLE, Outbox, note_all

DRAWN = "drawn"


class Session(Outbox):
    """A session that also says when its state has changed, as Streamlit's does."""

    def begin(self, what: str) -> None:
        super().begin(what)
        self.say(running=True)

    def end(self) -> None:
        super().end()
        self.say(running=False)


@pytest.fixture(autouse=True)
def kept(monkeypatch: pytest.MonkeyPatch) -> None:
    note_all(monkeypatch)
    monkeypatch.setattr(hush, "MARK", "_hush_in_a_test")
    monkeypatch.setattr(hush, "PATIENCE", 0.02)
    hush.keep()
    hush.keep()  # a second time changes nothing
    delattr(AppSession, hush.MARK)


def seen(happen: Callable[[Session], Awaitable[None]]) -> list[str]:
    async def play() -> list[str]:
        session = Session()
        await happen(session)
        await asyncio.sleep(5 * hush.PATIENCE)  # nothing comes late
        return session.out

    return asyncio.run(play())


def test_a_short_fragment_is_drawn_without_a_word_on_its_run() -> None:
    async def happen(session: Session) -> None:
        for _ in range(2):
            session.begin(PART)
            session.draw(DRAWN)
            session.end()

    assert seen(happen) == [PART, DRAWN, OVER] * 2


def test_a_long_fragment_says_that_it_runs_and_that_it_is_over() -> None:
    async def happen(session: Session) -> None:
        session.begin(PART)
        await asyncio.sleep(5 * hush.PATIENCE)
        session.draw(DRAWN)
        session.end()

    assert seen(happen) == [PART, RUNS, DRAWN, OVER, RESTS]


def test_a_whole_run_tells_both_at_once_also_after_a_fragment() -> None:
    async def happen(session: Session) -> None:
        session.begin(PART)
        session.end()  # it asks for the whole page
        session.begin(WHOLE)
        session.draw(DRAWN)
        session.end()
        session.begin(PART)
        session.end()

    assert seen(happen) == [PART, OVER, WHOLE, RUNS, DRAWN, OVER, RESTS, PART, OVER]


def test_the_run_that_first_keeps_the_hush_says_that_it_is_over() -> None:
    async def happen(session: Session) -> None:
        session.draw(DRAWN)  # its beginning was told before
        session.end()
        session.begin(PART)
        session.end()

    assert seen(happen) == [DRAWN, OVER, RESTS, PART, OVER]
