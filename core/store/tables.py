"""The tables of the run store and what their rows look like."""

from dataclasses import dataclass
from typing import Any, NamedTuple, TypedDict

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

VERSION = 1

metadata = MetaData()


def _of_run(primary: bool = True) -> Column[str]:
    return Column(
        "run_id", ForeignKey("run.id", ondelete="CASCADE"), primary_key=primary, nullable=False
    )


run = Table(
    "run",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("owner", String(64), nullable=False),
    Column("name", String(40), nullable=False),
    Column("note", String(500), nullable=False),
    Column("config", JSON, nullable=False),
    Column("state", String(10), nullable=False, index=True),
    Column("seed", Integer, nullable=False),
    Column("created", Float, nullable=False),
    Column("queued", Float, nullable=False),
    Column("claimed", Float),
    Column("started", Float),
    Column("finished", Float),
    Column("heartbeat", Float),
    Column("handle", String(200), nullable=False),
    Column("error", Text, nullable=False),
    Column("parent", String(16)),
    Column("resume", Boolean, nullable=False),
    Column("deleted", Float),
    Column("step", Integer, nullable=False),
    Column("total_steps", Integer, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("speed", Float),
    Column("best_validation", Float),
    Column("test_accuracy", Float),
    Column("seconds", Float, nullable=False),
    Index("run_of_owner", "owner", "claimed"),
)
metric = Table(
    "metric",
    metadata,
    _of_run(),
    # Counted by the run's one writer: a cursor over it skips nothing, however late a commit.
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("step", Integer, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("name", String(40), nullable=False),
    Column("value", Float),
    Column("t", Float, nullable=False),
    sqlite_with_rowid=False,
)
command = Table(
    "command",
    metadata,
    Column("id", Integer, primary_key=True),
    _of_run(primary=False),
    Column("verb", String(10), nullable=False),
    Column("arguments", JSON, nullable=False),
    Column("created", Float, nullable=False),
    Column("done", Float),
    Index("command_of_run", "run_id", "done"),
)
artifact = Table(
    "artifact",
    metadata,
    _of_run(),
    Column("uri", String(200), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("step", Integer, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("bytes", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("created", Float, nullable=False),
)
meta = Table(
    "meta",
    metadata,
    Column("key", String(40), primary_key=True),
    Column("value", Text, nullable=False),
)
duel = Table(
    "duel",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("owner", String(64), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("guess", String(16)),
    Column("hidden", Boolean, nullable=False),
    Column("created", Float, nullable=False),
)
contestant = Table(
    "contestant",
    metadata,
    _of_run(),
    Column("duel_id", ForeignKey("duel.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("place", Integer, nullable=False),
)


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run as stored; the fields are the table's columns in their order.

    Times are seconds since 1970, `seconds` is time spent training, `speed` pictures per second.
    handle names the process that holds the run, "" when none does.
    """

    id: str
    owner: str
    name: str
    note: str
    config: dict[str, Any]
    state: str
    seed: int
    created: float
    queued: float
    claimed: float | None
    started: float | None
    finished: float | None
    heartbeat: float | None
    handle: str
    error: str
    parent: str | None
    resume: bool
    deleted: float | None
    step: int
    total_steps: int
    epoch: int
    speed: float | None
    best_validation: float | None
    test_accuracy: float | None
    seconds: float


class Columns(TypedDict, total=False):
    """What `update` and `hold` may write; best_validation and test_accuracy are shares."""

    state: str
    error: str
    step: int
    total_steps: int
    epoch: int
    speed: float | None
    best_validation: float | None
    test_accuracy: float | None
    seconds: float


class Row(NamedTuple):
    """One metric value; seq counts from 1 within its run, t is seconds of training."""

    seq: int
    step: int
    epoch: int
    name: str
    value: float | None
    t: float


class Command(NamedTuple):
    """What somebody asks of a running run."""

    id: int
    verb: str
    arguments: dict[str, Any]


class Artifact(NamedTuple):
    """A checkpoint that a run left behind; uri is relative to the home."""

    run_id: str
    uri: str
    kind: str
    step: int
    epoch: int
    bytes: int
    sha256: str
    created: float

    @property
    def tag(self) -> str:
        """Its name within the run: that of its folder."""
        return self.uri.rpartition("/")[2]


class DuelRow(NamedTuple):
    """Runs that compete: the ids in the order of their places; `guess` is the expected winner's.

    kind is "duel", or "grid" for a field of runs over rates and optimisers.
    """

    id: str
    owner: str
    kind: str
    guess: str | None
    hidden: bool
    created: float
    runs: tuple[str, ...]
