"""A lesson: its words in both languages, its steps, where they lead and what is asked there."""

from typing import Any
from urllib.parse import quote

from pydantic import Field, model_validator

from core.lessons.tasks import Control, Part, Read, Setting, Task, Value, said

LONGEST = 4000  # letters of one text
SETTINGS = "set"  # in the address of the Train page: further settings, name=value;name=value


class Words(Part):
    """A text in English and Korean; a plain one is shown to everybody as it is."""

    en: str = Field(min_length=1, max_length=LONGEST)
    ko: str = Field("", max_length=LONGEST)

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, value: Any) -> Any:
        return {"en": value} if isinstance(value, str) else value

    def say(self, language: str) -> str:
        """The text in a language, the English one where it is not there."""
        return (self.ko if language == "ko" else "") or self.en


class Place(Part):
    """Where a step takes place: a page, its address, and for Train any settings of the form."""

    page: str
    query: dict[str, Value] = {}
    set: dict[str, Setting] = {}

    def address(self) -> dict[str, str]:
        """The place as parameters of the page's address."""
        told = {name: _spelled(value) for name, value in self.query.items()}
        if self.set:
            told[SETTINGS] = ";".join(f"{name}={_spelled(v)}" for name, v in self.set.items())
        return told


def _spelled(value: Setting) -> str:
    """A value of an address; numbers are not shortened."""
    return said(value) if isinstance(value, bool | tuple | list) else str(value)


class Step(Part):
    """One step: what to do and where, how it is known to be done, and what was seen then."""

    title: Words
    text: Words
    after: Words | None = None
    where: Place | None = None
    done: Task = Read()


class Lesson(Part):
    """A guided walk. what: a sentence for the gallery; goal: what one can do afterwards.

    hide: controls that are not drawn meanwhile and hold their values. order: among all lessons.
    """

    title: Words
    what: Words
    goal: Words
    minutes: int = Field(ge=1, le=180)
    order: int = Field(1000, ge=0, le=10_000)
    hide: tuple[str, ...] = ()
    end: Words | None = None
    steps: tuple[Step, ...] = Field(min_length=1, max_length=40)

    @model_validator(mode="after")
    def _places(self) -> "Lesson":
        """A control without a page is on the page where the step, or one before it, leads."""
        here, placed = "", []
        for step in self.steps:
            here = step.where.page if step.where else here
            task = step.done
            if isinstance(task, Control) and not task.page:
                task = task.model_copy(update={"page": here})
                step = step.model_copy(update={"done": task})
            placed.append(step)
        object.__setattr__(self, "steps", tuple(placed))
        return self


def linked(name: str, place: Place | None = None) -> str:
    """An address that opens a lesson, for a teacher to hand out."""
    told = {"lesson": name} | (place.address() if place else {})
    page = place.page.replace("labs/", "lab-") if place else ""
    return f"/{page}?" + "&".join(f"{key}={quote(value)}" for key, value in told.items())
