"""Every lab of the table: it stands alone, asks one question, and its link is its state."""

from collections.abc import Iterator
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.lab import table
from pages.ui.lab.frame import RIGHT
from pages.ui.session import ROOM
from pages.ui.words import catalogue
from tests.stage import page, sound

NAMES = list(table.LABS)
KINDS = ("slider", "select_slider", "number_input", "toggle", "checkbox", "selectbox")
KINDS += ("segmented_control", "pills", "radio", "multiselect")
CHOICES = ("selectbox", "segmented_control", "pills", "radio")


def opened(name: str, **link: str) -> AppTest:
    return sound(page(f"labs/{name}", **link))


def bound(at: AppTest) -> Iterator[tuple[str, Any]]:
    """Controls that Streamlit itself keeps in the address, with their kinds."""
    for kind in KINDS:
        yield from ((kind, one) for one in at.get(kind) if one.proto.query_param_key)


def linked(at: AppTest) -> Iterator[Any]:
    """Choices that stand in the address under their option's own name."""
    for kind in CHOICES:
        for one in at.get(kind):
            if one.key and one.key.startswith("lab.") and not one.key.startswith("lab.ask."):
                yield one


def another(kind: str, one: Any) -> Any:
    """A value that the control does not have, None where there is none to be had so."""
    if kind in ("toggle", "checkbox"):
        return not one.value
    if kind in ("slider", "number_input"):
        if isinstance(one.value, list | tuple):
            return None
        return type(one.value)(one.min if one.value != one.min else one.max)
    others = [option for option in one.options if option != str(one.value)]
    return others[0] if others and not isinstance(one.value, list) else None


def written(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("name", NAMES)
def test_a_lab_stands_alone_with_formula_line_and_question(name: str, language: str) -> None:
    at = opened(name, lang=language)
    assert at.title[0].value == catalogue()[f"lab.{name}.title"][language]
    assert at.latex and at.code and at.get("bidi_component")
    assert [radio.key for radio in at.radio if (radio.key or "").startswith("lab.ask.")] == [
        f"lab.ask.{name}"
    ]
    assert not at.error


@pytest.mark.parametrize("name", NAMES)
def test_exactly_one_answer_is_praised(name: str) -> None:
    at = opened(name)
    options = at.radio(key=f"lab.ask.{name}").options
    words = [key for key in catalogue() if key.startswith(f"lab.{name}.ask.o")]
    assert len(set(options)) == len(options) == len(words) >= 3
    praised = []
    for option in range(len(options)):
        at.radio(key=f"lab.ask.{name}").set_value(option).run()
        why = catalogue()[f"lab.{name}.ask.why"]["en"]
        praised += [option] * (why in [said.value for said in sound(at).success])
    assert len(praised) == 1
    assert name in at.session_state[RIGHT]


@pytest.mark.parametrize("name", NAMES)
def test_a_link_gives_back_every_control_and_rubbish_is_passed_over(name: str) -> None:
    at = opened(name)
    found = [(kind, one, another(kind, one)) for kind, one in bound(at)]
    for kind, one, value in found:
        if value is None:
            continue
        again = opened(name, **{one.proto.query_param_key: written(value)})
        kept = [other.value for other in again.get(kind) if other.key == one.key]
        assert kept == [] or str(kept[0]) == str(value), one.key
    usual = {one.key: one.value for _, one, _ in found}
    usual |= {one.key: one.value for one in linked(at)}
    keys = [one.proto.query_param_key for _, one, _ in found]
    keys += [one.key.removeprefix("lab.") for one in linked(at)]
    for rubbish in ("%zz<b>", "-1e99", ""):
        again = opened(name, **dict.fromkeys(keys, rubbish))
        told = {one.key: one.value for _, one in bound(again)}
        told |= {one.key: one.value for one in linked(again)}
        if rubbish:  # an empty value may well mean that nothing is chosen
            assert told == usual


@pytest.mark.parametrize("name", NAMES)
def test_what_a_link_says_has_no_language(name: str) -> None:
    """A bound choice writes what is seen, so what is seen must be the same for all."""
    english = {one.key: one.options for kind, one in bound(opened(name)) if kind in CHOICES}
    korean = opened(name, lang="ko")
    assert english == {one.key: one.options for kind, one in bound(korean) if kind in CHOICES}


@pytest.mark.parametrize("name", NAMES)
def test_every_choice_comes_back_by_its_link_in_the_other_language(name: str) -> None:
    for key in [one.key for one in linked(opened(name)) if isinstance(one.value, str)]:
        at = opened(name)
        one = next(found for found in linked(at) if found.key == key)
        before = one.value
        others = [text for text in one.options if text != one.format_func(before)]
        one.set_value(others[-1])
        chosen = sound(at.run()).session_state[key]
        link = at.query_params[key.removeprefix("lab.")]
        link = link if isinstance(link, str) else link[-1]
        again = opened(name, lang="ko", **{key.removeprefix("lab."): link})
        assert again.session_state[key] == chosen != before


def test_the_gallery_shows_every_lab_and_which_were_answered() -> None:
    at = sound(page("labs"))
    links = [one.proto.page for one in at.get("page_link")]
    assert len(links) == len(NAMES)
    shown = " ".join(str(one.proto.label) for one in at.get("page_link"))
    for name in NAMES:
        assert catalogue()[f"lab.{name}.title"]["en"] in shown


def test_every_page_of_the_folder_is_in_the_table() -> None:
    files = {file.stem for file in (ROOM / "labs").glob("*.py")}
    assert files == set(NAMES)


def test_icons_tell_labs_apart() -> None:
    assert len(set(table.LABS.values())) == len(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_lab_has_its_picture_in_the_gallery(name: str) -> None:
    assert (ROOM / "ui" / "art" / "labs" / f"{name}.svg").read_text("utf-8").startswith("<svg")
