"""What a run will cost, before it runs: parameters, memory, seconds per epoch. All are "about"."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
import torch._dynamo  # a second that torch.optim would otherwise take at somebody's first click
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from core import batches, memory
from core.augment import augment
from core.config import DataConfig, RunConfig
from core.device import bfloat16, device
from core.objectives import objective
from core.optim import OPTIMIZERS, optimizers_for
from models import build

PATIENCE = 0.06  # seconds that timing real steps may take
LARGE = 4_000_000  # parameters; larger nets are counted, not built
HEAVY = 400_000_000  # bytes that the first timed step may take; heavier nets are counted too
PROBE = 16  # pictures of the first timed step
SECOND_CORE = 0.6  # what each further core adds to one core's speed
FORWARD = 0.35  # share of a training step that only looks


@dataclass(frozen=True)
class Estimate:
    """Costs of a run; memory is weights, gradients, optimiser state and activations, in bytes.

    parameters are learned, frozen ones are not.
    """

    parameters: int
    memory_bytes: int
    seconds_per_epoch: float
    images_per_second: float
    frozen: int = 0


def essence(config: RunConfig) -> RunConfig:
    """The config with everything that does not change its cost set back to the default.

    Two configs with one essence share one estimate, so this is the key to keep it under.
    """
    plain = RunConfig()
    data = config.data
    return config.model_copy(
        update={
            "data": data.model_copy(update=_sketch(data)),
            "optimizer": OPTIMIZERS[config.optimizer.name].config(),
            "schedule": plain.schedule,
            "epochs": plain.epochs,
            "seed": plain.seed,
            "clip": float(config.clip > 0),
            "smoothing": 0.0,
            "average": 0.9 * (config.average > 0),
            "patience": min(config.patience, 1),
            "fault": "",
        }
    )


def _sketch(data: DataConfig) -> dict[str, Any]:
    """Augmentation costs the same, however strong it is."""
    small = {name: min(getattr(data, name), 1) for name in ("shift", "rotate", "erase")}
    return small | {"alternate": False, "mixup": float(data.mixup > 0)}


def estimate(
    config: RunConfig, *, channels: int, size: int, classes: int, train_count: int
) -> Estimate:
    """Estimate a run on `train_count` pictures (the whole training file, split included).

    Raises:
        ValueError: the net does not fit the pictures or this machine's memory, or the batch is
            larger than the set.
    """
    kept = max(1, round(train_count * config.data.validation))
    train = train_count - kept
    train = min(train, config.data.limit or train)
    if config.batch > train:
        raise ValueError(
            f"batch {config.batch} is larger than the {train} training pictures of "
            f"{config.data.name}: use at most {train}"
        )
    shape = {"channels": channels, "image": size, "classes": classes}
    with torch.device("meta"):
        ghost = build(config.model, **shape)
    parameters = sum(p.numel() for p in ghost.parameters() if p.requires_grad)
    frozen = sum(p.numel() for p in ghost.parameters()) - parameters
    picture = (channels, size, size)
    need = memory.of_net(ghost, config, picture)
    memory.check(config, need, channels=channels, size=size, classes=classes)
    with _one_thread():
        if parameters + frozen > LARGE or PROBE * need.per_picture > HEAVY:
            rate = _counted(ghost, picture, parameters, config)
        else:
            rate = _timed(build(config.model, **shape), picture, classes, config)
    seconds = (train + FORWARD * kept * (1 + config.mirror)) / rate
    return Estimate(parameters, need.whole(config.batch), seconds, rate, frozen)


@contextmanager
def _one_thread() -> Iterator[None]:
    """Threads that wait for a busy core would be timed as if the net were slow."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _timed(net: nn.Module, picture: tuple[int, int, int], classes: int, config: Any) -> float:
    """Pictures per second, from real steps of the real objective on noise."""
    where = device()
    half = bfloat16(config, where)
    net = net.to(where).to(memory_format=torch.channels_last)
    optimizers = optimizers_for(net, config.optimizer)
    goal = objective(config, net, optimizers, net, half, where)
    scale = batches.Normalise([0.5] * picture[0], [0.25] * picture[0], where)

    clock = _clock()

    def seconds(count: int) -> float:
        pixels = torch.randint(0, 256, (count, *picture), dtype=torch.uint8, device=where)
        labels = torch.arange(count, device=where) % classes
        start = clock()
        x = scale(augment(pixels, config.data, [0.5] * picture[0]))
        goal.step(x.contiguous(memory_format=torch.channels_last), labels)
        return clock() - start

    few = min(PROBE, config.batch)
    seconds(few)  # the first step pays for what later ones find ready
    one = min(seconds(few) for _ in range(2))
    many = min(config.batch, max(few, int(few * PATIENCE / one)))
    step = min(seconds(many) for _ in range(2)) if many > few else one
    fixed = max(0.0, (one * many - step * few) / (many - few)) if many > few else 0.0
    per_picture = (step - min(fixed, 0.9 * step)) / many
    return _cores() * config.batch / (min(fixed, 0.9 * step) + per_picture * config.batch)


def _clock() -> Callable[[], float]:
    """A clock that stands still while other processes have the core."""
    return time.perf_counter if device().type == "cuda" else time.thread_time


def _counted(
    ghost: nn.Module, picture: tuple[int, int, int], parameters: int, config: Any
) -> float:
    """Pictures per second of a net too large to build here: its sums over this machine's rate."""
    with FlopCounterMode(display=False) as counter:
        said = ghost(torch.empty(2, *picture, device="meta"))
        torch.stack([part.sum() for part in memory.parts(said)]).sum().backward()
    sums = counter.get_total_flops() / 2 + 20 * parameters / config.batch
    return _cores() * _sums_per_second() / sums


def _sums_per_second(side: int = 512) -> float:
    """Additions and products per second of this machine, from a square matrix product."""
    matrix = torch.ones(side, side, device=device())
    clock = _clock()
    seconds = 1.0
    for _ in range(3):
        start = clock()
        float((matrix @ matrix)[0, 0])  # reading a number waits for a card to finish
        seconds = min(seconds, clock() - start)
    return 2 * side**3 / max(seconds, 1e-9)


def _cores() -> float:
    """How much faster a worker with all cores is than one thread."""
    if device().type == "cuda":
        return 1.0
    return 1 + SECOND_CORE * ((os.cpu_count() or 1) - 1)
