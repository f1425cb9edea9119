"""What `num_workers` costs and brings: measured in a process of its own, not the server."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch.utils.data import DataLoader, Dataset

from core.data import load

SET = "mnist-5k"
PICTURES = 2000
BATCH = 64
WORKERS = (0, 1, 2)
LONGEST = 120  # seconds for the whole measurement
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Measured:
    """One way to load an epoch: name, seconds to the first batch, pictures a second over all."""

    name: str
    first: float
    speed: float


class Items(Dataset[tuple[torch.Tensor, int]]):
    """A set taken picture by picture, each normalised by itself, as in most study notes."""

    def __init__(self) -> None:
        pictures = load(SET)
        self.images, self.labels = pictures.train_images[:PICTURES], pictures.train_labels
        self.mean, self.std = pictures.mean[0], pictures.std[0]

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        x = (self.images[index].float() / 255 - self.mean) / self.std
        return x, int(self.labels[index])


def whole(items: Items) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """The same batches taken whole, by index, and normalised at once."""
    for part in torch.randperm(len(items)).split(BATCH):
        yield (items.images[part].float() / 255 - items.mean) / items.std, items.labels[part]


def timed(name: str, batches: Iterator[object], count: int) -> Measured:
    """Go through an epoch of `count` pictures."""
    began = time.perf_counter()
    next(batches)
    first = time.perf_counter() - began
    for _ in batches:
        pass
    return Measured(name, first, count / (time.perf_counter() - began))


def epochs() -> list[Measured]:
    """Every way once; starts processes, so it belongs into a process of its own."""
    torch.set_num_threads(1)
    items = Items()
    found = []
    for workers in WORKERS:
        loader = DataLoader(items, BATCH, shuffle=True, num_workers=workers)
        found.append(timed(f"num_workers={workers}", iter(loader), len(items)))
    return [*found, timed("whole batches", whole(items), len(items))]


def measure() -> list[Measured]:
    """The same, measured in a child.

    Raises:
        ValueError: the child did not come to an end, or not to a good one.
    """
    command = [sys.executable, "-m", "core.labs.workers"]
    try:
        done = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, timeout=LONGEST, check=True
        )
        return [Measured(**row) for row in json.loads(done.stdout)]
    except (subprocess.SubprocessError, ValueError, TypeError, OSError) as problem:
        raise ValueError(
            f"the measurement came to no end ({type(problem).__name__}): "
            "try again when the machine is less busy"
        ) from None


def code(workers: int) -> str:
    """The PyTorch of it."""
    return f"loader = DataLoader(dataset, batch_size={BATCH}, shuffle=True, num_workers={workers})"


if __name__ == "__main__":
    sys.stdout.write(json.dumps([asdict(row) for row in epochs()]))
