"""Record: how far somebody is in each lesson, as it is kept in the store."""

import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Protocol

from core.lessons.lesson import Lesson

OLDEST = 50  # lessons kept of one person, those touched last


class Kept(Protocol):
    """What keeps values by key: the run store."""

    def get_meta(self, key: str) -> str | None:
        """A value, None when it was never set."""

    def set_meta(self, key: str, value: str) -> None:
        """Set a value."""


@dataclass(frozen=True)
class Record:
    """How far a lesson is.

    begun: when, in seconds since 1970. at: the step that is shown, as many as there are for the
    end. done: the steps that were seen done. since: when the step that is shown was opened.
    """

    begun: float
    at: int = 0
    done: frozenset[int] = frozenset()
    since: float = 0.0

    def to(self, at: int, lesson: Lesson) -> "Record":
        """Turn to another step, or to the end."""
        return replace(self, at=min(max(at, 0), len(lesson.steps)), since=time.time())

    def tick(self, at: int) -> "Record":
        """A step was done."""
        return replace(self, done=self.done | {at})

    def share(self, lesson: Lesson) -> float:
        """The share of the steps that were done."""
        return len([at for at in self.done if at < len(lesson.steps)]) / len(lesson.steps)

    def whole(self, lesson: Lesson) -> bool:
        """Whether every step was done."""
        return self.share(lesson) == 1


def begin(at: int = 0) -> Record:
    """A lesson opened now."""
    now = time.time()
    return Record(now, at, frozenset(), now)


def place(visitor: str) -> str:
    """Where the store keeps a visitor's records."""
    return f"lesson.{visitor}"


def load(store: Kept, visitor: str) -> dict[str, Record]:
    """A visitor's records by lesson; what cannot be read counts as not begun."""
    try:
        told = json.loads(store.get_meta(place(visitor)) or "{}")
        return {str(name): _record(values) for name, values in told.items()}
    except (ValueError, TypeError, KeyError, AttributeError):
        return {}


def _record(values: Mapping[str, Any]) -> Record:
    done = frozenset(int(at) for at in values["done"])
    return Record(float(values["begun"]), int(values["at"]), done, float(values["since"]))


def save(store: Kept, visitor: str, name: str, record: Record | None) -> None:
    """Keep a record, or forget it; another tab's record of the same lesson is merged with it."""
    known = load(store, visitor)
    other = known.pop(name, None)
    if record is not None:
        if other is not None and other.begun == record.begun:
            record = replace(record, done=record.done | other.done)
        known[name] = record
    kept = dict(list(known.items())[-OLDEST:])
    told = {one: asdict(r) | {"done": sorted(r.done)} for one, r in kept.items()}
    store.set_meta(place(visitor), json.dumps(told))
