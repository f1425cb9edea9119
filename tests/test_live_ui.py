"""The live element: its words, its safety, its Python side, and Home's film."""

import base64
import json
import re

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui import live
from pages.ui.session import ICONS
from pages.ui.words import LANGUAGES, catalogue
from tests.house import ROOT
from tests.stage import sound

PARTS = {name: (live.FOLDER / name).read_text(encoding="utf-8") for name in live.PARTS}
BAKED = ROOT / "pages" / "baked" / "home.json"


# Words


def spoken() -> tuple[set[str], set[str]]:
    """Keys of words that the browser code asks for: whole ones, and beginnings of made ones."""
    whole, begun = set(), set()
    for text in PARTS.values():
        whole |= set(re.findall(r"\bwords\.([a-z_]+)", text))
        whole |= set(re.findall(r'\bwords\["([a-z_.]+)"\]', text))
        begun |= set(re.findall(r"\bwords\[`([a-z_]+\.)\$", text))
    return whole, begun


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_browser_gets_every_word_it_asks_for(language: str) -> None:
    whole, begun = spoken()
    assert len(whole) > 20 and begun
    given = live._words(language)
    assert whole <= set(given), whole - set(given)
    assert all(any(key.startswith(start) for key in given) for start in begun)


def test_no_word_is_sent_that_the_browser_never_says() -> None:
    whole, begun = spoken()
    named = {quoted for text in PARTS.values() for quoted in re.findall(r'"([a-z_.]+)"', text)}
    silent = {
        key
        for key in live._words("en")
        if key not in whole | named and not key.startswith(tuple(begun))
    }
    assert silent == {"momentum", "weight_decay"}  # said by the name of the dial that was turned


def test_every_state_has_its_word_and_sentence_and_every_tile_its_name() -> None:
    given = live._words("en")
    finals = re.findall(r'"(\w+)"', PARTS["history.js"].split("FINAL = [")[1].split("]")[0])
    assert set(finals) == {"finished", "stopped", "crashed", "diverged", "failed"}
    for state in ["queued", "running", "paused", *finals]:
        assert {f"state.{state}", f"note.{state}"} <= set(given)
    tiles = re.findall(r'"(\w+)"', PARTS["head.js"].split("TILES = [")[1].split("]")[0])
    assert {f"tile.{name}" for name in tiles} <= set(given)


# The code


@pytest.mark.parametrize("name", PARTS)
def test_text_never_becomes_markup_or_code(name: str) -> None:
    forbidden = (
        r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\(|new Function|\.srcdoc|https?:"
    )
    assert not re.search(forbidden, PARTS[name])


@pytest.mark.parametrize("name", PARTS)
def test_parts_are_short(name: str) -> None:
    lines = PARTS[name].splitlines()
    assert len(lines) <= 250 and max(map(len, lines)) <= 100
    opened: dict[str, int] = {}
    for number, line in enumerate(lines):
        indent = line[: len(line) - len(line.lstrip())]
        if re.match(r"\s*(function|get |async |static )?[\w ]+\(.*\) \{$", line):
            opened[indent] = number
        elif line == f"{indent}}}" and indent in opened:
            assert number - opened.pop(indent) < 40, line


def test_every_part_is_shipped_and_the_whole_is_light() -> None:
    assert {path.name for path in live.FOLDER.glob("*.js")} == set(live.PARTS)
    script = live.script()
    assert "\n" in script and len(script.encode()) < 90_000
    assert len((live.FOLDER / "live.css").read_bytes()) < 14_000


def test_no_line_of_code_is_lost_with_the_comments() -> None:
    kept = set(live.script().splitlines())
    for text in PARTS.values():
        for line in map(str.strip, text.splitlines()):
            comment = line.startswith("//") or (line.startswith("/**") and line.endswith("*/"))
            assert not line or comment or line in kept, line


# The Python side


def element(*runs: str, **settings: object) -> dict[str, object]:
    """What the browser is given for runs drawn by a page."""
    code = (
        "from pages.ui.live import live_run\n"
        "import streamlit as st\n"
        f"st.session_state.answer = live_run({list(runs)!r}, key='it', **{settings!r})"
    )
    at = sound(AppTest.from_string(code, default_timeout=30).run())
    assert at.session_state["answer"] == (None, None, None)
    proto = at.get("bidi_component")[0].proto
    return json.loads(proto.json)


def test_the_browser_is_told_the_runs_their_states_and_the_words() -> None:
    data = element("a", "b", names=["<b>one</b>", "two"], states=["running", "queued"])
    assert data["runs"] == [
        {"id": "a", "name": "<b>one</b>", "state": "running"},
        {"id": "b", "name": "two", "state": "queued"},
    ]
    assert data["replay"] is None and data["views"] is True
    assert data["words"]["state.queued"] == catalogue()["state.queued.word"][data["language"]]


def test_names_must_fit_the_runs() -> None:
    with pytest.raises(ValueError, match="zip"):
        live.live_run(["a", "b"], key="it", names=["only one"])


# Home


def test_homes_film_is_one_whole_finished_run() -> None:
    baked = json.loads(BAKED.read_bytes())
    payload, views = baked["payload"], baked["views"]
    assert payload["state"] == "finished" and payload["step"] == payload["total_steps"]
    rows = payload["rows"]
    assert [row[0] for row in rows] == sorted({row[0] for row in rows})
    by_name: dict[str, list[float]] = {}
    for row in rows:
        by_name.setdefault(row[3], []).append(row[4])
    assert {"train.loss", "val.loss", "train.accuracy", "val.accuracy", "lr"} <= set(by_name)
    assert by_name["test.accuracy"][-1] == pytest.approx(payload["test_accuracy"], abs=1e-3)
    assert payload["test_accuracy"] > 0.9
    assert views[0]["step"] == 0 and views[-1]["step"] == payload["step"]
    assert all(len(view["gallery"]) == 24 for view in views)
    right = sum(row[i] for i, row in enumerate(views[-1]["confusion"]))
    count = sum(map(sum, views[-1]["confusion"]))
    assert right / count == pytest.approx(by_name["val.accuracy"][-1], abs=2e-3)
    assert base64.b64decode(baked["gallery"]).startswith(b"\x89PNG")
    assert BAKED.stat().st_size < 250_000


@pytest.mark.parametrize("name", [name for name in ICONS if name != "home"])
def test_every_door_has_words_and_a_picture(name: str) -> None:
    assert {f"home.{name}.label", f"home.{name}.sentence"} <= set(catalogue())
    picture = (ROOT / "pages" / "ui" / "art" / f"{name}.svg").read_text(encoding="utf-8")
    assert picture.startswith("<svg") and "script" not in picture and "href" not in picture
