"""What a run minimises: one batch → one gradient step → a dict of numbers; and evaluation."""

import math
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import torch
import torch.nn.functional as F
from torch import nn

from core.augment import mix, partners
from core.config import RunConfig
from core.device import autocast
from core.optim import Optimizers
from core.watch import NOBODY, Watcher
from models import MODELS

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

    watcher: Watcher  # told by `step` how far it has come

    def step(self, x: torch.Tensor, labels: torch.Tensor) -> dict[str, float]:
        """One gradient step on a normalised batch; means over the batch."""

    def since(self) -> dict[str, float]:
        """Further means over all training pictures since the last call."""

    def evaluate(self, batches: Callable[[], Any], classes: int) -> Generator[None, None, Score]:
        """Score the model on batches of (x, labels), resting between them."""


def answers(model: nn.Module, x: torch.Tensor, mirror: bool) -> torch.Tensor:
    """What a net at rest says; with `mirror` the mean over x and its mirror image. -> (b, k)"""
    logits: torch.Tensor = model(x)
    return (logits + model(x.flip(3))) / 2 if mirror else logits


def right(logits: torch.Tensor, labels: torch.Tensor) -> int:
    """How many answers are right. (b, k), (b) -> count"""
    return int((logits.argmax(1) == labels).sum())


class Classify:
    """Softmax cross-entropy on class labels.

    smoothing spreads so much of each label over all classes (Szegedy et al. 2015, arXiv
    1512.00567); mixup is the α of `augment.partners`; judged is the net that evaluation asks,
    with mirror images where `mirror` is on. Evaluation is plain cross-entropy.
    """

    def __init__(
        self,
        model: nn.Module,
        optimizers: Optimizers,
        *,
        clip: float = 0.0,
        smoothing: float = 0.0,
        mixup: float = 0.0,
        mirror: bool = False,
        judged: nn.Module | None = None,
        bfloat16: bool = False,
        device: torch.device | None = None,
    ) -> None:
        self.model = model
        self.judged = model if judged is None else judged
        self.optimizers = optimizers
        self.clip, self.smoothing = clip, smoothing
        self.mixup, self.mirror = mixup, mirror
        self.bfloat16 = bfloat16
        self.device = device or torch.device("cpu")
        self.watcher: Watcher = NOBODY
        self.answers: list[tuple[torch.Tensor, torch.Tensor]] = []
        self.right = self.asked = 0
        self.trained = [p for p in model.parameters() if p.requires_grad]

    def step(self, x: torch.Tensor, labels: torch.Tensor) -> dict[str, float]:
        """zero_grad → forward → loss → backward → step. A non-finite loss changes no weight."""
        watcher = self.watcher
        watcher.begins()
        self.model.zero_grad(set_to_none=True)
        watcher.cleared()
        mixed = partners(len(x), self.mixup) if self.mixup else None
        if mixed is not None:
            x = mix(x, *mixed)
        with autocast(self.bfloat16, self.device):
            logits = self.model(x).float()
        watcher.answered(x, logits)
        loss = self._loss(logits, labels, mixed)
        watcher.judged(labels, lambda: self._loss(logits, labels, mixed, "none"))
        values = {"loss": loss.item()}
        self.answers.append((logits.detach(), labels))
        if len(self.answers) >= MOST_ANSWERS:
            self._count()
        if math.isfinite(values["loss"]):
            loss.backward()
            watcher.pulled()
            if self.clip:
                nn.utils.clip_grad_norm_(self.trained, self.clip)
            for optimizer in self.optimizers:
                optimizer.step()
            watcher.moved()
        return values

    def _loss(
        self,
        logits: torch.Tensor,
        labels: torch.Tensor,
        mixed: tuple[float, torch.Tensor] | None,
        reduction: str = "mean",
    ) -> torch.Tensor:
        """Cross-entropy; of blended pictures, that of both labels by their shares."""
        loss = F.cross_entropy(logits, labels, reduction=reduction, label_smoothing=self.smoothing)
        if mixed is None:
            return loss
        share, partner = mixed
        other = labels[partner.to(labels.device)]
        second = F.cross_entropy(logits, other, reduction=reduction, label_smoothing=self.smoothing)
        return share * loss + (1 - share) * second

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
            before = self.judged.training
            self.judged.eval()
            try:
                with torch.inference_mode(), autocast(self.bfloat16, self.device):
                    logits = answers(self.judged, x, self.mirror).float()
            finally:
                self.judged.train(before)
            loss = F.cross_entropy(logits, labels)
            share = right(logits, labels) / len(labels)
            tally.add({"loss": loss.item(), "accuracy": share}, len(labels))
            pairs = labels * classes + logits.argmax(1)
            confusion += torch.bincount(pairs, minlength=classes * classes).cpu()
            yield
        return Score(tally.count, tally.means(), confusion.view(classes, classes))


OBJECTIVES: dict[str, type[Classify]] = {"classify": Classify}


def objective(
    config: RunConfig,
    model: nn.Module,
    optimizers: Optimizers,
    judged: nn.Module,
    bfloat16: bool,
    device: torch.device,
) -> Classify:
    """What a run of this config minimises."""
    return OBJECTIVES[MODELS[config.model.name].objective](
        model,
        optimizers,
        clip=config.clip,
        smoothing=config.smoothing,
        mixup=config.data.mixup,
        mirror=config.mirror,
        judged=judged,
        bfloat16=bfloat16,
        device=device,
    )
