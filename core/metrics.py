"""Metrics: what a run tells after a batch, and Diverged: why it cannot go on."""

from collections.abc import Mapping
from dataclasses import dataclass, field


class Diverged(RuntimeError):
    """The loss left the finite numbers; the run's model holds its last finite weights."""

    def __init__(self, step: int) -> None:
        super().__init__(f"diverged at step {step}: lower the learning rate")
        self.step = step


@dataclass(frozen=True, slots=True)
class Metrics:
    """What is known after a batch; `values` is empty except at log points.

    moment: "" a plain batch, "start" before the first one, "timeline" a step worth a checkpoint,
    "epoch" with validation values, "end" with test values. best: validation was never better.
    Losses in nats per picture, accuracies as shares, speed in pictures per second.
    """

    step: int
    epoch: int
    values: Mapping[str, float] = field(default_factory=dict)
    moment: str = ""
    best: bool = False
