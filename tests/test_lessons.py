"""Lessons: the shipped ones in both languages, and a teacher's own, whole and broken."""

import re
import tomllib
from pathlib import Path

import pytest

from core.home import home
from core.lessons import Place, find, shelf
from core.lessons.hiding import HIDEABLE, MENUS, PANELS, understood
from core.lessons.lesson import linked
from core.lessons.shelf import SHIPPED, read
from core.lessons.tasks import (
    Contest,
    Control,
    Fault,
    Opened,
    Picture,
    Question,
    Read,
    Training,
)
from pages.ui.lesson.table import PARAMETERS, house
from pages.ui.words import LANGUAGES
from tests.house import ROOT
from tests.pupils import HEAD, SMALL, STEP, lesson, written

NAMES = sorted(path.stem for path in SHIPPED.glob("*.toml"))
PAGES = dict(house().pages)
HANGUL = re.compile("[가-힣]")

# Shipped --------------------------------------------------------------------------------------


def texts(value: object) -> list[dict[str, str]]:
    """Every table that holds a text, wherever it stands."""
    if isinstance(value, dict):
        if "en" in value:
            return [value]
        return [one for part in value.values() for one in texts(part)]
    return [one for part in value for one in texts(part)] if isinstance(value, list) else []


def test_at_least_eight_lessons_come_along_each_with_something_to_do() -> None:
    books = shelf(house())
    assert [book.problem for book in books if not book.lesson] == []
    assert len(books) >= 8
    for book in books:
        tasks = [step.done.see for step in book.lesson.steps]
        assert 4 <= len(tasks) <= 7, book.name
        assert tasks.count("read") <= len(tasks) / 2, book.name
        assert book.lesson.minutes <= 10


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_lesson_speaks_both_languages(name: str) -> None:
    values = tomllib.loads((SHIPPED / f"{name}.toml").read_text(encoding="utf-8"))
    found = texts(values)
    assert len(found) >= 4 + 2 * len(values["steps"])
    for text in found:
        assert set(text) == set(LANGUAGES)
        assert HANGUL.search(text["ko"]) or text["en"] == text["ko"] == "CLS"
        assert not HANGUL.search(text["en"])


def sources(page: str) -> str:
    """The text of a page and of the rooms it is made of."""
    rooms = {
        "train": ("address.py", "controls.py", "branching.py"),
        "duel": ("rivals.py",),
        "predict": ("choice.py", "ways.py"),
        "cnn": ("inside", "ways.py"),
        "vit": ("walk", "ways.py", "inquiry.py"),
        "latent": ("studio", "ways.py"),
        "optimizers": ("race",),
        "clinic": ("clinic",),
    }[page]
    files = [ROOT / "pages" / f"{page}.py"]
    for room in rooms:
        place = ROOT / "pages" / "ui" / room
        files += sorted(place.glob("*.py")) if place.is_dir() else [place]
    return "\n".join(file.read_text(encoding="utf-8") for file in files if file.exists())


@pytest.mark.parametrize("page", PARAMETERS)
def test_every_parameter_in_the_table_is_one_that_the_page_knows(page: str) -> None:
    known = sources(page) + 'SETTINGS = "set"'
    assert [name for name in PARAMETERS[page] if f'"{name}"' not in known] == []


def controls_of(lab: str) -> set[str]:
    text = (ROOT / "pages" / "labs" / f"{lab}.py").read_text(encoding="utf-8")
    return set(re.findall(r'"(\w+)"', text))


@pytest.mark.parametrize("name", NAMES)
def test_the_controls_of_labs_that_a_lesson_sets_or_watches_are_there(name: str) -> None:
    book = find(name, house())
    for step in book.lesson.steps:
        named = []
        if step.where and step.where.page.startswith("labs/"):
            named += [(step.where.page, query) for query in step.where.query]
        if step.done.see == "control" and step.done.page.startswith("labs/"):
            named.append((step.done.page, step.done.name))
        for page, control in named:
            assert control in controls_of(page.removeprefix("labs/"))


