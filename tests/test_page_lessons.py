"""The rail and the gallery: ticked by what is done on any page, kept, led, hidden, left."""

import json
import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button

from core.home import home
from core.lessons import find
from core.lessons.record import begin, load, save
from core.store import Store
from pages.ui.lesson import desk, watch
from pages.ui.lesson.table import house
from tests.pupils import HEAD, STEP, written
from tests.stage import address, page, sound, trained

VISITOR = "ab" * 16
DO = {
    "train": '[[steps]]\ntitle = "A"\ntext = "Go."\nafter = "Seen!"\n'
    '[steps.where]\npage = "train"\n'
    'query = { data = "shapes", model = "mlp", optimizer = "sgd" }\n'
    'set = { epochs = 2, "model.widths" = [8], "model.dropout" = 0.3 }\n',
    "started": '[steps.done]\nsee = "run"\nstate = "started"\nmodel = "mlp"\n',
    "moved": '[steps.done]\nsee = "control"\nname = "optimizer"\n',
    "epochs": '[steps.done]\nsee = "control"\nname = "epochs"\nvalue = 7\n',
    "runs": '[[steps]]\ntitle = "R"\ntext = "Open."\ndone = { see = "page", page = "runs" }\n',
}


@pytest.fixture
def store(fresh_home, monkeypatch):
    (home() / "lessons").mkdir()
    watch._all_runs.clear()
    opened = Store()
    yield opened
    opened.dispose()


@pytest.fixture
def known(monkeypatch) -> str:
    """Somebody who is recognised by a cookie."""
    for place in (desk, watch):
        monkeypatch.setattr(place, "visitor", lambda: VISITOR)
    return VISITOR


def own(text: str, name: str = "mine") -> Path:
    return written(home() / "lessons", HEAD + text, name)


def buttons(at: AppTest) -> set[str]:
    return {str(one.key) for one in at.sidebar.button}


def button(at: AppTest, key: str) -> Button:
    """A button of the rail, whichever step it belongs to."""
    return next(one for one in at.sidebar.button if re.fullmatch(rf"{key}(\.\d+)?", str(one.key)))


def press(at: AppTest, key: str) -> AppTest:
    return sound(button(at, key).click().run())


def ticks(at: AppTest) -> int:
    return sum(one.value.count("check_circle") for one in at.sidebar.markdown)


def test_without_a_lesson_there_is_no_rail(store) -> None:
    at = sound(page("frame"))
    assert not at.sidebar.markdown and "lesson" not in at.query_params


def test_reading_is_a_button_and_the_end_leads_to_the_next_lesson(store) -> None:
    own('order = 1\nend = "That was it."\n' + STEP + STEP, "mine")
    at = page("frame", lesson="mine")
    assert sound(at) and ticks(at) == 0 and "lesson.go" not in buttons(at)
    press(at, "lesson.read")
    assert ticks(at) == 1 and any("Step 2 of 2" in c.value for c in at.sidebar.caption)
    press(at, "lesson.read")
    assert ticks(at) == 2
    assert "That was it." in {one.value for one in at.sidebar.markdown}
    press(at, "lesson.following")
    assert address(at, "lesson") == "first"


def test_the_app_sees_a_page_opened_and_another_page_keeps_the_lesson(store) -> None:
    own(DO["runs"] + STEP)
    at = page("frame", lesson="mine")
    assert ticks(at) == 0
    at.switch_page("data.py").run()
    assert ticks(sound(at)) == 0 and address(at, "lesson") == "mine"
    at.switch_page("runs.py").run()
    assert ticks(sound(at)) == 1 and {one.value for one in at.sidebar.success} == {"Done!"}
    press(at, "lesson.next")
    assert address(at, "lesson") == "mine.2"  # nobody is recognised: the step stands in the link


def test_take_me_there_fills_the_form_again_and_a_run_is_seen(store) -> None:
    own(DO["train"] + DO["started"])
    at = page("frame", lesson="mine").switch_page("train.py").run()
    at.selectbox(key="train.optimizer").set_value("adam").run()
    press(at, "lesson.go")
    assert not at.title and "On the way…" in {one.value for one in at.caption}  # lets go of it
    assert at.run().title[0].value == "Train a network"
    assert at.selectbox(key="train.optimizer").value == "sgd"
    assert at.number_input(key="train.epochs").value == 2
    assert address(at, "set") == "epochs=2;model.widths=8;model.dropout=0.3"
    at.button(key="train.go").click().run()
    watch._all_runs.clear()
    at.run()
    assert ticks(sound(at)) == 1 and {one.value for one in at.sidebar.success} == {"Seen!"}
    (row,) = store.runs()
    assert row.config["model"]["widths"] == [8] and row.config["data"]["name"] == "shapes"


def test_a_run_from_before_the_lesson_does_not_count(store) -> None:
    trained(store, model={"name": "mlp"})
    own(DO["train"] + DO["started"])
    at = page("frame", lesson="mine").run()
    assert ticks(sound(at)) == 0


def test_a_control_is_seen_moved_but_not_where_it_stood_on_arrival(store) -> None:
    own(DO["train"] + DO["moved"])
    at = page("frame", lesson="mine")
    press(at, "lesson.go")
    assert ticks(at.run()) == 0
    at.number_input(key="train.epochs").set_value(5).run()
    assert ticks(at) == 0
    at.selectbox(key="train.optimizer").set_value("adam").run()
    assert ticks(sound(at)) == 1
    assert "set" not in at.query_params  # the form is no longer what the link has asked for


