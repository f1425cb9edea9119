"""The shelf: lessons that came along and those of the house's own teachers, read from files."""

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from core.home import home
from core.lessons.check import DOCS, House, faults
from core.lessons.lesson import Lesson

SHIPPED = Path(__file__).resolve().parents[2] / "lessons"
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
LARGEST = 200_000  # bytes of a lesson
MOST = 200  # lessons of one's own


@dataclass(frozen=True)
class Book:
    """A file of the shelf: a lesson, or None and the sentence that says why it is none."""

    name: str
    own: bool
    lesson: Lesson | None
    problem: str = ""


def shelf(house: House) -> list[Book]:
    """All lessons in their order; a teacher's own stands in for a shipped one of the same name."""
    paths = {path.stem: path for path in sorted(SHIPPED.glob("*.toml"))}
    own = sorted((home() / "lessons").glob("*.toml"))[:MOST]
    paths |= {path.stem: path for path in own}
    books = [_book(path, house) for path in paths.values()]
    return sorted(books, key=lambda book: (_order(book), book.own, book.name))


def _order(book: Book) -> int:
    return book.lesson.order if book.lesson else 10_001


def find(name: str, house: House) -> Book | None:
    """One lesson by its name; None where there is no such file."""
    if not NAME.fullmatch(name):
        return None
    for folder in (home() / "lessons", SHIPPED):
        if (path := folder / f"{name}.toml").is_file():
            return _book(path, house)
    return None


def _book(path: Path, house: House) -> Book:
    try:
        stat = path.stat()
        return _opened(path, stat.st_mtime_ns, stat.st_size, house)
    except OSError as problem:
        told = f"{path.name} cannot be read ({problem.strerror}): make it readable or remove it"
        return Book(path.stem, path.parent != SHIPPED, None, told)


@lru_cache(maxsize=512)
def _opened(path: Path, changed: int, size: int, house: House) -> Book:
    """`changed` is only part of the key: a file that was written anew is read anew."""
    own = path.parent != SHIPPED
    try:
        return Book(path.stem, own, read(path, house, size))
    except ValueError as problem:
        return Book(path.stem, own, None, str(problem))


def read(path: Path, house: House, size: int = 0) -> Lesson:
    """A lesson from its file.

    Raises:
        ValueError: one sentence that names the file, the step and the remedy.
    """
    if not NAME.fullmatch(path.stem):
        raise ValueError(
            f"{path.name}: the name of the file stands in the lesson's link, "
            "so use small letters, digits and hyphens, at most 40"
        )
    if size > LARGEST:
        raise ValueError(f"{path.name} has {size:,} bytes: a lesson has at most {LARGEST:,}")
    try:
        values = tomllib.loads(path.read_bytes().decode("utf-8"))
    except UnicodeDecodeError:
        raise ValueError(f"{path.name} is not written in UTF-8: save it as UTF-8 text") from None
    except tomllib.TOMLDecodeError as problem:
        raise ValueError(f"{path.name} is not TOML: {problem}; mend that place") from None
    try:
        lesson = Lesson.model_validate(values)
    except ValidationError as problem:
        raise ValueError(f"{path.name}, {_reason(problem.errors()[0])}") from None
    for place, sentence in faults(lesson, house):
        raise ValueError(f"{path.name}, {place}: {sentence}")
    return lesson


def _reason(error: Any) -> str:
    """The first fault of the schema in words."""
    where, kinds = list(error["loc"]), ("read", "page", "control", "run", "duel", "picture")
    place = "the lesson"
    if where[:1] == ["steps"] and len(where) > 1:
        place = f"step {int(where[1]) + 1}"
        where = where[2:]
    if len(where) > 1 and where[0] == "done" and where[1] in (*kinds, "lab", "fault"):
        del where[1]
    name = ".".join(str(part) for part in where) or "steps"
    if error["type"] == "missing":
        return f"{place}: {name} is missing, add it (see {DOCS})"
    if error["type"] == "extra_forbidden":
        return f"{place}: there is no entry {name!r}, take it out (all entries: {DOCS})"
    if error["type"] == "union_tag_not_found":
        return f'{place}: {name} does not say what to see, add see = "…" (see {DOCS})'
    if error["type"] == "union_tag_invalid":
        told = error["ctx"]["expected_tags"]
        return f"{place}: {name}.see {error['ctx']['tag']!r} is unknown, use one of {told}"
    message = error["msg"].removeprefix("Input ").removeprefix("Value error, ")
    value = error.get("input")
    shown = f" {value!r:.60}" if isinstance(value, str | int | float) else ""
    return f"{place}: {name}{shown} {message}, change that (see {DOCS})"
