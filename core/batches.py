"""From a packed set to batches: split, order and normalisation, on whole batches."""

from collections.abc import Iterator, Sequence

import torch

from core.config import DataConfig, RunConfig
from models import MODELS

SPLIT_SEED = 20_131  # the split belongs to the set, not to the run: all runs share one
Chance = torch.Generator | None  # None is torch's global generator


def split(labels: torch.Tensor, config: DataConfig) -> tuple[torch.Tensor, torch.Tensor]:
    """Indices of training and validation pictures, disjoint, the same for every run. [n], [m]

    Raises:
        ValueError: fewer than two pictures remain on either side.
    """
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(SPLIT_SEED))
    kept = max(1, round(len(order) * config.validation))
    train, validation = order[kept:], order[:kept]
    if config.limit:
        train = train[: config.limit]
    if len(train) < 2 or len(validation) < 2:
        raise ValueError(
            f"{len(labels)} pictures leave {len(train)} to train on and {len(validation)} to "
            "validate on: use a larger set or another validation share"
        )
    return train, validation


def epoch_order(train: torch.Tensor, seed: int, epoch: int) -> torch.Tensor:
    """The training pictures in an epoch's order; depends on seed and epoch alone. (n) -> (n)"""
    chance = torch.Generator().manual_seed(seed * 100_003 + epoch)
    return train[torch.randperm(len(train), generator=chance)]


def epoch_seed(seed: int, epoch: int) -> int:
    """What torch's global generator is set to when an epoch begins: augmentation, dropout."""
    return seed * 7919 + epoch


def batch_starts(count: int, batch: int) -> list[int]:
    """Where each batch begins; a last batch of one joins its neighbour (batch norm needs two)."""
    starts = list(range(0, count, batch))
    if len(starts) > 1 and count - starts[-1] == 1:
        starts.pop()
    return starts


def cut(order: torch.Tensor, starts: Sequence[int], number: int) -> torch.Tensor:
    """The indices of batch `number`."""
    end = starts[number + 1] if number + 1 < len(starts) else len(order)
    return order[starts[number] : end]


def moments(
    config: RunConfig, mean: Sequence[float], std: Sequence[float]
) -> tuple[list[float], list[float]]:
    """What a run normalises by: the pictures' own, or ½ and ½ for nets that take −1…1."""
    if MODELS[config.model.name].signed:
        return [0.5] * len(mean), [0.5] * len(std)
    return list(mean), list(std)


class Normalise:
    """uint8 pictures → floats with mean 0 and deviation 1 per channel, as training saw them.

    (b, c, h, w) uint8 -> (b, c, h, w) float32. The same object serves training, validation and
    uploaded pictures, so there is nothing to keep equal.
    """

    def __init__(
        self, mean: Sequence[float], std: Sequence[float], device: str | torch.device = "cpu"
    ) -> None:
        scale = [1 / (255 * max(s, 1e-4)) for s in std]
        shift = [-m / max(s, 1e-4) for m, s in zip(mean, std, strict=True)]
        self.scale = torch.tensor(scale, device=device).view(1, -1, 1, 1)
        self.shift = torch.tensor(shift, device=device).view(1, -1, 1, 1)

    def __call__(self, pictures: torch.Tensor) -> torch.Tensor:
        """(b, c, h, w) uint8 -> float32"""
        return pictures.to(torch.float32, copy=True).mul_(self.scale).add_(self.shift)

    def undo(self, x: torch.Tensor) -> torch.Tensor:
        """Back to uint8 for the eye. (b, c, h, w) float -> uint8"""
        return ((x.float() - self.shift) / self.scale).round().clamp(0, 255).to(torch.uint8)


def in_chunks(indices: torch.Tensor, size: int) -> Iterator[torch.Tensor]:
    """Consecutive pieces of at most `size` indices, for evaluation."""
    yield from indices.split(size)
