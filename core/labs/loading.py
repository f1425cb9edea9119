"""The next real batch under a microscope: its numbers before and after normalisation."""

from dataclasses import dataclass

import numpy as np
import torch

from core import batches
from core.config import RunConfig
from core.data import load

SETS = ("mnist-5k", "shapes")
BATCH = 9
WINDOW = 7  # numbers a side that are told


@dataclass(frozen=True)
class Next:
    """The batch that a run would train with next.

    indices (b) in the set; packed (b, c, h, w) uint8 as it lies on disk; given (b, c, h, w)
    float32 as the net is given it; labels (b) names; mean, std (c) of the set, 0..1.
    """

    indices: np.ndarray
    packed: np.ndarray
    given: np.ndarray
    labels: tuple[str, ...]
    mean: tuple[float, ...]
    std: tuple[float, ...]

    def moments(self) -> dict[str, tuple[list[float], list[float]]]:
        """Mean and deviation per channel: of the bytes / 255, and of what the net is given."""
        return {
            "before": _moments(self.packed.astype(np.float64) / 255),
            "after": _moments(self.given.astype(np.float64)),
        }


def _moments(x: np.ndarray) -> tuple[list[float], list[float]]:
    return x.mean((0, 2, 3)).tolist(), x.std((0, 2, 3)).tolist()


def next_batch(name: str, number: int = 0, size: int = BATCH, seed: int = 0) -> Next:
    """Batch `number` of a run's first epoch: the same split, order and arithmetic.

    Raises:
        ValueError: the set is not here, or has no such batch.
    """
    pictures = load(name)
    config = RunConfig.model_validate({"data": {"name": name}, "seed": seed})
    train, _ = batches.split(pictures.train_labels, config.data)
    order = batches.epoch_order(train, seed, 0)
    chosen = order[number * size : (number + 1) * size]
    if number < 0 or len(chosen) < size:
        raise ValueError(
            f"batch {number} is beyond the epoch: it has {len(order) // size} of {size}"
        )
    mean, std = batches.moments(config, pictures.mean, pictures.std)
    packed = pictures.train_images[chosen]
    given = batches.Normalise(mean, std)(packed)
    labels = tuple(pictures.classes[int(at)] for at in pictures.train_labels[chosen])
    return Next(chosen.numpy(), packed.numpy(), given.numpy(), labels, tuple(mean), tuple(std))


def window(shape: tuple[int, int], row: int, column: int, side: int = WINDOW) -> tuple[int, int]:
    """The first row and column of a window about a place that lies wholly inside."""
    first = [
        min(max(at - side // 2, 0), n - side) for at, n in zip((row, column), shape, strict=True)
    ]
    return first[0], first[1]


def code(name: str, mean: tuple[float, ...], std: tuple[float, ...]) -> str:
    """The PyTorch of it."""
    means, stds = (", ".join(f"{value:.4f}" for value in part) for part in (mean, std))
    return f"""pictures, labels = next(iter(loader))  # {name}, uint8 (b, c, h, w)
x = pictures.float() / 255
mean = torch.tensor([{means}]).view(1, -1, 1, 1)
std = torch.tensor([{stds}]).view(1, -1, 1, 1)
x = (x - mean) / std  # each channel: mean 0, deviation 1"""


def by_the_lines(batch: Next) -> torch.Tensor:
    """What the lines of `code` give, with all digits of mean and std. -> (b, c, h, w)"""
    mean, std = (torch.tensor(part).view(1, -1, 1, 1) for part in (batch.mean, batch.std))
    return (torch.from_numpy(batch.packed).float() / 255 - mean) / std
