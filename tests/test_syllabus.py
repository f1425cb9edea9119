"""The table of the syllabus: every row has a page and a test, and both are there."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from core.faults import FAULTS
from pages.ui.lab.table import LABS
from tests.house import ROOT

TABLE = ROOT / "docs" / "syllabus.md"
SOURCE = ROOT.parent / "shared" / "SYLLABUS.md"
NAMED = re.compile(r"`(tests/[\w/]+\.py)(?:::(test_\w+))?`")
PAGE = re.compile(r"`(pages/[\w/]+\.py)`")
FAULT = re.compile(r"fault `(\w+)`")


def sections(text: str) -> dict[str, str]:
    """A to G: letter → the text below its heading."""
    parts = re.split(r"^## ([A-G])\. .*$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def cells(text: str) -> list[list[str]]:
    """The rows of a section's tables, without their heads."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in rows if row[0] != "row" and row[0] != "lab" and set(row[0]) != {"-"}]


DOCUMENT = sections(TABLE.read_text(encoding="utf-8"))
ROWS = [(letter, row) for letter, text in DOCUMENT.items() for row in cells(text)]
NAMES = [f"{letter} {row[0]}" for letter, row in ROWS]


@cache
def functions_of(path: Path) -> frozenset[str]:
    """The names of the tests in a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))
    return frozenset(node.name for node in functions if node.name.startswith("test_"))


def test_every_section_has_its_rows() -> None:
    counts = {letter: sum(one == letter for one, _ in ROWS) for letter in "ABCDEFG"}
    assert counts == {"A": 6, "B": 7, "C": 8, "D": 9, "E": 14, "F": 10, "G": 14}
    assert len(set(NAMES)) == len(NAMES)


@pytest.mark.parametrize(("letter", "row"), ROWS, ids=NAMES)
def test_a_row_has_a_page_and_a_test_that_are_there(letter: str, row: list[str]) -> None:
    name, what, page, test = row
    assert len(what) > 10
    pages = PAGE.findall(page)
    assert pages, f"{name} has no page"
    assert [one for one in pages if not (ROOT / one).is_file()] == []
    named = NAMED.findall(test)
    assert named, f"{name} has no test"
    for file, function in named:
        assert (ROOT / file).is_file(), f"{name}: {file} is not there"
        known = functions_of(ROOT / file)
        assert known if not function else function in known, f"{name}: no {function} in {file}"


def test_every_lab_and_every_page_beside_the_doors_is_in_the_table() -> None:
    text = TABLE.read_text(encoding="utf-8")
    assert [lab for lab in LABS if f"`pages/labs/{lab}.py`" not in text] == []
    doors = {"home", "frame", "lessons", "labs", "data", "runs"}
    pages = {path.stem for path in (ROOT / "pages").glob("*.py")} - doors
    assert {page for page in pages if f"`pages/{page}.py`" not in text} == set()


def test_every_slip_names_a_fault_of_the_clinic() -> None:
    slips = [row for letter, row in ROWS if letter == "G"][:-1]
    named = [FAULT.findall(row[1]) for row in slips]
    assert all(named) and {name for names in named for name in names} <= set(FAULTS)


def words(text: str) -> str:
    return " ".join(text.split()).lower()


@pytest.mark.skipif(not SOURCE.is_file(), reason="the syllabus lies beside the checkout only")
def test_nothing_of_the_syllabus_is_left_out() -> None:
    """Tables: row by row. Sentences: each clause holds the words of a row, each row its words."""
    missing = []
    for letter, text in sections(SOURCE.read_text(encoding="utf-8")).items():
        mine = [row[0] for one, row in ROWS if one == letter]
        if table := cells(text):
            missing += [row[0] for row in table if row[0] not in mine]
            continue
        missing += [f"{letter}: {row}" for row in mine if words(row) not in words(text)]
        prose = words(text)
        for clause in re.split(r"(?<=[a-z)`])[.;](?:\s|$)", prose):
            if clause.strip() and not any(words(row) in clause for row in mine):
                missing.append(f"{letter}: {clause}")
    assert missing == []
