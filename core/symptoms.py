"""Symptoms: what a fault of the clinic shows in a run's recorded numbers, one number each."""

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.findings import Curves


@dataclass(frozen=True)
class Seen:
    """What anybody can see of a run: its curves, its health, its view, how it ended.

    health: as in the run's notes, {"points": []} for none. view: as Run.view(), {} for none.
    """

    curves: Curves
    health: Mapping[str, Any]
    view: Mapping[str, Any]
    error: str = ""


Measure = Callable[[Seen], float | None]


@dataclass(frozen=True)
class Sign:
    """A number read off a run, and where it lies while the fault is in: above or below `limit`.

    measure gives None as long as there is too little to read. share: it is said in per cent.
    """

    measure: Measure
    limit: float
    above: bool = True
    share: bool = False

    def shows(self, seen: Seen) -> bool:
        """Whether the run has the symptom."""
        value = self.measure(seen)
        return value is not None and (value > self.limit) == self.above

    def say(self, seen: Seen) -> str:
        """The number as people read it, "–" where there is none."""
        value = self.measure(seen)
        if value is None or not math.isfinite(value):
            return "–"
        return f"{value:.1%}" if self.share else f"{value:.3g}"


def _end(values: Sequence[float]) -> Sequence[float]:
    """The last fifth."""
    return values[-max(1, len(values) // 5) :]


def _now(values: Sequence[float]) -> float | None:
    return statistics.fmean(_end(values)) if values else None


def _less(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one - other


def first_loss(seen: Seen) -> float | None:
    """The loss of the very first batch, before any step."""
    return next(iter(seen.curves["train.loss"]), None)


def least_loss(seen: Seen) -> float | None:
    """The smallest training loss so far."""
    return min(seen.curves["train.loss"], default=None)


def end_loss(seen: Seen) -> float | None:
    """The mean training loss of the last fifth of the run."""
    return _now(seen.curves["train.loss"])


def swing(seen: Seen) -> float | None:
    """The largest training loss of the last fifth of the run minus the smallest."""
    last = _end(seen.curves["train.loss"])
    return max(last) - min(last) if last else None


def train_over_validation(seen: Seen) -> float | None:
    """Training loss minus validation loss, both of the last fifth of the run."""
    return _less(_now(seen.curves["train.loss"]), _now(seen.curves["val.loss"]))


def validation(seen: Seen) -> float | None:
    """The last validation accuracy."""
    return next(reversed(seen.curves["val.accuracy"]), None)


def all_validations(seen: Seen) -> float | None:
    """The mean validation accuracy of all epochs: low for a net that learns late."""
    found = seen.curves["val.accuracy"]
    return statistics.fmean(found) if found else None


def validation_over_test(seen: Seen) -> float | None:
    """The last validation accuracy minus the test accuracy."""
    return _less(validation(seen), next(iter(seen.curves["test.accuracy"]), None))


def accuracy_over_promise(seen: Seen) -> float | None:
    """Validation accuracy minus e^(−validation loss), the mean probability of the truth."""
    loss = next(reversed(seen.curves["val.loss"]), None)
    return _less(validation(seen), None if loss is None else math.exp(-loss))


def next_door(seen: Seen) -> float | None:
    """The share of validation pictures that are called one class too high."""
    matrix = seen.view.get("confusion")
    if not matrix:
        return None
    count = len(matrix)
    off = sum(row[(truth + 1) % count] for truth, row in enumerate(matrix))
    return off / max(1, sum(map(sum, matrix)))


def _numbers(seen: Seen, what: str) -> list[list[float]]:
    """What was measured in the layers, point by point, without gaps."""
    told = ([x for x in point[what] if x is not None] for point in seen.health["points"])
    return [numbers for numbers in told if numbers]


def longest_step(seen: Seen) -> float | None:
    """The largest change of a layer's weights in one step, as a share of their length."""
    return max(map(max, _numbers(seen, "update")), default=None)


def growth(seen: Seen) -> float | None:
    """The largest gradient of any step, divided by that of the first."""
    found = [max(point) for point in _numbers(seen, "gradient")]
    return max(found) / max(found[0], 1e-12) if found else None


def faintest(seen: Seen) -> float | None:
    """The smallest gradient of a layer at the last measured step."""
    return min(map(min, _numbers(seen, "gradient")[-1:]), default=None)


def silent(seen: Seen) -> float | None:
    """The largest share of dead units in a layer at the last measured step."""
    return max(map(max, _numbers(seen, "dead")[-1:]), default=None)


def overwritten(seen: Seen) -> float | None:
    """1 for a run that torch stopped because a tensor was overwritten, else 0."""
    return float("inplace operation" in seen.error)
