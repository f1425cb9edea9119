"""What a run remembers of its weights: the best ones, and the last finite ones."""

import math
import time

import torch
from torch import nn

from core.checkpoint import Tensors, load_model

SAFE_SECONDS = 1.0  # how often the last finite weights are remembered


def _copy(model: nn.Module) -> Tensors:
    return {name: value.clone() for name, value in model.state_dict().items()}


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

    def take(self, epoch: int, accuracy: float, model: nn.Module) -> bool:
        """A validation's result; True when it was never better."""
        if accuracy <= self.accuracy:
            return False
        self.accuracy, self.epoch = accuracy, epoch
        if self.epochs:
            self.weights = _copy(model)
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

    def __init__(self, *models: nn.Module) -> None:
        self.models = models
        self.weights: list[Tensors] = []
        self.remember()

    def remember(self) -> None:
        """Keep a copy of the weights, if they are finite."""
        weights = [_copy(model) for model in self.models]
        floats = [v for part in weights for v in part.values() if v.is_floating_point()]
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
