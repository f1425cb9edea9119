"""Labels that may be used: a few pictures of every class, the others' are hidden."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import torch

from core.adversarial import Adversarial
from core.batches import SPLIT_SEED

if TYPE_CHECKING:
    from core.training import Run

HIDDEN = -1


class Taught:
    """`count` of the training pictures with their labels, the classes taking turns.

    labels (n) are those of all pictures, HIDDEN where they may not be seen. The choice belongs to
    the set and not to the run, as the split does.
    """

    def __init__(
        self,
        images: torch.Tensor,
        labels: torch.Tensor,
        train: torch.Tensor,
        count: int,
        ready: Callable[[torch.Tensor], torch.Tensor],
    ) -> None:
        chance = torch.Generator().manual_seed(SPLIT_SEED)
        order = train[torch.randperm(len(train), generator=chance)]
        own = labels.cpu()[order]
        turn = torch.zeros_like(own)
        for label in own.unique():
            mine = own == label
            turn[mine] = torch.arange(int(mine.sum()))
        chosen = order[torch.argsort(turn * (int(own.max()) + 1) + own, stable=True)[:count]]
        self.labels = torch.full_like(labels, HIDDEN)
        self.labels[chosen] = labels[chosen]
        self.images, self.known, self.ready = images, chosen, ready

    def draw(self, count: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Some of the known ones, varied and normalised as in training. -> (b, c, h, w), (b)"""
        chosen = self.known[torch.randint(len(self.known), (min(count, len(self.known)),))]
        return self.ready(self.images[chosen]), self.labels[chosen]


def teach(run: "Run") -> torch.Tensor:
    """The labels that a run may train with, HIDDEN elsewhere; its objective draws from them."""
    count = getattr(run.config.model, "labels", 0)
    if not count or not isinstance(run.objective, Adversarial):
        return run.labels
    known = Taught(run.images, run.labels, run.train, count, run.ready)
    run.objective.taught = known
    return known.labels
