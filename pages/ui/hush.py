"""Hush: a fragment that is drawn at once does not first say that it will be.

Streamlit tells the browser when a run begins and when it is over, and each of the two draws the
whole page once more, for a mark at the top. A fragment that follows a slider is over before that
mark could be seen; so the word goes out only when a fragment takes longer. Whole runs tell both:
a click on a link waits for it.
"""

import asyncio

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.app_session import AppSession

MARK = "_hush"  # on what is kept already
PART, SAID, LATER = "_hush_part", "_hush_said", "_hush_later"  # what a session remembers
PATIENCE = 0.3  # seconds that a fragment may take without a word


def keep() -> None:
    """Keep the hush, once per process."""
    if hasattr(AppSession, MARK):
        return
    setattr(AppSession, MARK, True)
    tell = AppSession._enqueue_forward_msg

    def told(session: AppSession, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        if kind == "new_session":
            setattr(session, PART, bool(message.metadata.run.fragment_ids))
        if kind != "session_status_changed" or _to_tell(session, message):
            tell(session, message)

    AppSession._enqueue_forward_msg = told


def _to_tell(session: AppSession, message: ForwardMsg) -> bool:
    """Whether a word on the run goes out now; that a fragment has begun waits for a while."""
    later: asyncio.TimerHandle | None = vars(session).pop(LATER, None)
    if later is not None:
        later.cancel()
    running = message.session_status_changed.script_is_running
    if running and vars(session).get(PART):
        setattr(session, SAID, False)
        wait = session._event_loop.call_later
        setattr(session, LATER, wait(PATIENCE, _after_all, session, message))
        return False
    said = vars(session).get(SAID, True)  # the first run of all begins before its page keeps this
    setattr(session, SAID, running)
    return running or said


def _after_all(session: AppSession, message: ForwardMsg) -> None:
    """Say that a fragment has begun: it takes its time."""
    setattr(session, PART, False)
    session._enqueue_forward_msg(message)
