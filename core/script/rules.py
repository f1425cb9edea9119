"""Optimiser and schedule as lines of code, read off the very objects that a run uses."""

import ast
import inspect
from collections.abc import Iterator
from typing import Any

import torch
from torch import nn

from core.config import RunConfig
from core.optim import OPTIMIZERS
from core.schedules import SCHEDULES
from core.script.lines import Line, literal, say
from core.script.sources import Sources, module

PLACE = "core.schedules"
FIELDS = {"betas": ("beta1", "beta2")}  # torch's word → ours, where they differ


def optimizers(config: RunConfig, sources: Sources, frozen: bool) -> list[Line]:
    """Lines that make the optimisers: `optimizer`, or `muon` and `adamw` for Muon."""
    probe = nn.Parameter(torch.ones(2, 2)), nn.Parameter(torch.ones(2))
    made = OPTIMIZERS[config.optimizer.name].build(probe, config.optimizer)
    trained = "[p for p in model.parameters() if p.requires_grad]" if frozen else None
    if len(made) == 1:
        return _constructor("optimizer", made[0], trained or "model.parameters()", config, sources)
    heading = "# Muon is for matrices and kernels; AdamW moves the vectors."
    lines = [say(heading, "optimizer.name")]
    lines.append(say(f"trained = {trained or 'list(model.parameters())'}"))
    for name, optimizer, test in zip(names(config), made, (">= 2", "< 2"), strict=True):
        chosen = f"[p for p in trained if p.ndim {test}]"
        lines += _constructor(name, optimizer, chosen, config, sources)
    return lines


def names(config: RunConfig) -> list[str]:
    """What the script calls its optimisers."""
    return ["muon", "adamw"] if config.optimizer.name == "muon" else ["optimizer"]


def shares(config: RunConfig) -> list[float]:
    """Each optimiser's rate as a share of the run's."""
    probe = nn.Parameter(torch.ones(2, 2)), nn.Parameter(torch.ones(2))
    made = OPTIMIZERS[config.optimizer.name].build(probe, config.optimizer)
    return [optimizer.param_groups[0]["lr"] / config.optimizer.lr for optimizer in made]


def _constructor(
    name: str,
    optimizer: torch.optim.Optimizer,
    parameters: str,
    config: RunConfig,
    sources: Sources,
) -> list[Line]:
    kind = type(optimizer)
    if kind.__module__.startswith("torch."):
        title = f"torch.optim.{kind.__name__}"
    else:
        title = kind.__name__
        sources.take(kind.__module__, title)
    lines = [say(f"{name} = {title}(", "optimizer.name"), say(f"    {parameters},")]
    for key, value, knobs in _settings(optimizer, config):
        lines.append(say(f"    {key}={value},", *(f"optimizer.{knob}" for knob in knobs)))
    return [*lines, say(")")]


def _settings(
    optimizer: torch.optim.Optimizer, config: RunConfig
) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """What differs from torch's defaults, and what the run's own knobs say."""
    first, *others = (
        inspect.signature(kind).parameters
        for kind in type(optimizer).__mro__
        if "lr" in inspect.signature(kind).parameters
    )
    usual = {key: parameter.default for key, parameter in first.items()}
    ours = config.optimizer.model_dump()
    companion = type(optimizer) is torch.optim.AdamW and config.optimizer.name == "muon"
    for key, value in optimizer.defaults.items():
        if key not in usual:
            continue
        own = () if companion else tuple(k for k in FIELDS.get(key, (key,)) if k in ours)
        if key == "lr":
            share = value / config.optimizer.lr
            yield key, "LR" if share == 1 else f"{share:g} * LR", ("name",)
        elif own or value != usual[key]:
            yield key, literal(value), own or ("name",)


def factor(config: RunConfig, sources: Sources) -> list[Line]:
    """The schedule as a function of how much of the run is done; nothing for a constant rate."""
    if config.schedule.name == "constant":
        return []
    home = module(PLACE)
    function = _function(config.schedule.name)
    segment = ast.get_source_segment(home.text, function) or ""
    if isinstance(function, ast.Lambda):
        body = [ast.get_source_segment(home.text, function.body) or ""]
        body = [f"    return {body[0]}"]
    else:
        body = segment.splitlines()[1:]
    theory = SCHEDULES[config.schedule.name].theory
    lines = [
        say("def factor(done: float) -> float:", "schedule.name"),
        say(f'    """{theory}"""', "schedule.name"),
    ]
    values = config.schedule.model_dump()
    for text in body:
        said = [key for key in values if f"config.{key}" in text]
        for key in said:
            text = text.replace(f"config.{key}", literal(values[key]))
        lines.append(say(text, *(f"schedule.{key}" for key in said)))
    sources.need(PLACE, "\n".join(line.text for line in lines))
    return lines


def _function(name: str) -> ast.Lambda | ast.FunctionDef:
    """The schedule's entry in its menu: a lambda, or a function by name."""
    home = module(PLACE)
    table: Any = home.defined["SCHEDULES"]
    entries = zip(table.value.keys, table.value.values, strict=True)
    found: Any = next(value.args[2] for key, value in entries if key.value == name)
    if isinstance(found, ast.Name):
        found = home.defined[found.id]
    return found  # type: ignore[no-any-return]
