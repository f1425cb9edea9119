"""Tasks: what a lesson may ask for, and whether the app has seen it done."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from core.store import DuelRow, RunRow
from core.store.turns import ENDED

Value = bool | int | float | str
Setting = Value | tuple[int, ...]
Way = Literal["", "draw", "samples", "upload", "camera"]


class Part(BaseModel):
    """A frozen piece of a lesson; what it does not know it refuses."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Read(Part):
    """Nothing to do but to read: the learner says so with a button."""

    see: Literal["read"] = "read"


class Opened(Part):
    """A page was opened."""

    see: Literal["page"]
    page: str


class Control(Part):
    """A control was moved, or stands at a value.

    name: as the page's address calls it, or a setting of the Train form ("model.dropout").
    value: where it must stand; several are alternatives; left out, any change will do.
    times: so many changes, each to a value not seen before at this step.
    page: where the control is; the step's own place when left out.
    """

    see: Literal["control"]
    name: str
    value: Value | tuple[Value, ...] | None = None
    times: int = Field(1, ge=1, le=20)
    page: str = ""


class Training(Part):
    """A run of one's own came so far since the lesson began; what is left out does not matter.

    accuracy: share of the validation pictures that it gets right. settings, least, most: what its
    settings are, or are at least or at most, by dotted name. count: how many such runs.
    """

    see: Literal["run"]
    state: Literal["started", "finished", "stopped", "paused"] = "finished"
    data: str = ""
    model: str = ""
    optimizer: str = ""
    schedule: str = ""
    accuracy: float = Field(0.0, ge=0, le=1)
    settings: dict[str, Setting] = {}
    least: dict[str, float] = {}
    most: dict[str, float] = {}
    count: int = Field(1, ge=1, le=20)


class Contest(Part):
    """A duel of one's own was started, or is over; models and optimizers must all take part."""

    see: Literal["duel"]
    state: Literal["started", "finished"] = "started"
    models: tuple[str, ...] = ()
    optimizers: tuple[str, ...] = ()
    count: int = Field(1, ge=1, le=20)


class Picture(Part):
    """A net was asked about a picture on the Predict page; way: how it came there."""

    see: Literal["picture"]
    way: Way = ""


class Question(Part):
    """The question of a lab was answered rightly."""

    see: Literal["lab"]
    lab: str


class Fault(Part):
    """A fault was named rightly in the clinic since the lesson began; left out, any one.

    count: how many different ones.
    """

    see: Literal["fault"]
    fault: str = ""
    count: int = Field(1, ge=1, le=20)


Task = Annotated[
    Read | Opened | Control | Training | Contest | Picture | Question | Fault,
    Field(discriminator="see"),
]


@dataclass(frozen=True)
class Seen:
    """What the app has seen of a learner, asked for only as far as a task needs it.

    page: where they are. value: a control's present value there, None while it has none.
    tried: values that the control of this step had. runs, duels: theirs since the lesson began.
    pictures: ways by which pictures came since the step began. labs, faults: solved ones.
    """

    page: str = ""
    value: Callable[[str], Setting | None] = lambda name: None
    tried: Sequence[str] = ()
    runs: Callable[[], Iterable[RunRow]] = tuple
    duels: Callable[[], Iterable[tuple[DuelRow, Sequence[RunRow]]]] = tuple
    pictures: frozenset[str] = field(default_factory=frozenset)
    labs: frozenset[str] = field(default_factory=frozenset)
    faults: Callable[[], Collection[str]] = tuple


def met(task: Any, seen: Seen) -> bool:
    """Whether a task is done; one that is read is done by a button alone."""
    return isinstance(task, Part) and not isinstance(task, Read) and _MET[type(task)](task, seen)


def tried(task: Any, seen: Seen) -> tuple[str, ...]:
    """The values that the control of a task has had at this step, the present one included."""
    if not isinstance(task, Control) or seen.page != task.page:
        return tuple(seen.tried)
    return tuple(dict.fromkeys([*seen.tried, said(seen.value(task.name))]))


def said(value: Setting | None) -> str:
    """A value as an address says it: switches, whole and other numbers in one way each."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple | list):
        return ",".join(map(str, value))
    if isinstance(value, int | float):
        return f"{value:g}"
    try:
        return f"{float(value or ''):g}"
    except ValueError:
        return value or ""


def _opened(task: Opened, seen: Seen) -> bool:
    return seen.page == task.page


def _controlled(task: Control, seen: Seen) -> bool:
    if seen.page != task.page:
        return False
    if task.value is None:
        return len(tried(task, seen)) > task.times
    wanted = task.value if isinstance(task.value, tuple) else (task.value,)
    return said(seen.value(task.name)) in {said(value) for value in wanted}


def _trained(task: Training, seen: Seen) -> bool:
    return sum(_fits(task, row) for row in seen.runs()) >= task.count


def _fits(task: Training, row: RunRow) -> bool:
    flat = dict(_flat(row.config))
    names = {part: getattr(task, part) for part in ("data", "model", "optimizer", "schedule")}
    return (
        (task.state == "started" or row.state == task.state)
        and all(not name or flat.get(f"{part}.name") == name for part, name in names.items())
        and (row.best_validation or 0) >= task.accuracy
        and all(said(flat.get(name)) == said(value) for name, value in task.settings.items())
        and all(_number(flat.get(name), -1) >= value for name, value in task.least.items())
        and all(_number(flat.get(name), 2e9) <= value for name, value in task.most.items())
    )


def _number(value: Any, otherwise: float) -> float:
    return float(value) if isinstance(value, int | float) else otherwise


def _flat(values: Mapping[str, Any], path: str = "") -> Iterable[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{path}{name}.")
        else:
            yield path + name, value


def _fought(task: Contest, seen: Seen) -> bool:
    found = 0
    for _, rows in seen.duels():
        parts = {
            part: {row.config[part]["name"] for row in rows} for part in ("model", "optimizer")
        }
        fits = parts["model"] >= set(task.models) and parts["optimizer"] >= set(task.optimizers)
        over = all(row.state in ENDED for row in rows)
        found += fits and (over or task.state == "started")
    return found >= task.count


def _asked(task: Picture, seen: Seen) -> bool:
    return task.way in seen.pictures if task.way else bool(seen.pictures)


def _answered(task: Question, seen: Seen) -> bool:
    return task.lab in seen.labs


def _named(task: Fault, seen: Seen) -> bool:
    found = set(seen.faults())
    return task.fault in found if task.fault else len(found) >= task.count


_MET: dict[type[Part], Callable[[Any, Seen], bool]] = {
    Opened: _opened,
    Control: _controlled,
    Training: _trained,
    Contest: _fought,
    Picture: _asked,
    Question: _answered,
    Fault: _named,
}
