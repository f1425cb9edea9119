"""Diagnosis: what ails a run, read off its curves and its health, and what may help."""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.store.tables import Row

LEAST = 8  # training losses before anything is said
RECENT = 3  # points of health that count as now
LOST = 1.2  # a loss of so many times the first one is going the wrong way
DEAD = 0.5  # share of a layer's units
LONG, SHORT = 0.1, 2e-4  # update ÷ weights of the middle layer beyond which steps are odd
STUCK, SLOW = 0.15, 0.5  # a loss that fell by less than this share: not learned, learned little
RISEN = 1.1  # validation loss ÷ its least
GAP = 0.03  # training accuracy − validation accuracy
STILL = 5  # epochs without a better validation
GOOD = 0.97  # a training accuracy at which little is left to learn


@dataclass(frozen=True)
class Finding:
    """What is the matter: `key` names the sentence, `values` fill its gaps."""

    key: str
    values: Mapping[str, Any] = field(default_factory=dict)


class Curves:
    """The values of a run by name, in order, without those that a rewind took back."""

    def __init__(self, rows: Sequence[Row]) -> None:
        kept: dict[str, list[Row]] = {}
        for row in rows:
            if row.name == "rewind":
                for name, before in kept.items():
                    kept[name] = [old for old in before if old.step <= row.step]
            else:
                kept.setdefault(row.name, []).append(row)
        self.kept = kept

    def __getitem__(self, name: str) -> list[float]:
        return [math.nan if r.value is None else r.value for r in self.kept.get(name, [])]

    def epochs(self, name: str) -> list[int]:
        """The epochs that the values belong to."""
        return [row.epoch for row in self.kept.get(name, [])]


def diagnose(rows: Sequence[Row], state: str, health: Mapping[str, Any] | None) -> Finding:
    """The first thing that is wrong, the worst things first; "fine" where nothing is.

    rows: the run's metric rows, in order. health: as in the run's notes, or None.
    Keys: early diverged dead high low overfitting plateau fine.
    """
    curves = Curves(rows)
    loss = curves["train.loss"]
    points = health["points"][-RECENT:] if health else []
    if state == "diverged" or (loss and not math.isfinite(loss[-1])):
        return Finding("diverged", {"rate": (curves["lr"] or [math.nan])[-1]})
    if len(loss) < LEAST:
        return Finding("early")
    found = _dead(health, points) or _pace(loss, curves["lr"], points)
    return found or _overfitting(curves) or _plateau(curves) or Finding("fine")


def _dead(health: Mapping[str, Any] | None, points: Sequence[Any]) -> Finding | None:
    """A layer of which most units are silent, lately and not only in one batch."""
    shares: dict[str, float] = {}
    for number, (name, _) in enumerate(health["bends"] if health else []):
        seen = [p["dead"][number] for p in points if p["dead"][number] is not None]
        if len(seen) == RECENT:
            shares[name] = min(seen)
    if not shares or max(shares.values()) < DEAD:
        return None
    worst = max(shares, key=shares.__getitem__)
    return Finding("dead", {"layer": worst, "share": shares[worst]})


def _pace(loss: Sequence[float], rates: Sequence[float], points: Sequence[Any]) -> Finding | None:
    """Steps that are far too long or too short, where the loss agrees."""
    part = max(2, len(loss) // 5)
    first = statistics.fmean(loss[: max(2, part // 2)])
    now = statistics.fmean(loss[-part:])
    updates = [u for point in points for u in point["update"] if u is not None]
    middle = statistics.median(updates) if updates else None
    long = middle is not None and middle > LONG and now > (1 - STUCK) * first
    if long or now > LOST * first:
        return Finding("high", {"rate": rates[-1]})
    rising = rates[-1] > rates[len(rates) // 2] * 1.01  # a warm-up is meant to begin low
    if middle is not None and middle < SHORT and now > (1 - SLOW) * first and not rising:
        return Finding("low", {"rate": rates[-1]})
    return None


def _overfitting(curves: Curves) -> Finding | None:
    """Validation gets worse while training gets better."""
    losses, right = curves["val.loss"], curves["val.accuracy"]
    trained = curves["train.accuracy"]
    if len(losses) < 3 or not trained:
        return None
    least = min(range(len(losses)), key=losses.__getitem__)
    risen = losses[-1] > RISEN * losses[least] and least < len(losses) - 2
    now = statistics.fmean(trained[-max(1, len(trained) // 10) :])
    if risen and now - right[-1] > GAP:
        return Finding("overfitting", {"epoch": curves.epochs("val.loss")[least]})
    return None


def _plateau(curves: Curves) -> Finding | None:
    """Nothing gets better any more, although there is still much to learn."""
    right, trained = curves["val.accuracy"], curves["train.accuracy"]
    if not right or not trained:
        return None
    best = max(range(len(right)), key=right.__getitem__)
    still = len(right) - 1 - best
    now = statistics.fmean(trained[-max(1, len(trained) // 10) :])
    if still >= STILL and now < GOOD:
        return Finding("plateau", {"epochs": still})
    return None
