"""What a run minimises: one batch → one gradient step → a dict of numbers; and evaluation."""

import math
from collections.abc import Callable, Generator
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

from core.adversarial import Adversarial
from core.augment import mix, partners
from core.config import RunConfig
from core.device import autocast
from core.optim import Optimizers
from core.tally import Objective, Score, Tally
from core.watch import NOBODY, Watcher
from models import MODELS

__all__ = ["OBJECTIVES", "Adversarial", "Classify", "Objective", "Score", "Tally", "objective"]
__all__ += ["EVALUATION_BATCH", "answers", "right"]

EVALUATION_BATCH = 500
MOST_ANSWERS = 64  # batches whose answers wait to be counted


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
        self.epoch = 0  # the one that goes on
        self.hits = right
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
            self.right += self.hits(logits, labels)
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
            share = self.hits(logits, labels) / len(labels)
            tally.add({"loss": loss.item(), "accuracy": share}, len(labels))
            pairs = labels * classes + logits.argmax(1)
            confusion += torch.bincount(pairs, minlength=classes * classes).cpu()
            yield
        return Score(tally.count, tally.means(), confusion.view(classes, classes))


def classify(
    config: RunConfig,
    model: nn.Module,
    optimizers: Optimizers,
    *,
    judged: nn.Module,
    bfloat16: bool,
    device: torch.device,
) -> Classify:
    """The objective of a net that names pictures."""
    return Classify(
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


OBJECTIVES: dict[str, Callable[..., Classify | Adversarial]] = {
    "classify": classify,
    "adversarial": Adversarial,
}


def objective(
    config: RunConfig,
    model: nn.Module,
    optimizers: Optimizers,
    judged: nn.Module,
    bfloat16: bool,
    device: torch.device,
) -> Classify | Adversarial:
    """What a run of this config minimises."""
    return OBJECTIVES[MODELS[config.model.name].objective](
        config, model, optimizers, judged=judged, bfloat16=bfloat16, device=device
    )