def test_hidden_names_are_those_of_menus_panels_and_settings() -> None:
    assert {"optimizer", "advanced", "lr", "dropout", "shift", "epochs"} <= HIDEABLE
    assert "name" not in HIDEABLE
    assert understood("lr, optimizer,,nonsense") == ({"lr", "optimizer"}, ("nonsense",))


# A teacher's own ------------------------------------------------------------------------------

BROKEN = [
    ("title = ", "is not TOML"),
    (HEAD, "steps is missing"),
    (HEAD.replace("minutes = 3\n", "") + STEP, "the lesson: minutes is missing"),
    (HEAD + 'colour = "red"\n' + STEP, "there is no entry 'colour'"),
    (HEAD + STEP + '[[steps]]\ntitle = "S"\n', "step 2: text is missing"),
    (HEAD.replace("= 3", "= 0") + STEP, "minutes 0 should be greater than or equal to 1"),
    (HEAD + 'hide = ["lrr"]\n' + STEP, "'lrr' cannot be hidden"),
    (HEAD + STEP + 'where = { page = "trian" }\n', "step 1: there is no page 'trian'"),
    (HEAD + STEP + 'where = { page = "train", query = { net = "x" } }\n', "has no 'net'"),
    (HEAD + STEP + 'where = { page = "cnn", set = { epochs = 1 } }\n', "set is for page 'train'"),
    (HEAD + STEP + 'where = { page = "train", set = { epochs = 0 } }\n', "epochs 0"),
    (HEAD + STEP + 'where = { page = "train", set = { epoch = 1 } }\n', "'epoch' is unknown"),
    (HEAD + STEP + 'where = { page = "train", query = { model = "gpt" } }\n', "'gpt' is unknown"),
    (HEAD + STEP + "done = { page = 'cnn' }\n", "does not say what to see"),
    (HEAD + STEP + "done = { see = 'dance' }\n", "done.see 'dance' is unknown, use one of"),
    (HEAD + STEP + "done = { see = 'page', page = 'x' }\n", "there is no page 'x'"),
    (HEAD + STEP + "done = { see = 'control', name = 'map' }\n", "'map' is on no page"),
    (
        HEAD + STEP + "done = { see = 'control', name = 'x', page = 'cnn' }\n",
        "page 'cnn' has no control 'x', it has: map",
    ),
    (HEAD + STEP + "done = { see = 'run', state = 'won' }\n", "done.state 'won' should be"),
    (HEAD + STEP + "done = { see = 'run', model = 'gpt' }\n", "there is no model 'gpt'"),
    (HEAD + STEP + "done = { see = 'run', accuracy = 95 }\n", "done.accuracy 95"),
    (HEAD + STEP + "done = { see = 'run', least = { dropout = 1 } }\n", "no setting 'dropout'"),
    (HEAD + STEP + "done = { see = 'duel', models = ['gpt'] }\n", "there is no model 'gpt'"),
    (HEAD + STEP + "done = { see = 'picture', way = 'fax' }\n", "done.way 'fax' should be"),
    (HEAD + STEP + "done = { see = 'lab', lab = 'b' }\n", "there is no lab 'b', use one of a"),
    (HEAD + STEP + "done = { see = 'fault', fault = 'x' }\n", "the clinic has no 'x'"),
]


@pytest.mark.parametrize(("text", "said"), BROKEN)
def test_a_broken_lesson_is_one_sentence_with_file_step_and_remedy(
    tmp_path: Path, text: str, said: str
) -> None:
    with pytest.raises(ValueError) as told:
        read(written(tmp_path, text), SMALL)
    sentence = str(told.value)
    assert sentence.startswith("mine.toml") and said in sentence
    assert "\n" not in sentence and len(sentence) < 400
    assert "pydantic" not in sentence and "Traceback" not in sentence


@pytest.mark.parametrize("name", ["My Lesson", "x" * 41, "-a", "über"])
def test_the_name_of_a_file_must_fit_into_a_link(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="small letters, digits and hyphens"):
        read(written(tmp_path, HEAD + STEP, name), SMALL)
    assert find(name, SMALL) is None


