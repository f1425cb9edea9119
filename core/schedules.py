"""Learning-rate schedules: pure functions of how much of the run is done."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from models.knobs import Knobs, knob


class ConstantConfig(Knobs):
    """The same rate throughout."""

    name: Literal["constant"] = "constant"


class StepConfig(Knobs):
    """Drops at equal distances."""

    name: Literal["step"] = "step"
    drops: int = knob(2, "How often the rate drops.", ge=1, le=10, unit="drops")
    gamma: float = knob(0.1, "Each drop multiplies the rate by this.", ge=0.01, le=0.95, step=0.01)


class CosineConfig(Knobs):
    """Half a cosine from the full rate to the floor."""

    name: Literal["cosine"] = "cosine"
    floor: float = knob(0.0, "Share of the rate left at the end.", ge=0, le=0.5, step=0.01)


class OneCycleConfig(Knobs):
    """Up, then down to nearly nothing."""

    name: Literal["onecycle"] = "onecycle"
    warmup: float = knob(0.3, "Share of the run spent going up.", ge=0.01, le=0.9, step=0.01)


class WarmupConfig(Knobs):
    """A straight line up, then constant."""

    name: Literal["warmup"] = "warmup"
    warmup: float = knob(0.1, "Share of the run spent going up.", ge=0.01, le=0.9, step=0.01)


class TriangleConfig(Knobs):
    """Straight up, then straight down."""

    name: Literal["triangle"] = "triangle"
    start: float = knob(0.2, "Share of the rate at the first step.", ge=0.01, le=1, step=0.01)
    warmup: float = knob(0.23, "Share of the run spent going up.", ge=0.01, le=0.9, step=0.01)
    floor: float = knob(0.07, "Share of the rate left at the end.", ge=0, le=0.5, step=0.01)


class RangeConfig(Knobs):
    """By equal factors from a share of the rate up to the whole of it."""

    name: Literal["range"] = "range"
    start: float = knob(1e-6, "Share of the rate at the first step.", ge=1e-8, le=0.1, log=True)


def _cosine(start: float, end: float, done: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * done)) / 2


def _onecycle(done: float, config: Any) -> float:
    if done < config.warmup:
        return _cosine(1 / 25, 1.0, done / config.warmup)
    return _cosine(1.0, 1e-4 / 25, (done - config.warmup) / (1 - config.warmup))


def _step(done: float, config: Any) -> float:
    dropped = min(int(done * (config.drops + 1)), config.drops)
    return float(config.gamma**dropped)


def _warmup(done: float, config: Any) -> float:
    return min(1.0, max(done, 1e-3) / config.warmup)


def _triangle(done: float, config: Any) -> float:
    if done < config.warmup:
        return float(config.start + (1 - config.start) * done / config.warmup)
    return float(1 - (1 - config.floor) * (done - config.warmup) / (1 - config.warmup))


@dataclass(frozen=True)
class ScheduleSpec:
    """One line of the menu: `factor(done, config)` multiplies the rate; done runs from 0 to 1."""

    label: str
    config: type[Knobs]
    factor: Callable[[float, Any], float]
    theory: str
    paper: str


SCHEDULES: dict[str, ScheduleSpec] = {
    "constant": ScheduleSpec(
        "Constant",
        ConstantConfig,
        lambda done, config: 1.0,
        "The same rate from first step to last.",
        "Robbins & Monro 1951",
    ),
    "step": ScheduleSpec(
        "Step",
        StepConfig,
        _step,
        "Stairs: the rate falls by a factor at equal distances.",
        "He et al. 2015, arXiv 1512.03385",
    ),
    "cosine": ScheduleSpec(
        "Cosine",
        CosineConfig,
        lambda done, config: _cosine(1.0, config.floor, done),
        "Half a cosine, slow at both ends.",
        "Loshchilov & Hutter 2016, arXiv 1608.03983",
    ),
    "onecycle": ScheduleSpec(
        "One cycle",
        OneCycleConfig,
        _onecycle,
        "Up to a rate that would be too high to stay at, then down to nearly nothing.",
        "Smith & Topin 2017, arXiv 1708.07120",
    ),
    "triangle": ScheduleSpec(
        "Triangle",
        TriangleConfig,
        _triangle,
        "A straight line up to the full rate, then a straight line down.",
        "Smith 2015, Cyclical learning rates for training neural networks, arXiv 1506.01186",
    ),
    "warmup": ScheduleSpec(
        "Warm-up",
        WarmupConfig,
        _warmup,
        "Small steps until the running averages of the optimiser have settled.",
        "Goyal et al. 2017, arXiv 1706.02677",
    ),
    "range": ScheduleSpec(
        "Range test",
        RangeConfig,
        lambda done, config: config.start ** (1 - done),
        "Up by equal factors until the loss runs away: shows which rates this net can bear.",
        "Smith 2015, Cyclical learning rates for training neural networks, arXiv 1506.01186",
    ),
}
