"""What a run remembers of its weights: the best ones, and the last finite ones."""

import math
import time
from collections.abc import Callable

import torch
from torch import nn

from core.checkpoint import Tensors, load_model
from core.frozen import Frozen

SAFE_SECONDS = 1.0  # how often the last finite weights are remembered


class Patience:
    """The best validation so far, its weights, and how long to wait for a better one.

    epochs: validations without a better accuracy until the run ends; 0 waits for ever and keeps
    no weights. Prechelt 1998, Early stopping - but when?
    """

    def __init__(self, epochs: int) -> None:
        self.epochs = epochs
        self.accuracy = -math.inf
        self.epoch = 0  # the one that was best
        self.weights: Tensors | None = None

    def take(self, epoch: int, accuracy: float, weights: Callable[[], Tensors]) -> bool:
        """A validation's result, and how to get its weights; True when it was never better."""
        if accuracy <= self.accuracy:
            return False
        self.accuracy, self.epoch = accuracy, epoch
        if self.epochs:
            self.weights = weights()
        return True

    def over(self, epoch: int) -> bool:
        """Whether `epoch` epochs are enough."""
        return self.epochs > 0 and epoch - self.epoch >= self.epochs

    def give_back(self, model: nn.Module, epoch: int) -> bool:
        """Put the best weights into the model; False where it holds them already."""
        if self.weights is None or self.epoch == epoch:
            return False
        load_model(model, self.weights)
        return True


class Finite:
    """The last weights without an infinity, to fall back on when the loss diverges."""

    def __init__(self, frozen: Frozen, *models: nn.Module) -> None:
        self.frozen, self.models = frozen, models
        self.weights: list[Tensors] = []
        self.remember()

    def remember(self) -> None:
        """Keep a copy of the weights, if they are finite."""
        weights = [self.frozen.copy(model) for model in self.models]
        floats = [
            value
            for part in weights
            for name, value in part.items()
            if value.is_floating_point() and name not in self.frozen.tensors
        ]
        if all(math.isfinite(norm) for norm in torch._foreach_norm(floats)):
            self.weights = weights
        self.at = time.monotonic()

    def freshen(self) -> None:
        """Remember, where the copy has become old."""
        if time.monotonic() - self.at > SAFE_SECONDS:
            self.remember()

    def fall_back(self) -> None:
        """Put the copy into the models."""
        for model, weights in zip(self.models, self.weights, strict=True):
            load_model(model, weights)
