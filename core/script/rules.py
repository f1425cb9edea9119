"""Optimiser and schedule as lines of code, read off the very objects that a run uses."""

import ast
import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from core.config import RunConfig
from core.optim import OPTIMIZERS, Optimizers
from core.schedules import SCHEDULES
from core.script.lines import Line, literal, say
from core.script.sources import Sources, module

PLACE = "core.schedules"
FIELDS = {"betas": ("beta1", "beta2")}  # torch's word → ours, where they differ


@dataclass(frozen=True)
class Group:
    """Weights that learn together: their optimiser's name, the weights, their share of the rate.

    knob is the control that says the share, if any.
    """

    name: str = "optimizer"
    weights: str = "model.parameters()"
    share: float = 1.0
    knob: str = ""


def optimizers(config: RunConfig, group: Group, sources: Sources) -> list[Line]:
    """Lines that make a group's optimisers: one, or `muon` and `adamw` for Muon."""
    made = _made(config, group)
    if len(made) == 1:
        return _constructor(group, group.name, made[0], group.weights, config, sources)
    heading = "# Muon is for matrices and kernels; AdamW moves the vectors."
    trained, lines = group.weights, [say(heading, "optimizer.name")]
    if not trained.isidentifier():
        told = trained if trained.startswith("[") else f"list({trained})"
        trained, lines = "trained", [*lines, say(f"trained = {told}")]
    for name, optimizer, test in zip(names(config, group), made, (">= 2", "< 2"), strict=True):
        chosen = f"[p for p in {trained} if p.ndim {test}]"
        lines += _constructor(group, name, optimizer, chosen, config, sources)
    return lines


def _made(config: RunConfig, group: Group) -> Optimizers:
    """The very optimisers of such a group, on weights of no importance."""
    probe = nn.Parameter(torch.ones(2, 2)), nn.Parameter(torch.ones(2))
    own = config.optimizer.model_copy(update={"lr": config.optimizer.lr * group.share})
    return OPTIMIZERS[config.optimizer.name].build(probe, own)


def names(config: RunConfig, group: Group) -> list[str]:
    """What the script calls a group's optimisers."""
    if config.optimizer.name != "muon":
        return [group.name]
    before = "" if group.name == Group.name else f"{group.name}_"
    return [f"{before}muon", f"{before}adamw"]


def movers(config: RunConfig, group: Group) -> list[tuple[str, float]]:
    """A group's optimisers by name, each with its rate as a share of the run's."""
    rates = [optimizer.param_groups[0]["lr"] for optimizer in _made(config, group)]
    named = zip(names(config, group), rates, strict=True)
    return [(name, rate / config.optimizer.lr) for name, rate in named]


def times(share: float, what: str) -> str:
    """A share of something, as code."""
    return what if share == 1 else f"{share:.12g} * {what}"


def _constructor(
    group: Group,
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
        told = [f"optimizer.{knob}" for knob in knobs]
        told += [group.knob] if group.knob and key == "lr" else []
        lines.append(say(f"    {key}={value},", *told))
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
            yield key, times(value / config.optimizer.lr, "LR"), ("name",)
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
