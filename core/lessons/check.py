"""Check: whether everything that a lesson names is there: pages, controls, settings, labs."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from core.catalog import MODELS, OPTIMIZERS, SCHEDULES
from core.config import DataConfig, RunConfig
from core.lessons.hiding import HIDEABLE
from core.lessons.lesson import Lesson, Place, Step
from core.lessons.tasks import Contest, Control, Fault, Opened, Part, Question, Training
from core.settings import assemble

DOCS = "docs/write-a-lesson.md"
TABLES: dict[str, Any] = {"model": MODELS, "optimizer": OPTIMIZERS, "schedule": SCHEDULES}
FORM = "train"  # the page with the form of a run


@dataclass(frozen=True)
class House:
    """What lessons may lead to.

    pages: each with the parameters of its address, None for a lab, whose controls name themselves.
    faults: those that the clinic knows, empty when nobody has said.
    """

    pages: tuple[tuple[str, frozenset[str] | None], ...]
    faults: frozenset[str] = frozenset()


def faults(lesson: Lesson, house: House) -> Iterator[tuple[str, str]]:
    """Everything that a lesson names and that is not there, with the place in the file."""
    for name in lesson.hide:
        if name not in HIDEABLE:
            yield "the lesson", f"{name!r} cannot be hidden, use names from the list in {DOCS}"
    for number, step in enumerate(lesson.steps, start=1):
        for sentence in (*_place(step.where, house), *_task(step, house)):
            yield f"step {number}", sentence


def _page(name: str, house: House) -> Iterator[str]:
    pages = [page for page, _ in house.pages]
    if name not in pages:
        yield f"there is no page {name!r}, use one of {', '.join(pages)}"


def _place(where: Place | None, house: House) -> Iterator[str]:
    if where is None:
        return
    yield from _page(where.page, house)
    known = dict(house.pages).get(where.page)
    if known is not None:
        for name in where.query:
            if name not in known:
                told = ", ".join(sorted(known)) or "none"
                yield f"the address of {where.page!r} has no {name!r}, it has: {told}"
    if where.set and where.page != FORM:
        yield f"set is for page {FORM!r} alone, use query for {where.page!r}"
    elif where.page == FORM:
        yield from _form(where)


def _form(where: Place) -> Iterator[str]:
    """Whether the Train form can be filled so."""
    try:
        formed(where.address())
    except ValueError as problem:
        yield str(problem)


def formed(told: dict[str, str]) -> RunConfig:
    """The settings that an address of the Train page asks for.

    Raises:
        ValueError: unknown names or settings, or values out of range.
    """
    settings = [part for part in told.get("set", "").split(";") if part.strip()]
    data = told.get("data") or DataConfig().name
    model = told.get("model") or RunConfig().model.name
    return assemble(data, model, told.get("optimizer"), told.get("schedule"), None, 0, settings)


def _task(step: Step, house: House) -> Iterator[str]:
    task: Part = step.done
    if isinstance(task, Opened):
        yield from _page(task.page, house)
    elif isinstance(task, Control):
        yield from _control(task, house)
    elif isinstance(task, Training):
        for part, table in TABLES.items():
            yield from _listed(part, getattr(task, part), table)
        for name in (*task.settings, *task.least, *task.most):
            if not is_setting(name):
                yield f"there is no setting {name!r}, write it like 'epochs' or 'model.dropout'"
    elif isinstance(task, Contest):
        for part in ("model", "optimizer"):
            for name in getattr(task, f"{part}s"):
                yield from _listed(part, name, TABLES[part])
    elif isinstance(task, Question):
        labs = [page.removeprefix("labs/") for page, _ in house.pages if page[:5] == "labs/"]
        if task.lab not in labs:
            yield f"there is no lab {task.lab!r}, use one of {', '.join(labs)}"
    elif isinstance(task, Fault) and task.fault and house.faults and task.fault not in house.faults:
        yield f"the clinic has no {task.fault!r}, use one of {', '.join(sorted(house.faults))}"


def _listed(part: str, name: str, table: Any) -> Iterator[str]:
    if name and name not in table:
        yield f"there is no {part} {name!r}, use one of {', '.join(table)}"


def _control(task: Control, house: House) -> Iterator[str]:
    if not task.page:
        yield f'control {task.name!r} is on no page, add page = "…" or where'
        return
    yield from _page(task.page, house)
    known = dict(house.pages).get(task.page)
    if known is None or task.name in known or (task.page == FORM and is_setting(task.name)):
        return
    yield f"page {task.page!r} has no control {task.name!r}, it has: {', '.join(sorted(known))}"


def is_setting(name: str) -> bool:
    """Whether a dotted name is a setting of a run: epochs, data.shift, model.dropout."""
    part, _, leaf = name.rpartition(".")
    if not part:
        return leaf in RunConfig.model_fields and leaf not in (*TABLES, "data")
    if part == "data":
        return leaf in DataConfig.model_fields
    return any(leaf in spec.config.model_fields for spec in TABLES.get(part, {}).values())
