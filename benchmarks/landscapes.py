"""Optimiser landscapes: a change on the map, and a terrain, as long as a person waits for them."""

import time
from collections.abc import Iterator
from tempfile import TemporaryDirectory

from benchmarks.report import Figure
from core import zoo
from core.contestants import USUAL, together
from core.nets import moments
from core.optim import OPTIMIZERS
from core.paths import walk
from core.store import Store
from core.surveys import pictures_of
from core.terrain import Trail, survey

CHANGES = 60
NET = "zoo:mnist-cnn"


def figures() -> Iterator[Figure]:
    """Milliseconds of a new start for all who race, seconds of a terrain's first and last map."""
    for names in (USUAL, tuple(OPTIMIZERS)):
        field = together("ravine", names)
        spent = []
        for change in range(CHANGES):
            start, began = (-3.5 + 0.1 * change, 1.0), time.perf_counter()
            for name, config in field.items():
                walk(name, config, "ravine", start, 120)
            spent.append(1000 * (time.perf_counter() - began))
        told = f"a new start for {len(names)} optimisers, 120 steps each"
        goal = ("≤", 100.0) if names == USUAL else None
        yield Figure(told, spent, "ms", goal, summary="p95")
    yield from _terrain()


def _terrain() -> Iterator[Figure]:
    with TemporaryDirectory() as place:
        store = Store(f"sqlite:///{place}/playground.db")
        line = moments(store, NET)
        store.dispose()
    folders = tuple(zoo.checkpoint_of(NET, moment.tag) for moment in line)
    trail = Trail(NET, folders, tuple(moment.step for moment in line))
    began = time.perf_counter()
    told = [
        (time.perf_counter() - began, known.heights.shape)
        for known in survey([trail], data=pictures_of("mnist"))
    ]
    (first, _), (last, (rows, columns)) = told[0], told[-1]
    yield Figure("a CNN's terrain: its first map", [first], "s", ("≤", 5.0))
    yield Figure(f"a CNN's terrain: its last map, {columns} × {rows} places", [last], "s")
