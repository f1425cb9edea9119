"""Every page stands alone: with nothing there, with runs, in both languages."""

import pytest

from core.store import Store
from tests.stage import page, sound, trained

NAMES = ["frame", "home", "train", "duel", "runs", "predict", "cnn", "labs", "data"]


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


@pytest.mark.parametrize("name", ["train", "duel", "runs"])
def test_a_store_that_does_not_open_is_one_sentence(tmp_path, monkeypatch, name):
    monkeypatch.setenv("PLAYGROUND_HOME", str(tmp_path))
    monkeypatch.setenv("PLAYGROUND_DATABASE", f"sqlite:///{tmp_path / 'nowhere' / 'x.db'}")
    at = sound(page(name))
    assert len(at.error) == 1 and at.error[0].value.count("\n") == 0


def test_a_chosen_language_holds_on_every_page(store):
    at = page("frame").switch_page("runs.py").run()
    assert at.title[0].value == "Runs"
    at.segmented_control(key="lang").set_value("ko").run()
    assert sound(at).title[0].value == "학습 기록"
    at.switch_page("train.py").run()
    assert sound(at).title[0].value == "신경망 학습시키기"
    assert at.segmented_control(key="lang").value == "ko"
