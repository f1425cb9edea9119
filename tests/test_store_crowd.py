"""Many processes at one store: nothing lost, nothing taken twice, no error."""

import signal
import subprocess
import sys
import time

from core.store import Store
from tests import crowd as who
from tests import postgres, shelves
from tests.crowd import crowd
from tests.house import ROOT
from tests.shelves import CONFIG, rows

WRITER = "import sys; from tests.crowd import *; write_until_killed(*sys.argv[1:])"
postgres, url = postgres.postgres, shelves.url


def test_eight_writers_lose_nothing(url: str) -> None:
    store = Store(url)
    ids = [store.create(CONFIG) for _ in range(8)]
    crowd(who.write_much, *[(url, run_id) for run_id in ids])
    for run_id in ids:
        assert store.metrics(run_id) == rows(500)


def test_reading_before_writing_never_fails(url: str) -> None:
    store = Store(url)
    run_id = store.create(CONFIG)
    store.claim(1)
    store.set_meta("counter", "0")
    crowd(who.read_then_write, *[(url, run_id)] * 6)
    assert len(store.pending(run_id)) == 300


def test_nobody_is_claimed_twice(url: str) -> None:
    store = Store(url)
    ids = [store.create(CONFIG, owner=f"owner {i % 5}") for i in range(40)]
    crowd(who.claim_all, *[(url, f"claimer {i}") for i in range(6)])
    for run_id in ids:
        row = store.get(run_id)
        claims = [i for i in range(6) if store.get_meta(f"claim.{run_id}.claimer {i}") is not None]
        assert (row.state, [f"claimer {i}" for i in claims]) == ("running", [row.handle])


def test_eight_processes_make_the_same_store_at_once(url: str) -> None:
    crowd(who.come_and_go, *[(url,)] * 8)
    assert len(Store(url).runs()) == 8


def test_a_killed_writer_loses_no_acknowledged_row(url: str) -> None:
    store = Store(url)
    for pause in (0.0, 0.03, 0.1):
        run_id = store.create(CONFIG)
        acknowledged = _killed_after(url, run_id, pause)
        kept = store.last_seq(run_id)
        assert kept >= acknowledged > 0 and kept % 5 == 0
        assert store.metrics(run_id, limit=1_000_000) == rows(kept)
    store.check()


def _killed_after(url: str, run_id: str, pause: float) -> int:
    """Let a process write, kill it, and return the last row that it knew to be written."""
    words = [sys.executable, "-c", WRITER, url, run_id]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        first = writer.stdout.readline()
        time.sleep(pause)
        writer.send_signal(signal.SIGKILL)
        told = (first + writer.stdout.read()).decode().splitlines()
    return int(told[-1])
