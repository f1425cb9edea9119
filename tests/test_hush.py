"""A fragment that is drawn at once says nothing of its run; a long one and a whole run do."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.app_session import AppSession

from pages.ui import hush

WHOLE, PART, DRAWN, OVER = "whole", "part", "drawn", "over"


class Session:
    """As much of Streamlit's session: a loop, and what went out to the browser."""

    def __init__(self) -> None:
        self._event_loop = asyncio.get_running_loop()
        self.out: list[str] = []

    def _enqueue_forward_msg(self, message: ForwardMsg) -> None:
        AppSession._enqueue_forward_msg(self, message)

    def begin(self, what: str) -> None:
        message = ForwardMsg()
        message.metadata.run.fragment_ids.extend(["one"] if what == PART else [])
        message.new_session.name = what
        self._enqueue_forward_msg(message)
        self._state(True)

    def draw(self) -> None:
        message = ForwardMsg()
        message.delta.new_element.text.body = DRAWN
        self._enqueue_forward_msg(message)

    def end(self) -> None:
        message = ForwardMsg()
        message.script_finished = ForwardMsg.FINISHED_SUCCESSFULLY
        self._enqueue_forward_msg(message)
        self._state(False)

    def _state(self, running: bool) -> None:
        message = ForwardMsg()
        message.session_status_changed.script_is_running = running
        self._enqueue_forward_msg(message)


@pytest.fixture(autouse=True)
def kept(monkeypatch: pytest.MonkeyPatch) -> None:
    def go_out(session: Session, message: ForwardMsg) -> None:
        names = {
            "new_session": message.new_session.name,
            "delta": DRAWN,
            "script_finished": OVER,
            "session_status_changed": str(message.session_status_changed.script_is_running),
        }
        session.out.append(names[str(message.WhichOneof("type"))])

    monkeypatch.setattr(AppSession, "_enqueue_forward_msg", go_out)
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
            session.draw()
            session.end()

    assert seen(happen) == [PART, DRAWN, OVER] * 2


def test_a_long_fragment_says_that_it_runs_and_that_it_is_over() -> None:
    async def happen(session: Session) -> None:
        session.begin(PART)
        await asyncio.sleep(5 * hush.PATIENCE)
        session.draw()
        session.end()

    assert seen(happen) == [PART, "True", DRAWN, OVER, "False"]


def test_a_whole_run_tells_both_at_once_also_after_a_fragment() -> None:
    async def happen(session: Session) -> None:
        session.begin(PART)
        session.end()  # it asks for the whole page
        session.begin(WHOLE)
        session.draw()
        session.end()
        session.begin(PART)
        session.end()

    assert seen(happen) == [PART, OVER, WHOLE, "True", DRAWN, OVER, "False", PART, OVER]


def test_the_run_that_first_keeps_the_hush_says_that_it_is_over() -> None:
    async def happen(session: Session) -> None:
        session.draw()  # its beginning was told before
        session.end()
        session.begin(PART)
        session.end()

    assert seen(happen) == [DRAWN, OVER, "False", PART, OVER]
