"""An outbox: as much of Streamlit's session as hands messages to the browser, and what went out."""

import asyncio

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.app_session import AppSession

WHOLE, PART, OVER = "whole", "part", "over"
RUNS, RESTS = "runs", "rests"


class Outbox:
    """A session whose messages are noted, one word each, when they go out."""

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

    def draw(self, text: str) -> None:
        message = ForwardMsg()
        message.delta.new_element.text.body = text
        self._enqueue_forward_msg(message)

    def end(self) -> None:
        message = ForwardMsg()
        message.script_finished = ForwardMsg.FINISHED_SUCCESSFULLY
        self._enqueue_forward_msg(message)

    def say(self, running: bool) -> None:
        message = ForwardMsg()
        message.session_status_changed.script_is_running = running
        self._enqueue_forward_msg(message)


def note_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every message that would go out be noted instead."""

    def go_out(session: Outbox, message: ForwardMsg) -> None:
        words = {
            "new_session": message.new_session.name,
            "delta": message.delta.new_element.text.body,
            "script_finished": OVER,
            "session_status_changed": (
                RUNS if message.session_status_changed.script_is_running else RESTS
            ),
        }
        session.out.append(words[str(message.WhichOneof("type"))])

    monkeypatch.setattr(AppSession, "_enqueue_forward_msg", go_out)
