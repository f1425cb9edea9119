"""Tally and Score: sums that become means per picture, and what an evaluation found."""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import torch

from core.watch import Watcher


@dataclass(frozen=True)
class Score:
    """Means over `count` pictures; confusion[i, j] counts pictures of class i called j.

    confusion is None where nothing is called anything, as by an autoencoder.
    """

    count: int
    means: dict[str, float]
    confusion: torch.Tensor | None

    @property
    def good(self) -> float:
        """What the best checkpoint has most of: accuracy, else little error and little distance."""
        if "accuracy" in self.means:
            return self.means["accuracy"]
        return -self.means["loss"] - self.means.get("mmd", 0.0)


class Tally:
    """Sums that become means over pictures, not over batches (the last batch is smaller)."""

    def __init__(self) -> None:
        self.count = 0
        self.sums: dict[str, float] = {}

    def add(self, values: Mapping[str, float], count: int) -> None:
        """Take in the means of one batch of `count` pictures."""
        self.count += count
        for name, value in values.items():
            self.sums[name] = self.sums.get(name, 0.0) + value * count

    def means(self) -> dict[str, float]:
        """Mean per picture of everything added."""
        return {name: total / max(self.count, 1) for name, total in self.sums.items()}


class Objective(Protocol):
    """The part of a run that differs between classifiers and generative models."""

    watcher: Watcher  # told by `step` how far it has come

    def step(self, x: torch.Tensor, labels: torch.Tensor) -> dict[str, float]:
        """One gradient step on a normalised batch; means over the batch."""

    def since(self) -> dict[str, float]:
        """Further means over all training pictures since the last call."""

    def evaluate(self, batches: Callable[[], Any], classes: int) -> Generator[None, None, Score]:
        """Score the model on batches of (x, labels), resting between them."""
