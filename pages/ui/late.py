"""Late: what a page still sends while it is being left must not bring it back.

A fragment that draws itself every second may send once more on the way to another page. Streamlit
takes that for a visit of the page that was left: the browser drops all that it has drawn of the new
one, or the way there comes to nothing. Neither is to be had by what Streamlit offers, so its two
places where such a message ends are given a doorkeeper.
"""

from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.runtime.scriptrunner_utils.script_requests import (
    RerunData,
    ScriptRequests,
    ScriptRequestType,
)

from pages.ui import written

MARK = "_late"  # on what is kept already


def keep() -> None:
    """Keep the doors, once per process."""
    if not hasattr(ScriptRunner, MARK):
        setattr(ScriptRunner, MARK, True)
        written.keep()  # behind this door: what is not drawn has written no address
        _keep_running()
        _keep_asking()


def _keep_running() -> None:
    """A fragment of a page that is shown no more is not drawn."""
    run = ScriptRunner._run_script

    def checked(runner: ScriptRunner, wanted: RerunData) -> None:
        shown = runner._pages_manager.current_page_script_hash
        if not (wanted.fragment_id_queue and _elsewhere(wanted, shown)):
            run(runner, wanted)

    ScriptRunner._run_script = checked


def _keep_asking() -> None:
    """A fragment of the page that is left does not turn round who is on the way to another."""
    ask = ScriptRequests._request_rerun_locked

    def checked(requests: ScriptRequests, wanted: RerunData) -> bool:
        waiting = requests._rerun_data
        leaving = (
            requests._state == ScriptRequestType.RERUN
            and not (waiting.fragment_id or waiting.fragment_id_queue)
            and bool(wanted.fragment_id)
            and _elsewhere(wanted, waiting.page_script_hash)
        )
        return leaving or ask(requests, wanted)

    ScriptRequests._request_rerun_locked = checked


def _elsewhere(wanted: RerunData, page: str) -> bool:
    return bool(page and wanted.page_script_hash) and wanted.page_script_hash != page
