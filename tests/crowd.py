"""Many processes at one store: what each of them does."""

import multiprocessing
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from core.store import Store
from tests.shelves import CONFIG, rows

PLACE = multiprocessing.get_context(
    "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
)
if PLACE.get_start_method() == "forkserver":
    PLACE.set_forkserver_preload(["tests.crowd", "psycopg"])


def crowd(work: Callable[..., None], *each: tuple[Any, ...]) -> None:
    """Run `work` in one process per argument tuple; every process must end well."""
    processes = [PLACE.Process(target=work, args=arguments) for arguments in each]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0] * len(processes)


def write_much(url: str, run_id: str) -> None:
    """A worker's life, without the training."""
    store = Store(url)
    for start in range(1, 501, 20):
        store.append(run_id, rows(20, start))
        store.pending(run_id)
        store.hold(run_id, "", {"step": start})


def read_then_write(url: str, run_id: str) -> None:
    """Transactions that look before they write."""
    store = Store(url)
    for _ in range(50):
        store.set_meta("counter", run_id)
        store.send(run_id, "set", {"lr": 0.1})
        store.release(run_id, "nobody", "crashed")


def claim_all(url: str, claimer: str) -> None:
    """Take every run there is, and leave a mark for each."""
    store = Store(url)
    while row := store.claim(slots=1000):
        store.set_meta(f"claim.{row.id}.{claimer}", "")
        assert store.begin(row.id, claimer)


def come_and_go(url: str) -> None:
    """Open a store that may not be there yet."""
    Store(url).create(CONFIG)


def write_until_killed(url: str, run_id: str, said: Connection) -> None:
    """Append without end, and say after each append which row was the last."""
    store = Store(url)
    for start in range(1, 1_000_000, 5):
        store.append(run_id, rows(5, start))
        said.send(start + 4)
