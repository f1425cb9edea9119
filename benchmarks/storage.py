"""The store: reading what is new in a long run, and many writers at once."""

import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from benchmarks.report import Figure
from core.store import Row, Store

ROWS = 100_000
WRITERS = 8
BATCHES = 200


def figures() -> Iterator[Figure]:
    """Incremental read at 100,000 rows; eight writers, each a process."""
    store = Store()
    run_id = store.create({"seed": 0})
    for start in range(0, ROWS, 1000):
        rows = [Row(s, s, 0, "train.loss", 1.0, 0.0) for s in range(start + 1, start + 1001)]
        store.append(run_id, rows)
    waits = []
    for _ in range(300):
        began = time.perf_counter()
        found = store.metrics(run_id, since=ROWS - 20)
        waits.append((time.perf_counter() - began) * 1000)
        if len(found) != 20:
            raise RuntimeError(f"the newest 20 rows were asked for, {len(found)} came")
    yield Figure("newest 20 of 100,000 rows", waits, "ms", ("≤", 2.0), summary="p95")
    ids = [store.create({"seed": 0}) for _ in range(WRITERS)]
    with ProcessPoolExecutor(WRITERS, mp_context=get_context("spawn")) as pool:
        errors = list(pool.map(_write, ids))
    yield Figure(f"{WRITERS} writers at once: errors", errors, "errors", ("≤", 0), summary="max")


def _write(run_id: str) -> float:
    store, errors = Store(), 0
    for start in range(0, BATCHES * 20, 20):
        try:
            rows = [Row(s, s, 0, "train.loss", 1.0, 0.0) for s in range(start + 1, start + 21)]
            store.append(run_id, rows)
        except ValueError:
            errors += 1
    if store.last_seq(run_id) != BATCHES * 20:
        errors += 1
    store.dispose()
    return float(errors)
