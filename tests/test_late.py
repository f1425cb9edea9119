"""What a page sends while it is being left: neither drawn nor able to turn the way round."""

import pytest
from streamlit.runtime.fragment import MemoryFragmentStorage
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData, ScriptRequests

from pages.ui import late

HERE, THERE = "the page that is left", "the page that is shown"


@pytest.fixture(autouse=True)
def kept() -> None:
    late.keep()
    late.keep()  # a second time changes nothing


class Runner:
    """As much of Streamlit's runner as is asked before anything is drawn."""

    def __init__(self, shown: str) -> None:
        self._fragment_storage = MemoryFragmentStorage()
        self._pages_manager = PagesManager("app.py")
        self._pages_manager.set_current_page_script_hash(shown)

    def _is_in_script_thread(self) -> bool:
        raise InterruptedError  # the first that a run does


def drawn(shown: str, wanted: RerunData) -> bool:
    try:
        ScriptRunner._run_script(Runner(shown), wanted)
    except InterruptedError:
        return True
    return False


def test_only_a_fragment_of_another_page_is_not_drawn() -> None:
    fragment = RerunData(fragment_id_queue=["one"], page_script_hash=HERE)
    assert not drawn(THERE, fragment)
    assert drawn(HERE, fragment)
    assert drawn("", fragment)
    assert drawn(THERE, RerunData(fragment_id_queue=["one"]))
    assert drawn(THERE, RerunData(page_script_hash=HERE))


def test_a_fragment_of_the_page_that_is_left_does_not_turn_the_way_round() -> None:
    requests = ScriptRequests()
    assert requests.request_rerun(RerunData(page_script_hash=THERE, query_string="a=1"))
    assert requests.request_rerun(RerunData(page_script_hash=HERE, fragment_id="one"))
    led = requests.on_scriptrunner_ready().rerun_data
    assert (led.page_script_hash, led.query_string) == (THERE, "a=1")
    assert not led.fragment_id_queue


def test_who_asks_for_a_page_later_gets_that_one() -> None:
    requests = ScriptRequests()
    assert requests.request_rerun(RerunData(page_script_hash=HERE, fragment_id="one"))
    assert requests.request_rerun(RerunData(page_script_hash=HERE, fragment_id="two"))
    assert requests.request_rerun(RerunData(page_script_hash=THERE))
    assert requests.on_scriptrunner_ready().rerun_data.page_script_hash == THERE
    assert requests.request_rerun(RerunData(page_script_hash=HERE))
    assert requests.on_scriptrunner_ready().rerun_data.page_script_hash == HERE


def test_fragments_of_one_page_are_drawn_together() -> None:
    requests = ScriptRequests()
    for name in ("one", "two"):
        assert requests.request_rerun(RerunData(page_script_hash=HERE, fragment_id=name))
    assert requests.on_scriptrunner_ready().rerun_data.fragment_id_queue == ["one", "two"]
