"""Knobs: what a form has to know about the fields of a config class."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import BaseModel

from pages.ui.words import find, t

MANTISSAS = ("1", "1.5", "2", "3", "5", "7")


@dataclass(frozen=True)
class Knob:
    """One field of a config class, as a form needs it."""

    group: str
    name: str
    kind: Any
    default: Any
    sentence: str
    low: float | None
    high: float | None
    unit: str
    log: bool
    step: float | None
    advanced: bool

    def word(self, part: str) -> str | None:
        """The catalogue's label or help, the one of this config before the general one."""
        own = find(f"knob.{self.group}.{self.name}.{part}")
        return own or find(f"knob.{self.name}.{part}")

    @property
    def label(self) -> str:
        """The knob's name with its unit, unless the name says it already."""
        label = self.word("label") or self.name.replace("_", " ").capitalize()
        unit = find(f"unit.{self.unit}") or self.unit
        if not unit or unit.lower() in label.lower():
            return label
        return t("form.label", label=label, unit=unit)

    @property
    def help(self) -> str:
        """One sentence for the person who moves the control."""
        return self.word("help") or self.sentence

    def choice(self, value: object) -> str:
        """One of the knob's choices in words."""
        return find(f"choice.{self.name}.{value}") or str(value)

    def say(self, value: Any) -> str:
        """A value as people read it."""
        if isinstance(value, bool):
            return t("form.on" if value else "form.off")
        if isinstance(value, tuple | list):
            return shown(value)
        if isinstance(value, int | float):
            return readable(value)
        return self.choice(value)

    @property
    def cast(self) -> type[int] | type[float]:
        """What the widget counts in."""
        return int if self.kind is int else float

    @property
    def stride(self) -> float:
        """Distance between two positions of the widget."""
        whole = self.kind is int or self.low is None or self.high is None
        return self.step or (1 if whole else (self.high - self.low) / 100)

    def pattern(self, *values: float) -> str:
        """How a widget prints numbers: with the digits that all these values need."""
        if self.kind is int:
            return "%d"
        digits = (len(f"{value:.6f}".rstrip("0").partition(".")[2]) for value in values)
        return f"%.{max(digits)}f"


def _bound(metadata: Iterable[Any], *names: str) -> float | None:
    found = (getattr(item, name, None) for item in metadata for name in names)
    return next((bound for bound in found if bound is not None), None)


@cache
def knobs(config: type[BaseModel]) -> tuple[Knob, ...]:
    """The knobs of a config class in their order; nested configs and the tag are left out."""
    made = []
    for name, field in config.model_fields.items():
        extra = field.json_schema_extra
        if not isinstance(extra, Mapping):
            continue
        made.append(
            Knob(
                group=config.__name__.removesuffix("Config").lower(),
                name=name,
                kind=field.annotation,
                default=field.default,
                sentence=field.description or "",
                low=_bound(field.metadata, "ge", "gt"),
                high=_bound(field.metadata, "le", "lt"),
                unit=str(extra.get("unit") or ""),
                log=bool(extra.get("log")),
                step=extra.get("step"),  # type: ignore[arg-type]
                advanced=bool(extra.get("advanced")),
            )
        )
    return tuple(made)


def grid(low: float, high: float, *, whole: bool) -> list[Any]:
    """Round positions of a logarithmic slider; a range that holds 0 begins with it."""
    if whole:
        powers = (2**n for n in range(64))
        return [n for n in powers if low <= n <= high]
    steps = [float(f"{m}e{n}") for n in range(-6, 7) for m in MANTISSAS]
    return [0.0] * (low <= 0) + [x for x in steps if max(low, 1e-6) <= x <= high]


def readable(value: float) -> str:
    """2e-06 as 2e-6, 0.002 as it is, 4096 with its comma."""
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:g}".replace("e-0", "e-").replace("e+0", "e")


def shown(value: Any) -> Any:
    """A config's value as its widget holds it: a tuple is a line of numbers."""
    return ", ".join(map(str, value)) if isinstance(value, tuple | list) else value


def parsed(text: str) -> tuple[Any, ...]:
    """A line of numbers as a tuple; what is no number stays text, for pydantic to refuse."""
    parts = (part for part in re.split(r"[,\s]+", text.strip()) if part)
    return tuple(int(part) if part.isdecimal() else part for part in parts)


def lines(config: BaseModel) -> list[tuple[str, str]]:
    """Label and value of every knob of a config."""
    return [(knob.label, knob.say(getattr(config, knob.name))) for knob in knobs(type(config))]
