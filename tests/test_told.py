"""A run is heard out before a fragment begins the next one; what waits keeps its order."""

import asyncio

import pytest
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData, ScriptRequests

from pages.ui import told


class Runner:
    """As much of Streamlit's runner as is looked at."""

    def __init__(self) -> None:
        self._requests = ScriptRequests()


class Session:
    """As much of Streamlit's session: a loop, the present runner, and what reached it."""

    def __init__(self, runner: Runner | None) -> None:
        self._event_loop = asyncio.get_running_loop()
        self._scriptrunner = runner
        self.reached: list[str] = []

    def request_rerun(self, wanted: ClientState) -> None:
        AppSession.request_rerun(self, wanted)


@pytest.fixture(autouse=True)
def kept(monkeypatch: pytest.MonkeyPatch) -> None:
    def reach(session: Session, wanted: ClientState) -> None:
        session.reached.append(wanted.query_string)

    monkeypatch.setattr(AppSession, "request_rerun", reach)
    monkeypatch.setattr(told, "MARK", "_told_in_a_test")
    told.keep()
    told.keep()  # a second time changes nothing
    delattr(AppSession, told.MARK)


def part(name: str) -> ClientState:
    return ClientState(query_string=name, fragment_id="one")


def whole(name: str) -> ClientState:
    return ClientState(query_string=name)


def test_a_fragment_waits_until_the_runner_has_been_heard_out() -> None:
    async def happen() -> list[list[str]]:
        session = Session(runner := Runner())
        runner._requests.on_scriptrunner_ready()  # nothing to do: it has ended
        for wanted in (part("first"), whole("second"), part("third")):
            session.request_rerun(wanted)
        seen = [list(session.reached)]
        await asyncio.sleep(5 * told.PAUSE)
        seen.append(list(session.reached))
        session._scriptrunner = None  # as after the last that it told
        for _ in range(200):
            await asyncio.sleep(told.PAUSE)
            if session.reached:
                break
        return [*seen, list(session.reached)]

    assert asyncio.run(happen()) == [[], [], ["first", "second", "third"]]


def test_nothing_else_waits() -> None:
    async def happen() -> list[str]:
        idle = Session(None)
        idle.request_rerun(part("nobody draws"))
        busy = Session(runner := Runner())
        runner._requests.request_rerun(RerunData())
        busy.request_rerun(part("it takes more"))
        ended = Session(runner := Runner())
        runner._requests.on_scriptrunner_ready()
        ended.request_rerun(whole("all is drawn anew"))
        return idle.reached + busy.reached + ended.reached

    assert asyncio.run(happen()) == ["nobody draws", "it takes more", "all is drawn anew"]
