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

from core import batches
from core.augment import augment
from core.config import DataConfig, RunConfig
from core.device import bfloat16, device
from core.objectives import OBJECTIVES
from core.optim import OPTIMIZERS
from models import MODELS, build

PATIENCE = 0.06  # seconds that timing real steps may take
LARGE = 4_000_000  # parameters; larger nets are counted, not built
PROBE = 16  # pictures of the first timed step
SECOND_CORE = 0.6  # what each further core adds to one core's speed
FORWARD = 0.35  # share of a training step that only looks


@dataclass(frozen=True)
class Estimate:
    """Costs of a run; memory is weights, gradients, optimiser state and activations, in bytes."""

    parameters: int
    memory_bytes: int
    seconds_per_epoch: float
    images_per_second: float


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
        ValueError: the net does not fit the pictures, or the batch is larger than the set.
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
    picture = (channels, size, size)
    with _one_thread():
        if parameters > LARGE:
            rate = _counted(ghost, picture, parameters, config)
        else:
            rate = _timed(build(config.model, **shape), picture, classes, config)
    copies = 3 + _states(config)  # weights, gradients, the last finite weights
    copies += 2 * (config.average > 0) + (config.patience > 0)  # averages; the best weights
    memory = round(4 * parameters * copies) + config.batch * _activations(ghost, picture)
    seconds = (train + FORWARD * kept * (1 + config.mirror)) / rate
    return Estimate(parameters, memory, seconds, rate)


@contextmanager
def _one_thread() -> Iterator[None]:
    """Threads that wait for a busy core would be timed as if the net were slow."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _states(config: RunConfig) -> float:
    """Numbers that the optimiser remembers per weight, found by one step on a tiny matrix."""
    weight = nn.Parameter(torch.ones(4, 4))
    weight.grad = torch.ones(4, 4)
    remembered = 0
    for optimizer in OPTIMIZERS[config.optimizer.name].build([weight], config.optimizer):
        optimizer.step()
        states = (value for state in optimizer.state.values() for value in state.values())
        remembered += sum(v.numel() for v in states if torch.is_tensor(v) and v.numel() > 1)
    return remembered / weight.numel()


def _activations(ghost: nn.Module, picture: tuple[int, int, int]) -> int:
    """Bytes kept for the backward pass per picture; a shared storage counts once."""
    kept: dict[int, int] = {}
    weights = {p.untyped_storage()._cdata for p in ghost.parameters()}

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage._cdata not in weights:
            kept[storage._cdata] = storage.nbytes()
        return tensor

    count = 2  # batch norm needs two
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        # The result keeps the graph, and with it every storage, alive until the sum is taken.
        result = ghost(torch.empty(count, *picture, device="meta"))
        total = sum(kept.values()) + result.untyped_storage().nbytes()
    return total // count


def _timed(net: nn.Module, picture: tuple[int, int, int], classes: int, config: Any) -> float:
    """Pictures per second, from real steps of the real objective on noise."""
    where = device()
    half = bfloat16(config, where)
    net = net.to(where).to(memory_format=torch.channels_last)
    trained = [p for p in net.parameters() if p.requires_grad]
    optimizers = OPTIMIZERS[config.optimizer.name].build(trained, config.optimizer)
    objective = OBJECTIVES[MODELS[config.model.name].objective](
        net,
        optimizers,
        clip=config.clip,
        smoothing=config.smoothing,
        mixup=config.data.mixup,
        bfloat16=half,
        device=where,
    )
    scale = batches.Normalise([0.5] * picture[0], [0.25] * picture[0], where)

    clock = _clock()

    def seconds(count: int) -> float:
        pixels = torch.randint(0, 256, (count, *picture), dtype=torch.uint8, device=where)
        labels = torch.arange(count, device=where) % classes
        start = clock()
        x = scale(augment(pixels, config.data, [0.5] * picture[0]))
        objective.step(x.contiguous(memory_format=torch.channels_last), labels)
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
        ghost(torch.empty(2, *picture, device="meta")).sum().backward()
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
