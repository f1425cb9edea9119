"""A second set of weights beside those being trained: their moving average."""

import copy

import torch
from torch import nn


class Average:
    """Exponential moving average of a model's weights and running statistics.

    `model` holds it, ready to be judged and saved; training goes on with the model it follows.
    Polyak & Juditsky 1992, Acceleration of stochastic approximation by averaging.
    """

    def __init__(self, followed: nn.Module, decay: float) -> None:
        self.decay = decay
        self.model = copy.deepcopy(followed).requires_grad_(False)
        ours, theirs = self.model.state_dict(), followed.state_dict()
        # References, taken once: loading weights copies into these same tensors.
        floats = [name for name, value in ours.items() if value.is_floating_point()]
        self.mean = [ours[name] for name in floats]
        self.latest = [theirs[name] for name in floats]

    def take(self, step: int) -> None:
        """After training step `step` (from 1): mean ← d · mean + (1 − d) · weights.

        d = min(decay, (1 + step) / (10 + step)), so that the start is forgotten soon.
        """
        share = min(self.decay, (1 + step) / (10 + step))
        torch._foreach_lerp_(self.mean, self.latest, 1 - share)
