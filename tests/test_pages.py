"""Every page stands alone: with nothing there, with runs, in both languages."""

import pytest

from core.store import Store
from tests.stage import page, sound, trained

NAMES = ["frame", "home", "train", "runs", "data"]


@pytest.fixture
def store(fresh_home):
    opened = Store()
    yield opened
    opened.dispose()


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("name", NAMES)
def test_every_page_stands_alone_with_nothing_there(store, name, language):
    sound(page(name, lang=language))


@pytest.mark.parametrize("name", NAMES)
def test_every_page_stands_alone_with_a_finished_run(store, name):
    trained(store)
    sound(page(name))


@pytest.mark.parametrize("name", ["train", "runs"])
def test_a_store_that_does_not_open_is_one_sentence(tmp_path, monkeypatch, name):
    monkeypatch.setenv("PLAYGROUND_HOME", str(tmp_path))
    monkeypatch.setenv("PLAYGROUND_DATABASE", f"sqlite:///{tmp_path / 'nowhere' / 'x.db'}")
    at = sound(page(name))
    assert len(at.error) == 1 and at.error[0].value.count("\n") == 0
