"""Written: what a page has written into its address is not undone by what was asked for before.

Every request of the browser says which address it stands at. One that is on its way while a page
writes a new address still says the old one, and the page would draw once more what was left behind:
a click is answered, and taken back at once. So a fragment that names an address replaced just now
is drawn at the new one.
"""

import time
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

from streamlit.runtime.fragment import FragmentStorage
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData

MARK = "_written"  # on what is kept already
FRESH = 3.0  # seconds in which the browser has surely heard of a new address


@dataclass(frozen=True)
class Written:
    """The address that a session has written last, which ones it replaced, and when."""

    now: str
    before: frozenset[str]
    page: str
    when: float


# What lives as long as a session, and no longer, is its storage of fragments.
_written: WeakKeyDictionary[FragmentStorage, Written] = WeakKeyDictionary()


def keep() -> None:
    """Keep the addresses, once per process."""
    if hasattr(ScriptRunner, MARK):
        return
    setattr(ScriptRunner, MARK, True)
    run = ScriptRunner._run_script

    def checked(runner: ScriptRunner, rerun_data: RerunData) -> None:
        session = runner._fragment_storage
        known = _fresh(session, rerun_data)
        if known and rerun_data.query_string in known.before:
            rerun_data = replace(rerun_data, query_string=known.now)
        run(runner, rerun_data)
        now = runner._get_script_run_ctx().query_string
        if now != rerun_data.query_string:
            before = (known.before if known else frozenset()) | {rerun_data.query_string}
            page, when = rerun_data.page_script_hash, time.monotonic()
            _written[session] = Written(now, before - {now}, page, when)

    ScriptRunner._run_script = checked


def _fresh(session: FragmentStorage, wanted: RerunData) -> Written | None:
    """What was written just now; forgotten as soon as the whole page is drawn."""
    known = _written.get(session)
    if known is None:
        return None
    late = time.monotonic() - known.when > FRESH
    if late or not wanted.fragment_id_queue or wanted.page_script_hash != known.page:
        _written.pop(session, None)  # two runners of a session may meet here
        return None
    return known
