"""Many processes at one store: what each of them does; `python -m tests.crowd WORK ARGUMENTS…`.

The crowd is forked by a process of its own, small and without threads, whatever the tests loaded.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable

from core.store import Store
from tests.house import ROOT
from tests.shelves import CONFIG, rows


def command(work: Callable[..., None], *each: tuple[str, ...]) -> list[str]:
    """The command line of a crowd: `work` once per argument tuple."""
    return [sys.executable, "-m", "tests.crowd", work.__name__, json.dumps(each)]


def crowd(work: Callable[..., None], *each: tuple[str, ...]) -> None:
    """Run `work` in one process per argument tuple; every process must end well."""
    subprocess.run(command(work, *each), cwd=ROOT, check=True, timeout=120)


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
        if not store.begin(row.id, claimer):
            raise RuntimeError("a claimed run could not be begun")


def come_and_go(url: str) -> None:
    """Open a store that may not be there yet."""
    Store(url).create(CONFIG)


def write_until_killed(url: str, run_id: str) -> None:
    """Append without end, and say after each append which row was the last."""
    store = Store(url)
    for start in range(1, 1_000_000, 5):
        store.append(run_id, rows(5, start))
        os.write(1, b"%d\n" % (start + 4))


def _child(work: Callable[..., None], arguments: list[str]) -> int:
    """Fork, work, leave without the parent's clean-up; returns the child's number."""
    if child := os.fork():
        return child
    status = 1
    try:
        work(*arguments)
        status = 0
    finally:
        os._exit(status)


def main(name: str, each: list[list[str]]) -> int:
    """Fork one process per argument list and wait for all; 0 when all ended well."""
    work = globals()[name]
    children = [_child(work, arguments) for arguments in each]
    return int(any([os.waitpid(child, 0)[1] for child in children]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], json.loads(sys.argv[2])))
