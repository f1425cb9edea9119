"""Memory: what a run will hold in it, what this machine has, and what would fit where it does not.

Weights count once each for their values, their gradients, the optimiser's notes and the copies
that a run keeps; what the backward pass needs counts for every picture of the batch.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from core.config import RunConfig
from core.device import device
from core.optim import OPTIMIZERS
from models import build

LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")
FLOAT = 4  # bytes
FEW = 8  # pictures: a smaller batch is no remedy, the net itself is too large


@dataclass(frozen=True)
class Memory:
    """Bytes that do not depend on the batch, and bytes for each of its pictures."""

    fixed: int
    per_picture: int

    def whole(self, batch: int) -> int:
        """Bytes of a run with this batch."""
        return self.fixed + batch * self.per_picture

    def most(self, room: int) -> int:
        """The largest batch that fits into so many bytes, 0 where none does."""
        return max(0, (room - self.fixed) // max(1, self.per_picture))


def needed(config: RunConfig, *, channels: int, size: int, classes: int) -> Memory:
    """What a run of this config will hold in memory.

    Raises:
        ValueError: the net does not fit the pictures.
    """
    with torch.device("meta"):
        ghost = build(config.model, channels=channels, image=size, classes=classes)
    return of_net(ghost, config, (channels, size, size))


def of_net(ghost: nn.Module, config: RunConfig, picture: tuple[int, int, int]) -> Memory:
    """The same for a net that was built without numbers."""
    learned = sum(p.numel() for p in ghost.parameters() if p.requires_grad)
    frozen = sum(p.numel() for p in ghost.parameters()) - learned
    copies = 3 + _states(config)  # weights, gradients, the last finite weights
    copies += 2 * (config.average > 0) + (config.patience > 0)  # averages; the best weights
    idle = 1 + (config.average > 0)  # what never changes is in no copy but the average's own
    fixed = round(FLOAT * (learned * copies + frozen * idle))
    return Memory(fixed, _activations(ghost, picture))


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
        handed = sum(part.untyped_storage().nbytes() for part in parts(result))
        total = sum(kept.values()) + handed
    return total // count


def parts(said: Any) -> tuple[torch.Tensor, ...]:
    """What a net hands on, as several tensors: an autoencoder has pictures and verdicts."""
    return said if isinstance(said, tuple) else (said,)


def capacity() -> int:
    """Bytes of memory where a run would be computed; 0 where that cannot be found out."""
    where = device()
    if where.type == "cuda":
        return int(torch.cuda.get_device_properties(where).total_memory)
    whole = 0
    with suppress(AttributeError, ValueError, OSError):  # Windows has no sysconf
        whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for place in LIMITS:
        with suppress(OSError, ValueError):  # no such limit, or the word "max"
            whole = min(whole, int(Path(place).read_text()))
    return whole


def check(config: RunConfig, found: Memory, *, channels: int, size: int, classes: int) -> None:
    """Refuse a run that cannot fit into this machine's memory.

    Raises:
        ValueError: it needs more; names the nearest batch, or the nearest net, that fits.
    """
    room = capacity()
    if not room or found.whole(config.batch) <= room:
        return
    shape = {"channels": channels, "size": size, "classes": classes}
    if (most := found.most(room)) >= FEW:
        remedy = f"use a batch of at most {most}"
    else:
        remedy = next(_fitting(config, room, shape), "choose a much smaller net")
    raise ValueError(
        f"this run would need {found.whole(config.batch) / 1e9:.1f} GB of memory and this machine "
        f"has {room / 1e9:.1f} GB: {remedy}"
    )


def _fitting(config: RunConfig, room: int, shape: dict[str, int]) -> Iterator[str]:
    """Smaller nets that fit, as advice."""
    for name, value, changed in _smaller(config):
        try:
            most = needed(changed, **shape).most(room)
        except ValueError:  # heads that do not divide the smaller width
            continue
        if most >= min(FEW, config.batch):
            batch = f" and a batch of at most {most}" if most < config.batch else ""
            yield f"use {name} {value}{batch}"


def _smaller(config: RunConfig) -> Iterator[tuple[str, Any, RunConfig]]:
    """Ever smaller nets of this kind: knob, value, config; by width as far as it goes, then depth.

    Steps are eighths of the present value, so that few nets have to be tried.
    """
    model = config.model
    for name in ("width", "widths", "blocks", "depth"):
        present: Any = getattr(model, name, None)
        for eighths in range(7, 0, -1) if present else ():
            if isinstance(present, tuple):
                value: Any = tuple(max(1, x * eighths // 8) for x in present)
            else:
                step = 8 if name == "width" else 1
                value = max(step, present * eighths // 8 // step * step)
            if value != present:
                changed = model.model_copy(update={name: value})
                yield name, value, config.model_copy(update={"model": changed})
