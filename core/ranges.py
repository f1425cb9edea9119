"""Range test: the rate rises step by step until the loss runs away; the curve suggests a rate."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from core.config import DataConfig, RunConfig, parse
from core.schedules import RangeConfig
from core.store.tables import Row

STEPS = 120  # that the whole range is spread over: 20 for each power of ten
LEAST = 12  # steps that a curve needs
TOP = 10.0  # the highest rate that is tried
WEIGHT = 0.85  # of the loss so far, against the newest, in the smoothed curve
AWAY = 4.0  # a loss of so many times the lowest has run away
FALLEN = 0.97  # a lowest loss above this share of the first one has not fallen
NEAR = 6  # points to each side over which a slope is taken: a third of a power of ten
BELOW = 4.0  # the suggestion stays so many times below the rate of the lowest loss


class Sweep:
    """Hears the losses of a run whose schedule is the range test, and says when to end it."""

    def __init__(self) -> None:
        self.sum = self.mass = 0.0
        self.least = math.inf
        self.over = False

    def take(self, loss: float) -> float:
        """The next loss; given back is the smoothed one."""
        self.sum = WEIGHT * self.sum + (1 - WEIGHT) * loss
        self.mass = WEIGHT * self.mass + 1 - WEIGHT
        smoothed = self.sum / self.mass
        self.least = min(self.least, smoothed)
        self.over = not smoothed <= AWAY * self.least  # also when it is not a number
        return smoothed


@dataclass(frozen=True)
class Suggestion:
    """rate: the one to try. steepest: where the loss fell fastest. lowest: where it was least."""

    rate: float
    steepest: float
    lowest: float


def smooth(losses: Sequence[float]) -> list[float]:
    """The curve without its jitter: a moving average of the losses so far."""
    sweep = Sweep()
    return [sweep.take(loss) for loss in losses]


def suggest(rates: Sequence[float], losses: Sequence[float]) -> Suggestion | None:
    """A rate to train with, from a test whose rates rise; None where the loss never fell.

    Midway, on the logarithmic axis, between the rate at which the smoothed loss falls fastest and
    that of its least; but at most a quarter of the latter, where steps are about to be too long.
    Smith 2015, arXiv 1506.01186, section 3.3.
    """
    known = [pair for pair in zip(rates, losses, strict=True) if math.isfinite(pair[1])]
    if len(known) < LEAST:
        return None
    logs, curve = [math.log10(rate) for rate, _ in known], smooth([loss for _, loss in known])
    least = min(range(len(curve)), key=curve.__getitem__)
    slopes = [_slope(logs, curve, i) for i in range(least)]
    if not slopes or min(slopes) >= 0 or curve[least] > FALLEN * statistics.fmean(curve[:NEAR]):
        return None
    steepest, lowest = known[slopes.index(min(slopes))][0], known[least][0]
    rate = min((steepest * lowest) ** 0.5, lowest / BELOW)
    return Suggestion(float(f"{rate:.2g}"), steepest, lowest)


def _slope(x: Sequence[float], y: Sequence[float], i: int) -> float:
    """Of the straight line through the points around i: two alone would show their jitter."""
    near = slice(max(0, i - NEAR), i + NEAR + 1)
    return statistics.linear_regression(x[near], y[near]).slope


def curve(rows: Sequence[Row]) -> tuple[list[float], list[float]]:
    """Rates and losses of a run, step by step, as far as they are numbers and were not lost."""
    found: dict[str, dict[int, float]] = {"lr": {}, "train.loss": {}}
    for row in rows:
        if row.name == "rewind":
            for values in found.values():
                for step in [step for step in values if step > row.step]:
                    del values[step]
        elif row.name in found and row.value is not None and math.isfinite(row.value):
            found[row.name][row.step] = row.value
    steps = sorted(found["lr"].keys() & found["train.loss"].keys())
    rates, losses = found["lr"], found["train.loss"]
    return [rates[step] for step in steps], [losses[step] for step in steps]


def probe(config: RunConfig, pictures: int) -> RunConfig:
    """The short run that tests the rates of a config, on a set of so many training pictures.

    Net, objective, optimiser and pictures are the config's own; one epoch of about 120 steps,
    more epochs where the set has fewer.

    """
    there = pictures - max(1, round(pictures * config.data.validation))
    if config.data.limit:
        there = min(there, config.data.limit)
    limit = min(there, STEPS * config.batch)
    data: DataConfig = config.data.model_copy(update={"limit": limit})
    return parse(
        config.model_dump()
        | {
            "data": data.model_dump(),
            "optimizer": config.optimizer.model_dump() | {"lr": TOP},
            "schedule": RangeConfig().model_dump(),
            "epochs": max(1, round(STEPS * config.batch / max(limit, 1))),
            "patience": 0,
            "average": 0.0,
        }
    )
