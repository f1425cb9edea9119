"""Duel: contestants under equal conditions, and what comes out of it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.config import DataConfig, RunConfig
from core.data import info
from core.effort import known_effort
from core.optim import OPTIMIZERS
from core.rules import SGDConfig
from core.schedules import ConstantConfig
from core.store import Row, RunRow
from core.store.turns import ENDED
from models import MODELS, CNNConfig, MLPConfig, classifies

EQUAL = ("data.name", "data.validation", "data.limit", "seed", "batch", "epochs")
MOST_CONTESTANTS = 4
MOST_RUNS = 24  # of a grid
QUICK = 4_500  # training pictures of a classic duel: it is over while one watches


def fair(configs: Sequence[RunConfig]) -> None:
    """See that contestants have the same pictures in the same batches, and differ in something.

    Raises:
        ValueError: they do not; the sentence names the difference and the remedy.
    """
    if len(configs) < 2:
        raise ValueError(f"{len(configs)} is too few for a duel: choose at least two contestants")
    for place, config in enumerate(configs, start=1):
        if not classifies(config.model.name):
            raise ValueError(
                f"a duel is won by accuracy and contestant {place}, "
                f"{MODELS[config.model.name].label}, has none: choose a net that names pictures"
            )
    for path in EQUAL:
        told = [_value(config, path) for config in configs]
        for place, value in enumerate(told[1:], start=2):
            if value != told[0]:
                raise ValueError(
                    f"the duel is not fair: {path} is {told[0]} for contestant 1 and {value} for "
                    f"contestant {place}, give both the same"
                )
    for place, config in enumerate(configs):
        if config in configs[:place]:
            raise ValueError(
                f"contestants {configs.index(config) + 1} and {place + 1} are the same: "
                "change a setting of one of them"
            )


def _value(config: RunConfig, path: str) -> Any:
    value: Any = config
    for part in path.split("."):
        value = getattr(value, part)
    return value


@dataclass(frozen=True)
class Outcome:
    """Who won: places of the contestants that reached the test, best first.

    gap: share of test pictures between the first two. luck: a gap so small may be chance, it is
    below twice the standard error of a difference of two shares. missing: places without a result.
    """

    order: tuple[int, ...]
    gap: float
    luck: bool
    missing: tuple[int, ...]


def outcome(runs: Sequence[RunRow], test_count: int) -> Outcome | None:
    """The outcome of a duel; None while somebody may still improve.

    test_count: pictures that every contestant was tested on.
    """
    if any(row.state not in ENDED for row in runs):
        return None
    # A run that stopped early may carry the result of an earlier, whole training.
    shares = {
        place: row.test_accuracy
        for place, row in enumerate(runs)
        if row.state == "finished" and row.test_accuracy is not None
    }
    order = sorted(shares, key=lambda place: (-shares[place], place))
    missing = tuple(place for place in range(len(runs)) if place not in shares)
    if len(order) < 2:
        return Outcome(tuple(order), 0.0, False, missing)
    first, second = (shares[place] for place in order[:2])
    spread = sum(share * (1 - share) for share in (first, second))
    error = math.sqrt(spread / max(test_count, 1))
    return Outcome(tuple(order), first - second, first - second < 2 * error, missing)


def reached(rows: Sequence[Row], accuracy: float) -> float | None:
    """Seconds of training until the first validation at or above `accuracy`; None if never."""
    good = (row.t for row in rows if row.name == "val.accuracy" and (row.value or 0) >= accuracy)
    return next(good, None)


@dataclass(frozen=True)
class Standing:
    """One contestant's line of the table; shares in 0..1, None where there is nothing yet.

    multiply_adds: of one picture's way forward. speed: training pictures per second. best: highest
    validation accuracy. seconds: of training so far; target: of training until `reached`.
    """

    parameters: int | None
    multiply_adds: int | None
    done: float
    speed: float | None
    best: float | None
    test: float | None
    seconds: float
    target: float | None


def standing(row: RunRow, rows: Sequence[Row], accuracy: float) -> Standing:
    """Where a contestant stands; `rows` are its metric rows, those of validations are enough."""
    spent = known_effort(row.config)
    return Standing(
        parameters=spent.parameters if spent else None,
        multiply_adds=spent.multiply_adds if spent else None,
        done=row.step / row.total_steps if row.total_steps else 0.0,
        speed=row.speed,
        best=row.best_validation,
        test=row.test_accuracy,
        seconds=row.seconds,
        target=reached(rows, accuracy),
    )


def _with(base: RunConfig, part: str, config: Any) -> RunConfig:
    return base.model_copy(update={part: config})


def classics(data: str) -> dict[str, list[RunConfig]]:
    """The experiments that everybody should have seen, by name, on a set of pictures.

    Raises:
        ValueError: there is no such set.
    """
    many = sum(info(data).train) > 2 * QUICK
    pictures = DataConfig(name=data, limit=QUICK if many else 0)
    plain = MLPConfig(widths=(128,), dropout=0.0, norm=False)
    base = RunConfig(data=pictures, model=plain, schedule=ConstantConfig(), epochs=10)
    deep = _with(base, "optimizer", SGDConfig(lr=0.05))
    nets = RunConfig(data=pictures, epochs=5)
    return {
        "optimizers": [
            _with(base, "optimizer", OPTIMIZERS[name].config())
            for name in ("sgd", "momentum", "adam")
        ],
        "nets": [
            _with(nets, "model", MODELS[name].config()) for name in ("mlp", "cnn", "lstm", "vit")
        ],
        "rates": [_with(base, "optimizer", SGDConfig(lr=lr)) for lr in (0.01, 0.1, 1.0)],
        "norm": [_with(deep, "model", CNNConfig(norm=norm)) for norm in (True, False)],
    }


def spaced(low: float, high: float, count: int) -> list[float]:
    """`count` rates from low to high at equal ratios, with as few digits as tell them apart.

    Raises:
        ValueError: low is not above 0 and below high, or fewer than two are asked for.
    """
    if not 0 < low < high:
        raise ValueError(f"rates from {low:g} to {high:g}: the first must be lower, and above 0")
    if count < 2:
        raise ValueError(f"{count} rate is no row: ask for at least 2")
    ratio = (high / low) ** (1 / (count - 1))
    exact = [low * ratio**number for number in range(count)]
    for digits in range(2, 17):
        told = [float(f"{rate:.{digits}g}") for rate in exact]
        if len(set(told)) == count:
            return told
    return exact


def grid(base: RunConfig, optimizers: Sequence[str], rates: Sequence[float]) -> list[RunConfig]:
    """One config per optimiser and rate, everything else as in `base`.

    An optimiser like the base's keeps its other settings, another comes with its usual ones.

    Raises:
        ValueError: fewer than two runs, or more than MOST_RUNS.
    """
    count = len(optimizers) * len(rates)
    if not 2 <= count <= MOST_RUNS:
        raise ValueError(
            f"{len(optimizers)} optimisers at {len(rates)} rates are {count} runs: "
            f"choose from 2 to {MOST_RUNS}"
        )
    usual: Mapping[str, Any] = {
        name: base.optimizer if name == base.optimizer.name else OPTIMIZERS[name].config()
        for name in optimizers
    }
    return [
        _with(base, "optimizer", usual[name].model_copy(update={"lr": rate}))
        for name in optimizers
        for rate in rates
    ]