def test_text_in_another_code_and_a_huge_file_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes("title = '수업'".encode("euc-kr"))
    with pytest.raises(ValueError, match="save it as UTF-8"):
        read(path, SMALL)
    with pytest.raises(ValueError, match="at most 200,000"):
        read(path, SMALL, size=200_001)


def test_own_lessons_stand_beside_the_shipped_and_a_broken_one_harms_none(fresh_home: Path) -> None:
    folder = home() / "lessons"
    folder.mkdir()
    written(folder, HEAD + STEP, "mine")
    written(folder, "nonsense", "broken")
    written(folder, HEAD.replace('"T"', '"Our own first"') + STEP, "first")
    books = {book.name: book for book in shelf(house())}
    assert set(books) == {*NAMES, "mine", "broken"}
    assert books["mine"].own and books["mine"].lesson
    assert books["broken"].lesson is None and books["broken"].problem.startswith("broken.toml")
    assert books["first"].own and find("first", house()).lesson.title.en == "Our own first"
    assert [book.name for book in books.values() if book.problem] == ["broken"]
    written(folder, HEAD + STEP + STEP, "broken")  # mended while the server runs
    assert len(find("broken", house()).lesson.steps) == 2


def test_a_plain_text_is_shown_to_everybody_and_korean_falls_back_to_it(tmp_path: Path) -> None:
    both = lesson(tmp_path, "{ see = 'read' }")
    assert both.title.say("ko") == both.title.say("en") == "T"
    assert lesson(tmp_path, "{ see = 'read' }").steps[0].done.see == "read"


def test_a_place_becomes_an_address_that_a_teacher_can_hand_out() -> None:
    place = Place(page="train", query={"model": "mlp"}, set={"model.widths": (8, 4), "epochs": 2})
    assert place.address() == {"model": "mlp", "set": "model.widths=8,4;epochs=2"}
    assert linked("first") == "/?lesson=first"
    assert linked("x", place).startswith("/train?lesson=x&model=mlp&set=model.widths")
    assert linked("x", Place(page="labs/lstm", query={"a": 0.5})) == "/lab-lstm?lesson=x&a=0.5"


# The page for teachers ------------------------------------------------------------------------

DOCS = (ROOT / "docs" / "write-a-lesson.md").read_text(encoding="utf-8")


def test_the_lesson_in_the_docs_is_one(tmp_path: Path) -> None:
    text = re.findall(r"```toml\n(.*?)```", DOCS, re.DOTALL)[0]
    whole = read(written(tmp_path, text), house())
    assert whole.steps[0].where.address()["set"] == "epochs=5;optimizer.lr=0.05"


def test_every_example_of_what_must_be_done_is_understood(tmp_path: Path) -> None:
    examples = re.findall(r"```toml\n(.*?)```", DOCS, re.DOTALL)[1].splitlines()
    kinds = set()
    for example in examples:
        one = read(written(tmp_path, f"{HEAD}{STEP}{example}\n"), house())
        kinds.add(one.steps[0].done.see)
    assert len(examples) == 10 and kinds == {
        "page", "control", "run", "duel", "picture", "lab", "fault"
    }  # fmt: skip


@pytest.mark.parametrize(
    "part", [Read, Opened, Control, Training, Contest, Picture, Question, Fault]
)
def test_the_docs_name_every_entry_of_every_task(part: type) -> None:
    see = part.model_fields["see"].annotation.__args__[0]
    line = next(line for line in DOCS.splitlines() if line.startswith(f'| `"{see}"`'))
    named = set(re.findall(r"\w+", line))
    assert set(part.model_fields) - {"see"} <= named


def test_the_docs_name_every_parameter_menu_and_panel() -> None:
    for page, names in PARAMETERS.items():
        line = next(line for line in DOCS.splitlines() if line.startswith(f"| `{page}` |"))
        assert set(names) <= set(re.findall(r"\w+", line)), page
    told = set(re.findall(r"\w+", DOCS.partition("## Hiding controls")[2]))
    assert {*MENUS, *PANELS} <= told
    pages = next(line for line in DOCS.splitlines() if line.startswith("| `where.page`"))
    assert {name for name in PAGES if "/" not in name} <= set(re.findall(r"\w+", pages))
