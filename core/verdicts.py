"""Verdicts: what discriminators are asked about codes, and how wrong what they say is."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
import torch.nn.functional as F
from torch import nn


def told_apart(said: torch.Tensor, smoothing: float = 0.0) -> torch.Tensor:
    """How badly the first half was taken for real and the second for made. (2b) -> ()

    smoothing is taken off what is to be said of the first half.
    """
    half = len(said) // 2
    truth = torch.zeros_like(said)
    truth[:half] = 1 - smoothing
    return F.binary_cross_entropy_with_logits(said, truth)


def parts_for(labels: torch.Tensor, parts: int) -> torch.Tensor:
    """The part of the prior to draw from for each label, any one for a −1. (b) -> (b)"""
    chance = torch.randint(parts, labels.shape, device=labels.device)
    return torch.where(labels < 0, chance, labels)


def sorts(logits: torch.Tensor) -> torch.Tensor:
    """Classes drawn evenly, then those that the encoder has found. (b, k) -> (2b, k)"""
    width = logits.shape[1]
    drawn = torch.randint(width, (len(logits),), device=logits.device)
    real = F.one_hot(drawn, width).float()
    return torch.cat([real, logits.softmax(1)])


@contextmanager
def still(parameters: Sequence[nn.Parameter]) -> Iterator[None]:
    """Weights that ask for no gradient meanwhile: what is not needed is not worked out."""
    for parameter in parameters:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter in parameters:
            parameter.requires_grad_(True)
