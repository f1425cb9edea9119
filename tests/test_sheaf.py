"""What a short fragment draws goes out in one go, what a long one draws after a while; in order."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from streamlit.runtime.app_session import AppSession

from pages.ui import sheaf
from tests.outbox import OVER, PART, WHOLE, Outbox, note_all


@pytest.fixture(autouse=True)
def kept(monkeypatch: pytest.MonkeyPatch) -> None:
    note_all(monkeypatch)
    monkeypatch.setattr(sheaf, "MARK", "_sheaf_in_a_test")
    monkeypatch.setattr(sheaf, "PATIENCE", 0.02)
    sheaf.keep()
    sheaf.keep()  # a second time changes nothing
    delattr(AppSession, sheaf.MARK)


def play(happen: Callable[[Outbox], Awaitable[None]]) -> None:
    async def played() -> None:
        session = Outbox()
        await happen(session)
        before = list(session.out)
        await asyncio.sleep(5 * sheaf.PATIENCE)
        assert session.out == before  # nothing comes late

    asyncio.run(played())


def test_a_short_fragment_goes_out_in_one_go_when_it_ends() -> None:
    async def happen(session: Outbox) -> None:
        for _ in range(2):
            session.out.clear()
            session.begin(PART)
            session.draw("a")
            await asyncio.sleep(0)
            session.draw("b")
            assert session.out == []
            session.end()
            assert session.out == [PART, "a", "b", OVER]

    play(happen)


def test_a_long_fragment_waits_for_a_while_then_goes_out_as_it_draws() -> None:
    async def happen(session: Outbox) -> None:
        session.begin(PART)
        session.draw("a")
        await asyncio.sleep(5 * sheaf.PATIENCE)
        assert session.out == [PART, "a"]
        session.draw("b")
        assert session.out == [PART, "a", "b"]
        session.end()
        assert session.out == [PART, "a", "b", OVER]

    play(happen)


@pytest.mark.parametrize("what", [PART, WHOLE])
def test_what_was_cut_short_goes_out_before_the_run_that_follows(what: str) -> None:
    async def happen(session: Outbox) -> None:
        session.begin(PART)
        session.draw("a")
        session.begin(what)
        session.draw("b")
        assert session.out == [PART, "a"] + ([] if what == PART else [WHOLE, "b"])
        await asyncio.sleep(sheaf.PATIENCE / 2)  # the first one's patience is not the second one's
        session.end()
        assert session.out == [PART, "a", what, "b", OVER]

    play(happen)


def test_a_whole_run_goes_out_as_it_draws_also_the_one_that_first_keeps_sheaves() -> None:
    async def happen(session: Outbox) -> None:
        session.draw("a")  # its beginning went out before
        assert session.out == ["a"]
        session.end()
        session.begin(WHOLE)
        session.draw("b")
        assert session.out == ["a", OVER, WHOLE, "b"]
        session.end()

    play(happen)
