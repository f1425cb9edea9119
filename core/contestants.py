"""Contestants: who races on a landscape with which settings, as text for a link and back."""

import inspect
from collections.abc import Mapping
from typing import Any

import torch
from pydantic import ValidationError
from torch import nn

from core.landscapes import LANDSCAPES
from core.optim import OPTIMIZERS
from models.knobs import Knobs

Field = Mapping[str, Knobs]
USUAL = ("sgd", "momentum", "rmsprop", "adam", "muon")
LONGEST = 1200  # letters of a link's part

# For every surface each optimiser's own rate: of 1, 2, 5 · 10^k the one with the lowest mean of
# log(f − min f) over 150 steps from the usual start, on the map and in steps of at most a tenth of
# its width. Only SGD's in the ravine is near the limit of 2/25, where it swings from wall to wall.
ORDER = (
    *("sgd", "momentum", "nesterov", "adagrad", "adadelta", "rmsprop"),
    *("adam", "adamw", "nadam", "radam", "adamax", "muon"),
)
OWN: Mapping[str, tuple[float, ...]] = {
    "ravine": (0.07, 0.01, 0.01, 0.5, 10.0, 0.05, 0.5, 0.5, 0.5, 0.01, 0.5, 0.2),
    "bowl": (0.2, 0.05, 0.05, 0.5, 10.0, 0.05, 0.5, 0.5, 0.5, 0.2, 0.5, 0.5),
    "saddle": (0.2, 0.05, 0.05, 0.5, 10.0, 0.05, 0.5, 0.5, 0.2, 0.2, 0.5, 0.5),
    "rosenbrock": (0.0005, 0.001, 0.0005, 0.05, 5.0, 0.005, 0.1, 0.1, 0.02, 0.0001, 0.05, 0.1),
    "beale": (0.005, 0.002, 0.002, 0.2, 10.0, 0.02, 0.2, 0.2, 0.2, 0.005, 0.2, 0.1),
    "himmelblau": (0.01, 0.005, 0.005, 0.5, 10.0, 0.05, 0.5, 0.5, 0.2, 0.02, 0.5, 0.2),
    "rastrigin": (0.01, 0.01, 0.01, 0.2, 10.0, 0.02, 0.5, 0.5, 0.1, 0.02, 0.5, 0.5),
}
RATES: Mapping[str, Mapping[str, float]] = {
    surface: dict(zip(ORDER, rates, strict=True)) for surface, rates in OWN.items()
}


def usual(name: str, surface: str) -> Knobs:
    """An optimiser with its own best rate on a surface, else its usual settings."""
    return OPTIMIZERS[name].config.model_validate({"lr": RATES[surface][name]})


def together(surface: str, names: tuple[str, ...] = USUAL) -> dict[str, Knobs]:
    """A field of optimisers, each with its own best rate."""
    return {name: usual(name, surface) for name in names}


def write(field: Field, surface: str) -> str:
    """The field as text; only what is not usual on the surface is told."""
    parts = []
    for name, config in field.items():
        told, known = config.model_dump(), usual(name, surface).model_dump()
        changed = (f"{key}={value:g}" for key, value in told.items() if value != known[key])
        parts.append(":".join((name, *changed)))
    return ",".join(parts)


def read(text: str, surface: str) -> dict[str, Knobs]:
    """The field that a text tells, in the order of the menu.

    Raises:
        ValueError: an optimiser or a setting is unknown, or a value is out of its range.
    """
    if surface not in LANDSCAPES:
        raise ValueError(f"surface {surface[:40]!r} is unknown: choose of {', '.join(LANDSCAPES)}")
    if len(text) > LONGEST:
        raise ValueError(f"a field of {len(text)} letters is too long: {LONGEST} at most")
    found = {}
    for part in filter(None, text.split(",")):
        name, *settings = part.split(":")
        if name not in OPTIMIZERS:
            known = ", ".join(OPTIMIZERS)
            raise ValueError(f"optimiser {name[:40]!r} is unknown: choose of {known}")
        found[name] = _config(name, settings, surface)
    return {name: found[name] for name in OPTIMIZERS if name in found}


def _config(name: str, settings: list[str], surface: str) -> Knobs:
    values: dict[str, Any] = usual(name, surface).model_dump()
    for setting in settings:
        key, _, value = setting.partition("=")
        if key not in values or key == "name":
            raise ValueError(f"{OPTIMIZERS[name].label} has no setting {key[:40]!r}")
        try:
            values[key] = float(value)
        except ValueError:
            raise ValueError(f"{key} = {value[:40]!r} is no number") from None
    try:
        return OPTIMIZERS[name].config.model_validate(values)
    except ValidationError as problem:
        first = problem.errors()[0]
        where = ".".join(map(str, first["loc"]))
        label = OPTIMIZERS[name].label
        raise ValueError(f"{label}: {where} does not fit: {first['msg']}") from None


def line(name: str, config: Knobs) -> str:
    """The line of PyTorch that makes this optimiser, with what its knobs say."""
    probe = nn.Parameter(torch.zeros(1, 2))
    made = OPTIMIZERS[name].build([probe], config)[0]
    kind = next(c for c in type(made).__mro__ if c.__module__.startswith("torch.optim"))
    usual_values = {key: p.default for key, p in inspect.signature(kind).parameters.items()}
    told = [
        f"{key}={value:g}" if isinstance(value, float) else f"{key}={value}"
        for key, value in made.defaults.items()
        if key in usual_values and key != "fused" and value != usual_values[key]
    ]
    return f"optimizer = torch.optim.{kind.__name__}({', '.join(['model.parameters()', *told])})"
