"""Told: the browser hears all that a run has drawn before the next run begins.

A fragment that draws itself every second may be asked for at the very moment when a run has ended
and what it has drawn still waits to be sent. Streamlit then sets up a new runner and drops whatever
is left of the old one: a click is answered, and nothing of the answer is seen. So a fragment waits
until the runner before it has been heard out, which takes some milliseconds.
"""

from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequestType

MARK = "_told"  # on what is kept already
HELD = "_held"  # requests of a session that wait, oldest first
PAUSE = 0.002  # seconds between two looks whether a runner has been heard out


def keep() -> None:
    """Keep the order, once per process."""
    if hasattr(AppSession, MARK):
        return
    setattr(AppSession, MARK, True)
    ask = AppSession.request_rerun

    def asked(session: AppSession, client_state: ClientState | None) -> None:
        held = vars(session).setdefault(HELD, [])
        of_a_part = client_state is not None and bool(client_state.fragment_id)
        if not held and not (of_a_part and _ending(session)):
            ask(session, client_state)
            return
        held.append(client_state)
        if len(held) == 1:
            session._event_loop.call_soon(_go_on, session)

    AppSession.request_rerun = asked


def _ending(session: AppSession) -> bool:
    """Whether a runner takes no more requests, while the last that it tells is still to come."""
    runner = session._scriptrunner
    return runner is not None and runner._requests._state == ScriptRequestType.STOP


def _go_on(session: AppSession) -> None:
    """Pass on what waits, in its order, once the runner has been heard out."""
    if _ending(session):
        session._event_loop.call_later(PAUSE, _go_on, session)
        return
    for waiting in vars(session).pop(HELD):
        session.request_rerun(waiting)
