"""Rates: the learning rate, momentum and weight decay of a run, by schedule and by hand."""

from typing import Any

from pydantic import ValidationError

from core.config import RunConfig
from core.optim import Optimizers
from core.schedules import SCHEDULES

LIVE = ("lr", "momentum", "beta1", "weight_decay")  # what may be changed while a run trains


def in_force(knobs: Any) -> dict[str, float]:
    """The settings of an optimiser that a checkpoint keeps, as they may have been changed live."""
    return {name: value for name, value in knobs.model_dump().items() if name in LIVE}


class Rates:
    """Writes into the optimisers what the schedule says and what the person at the dials says."""

    def __init__(self, config: RunConfig, optimizers: Optimizers) -> None:
        self.config = config
        self.knobs: Any = config.optimizer
        self.schedule = SCHEDULES[config.schedule.name]
        self.optimizers = optimizers
        # Groups may differ in rate (a thawed base, Muon's AdamW); a change keeps the ratio.
        self.shares = [group["lr"] / config.optimizer.lr for group in self.groups]
        leader = type(optimizers[0])  # the companion of Muon keeps its own momentum and decay
        self.led = [type(optimizer) is leader for optimizer in optimizers]
        self.factor = 1.0

    @property
    def groups(self) -> list[dict[str, Any]]:
        """All parameter groups; looked up anew, since loading a state replaces them."""
        return [group for optimizer in self.optimizers for group in optimizer.param_groups]

    @property
    def lr(self) -> float:
        """The rate of the last step, schedule included."""
        return float(self.knobs.lr * self.factor)

    def set(self, done: float) -> None:
        """Set every group's rate for the step at `done` (0 to 1) of the run."""
        self.factor = self.schedule.factor(done, self.config.schedule)
        lr, shares = self.lr, iter(self.shares)
        for optimizer in self.optimizers:  # not self.groups: this runs before every step
            for group in optimizer.param_groups:
                group["lr"] = lr * next(shares)

    def change(
        self,
        *,
        lr: float | None = None,
        momentum: float | None = None,
        weight_decay: float | None = None,
    ) -> None:
        """New base values from the next step on; None leaves one as it is.

        Raises:
            ValueError: out of range, or the optimiser has no such setting.
        """
        new: dict[str, float] = {}
        if lr is not None:
            new["lr"] = lr
        if momentum is not None:
            new[self._momentum_name()] = momentum
        if weight_decay is not None:
            new["weight_decay"] = weight_decay
        knobs = type(self.knobs)
        try:
            self.knobs = knobs.model_validate(self.knobs.model_dump() | new)
        except ValidationError as problem:
            fault = problem.errors()[0]
            raise ValueError(f"{fault['loc'][0]} {fault['input']}: {fault['msg']}") from None
        if momentum is not None:
            self._set_momentum(momentum)
        if weight_decay is not None:
            for group in self._followers():
                group["weight_decay"] = weight_decay

    def _momentum_name(self) -> str:
        for name in ("momentum", "beta1"):
            if name in type(self.knobs).model_fields:
                return name
        raise ValueError(f"{self.knobs.name} has no momentum to change: use Adam or momentum")

    def _followers(self) -> list[dict[str, Any]]:
        """Groups that the dials for momentum and weight decay are for."""
        heard = zip(self.optimizers, self.led, strict=True)
        return [group for optimizer, led in heard if led for group in optimizer.param_groups]

    def _set_momentum(self, momentum: float) -> None:
        for group in self._followers():
            if "betas" in group:
                group["betas"] = (momentum, group["betas"][1])
            else:
                group["momentum"] = momentum

    def state(self) -> dict[str, float]:
        """The base values in force, for the checkpoint's card."""
        return in_force(self.knobs)

    def restore(self, state: dict[str, float]) -> None:
        """Put the base values of a card in force again."""
        self.change(
            lr=state["lr"],
            momentum=state.get("momentum", state.get("beta1")),
            weight_decay=state.get("weight_decay"),
        )
