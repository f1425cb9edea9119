"""What ails an adversarial run: one side wins, samples are all alike, codes miss their prior."""

import statistics
from collections.abc import Mapping, Sequence

from core.findings import Curves, Finding

SURE = 24  # points of training before a side is said to have won
LATELY = 12  # the last points, over which it must have gone on
WON, LOST = 0.985, 0.55  # share of verdicts that are right: all of them, hardly more than half
ALIKE = 0.25  # of the spread of real pictures
FAR = 4.0  # distances between two samples of the prior
NEAR = 2.0
EPOCHS = 3  # validations before distance and spread are judged


def adversarial(curves: Curves) -> Finding:
    """The worst thing first: one side wins, collapse, an unmatched prior; else how far it is.

    Keys: early winning losing collapse unmatched nearing matched.
    """
    caught, distances = curves["train.caught"], _distances(curves)
    if len(caught) < SURE:
        return Finding("early")
    lately = caught[-LATELY:]
    if min(lately) > WON:
        return Finding("winning", {"share": statistics.fmean(lately)})
    spread = curves["val.spread"]
    late = len(spread) >= EPOCHS
    if late and spread[-1] < ALIKE:
        return Finding("collapse", {"share": spread[-1]})
    if late and distances[-1] > FAR:
        if max(lately) < LOST:
            return Finding("losing", {"share": statistics.fmean(lately)})
        if not _closer(distances):
            return Finding("unmatched", {"times": distances[-1]})
    if not distances:
        return Finding("early")
    key = "matched" if distances[-1] <= NEAR else "nearing"
    return Finding(key, {"times": distances[-1]})


def rested(metrics: Mapping[str, float]) -> Finding | None:
    """What ails a trained net by what its evaluation found, as a card tells it; None for nothing.

    Keys: collapse unmatched.
    """
    told = {name.rpartition(".")[2]: value for name, value in metrics.items()}
    spread, floor = told.get("spread", 1.0), told.get("floor", 0.0)
    if spread < ALIKE:
        return Finding("collapse", {"share": spread})
    times = told.get("mmd", 0.0) / floor if floor else 0.0
    return Finding("unmatched", {"times": times}) if times > FAR else None


def _distances(curves: Curves) -> list[float]:
    """How far codes are from their prior, in distances between two samples of it."""
    pairs = zip(curves["val.mmd"], curves["val.floor"], strict=False)
    return [far / floor if floor else 0.0 for far, floor in pairs]


def _closer(distances: Sequence[float]) -> bool:
    """Whether the last validations have still brought codes nearer."""
    return len(distances) < EPOCHS + 1 or distances[-1] < 0.9 * distances[-EPOCHS - 1]
