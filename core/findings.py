"""Findings about a run, and the curves that they are read off."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.store.tables import Row


@dataclass(frozen=True)
class Finding:
    """What is the matter: `key` names the sentence, `values` fill its gaps."""

    key: str
    values: Mapping[str, Any] = field(default_factory=dict)


class Curves:
    """The values of a run by name, in order, without those that a rewind took back."""

    def __init__(self, rows: Sequence[Row]) -> None:
        kept: dict[str, list[Row]] = {}
        for row in rows:
            if row.name == "rewind":
                for name, before in kept.items():
                    kept[name] = [old for old in before if old.step <= row.step]
            else:
                kept.setdefault(row.name, []).append(row)
        self.kept = kept

    def __getitem__(self, name: str) -> list[float]:
        return [math.nan if r.value is None else r.value for r in self.kept.get(name, [])]

    @property
    def fresh(self) -> bool:
        """Whether the run began with an untrained net, and not as a branch."""
        return self.kept["train.loss"][0].step == 1

    def rates(self) -> dict[int, float]:
        """The learning rate by step, since it was last set by hand."""
        turned = max((row.step for row in self.kept.get("set.lr", [])), default=-1)
        found = {row.step: row.value for row in self.kept.get("lr", []) if row.value is not None}
        return {step: rate for step, rate in found.items() if step > turned} or found

    def epochs(self, name: str) -> list[int]:
        """The epochs that the values belong to."""
        return [row.epoch for row in self.kept.get(name, [])]
