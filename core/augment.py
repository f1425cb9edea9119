"""Augmentation: every picture of a batch varied on its own, so that none is seen twice alike."""

import math
from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F

from core import batches
from core.batches import Chance
from core.config import DataConfig, RunConfig
from core.data import load


def augment(
    pictures: torch.Tensor,
    config: DataConfig,
    mean: Sequence[float],
    *,
    mirrored: torch.Tensor | None = None,
    chance: Chance = None,
) -> torch.Tensor:
    """Mirror, turn, shift and erase, each where the config asks for it.

    (b, c, h, w) uint8 -> (b, c, h, w) uint8. mean, 0 to 1 per channel, fills what is erased;
    mirrored (b) says which pictures to mirror, None leaves that to chance.
    """
    b = len(pictures)
    if config.flip:
        if mirrored is None:
            mirrored = torch.rand(b, generator=chance) < 0.5
        pictures = mirror(pictures, mirrored)
    if config.rotate:
        share = 2 * torch.rand(b, generator=chance) - 1
        pictures = turn(pictures, share * config.rotate)
    if config.shift:
        pictures = shift(pictures, config.shift, chance)
    if config.erase:
        pictures = erase(pictures, config.erase, mean, chance)
    return pictures


def sides(count: int, seed: int) -> torch.Tensor:
    """Which of `count` pictures face the other way in even epochs, for `alternate`. (count) bool

    Jordan 2024, arXiv 2404.00498, section 3.6.
    """
    return torch.rand(count, generator=torch.Generator().manual_seed(seed)) < 0.5


def mirror(pictures: torch.Tensor, chosen: torch.Tensor) -> torch.Tensor:
    """Swap left and right in the chosen pictures. (b, c, h, w), (b) bool"""
    chosen = chosen.to(pictures.device).view(-1, 1, 1, 1)
    return torch.where(chosen, pictures.flip(3), pictures)


def turn(pictures: torch.Tensor, degrees: torch.Tensor) -> torch.Tensor:
    """Turn each picture about its middle; the edge's colour fills the corners. (b, c, h, w), (b)"""
    radians = degrees.to(pictures.device) * (math.pi / 180)
    cosine, sine, zero = radians.cos(), radians.sin(), torch.zeros_like(radians)
    rows = torch.stack((cosine, -sine, zero, sine, cosine, zero), 1)
    return warp(pictures.float(), rows).round_().clamp_(0, 255).to(torch.uint8)


def warp(pictures: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
    """Each picture under its own affine map; the edge's colour fills up. (b, c, h, w), (b, 6)

    rows: both rows of the map, from a place seen to the place it is taken from, −1 to 1.
    """
    grid = F.affine_grid(rows.view(-1, 2, 3), list(pictures.shape), align_corners=False)
    return F.grid_sample(pictures, grid, padding_mode="border", align_corners=False)


def shift(pictures: torch.Tensor, most: int, chance: Chance = None) -> torch.Tensor:
    """Move each picture by up to `most` pixels either way; its edge is continued. (b, c, h, w)"""
    b, _, h, w = pictures.shape
    padded = F.pad(pictures.float(), (most, most, most, most), mode="replicate").to(torch.uint8)
    rows = torch.randint(0, 2 * most + 1, (b, 1), generator=chance) + torch.arange(h)
    columns = torch.randint(0, 2 * most + 1, (b, 1), generator=chance) + torch.arange(w)
    each = torch.arange(b).view(b, 1, 1)
    # Advanced indices beside a slice put (b, h, w) first and the channels last.
    return padded[each, :, rows.view(b, h, 1), columns.view(b, 1, w)].permute(0, 3, 1, 2)


def erase(
    pictures: torch.Tensor, side: int, mean: Sequence[float], chance: Chance = None
) -> torch.Tensor:
    """Paint a square of the mean colour over a part of each picture. (b, c, h, w) uint8

    DeVries & Taylor 2017, arXiv 1708.04552; the square lies wholly inside.
    """
    b, _, h, w = pictures.shape
    high, wide = min(side, h), min(side, w)
    top = torch.randint(0, h - high + 1, (b, 1), generator=chance)
    left = torch.randint(0, w - wide + 1, (b, 1), generator=chance)
    rows, columns = torch.arange(h) - top, torch.arange(w) - left
    inside = ((rows >= 0) & (rows < high))[:, :, None] & ((columns >= 0) & (columns < wide))[
        :, None
    ]
    colour = [round(255 * share) for share in mean]
    fill = torch.tensor(colour, dtype=torch.uint8, device=pictures.device).view(1, -1, 1, 1)
    return torch.where(inside[:, None].to(pictures.device), fill, pictures)


def partners(count: int, alpha: float, chance: Chance = None) -> tuple[float, torch.Tensor]:
    """How much of itself each picture keeps, at least half, and whom it is mixed with. float, (b)

    Zhang et al. 2017, mixup, arXiv 1710.09412: the share comes from Beta(α, α).
    """
    pair = torch._sample_dirichlet(torch.full((2,), alpha, dtype=torch.float64), chance)
    return float(pair.max()), torch.randperm(count, generator=chance)


def mix(x: torch.Tensor, share: float, order: torch.Tensor) -> torch.Tensor:
    """share · x + (1 − share) · partner. (b, c, h, w) -> (b, c, h, w)"""
    return torch.lerp(x[order.to(x.device)], x, share)


def wanted(config: DataConfig) -> bool:
    """Whether this config varies its pictures at all."""
    return bool(config.flip or config.shift or config.rotate or config.erase or config.mixup)


def before_after(config: RunConfig, count: int = 8) -> tuple[np.ndarray, np.ndarray]:
    """Pictures of the run's first batch, as they are and as the net will see them.

    -> uint8 (n, h, w, c) twice; the very pictures, chance included, that training begins with.

    Raises:
        ValueError: the set is not here or too small.
    """
    pictures = load(config.data.name)
    train, _ = batches.split(pictures.train_labels, config.data)
    order = batches.epoch_order(train, config.seed, 0)
    first = batches.cut(order, batches.batch_starts(len(order), config.batch), 0)
    # Not the global generator: others in this process draw from it.
    chance = torch.Generator().manual_seed(batches.epoch_seed(config.seed, 0))
    plain = pictures.train_images[first]
    mirrored = sides(len(pictures.train_labels), config.seed)[first]
    seen = augment(
        plain,
        config.data,
        pictures.mean,
        mirrored=mirrored if config.data.alternate else None,
        chance=chance,
    )
    if config.data.mixup:
        share, partner = partners(len(seen), config.data.mixup, chance)
        seen = mix(seen.float(), share, partner).round().to(torch.uint8)
    before, after = (part[:count].permute(0, 2, 3, 1).numpy() for part in (plain, seen))
    return before, after
