"""`make bench`: every speed claim, measured here and now, with the goal beside it."""

import signal
import sys
from collections.abc import Callable, Iterator, Sequence

from benchmarks import (
    accuracy,
    attention,
    labs,
    landscapes,
    latent,
    photographs,
    place,
    predict,
    report,
    storage,
    training,
    travel,
    web,
)

MENU: dict[str, Callable[[], Iterator[report.Figure]]] = {
    "storage": storage.figures,
    "training": training.figures,
    "web": web.figures,
    "travel": travel.figures,
    "predict": predict.figures,
    "attention": attention.figures,
    "latent": latent.figures,
    "labs": labs.figures,
    "landscapes": landscapes.figures,
    "accuracy": accuracy.figures,
    "photographs": photographs.figures,
}


def main(only: Sequence[str]) -> None:
    """Measure everything, or the named groups.

    Raises:
        ValueError: an unknown group.
    """
    unknown = set(only) - set(MENU)
    if unknown:
        raise ValueError(f"benchmark {unknown.pop()!r} is unknown: choose of {', '.join(MENU)}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what was started is ended
    print(report.machine(), flush=True)
    missed = 0
    with place.home():
        for name, figures in MENU.items():
            if only and name not in only:
                continue
            print(f"\n{name}", flush=True)
            for figure in figures():
                print(figure.line(), flush=True)
                missed += not figure.met
    print(f"\n{missed} figure(s) missed their goal" if missed else "\nall goals met")
    if missed:
        sys.exit(1)
