"""The fault clinic: who gets which fault, what was seen of it, and what everybody has found."""

import hashlib
import json
import random
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from core.config import RunConfig
from core.faults import FAULTS
from core.findings import Curves
from core.home import run_folder
from core.notes import HEALTH, read
from core.store import RunRow, Store
from core.symptoms import Seen

KEPT = 400  # cases that are remembered of a visitor


def patient(name: str, seed: int) -> RunConfig:
    """A run with this fault."""
    return FAULTS[name].config.model_copy(update={"fault": name, "seed": seed})


def cured(config: RunConfig) -> RunConfig:
    """The same run without its fault."""
    return config.model_copy(update={"fault": ""})


def drawn(seed: int, known: Collection[str] = ()) -> str:
    """The fault that a seed draws, one that is not known as long as there is one."""
    left = [name for name in FAULTS if name not in known]
    return random.Random(seed).choice(left or list(FAULTS))


def code(name: str) -> str:
    """What a fault is called in a link, which shall not tell which it is."""
    return hashlib.sha256(f"clinic {name}".encode()).hexdigest()[:6]


def decoded(link: str) -> str:
    """The fault of a link's code, "" for none."""
    return next((name for name in FAULTS if code(name) == link), "")


def seen(store: Store, row: RunRow) -> Seen:
    """What is recorded of a run by now."""
    folder = run_folder(row.id)
    rows = store.metrics(row.id, limit=1_000_000)
    health = read(folder / HEALTH) or {"points": []}
    return Seen(Curves(rows), health, read(folder / "view.json") or {}, row.error)


@dataclass
class Case:
    """What a visitor has done with one run: names tried, hints read, whether it is over.

    state: "open", "found" or "shown" (given up).
    """

    fault: str
    tries: list[str] = field(default_factory=list)
    hints: int = 0
    state: str = "open"


class Book:
    """A visitor's cases by run, kept in the store: they outlive reloads and restarts."""

    def __init__(self, store: Store, visitor: str) -> None:
        self.store, self.key = store, f"clinic.{visitor}"
        told: Mapping[str, Any] = json.loads(store.get_meta(self.key) or "{}")
        self.cases = {run: Case(**case) for run, case in told.items()}

    def case(self, run: str, fault: str) -> Case:
        """The case of a run, a fresh one where it was not yet looked at."""
        return self.cases.get(run) or Case(fault)

    def keep(self, run: str, case: Case) -> None:
        """Write a case down.

        Raises:
            StoreBusy, StoreFull: not now.
        """
        self.cases[run] = case
        last = list(self.cases.items())[-KEPT:]
        told = {run: asdict(case) for run, case in last}
        self.store.set_meta(self.key, json.dumps(told, separators=(",", ":")))

    def answer(self, run: str, fault: str, name: str) -> bool:
        """Take a try down; whether it is right. A case that is over takes none."""
        case = self.case(run, fault)
        if case.state == "open":
            case.tries.append(name)
            case.state = "found" if name == fault else "open"
            self.keep(run, case)
        return name == fault

    def hint(self, run: str, fault: str, most: int) -> None:
        """Take down that one more hint was read, of `most`."""
        case = self.case(run, fault)
        if case.state == "open" and case.hints < most:
            case.hints += 1
            self.keep(run, case)

    def show(self, run: str, fault: str) -> None:
        """Take down that the answer was asked for."""
        case = self.case(run, fault)
        if case.state == "open":
            case.state = "shown"
            self.keep(run, case)

    @property
    def found(self) -> set[str]:
        """The faults that were named rightly, in whichever run."""
        return {case.fault for case in self.cases.values() if case.state == "found"}

    @property
    def tries(self) -> int:
        """Names that were tried in all."""
        return sum(len(case.tries) for case in self.cases.values())

    @property
    def hints(self) -> int:
        """Hints that were read in all."""
        return sum(case.hints for case in self.cases.values())
