"""The catalogue: complete in both languages, in step with the tables and with the pages."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from types import SimpleNamespace
from typing import Literal, get_args, get_origin

import pytest
from pydantic import BaseModel

from core.catalog import DATASETS, MODELS, OPTIMIZERS, SCHEDULES
from core.config import DataConfig, RunConfig
from pages.ui import knobs, words

ROOT = Path(__file__).resolve().parents[1]
TABLES = {"model": MODELS, "optimizer": OPTIMIZERS, "schedule": SCHEDULES}
SPECS = [spec for table in TABLES.values() for spec in table.values()]
CONFIGS: list[type[BaseModel]] = [RunConfig, DataConfig, *(spec.config for spec in SPECS)]
KNOBS = [knob for config in CONFIGS for knob in knobs.knobs(config)]


def holes(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def entry(*keys: str) -> words.Entry:
    """The first of the keys that the catalogue has."""
    found = [words.catalogue()[key] for key in keys if key in words.catalogue()]
    assert found, f"the catalogue lacks {keys[0]}"
    return found[0]


@pytest.mark.parametrize("file", sorted(words.FOLDER.glob("*.toml")), ids=lambda file: file.stem)
def test_every_sentence_is_in_every_language_with_the_same_holes(file: Path) -> None:
    for key, found in words._entries(tomllib.loads(file.read_text(encoding="utf-8")), ""):
        assert set(found) == set(words.LANGUAGES), key
        assert all(text.strip() == text and text for text in found.values()), key
        assert len({frozenset(holes(text)) for text in found.values()}) == 1, key


@pytest.mark.parametrize("group", sorted({knob.group for knob in KNOBS}))
def test_every_knob_has_label_and_help_and_the_english_help_is_the_configs(group: str) -> None:
    for knob in (knob for knob in KNOBS if knob.group == group):
        here = f"knob.{group}.{knob.name}", f"knob.{knob.name}"
        entry(*(f"{place}.label" for place in here))
        assert entry(*(f"{place}.help" for place in here))["en"] == knob.sentence
        if knob.unit:
            assert entry(f"unit.{knob.unit}")["en"] == knob.unit


def test_every_choice_has_a_word() -> None:
    for knob in KNOBS:
        if get_origin(knob.kind) is Literal:
            for value in get_args(knob.kind):
                assert isinstance(value, int) or entry(f"choice.{knob.name}.{value}")


@pytest.mark.parametrize("kind", TABLES)
def test_every_menu_entry_has_its_theory_and_the_english_one_is_the_tables(kind: str) -> None:
    for name, spec in TABLES[kind].items():
        assert entry(f"{kind}.{name}.theory")["en"] == spec.theory


def test_every_set_has_its_note_and_the_english_one_is_the_tables() -> None:
    for name, spec in DATASETS.items():
        assert entry(f"dataset.{name}.note")["en"] == spec.note


def spoken(path: Path) -> Iterator[tuple[str, bool]]:
    """What a file hands to t and find: (key, True), or (beginning of an f-string, False)."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id not in ("t", "find") or not node.args:
                continue
            said = [node.args[0]]
            while said:
                key = said.pop()
                if isinstance(key, ast.IfExp):
                    said += [key.body, key.orelse]
                elif isinstance(key, ast.Constant):
                    yield str(key.value), True
                elif isinstance(key, ast.JoinedStr) and isinstance(key.values[0], ast.Constant):
                    yield str(key.values[0].value), False


PAGES = sorted((ROOT / "pages").rglob("*.py"))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_no_page_asks_for_a_missing_sentence(path: Path) -> None:
    for key, whole in spoken(path):
        known = words.catalogue()
        assert key in known if whole else any(k.startswith(key) for k in known), key


@pytest.mark.parametrize("room", ["frame", "train", "runs", "states"])
def test_no_sentence_is_left_that_nobody_says(room: str) -> None:
    with (words.FOLDER / f"{room}.toml").open("rb") as stream:
        keys = dict(words._entries(tomllib.load(stream), ""))
    said = {key for path in PAGES for key in spoken(path)}
    for key in keys:
        assert (key, True) in said or any(
            not whole and key.startswith(start) for start, whole in said
        ), f"nobody says {key}"


def test_a_missing_key_or_value_is_an_error_and_never_shown() -> None:
    with pytest.raises(KeyError):
        words.t("train.no_such_sentence")
    with pytest.raises(KeyError):
        words.t("form.label", label="x")
    assert words.find("train.no_such_sentence") is None


def test_two_files_may_not_declare_one_key(tmp_path: Path, monkeypatch) -> None:
    for name in ("a.toml", "b.toml"):
        (tmp_path / name).write_text('[same]\nen = "one"\nko = "하나"\n', encoding="utf-8")
    monkeypatch.setattr(words, "FOLDER", tmp_path)
    with pytest.raises(ValueError, match=r"b\.toml declares same again"):
        words.catalogue.__wrapped__()


@pytest.mark.parametrize(
    ("chosen", "address", "browser", "expected"),
    [
        (None, None, None, "en"),
        (None, None, "ko-KR", "ko"),
        (None, None, "fr-FR", "en"),
        (None, "ko", "en-US", "ko"),
        (None, "<b>", "ko", "ko"),
        ("en", "ko", "ko-KR", "en"),
    ],
)
def test_choice_goes_before_address_before_browser(
    monkeypatch, chosen, address, browser, expected
) -> None:
    fake = SimpleNamespace(
        session_state={} if chosen is None else {words.CHOICE: chosen},
        query_params={} if address is None else {"lang": address},
        context=SimpleNamespace(locale=browser),
    )
    monkeypatch.setattr(words, "st", fake)
    assert words.language() == expected
    assert words.t("state.paused.word") == {"en": "Paused", "ko": "일시정지"}[expected]


@pytest.mark.parametrize(
    "text", ["**bold**", "<b>x</b>", "[a](http://x)", ":red[x]", "$x$", "a\nb"]
)
def test_plain_text_keeps_no_markup(text: str) -> None:
    escaped = words.plain(text)
    bare = re.sub(r"\\(.)", r"\1", escaped)
    assert bare == " ".join(text.split())
    assert not re.search(r"(?<!\\)[*<>\[\]()$:]", escaped)


def test_the_stars_of_a_bold_share_are_never_shown() -> None:
    # Markdown takes no stars for a bold text's end between a per cent sign and a letter.
    for key, found in words.catalogue().items():
        for text in found.values():
            filled = text.replace("{share}", "83%")
            assert not re.search(r"%\*\*\w", filled), key
