"""A sheaf: what a short fragment draws goes out in one go, not element by element.

Streamlit sends what there is every few milliseconds, and the browser draws the page anew for each
lot. A fragment that follows a slider is over before a second lot would be seen; so all that it
draws waits for its end. One that takes longer is let through: live elements stay live.
"""

import asyncio

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.app_session import AppSession

MARK = "_sheaf"  # on what is kept already
HELD, CAP = "_sheaf_held", "_sheaf_cap"  # what a session remembers
PATIENCE = 0.1  # seconds that the elements of a fragment may wait for its end


def keep() -> None:
    """Keep sheaves, once per process."""
    if hasattr(AppSession, MARK):
        return
    setattr(AppSession, MARK, True)
    tell = AppSession._enqueue_forward_msg

    def let_go(session: AppSession) -> None:
        cap: asyncio.TimerHandle | None = vars(session).pop(CAP, None)
        if cap is not None:
            cap.cancel()
        for message in vars(session).pop(HELD, ()):
            tell(session, message)

    def told(session: AppSession, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        if kind == "new_session":
            let_go(session)
            if message.metadata.run.fragment_ids:
                setattr(session, HELD, [])
                wait = session._event_loop.call_later
                setattr(session, CAP, wait(PATIENCE, let_go, session))
        held: list[ForwardMsg] | None = vars(session).get(HELD)
        if held is None:
            tell(session, message)
            return
        held.append(message)
        if kind == "script_finished":
            let_go(session)

    AppSession._enqueue_forward_msg = told
