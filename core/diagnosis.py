"""Diagnosis: what ails a run, read off its curves and its health, and what may help."""

import math
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from core.duelling import adversarial
from core.findings import Curves, Finding
from core.store.tables import Row
from core.store.turns import ENDED

LEAST = 8  # training losses before anything is said
SURE = 24  # training losses before a loss that does not fall is a finding
RECENT = 3  # points of health that count as now
LOST = 1.2  # a loss of so many times the first one is going the wrong way
LEAP = 2.0  # a loss that was once so many times the first one had steps that were too long
DEAD = 0.5  # share of a layer's units
LONG, SHORT = 0.1, 2e-4  # update ÷ weights of the middle layer beyond which steps are odd
# A loss that fell by less than this share: not at all, hardly, little.
STILL_THERE, STUCK, SLOW = 0.05, 0.15, 0.5
RISEN = 1.1  # validation loss ÷ its least
GAP = 0.03  # training accuracy − validation accuracy
STILL = 5  # epochs without a better validation
GOOD = 0.97  # a training accuracy at which little is left to learn


def diagnose(
    rows: Sequence[Row], state: str, health: Mapping[str, Any] | None, rate: float
) -> Finding:
    """The first thing that is wrong, the worst things first; "fine" where nothing is.

    rows: the run's metric rows, in order. health: as in the run's notes, or None. rate: that of
    the run's settings, for a run that ended before it told one.
    Keys: early short diverged dead high low overfitting plateau stuck fine; of an adversarial run
    early short diverged winning losing collapse unmatched nearing matched.
    """
    curves = Curves(rows)
    loss, rates = curves["train.loss"], curves.rates()
    points = health["points"] if health else []
    if state == "diverged" or (loss and not math.isfinite(loss[-1])):
        return Finding("diverged", {"rate": [rate, *rates.values()][-1]})
    if len(loss) < LEAST or not rates:
        return Finding("short" if state in ENDED else "early")
    if curves["train.generator"]:
        return adversarial(curves)
    # A branch begins with what its parent learned: against that first loss nothing is judged.
    fresh = curves.fresh
    return (
        _dead(health, points[-RECENT:])
        or (_pace(loss, rates, points) if fresh else None)
        or _overfitting(curves)
        or _plateau(curves)
        or (_stuck(loss, rates) if fresh else None)
        or Finding("fine")
    )


def _dead(health: Mapping[str, Any] | None, points: Sequence[Any]) -> Finding | None:
    """A layer of which most units are silent, lately and not only in one batch."""
    shares: dict[str, float] = {}
    for number, names in enumerate(health["bends"] if health else []):
        seen = [p["dead"][number] for p in points if p["dead"][number] is not None]
        if len(seen) == RECENT:
            shares[" ".join(names)] = min(seen)
    if not shares or max(shares.values()) < DEAD:
        return None
    worst = max(shares, key=shares.__getitem__)
    return Finding("dead", {"layer": worst, "share": shares[worst]})


def _ends(loss: Sequence[float]) -> tuple[float, float]:
    """The loss of the first batch, before any step, and the mean of the last fifth."""
    return loss[0], statistics.fmean(loss[-max(2, len(loss) // 5) :])


def _rising(rates: Mapping[int, float]) -> bool:
    """Whether a warm-up is under way, which is meant to begin low."""
    told = list(rates.values())
    return told[-1] > told[len(told) // 2] * 1.01


def _rate_at(step: int, rates: Mapping[int, float]) -> float:
    """The rate at a step; where it was not told, that of the next step at which it was."""
    later = (rate for told, rate in rates.items() if told >= step)
    return next(later, list(rates.values())[-1]) if step >= min(rates) else 0.0


def _middle(values: Sequence[float | None]) -> float | None:
    """The median; None where half of the layers had nothing to measure, as weights of zero."""
    known = [value for value in values if value is not None]
    return statistics.median(known) if 2 * len(known) > len(values) else None


def _pace(
    loss: Sequence[float], rates: Mapping[int, float], points: Sequence[Any]
) -> Finding | None:
    """Steps that are far too long or too short, where the loss agrees."""
    first, now = _ends(loss)
    top = max(rates.values())
    # A schedule lets the steps shrink at the end: those at the highest rates tell of the choice.
    full = [p for p in points if _rate_at(p["step"], rates) >= top / 2][-RECENT:]
    middle = _middle([u for point in full for u in point["update"]])
    long = middle is not None and middle > LONG or max(loss) > LEAP * first
    if now > LOST * first or (long and now > (1 - STUCK) * first):
        return Finding("high", {"rate": top})
    short = middle is not None and middle < SHORT and now > (1 - SLOW) * first
    return Finding("low", {"rate": top}) if short and not _rising(rates) else None


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


def _stuck(loss: Sequence[float], rates: Mapping[int, float]) -> Finding | None:
    """A loss that does not fall although the steps are of a usual length."""
    first, now = _ends(loss)
    if now <= (1 - STILL_THERE) * first:
        return None
    return Finding("early" if len(loss) < SURE or _rising(rates) else "stuck")
