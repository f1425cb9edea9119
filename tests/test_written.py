"""A fragment asked for before an address was written is drawn at the address that was written."""

from types import SimpleNamespace

import pytest
from streamlit.runtime.fragment import MemoryFragmentStorage
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData

from pages.ui import written


class Runner:
    """As much of Streamlit's runner: a session's storage, and the address that a run ends with."""

    def __init__(self, session: MemoryFragmentStorage) -> None:
        self._fragment_storage = session
        self.ctx = SimpleNamespace(query_string="")

    def _get_script_run_ctx(self) -> SimpleNamespace:
        return self.ctx

    def draw(self, wanted: RerunData, write: str = "") -> str:
        """Where a run is drawn that then writes another address."""
        self.write = write
        ScriptRunner._run_script(self, wanted)
        return self.drawn


@pytest.fixture(autouse=True)
def kept(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(runner: Runner, wanted: RerunData) -> None:
        runner.drawn = wanted.query_string
        runner.ctx.query_string = runner.write or wanted.query_string

    monkeypatch.setattr(written, "MARK", "_written_in_a_test")
    monkeypatch.setattr(ScriptRunner, "_run_script", run)
    written.keep()
    written.keep()  # a second time changes nothing
    delattr(ScriptRunner, written.MARK)


def part(query: str, page: str = "here") -> RerunData:
    return RerunData(fragment_id_queue=["one"], query_string=query, page_script_hash=page)


def test_what_was_on_its_way_is_drawn_at_the_new_address() -> None:
    runner = Runner(session := MemoryFragmentStorage())
    assert runner.draw(part("map=1"), write="map=2") == "map=1"
    assert runner.draw(part("map=1")) == "map=2"
    assert runner.draw(part("map=1"), write="map=3") == "map=2"
    other = Runner(session)  # a session has many runners, one after the other
    assert [other.draw(part(query)) for query in ("map=1", "map=2")] == ["map=3", "map=3"]
    assert Runner(MemoryFragmentStorage()).draw(part("map=1")) == "map=1"


def test_the_way_back_is_no_step_forward() -> None:
    runner = Runner(MemoryFragmentStorage())
    runner.draw(part("map=1"), write="map=2")
    runner.draw(part("map=2"), write="map=1")
    assert runner.draw(part("map=1")) == "map=1"
    assert runner.draw(part("map=2")) == "map=1"


def test_another_address_counts_as_the_browser_says_it() -> None:
    runner = Runner(MemoryFragmentStorage())
    runner.draw(part("map=1"), write="map=2")
    assert runner.draw(part("map=7")) == "map=7"
    assert runner.draw(part("map=1", page="there")) == "map=1"
    runner.draw(part("map=1"), write="map=2")
    whole = RerunData(query_string="map=1", page_script_hash="here")  # as after "back"
    assert [runner.draw(whole), runner.draw(part("map=1"))] == ["map=1", "map=1"]


def test_an_old_address_may_come_again_later(monkeypatch: pytest.MonkeyPatch) -> None:
    runner = Runner(MemoryFragmentStorage())
    runner.draw(part("map=1"), write="map=2")
    monkeypatch.setattr(written, "FRESH", 0.0)
    assert runner.draw(part("map=1")) == "map=1"
