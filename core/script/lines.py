"""Lines of a script, each with the knobs that it says."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Line:
    """A line of code; knobs are dotted names ("model.widths"), brief ones stand in the excerpt."""

    text: str
    knobs: tuple[str, ...] = ()
    brief: bool = True


def say(text: str, *knobs: str) -> Line:
    """A line of the script and of the excerpt."""
    return Line(text, knobs)


def aside(text: str) -> list[Line]:
    """Lines of the script alone."""
    return [Line(line, brief=False) for line in text.splitlines()]


def indented(lines: Iterable[Line], depth: int = 1) -> list[Line]:
    """The same lines further in."""
    margin = "    " * depth
    return [Line(margin + x.text if x.text else "", x.knobs, x.brief) for x in lines]


def under(manager: str, lines: Iterable[Line]) -> list[Line]:
    """The same lines with a context manager round them; it is as brief as the first."""
    inner = indented(lines)
    return [Line(f"with {manager}:", inner[0].knobs, inner[0].brief), *inner]


def joined(lines: Iterable[Line]) -> str:
    """The lines as text."""
    return "\n".join(line.text for line in lines)


def literal(value: Any) -> str:
    """A setting as it is written in code."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)
