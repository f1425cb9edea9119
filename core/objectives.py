"""What a run minimises: one batch → one gradient step → a dict of numbers; and evaluation."""

import math
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import torch
import torch.nn.functional as F
from torch import nn

from core.device import autocast
from core.optim import Optimizers

EVALUATION_BATCH = 500
MOST_ANSWERS = 64  # batches whose answers wait to be counted


@dataclass(frozen=True)
class Score:
    """Means over `count` pictures; confusion[i, j] counts pictures of class i called j."""

    count: int
    means: dict[str, float]
    confusion: torch.Tensor


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

    def step(self, x: torch.Tensor, labels: torch.Tensor) -> dict[str, float]:
        """One gradient step on a normalised batch; means over the batch."""

    def since(self) -> dict[str, float]:
        """Further means over all training pictures since the last call."""

    def evaluate(self, batches: Callable[[], Any], classes: int) -> Generator[None, None, Score]:
        """Score the model on batches of (x, labels), resting between them."""


def right(logits: torch.Tensor, labels: torch.Tensor) -> int:
    """How many answers are right. (b, k), (b) -> count"""
    return int((logits.argmax(1) == labels).sum())


class Classify:
    """Softmax cross-entropy on class labels."""

    def __init__(
        self,
        model: nn.Module,
        optimizers: Optimizers,
        *,
        clip: float = 0.0,
        bfloat16: bool = False,
        device: torch.device | None = None,
    ) -> None:
        self.model = model
        self.optimizers = optimizers
        self.clip = clip
        self.bfloat16 = bfloat16
        self.device = device or torch.device("cpu")
        self.answers: list[tuple[torch.Tensor, torch.Tensor]] = []
        self.right = self.asked = 0
        self.trained = [p for p in model.parameters() if p.requires_grad]

    def step(self, x: torch.Tensor, labels: torch.Tensor) -> dict[str, float]:
        """zero_grad → forward → loss → backward → step. A non-finite loss changes no weight."""
        self.model.zero_grad(set_to_none=True)
        with autocast(self.bfloat16, self.device):
            logits = self.model(x).float()
        loss = F.cross_entropy(logits, labels)
        values = {"loss": loss.item()}
        self.answers.append((logits.detach(), labels))
        if len(self.answers) >= MOST_ANSWERS:
            self._count()
        if math.isfinite(values["loss"]):
            loss.backward()
            if self.clip:
                nn.utils.clip_grad_norm_(self.trained, self.clip)
            for optimizer in self.optimizers:
                optimizer.step()
        return values

    def since(self) -> dict[str, float]:
        """Accuracy over all training pictures since the last call.

        Counted over many batches at once: batch by batch it takes 5 % of a thin net's step.
        """
        self._count()
        values = {"accuracy": self.right / self.asked} if self.asked else {}
        self.right = self.asked = 0
        return values

    def _count(self) -> None:
        if self.answers:
            logits, labels = (torch.cat(parts) for parts in zip(*self.answers, strict=True))
            self.right += right(logits, labels)
            self.asked += len(labels)
            self.answers.clear()

    def evaluate(self, batches: Callable[[], Any], classes: int) -> Generator[None, None, Score]:
        """Loss, accuracy and confusion in eval mode; the mode is put back, also after errors."""
        tally = Tally()
        confusion = torch.zeros(classes * classes, dtype=torch.int64)
        for x, labels in batches():
            before = self.model.training
            self.model.eval()
            try:
                with torch.inference_mode(), autocast(self.bfloat16, self.device):
                    logits = self.model(x).float()
            finally:
                self.model.train(before)
            loss = F.cross_entropy(logits, labels)
            share = right(logits, labels) / len(labels)
            tally.add({"loss": loss.item(), "accuracy": share}, len(labels))
            pairs = labels * classes + logits.argmax(1)
            confusion += torch.bincount(pairs, minlength=classes * classes).cpu()
            yield
        return Score(tally.count, tally.means(), confusion.view(classes, classes))


OBJECTIVES: dict[str, type[Classify]] = {"classify": Classify}