def test_a_setting_of_the_form_is_seen_at_its_value(store) -> None:
    own(DO["train"] + DO["epochs"])
    at = page("frame", lesson="mine")
    press(at, "lesson.go")
    assert ticks(at) == 0
    at.number_input(key="train.epochs").set_value(7).run()
    assert ticks(sound(at)) == 1


def test_progress_outlasts_the_session_and_belongs_to_one_visitor(store, known) -> None:
    own(STEP + STEP + STEP)
    at = page("frame", lesson="mine")
    press(at, "lesson.read")
    assert address(at, "lesson") == "mine"
    assert load(store, known)["mine"].done == {0}
    again = page("frame", lesson="mine")
    assert ticks(again) == 1 and any("Step 2 of 3" in c.value for c in again.sidebar.caption)
    assert json.loads(store.get_meta(f"lesson.{known}"))["mine"]["at"] == 1
    assert load(store, "cd" * 16) == {}


def test_a_link_may_begin_at_a_step_and_nonsense_begins_at_the_first(store) -> None:
    own(STEP + STEP + STEP)
    for told, step in (("mine.2", 2), ("mine.x", 1), ("mine.0", 1), ("mine.99", 3)):
        at = sound(page("frame", lesson=told))
        said = [one.value for one in [*at.sidebar.caption, *at.sidebar.markdown]]
        assert any(f"Step {step} of 3" in one for one in said) or told == "mine.99"


def test_back_skip_and_leave(store) -> None:
    own(STEP + STEP)
    at = page("frame", lesson="mine")
    assert button(at, "lesson.back").disabled
    press(at, "lesson.next")
    press(at, "lesson.back")
    assert any("Step 1 of 2" in one.value for one in at.sidebar.caption)
    press(at, "lesson.leave")
    assert "lesson" not in at.query_params and not at.sidebar.markdown
    assert not at.switch_page("runs.py").run().sidebar.markdown


@pytest.mark.parametrize("wish", ["nothing-like-it", "<b>x</b>", "../../etc", "x" * 300, ""])
def test_an_unknown_lesson_is_one_sentence(store, wish) -> None:
    at = sound(page("frame", lesson=wish))
    assert at.sidebar.warning[0].value.startswith("There is no lesson called")
    assert "<b>" not in at.sidebar.warning[0].value


def test_a_broken_lesson_is_told_in_the_gallery_and_by_its_link_and_harms_nothing(store) -> None:
    own("hide = 3\n" + STEP, "broken")
    at = sound(page("frame", lesson="broken"))
    assert "broken\\.toml" in at.sidebar.warning[0].value
    at.switch_page("lessons.py").run()
    assert any("broken\\.toml" in one.value for one in sound(at).warning)
    assert len([one for one in at.button if str(one.key).startswith("lesson.open.")]) >= 8


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_gallery_shows_how_far_one_is_and_leads_on(store, known, language) -> None:
    whole = begin()
    for step in range(6):
        whole = whole.tick(step)
    save(store, known, "first", whole)
    save(store, known, "cnn", begin().tick(0))
    own(STEP)
    at = sound(page("frame", lang=language).switch_page("lessons.py").run())
    opened = {str(one.key) for one in at.button}
    assert "lesson.open.first" not in opened and "lesson.again.first" in opened
    assert {"lesson.open.cnn", "lesson.open.mine", "lesson.open.optimizers"} <= opened
    said = {"en": ("1 of 6", "This class"), "ko": ("6단계 중 1단계", "우리 반 수업")}[language]
    assert any(said[0] in one.text for one in at.get("progress"))
    assert any(said[1] in one.value for one in at.markdown)
    at.button(key="lesson.open.cnn").click().run()
    assert address(sound(at), "lesson") == "cnn"
    assert at.title[0].value in ("Inside a CNN", "CNN 들여다보기")


def test_the_gallery_stands_alone(store) -> None:
    assert len([one for one in sound(page("lessons")).button if "open" in str(one.key)]) >= 8


def test_once_more_begins_anew(store, known) -> None:
    own(STEP)
    save(store, known, "mine", begin().tick(0))
    at = page("frame").switch_page("lessons.py").run()
    at.button(key="lesson.again.mine").click().run()
    assert ticks(sound(at)) == 0 and load(store, known)["mine"].done == frozenset()


LOOKED_FOR = [
    ("first", 1, "train", True),  # a run is started there
    ("first", 1, "data", False),
    ("first", 2, "data", True),  # a run ends wherever one is
    ("first", 3, "train", False),  # to be read
    ("first", 0, "train", False),  # a page that is opened is drawn anew
    ("cnn", 0, "cnn", True),
    ("cnn", 0, "train", False),
    ("cnn", 5, "labs/convolution", True),
    ("cnn", 5, "labs/attention", False),
    ("first", 5, "predict", True),
    ("faults", 1, "clinic", False),
]


@pytest.mark.parametrize(("name", "at", "here", "expected"), LOOKED_FOR)
def test_one_looks_again_and_again_only_where_it_may_happen_unseen(
    store, name, at, here, expected
) -> None:
    lesson = find(name, house()).lesson
    opened = desk.Opened(name, lesson, begin(at))
    assert watch.polls(opened, here) is expected
    assert not watch.polls(desk.Opened(name, lesson, begin(at).tick(at)), here)
    assert not watch.polls(desk.Opened(name, lesson, begin(len(lesson.steps))), here)
