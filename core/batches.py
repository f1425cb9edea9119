"""From a packed set to batches: split, order, normalisation and augmentation on whole batches."""

from collections.abc import Iterator, Sequence

import torch
import torch.nn.functional as F

from core.config import DataConfig

SPLIT_SEED = 20_131  # the split belongs to the set, not to the run: all runs share one


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


def epoch_generator(seed: int, epoch: int) -> torch.Generator:
    """The one source of chance for an epoch's order; depends on seed and epoch alone."""
    return torch.Generator().manual_seed(seed * 100_003 + epoch)


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
        return torch.addcmul(self.shift, pictures.float(), self.scale)

    def undo(self, x: torch.Tensor) -> torch.Tensor:
        """Back to uint8 for the eye. (b, c, h, w) float -> uint8"""
        return ((x.float() - self.shift) / self.scale).round().clamp(0, 255).to(torch.uint8)


def augment(pictures: torch.Tensor, config: DataConfig) -> torch.Tensor:
    """Shift and mirror each picture of a batch on its own; uses torch's global generator.

    (b, c, h, w) uint8 -> (b, c, h, w) uint8. Shifts pad with the picture's edge.
    """
    b, _, h, w = pictures.shape
    if config.flip:
        mirrored = torch.rand(b) < 0.5
        pictures = torch.where(mirrored.view(b, 1, 1, 1), pictures.flip(3), pictures)
    if config.shift:
        s = config.shift
        padded = F.pad(pictures.float(), (s, s, s, s), mode="replicate").to(torch.uint8)
        rows = torch.randint(0, 2 * s + 1, (b, 1)) + torch.arange(h)
        columns = torch.randint(0, 2 * s + 1, (b, 1)) + torch.arange(w)
        each = torch.arange(b).view(b, 1, 1)
        # Advanced indices beside a slice put (b, h, w) first and the channels last.
        moved = padded[each, :, rows.view(b, h, 1), columns.view(b, 1, w)]
        pictures = moved.permute(0, 3, 1, 2)
    return pictures


def in_chunks(indices: torch.Tensor, size: int) -> Iterator[torch.Tensor]:
    """Consecutive pieces of at most `size` indices, for evaluation."""
    yield from indices.split(size)
