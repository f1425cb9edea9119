"""The run store: the same promises on SQLite and on PostgreSQL, alone and in a crowd."""

import multiprocessing
import os
import signal
import sqlite3
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.store import Row, RunRow, Store, StoreFull
from core.store.names import plain
from core.store.tables import run as run_table
from tests.postgres import emptied, postgres  # noqa: F401

CONFIG: dict[str, Any] = {"data": {"name": "mnist-5k"}, "epochs": 2, "seed": 7}


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("PLAYGROUND_HOME", str(tmp_path / "home"))
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'runs.db'}"
    return emptied(request.getfixturevalue("postgres"))


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    opened = Store(url)
    yield opened
    opened.dispose()


@pytest.fixture
def lite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setenv("PLAYGROUND_HOME", str(tmp_path))
    opened = Store()
    yield opened
    opened.dispose()


def rows(count: int, start: int = 1) -> list[Row]:
    return [Row(i, i * 10, 0, "train.loss", i / 7, i / 100) for i in range(start, start + count)]


def crowd(work: Callable[..., None], *each: tuple[Any, ...]) -> None:
    """Run `work` in one process per argument tuple; every process must end well."""
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=work, args=arguments) for arguments in each]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0] * len(processes)


def test_a_run_comes_back_as_it_was_given(store: Store) -> None:
    run_id = store.create(CONFIG, owner="ada", name="첫 학습 (1)", parent="0" * 16)
    row = store.get(run_id)
    assert len(run_id) == 16 and int(run_id, 16) >= 0
    assert (row.config, row.owner, row.name, row.seed) == (CONFIG, "ada", "첫 학습 (1)", 7)
    assert (row.state, row.parent, row.resume, row.handle) == ("queued", "0" * 16, False, "")
    assert abs(row.created - time.time()) < 5


def test_row_fields_are_the_columns_in_order() -> None:
    assert list(RunRow.__slots__) == [column.name for column in run_table.columns]


def test_newest_first_bin_apart(store: Store) -> None:
    first, second, third = (store.create(CONFIG) for _ in range(3))
    store.delete(second)
    assert [row.id for row in store.runs()] == [third, first]
    assert [row.id for row in store.runs(deleted=True)] == [second]
    assert store.get(second).state == "stopped"
    store.restore(second)
    assert [row.id for row in store.runs()] == [third, second, first]


@pytest.mark.parametrize("run_id", ["f" * 16, "", "../../etc/passwd", "F" * 16, "' OR 1=1 --"])
def test_unknown_and_malformed_ids_look_the_same(store: Store, run_id: str) -> None:
    for ask in (store.get, store.delete, store.restore, store.purge, store.resume):
        with pytest.raises(LookupError, match="there is no such run"):
            ask(run_id)
    with pytest.raises(LookupError):
        store.rename(run_id, "x")


def test_names_are_an_allow_list(store: Store) -> None:
    run_id = store.create(CONFIG)
    for good in ("a-b_c.d (2)", "민지의 CNN", "Ωmega 7", "हिन्दी", ""):
        store.rename(run_id, good)
        assert store.get(run_id).name == good
    for bad in ("<b>", "![](http://x)", "a/b", "a\nb", "‮evil", "x" * 41, "50%", "a*b", "½"):
        with pytest.raises(ValueError, match="a name has"):
            store.rename(run_id, bad)
        with pytest.raises(ValueError, match="a name has"):
            store.create(CONFIG, name=bad)


@given(st.text(max_size=60))
def test_a_stored_name_never_holds_markup(text: str) -> None:
    try:
        kept = plain(text)
    except ValueError:
        return
    assert len(kept) <= 40 and not set(kept) & set("<>[]!`*#:/\\&\"'\n\r\t\0|~$@{}")


def test_notes_are_short_and_visible(store: Store) -> None:
    run_id = store.create(CONFIG)
    store.note(run_id, "line one\nline two <i>")
    assert store.get(run_id).note == "line one\nline two <i>"
    with pytest.raises(ValueError, match="500"):
        store.note(run_id, "x" * 501)
    with pytest.raises(ValueError, match="control"):
        store.note(run_id, "a\x1b[31m")


def test_cursor_returns_every_row_once_in_order(store: Store) -> None:
    run_id = store.create(CONFIG)
    for start in range(1, 101, 7):
        store.append(run_id, rows(7, start))
    seen: list[Row] = []
    while batch := store.metrics(run_id, since=seen[-1].seq if seen else 0, limit=10):
        seen += batch
    assert seen == rows(105) and store.last_seq(run_id) == 105 and store.last_step(run_id) == 1050


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(st.lists(st.floats() | st.none(), min_size=1, max_size=20))
def test_values_survive_and_strange_ones_become_gaps(lite: Store, values: list[float]) -> None:
    run_id = lite.create(CONFIG)
    lite.append(run_id, [Row(i + 1, i, 0, "v", value, 0.0) for i, value in enumerate(values)])
    kept = [row.value for row in lite.metrics(run_id)]
    bounded = [v if v is not None and abs(v) < float("inf") else None for v in values]
    assert kept == bounded


def test_two_writers_of_one_run_collide(store: Store) -> None:
    run_id = store.create(CONFIG)
    store.append(run_id, rows(2))
    with pytest.raises(ValueError, match="refused"):
        store.append(run_id, rows(2, start=2))
    assert store.last_seq(run_id) == 2


def test_purge_takes_rows_and_files(store: Store) -> None:
    from core.home import run_folder

    run_id = store.create(CONFIG)
    store.append(run_id, rows(3))
    store.add_artifact(run_id, "best", 10, f"runs/{run_id}/best", 1, "ab", epoch=1)
    run_folder(run_id).mkdir(parents=True)
    with pytest.raises(ValueError, match="bin"):
        store.purge(run_id)
    store.delete(run_id)
    store.purge(run_id)
    assert store.metrics(run_id) == [] and store.artifacts(run_id) == []
    assert not run_folder(run_id).exists()


def test_an_artifact_of_the_same_place_is_replaced(store: Store) -> None:
    run_id = store.create(CONFIG)
    for step in (5, 1, 9):
        store.add_artifact(run_id, "last", step, f"runs/{run_id}/last", step, "ab", epoch=step)
    store.add_artifact(run_id, "start", 0, f"runs/{run_id}/start", 1, "cd")
    found = store.artifacts(run_id)
    assert [(a.kind, a.step, a.epoch) for a in found] == [("start", 0, 0), ("last", 9, 9)]
    assert [a.sha256 for a in store.artifacts(run_id, "start")] == ["cd"]


def test_meta_is_set_and_replaced(store: Store) -> None:
    assert store.get_meta("runner") is None
    store.set_meta("runner", "1")
    store.set_meta("runner", "2")
    assert store.get_meta("runner") == "2" and store.get_meta("version") == "1"


def test_claims_are_fair_between_owners(store: Store) -> None:
    ada = [store.create(CONFIG, owner="ada") for _ in range(4)]
    bob = [store.create(CONFIG, owner="bob") for _ in range(2)]
    order = []
    for _ in range(6):
        row = store.claim(slots=1)
        assert row is not None and row.state == "running" and store.claim(slots=1) is None
        order.append(row.id)
        assert store.begin(row.id, "here") and store.release(row.id, "here", "finished")
    assert order == [ada[0], bob[0], ada[1], bob[1], ada[2], ada[3]]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=9))
def test_positions_foretell_the_claims(lite: Store, owners: list[str]) -> None:
    while row := lite.claim(slots=99):
        lite.release(row.id, "", "finished")
    ids = [lite.create(CONFIG, owner=owner) for owner in owners]
    foretold = sorted(ids, key=lite.position)
    assert sorted(lite.position(run_id) for run_id in ids) == list(range(1, len(ids) + 1))
    claimed = [row.id for row in iter(lambda: lite.claim(slots=99), None)]
    assert claimed == foretold
    assert lite.position(ids[0]) == 0
    for run_id in ids:
        lite.release(run_id, "", "finished")


def test_a_resting_worker_keeps_its_slot_until_it_leaves(store: Store) -> None:
    first, second = store.create(CONFIG), store.create(CONFIG)
    assert store.claim(1) is not None and store.begin(first, "w")
    assert store.hold(first, "w", state="paused") and store.running() == 0
    assert store.claim(1) is None and store.waiting() == 1
    assert store.leave(first, "w")
    row = store.claim(1)
    assert row is not None and row.id == second


def test_a_command_holds_back_a_leaving_worker(store: Store) -> None:
    run_id = store.create(CONFIG)
    store.claim(1)
    store.begin(run_id, "w")
    store.hold(run_id, "w", state="paused")
    store.send(run_id, "step", {"batches": 3})
    assert not store.leave(run_id, "w")
    (command,) = store.pending(run_id)
    assert (command.verb, command.arguments) == ("step", {"batches": 3})
    store.done([command.id])
    assert store.pending(run_id) == [] and store.leave(run_id, "w")


def test_a_worker_that_must_go_leaves_unheard_work_to_the_queue(store: Store) -> None:
    run_id = store.create(CONFIG)
    store.claim(1)
    store.begin(run_id, "w")
    store.hold(run_id, "w", state="paused")
    store.send(run_id, "resume")
    assert store.release(run_id, "w", "paused")
    assert store.get(run_id).state == "queued"


def test_only_the_holder_may_write(store: Store) -> None:
    run_id = store.create(CONFIG)
    assert not store.begin(run_id, "w")
    store.claim(1)
    assert store.begin(run_id, "w") and not store.begin(run_id, "other")
    assert store.hold(run_id, "w", step=5, speed=1.5) and store.get(run_id).step == 5
    assert not store.hold(run_id, "other", step=9) and not store.release(run_id, "other", "crashed")
    assert store.release(run_id, "w", "crashed", "crashed (signal 9)")
    row = store.get(run_id)
    assert (row.state, row.error, row.handle, row.step) == ("crashed", "crashed (signal 9)", "", 5)
    assert row.finished is not None and not store.hold(run_id, "w", step=6)


@pytest.mark.parametrize("state", ["paused", "stopped", "crashed", "diverged", "failed"])
@pytest.mark.parametrize("verb", ["resume", "step", "epoch"])
def test_work_without_a_worker_means_the_queue(store: Store, state: str, verb: str) -> None:
    run_id = store.create(CONFIG)
    store.claim(1)
    store.begin(run_id, "w")
    store.send(run_id, "stop")
    store.send(run_id, "set", {"lr": 0.01})
    if state == "paused":
        store.done([command.id for command in store.pending(run_id)][:1])
        store.done([command.id for command in store.pending(run_id)])
    store.release(run_id, "w", state, "why")
    store.send(run_id, verb)
    row = store.get(run_id)
    assert (row.state, row.resume, row.error) == ("queued", True, "")
    left = [command.verb for command in store.pending(run_id)]
    expected = ([] if state == "paused" else ["set"]) + ([] if verb == "resume" else [verb])
    assert left == expected


def test_commands_where_they_mean_nothing(store: Store) -> None:
    run_id = store.create(CONFIG)
    store.send(run_id, "pause")
    assert store.get(run_id).state == "paused" and store.claim(1) is None
    store.send(run_id, "resume")
    assert store.get(run_id).state == "queued"
    store.send(run_id, "stop")
    assert store.get(run_id).state == "stopped"
    store.send(run_id, "pause")
    assert store.get(run_id).state == "stopped" and store.pending(run_id) == []
    done = store.create(CONFIG)
    assert store.claim(1) is not None
    store.release(done, "", "finished")
    store.send(done, "stop")
    with pytest.raises(ValueError, match="repeat it"):
        store.send(done, "resume")
    store.delete(run_id)
    with pytest.raises(ValueError, match="bin"):
        store.resume(run_id)


@pytest.mark.parametrize(
    ("verb", "arguments"),
    [
        ("explode", {}),
        ("step", {"batches": 0}),
        ("step", {"batches": 1.5}),
        ("step", {"batches": True}),
        ("pause", {"x": 1}),
        ("set", {}),
        ("set", {"lr": float("nan")}),
        ("set", {"lr": -1.0}),
        ("set", {"lr": "0.1"}),
        ("set", {"dropout": 0.1}),
    ],
)
def test_commands_are_checked(lite: Store, verb: str, arguments: dict[str, Any]) -> None:
    run_id = lite.create(CONFIG)
    with pytest.raises(ValueError):
        lite.send(run_id, verb, arguments)
    assert lite.pending(run_id) == []


def _write_much(url: str, run_id: str) -> None:
    store = Store(url)
    for start in range(1, 1001, 20):
        store.append(run_id, rows(20, start))
        store.pending(run_id)
        store.hold(run_id, "", step=start)


def test_eight_writers_lose_nothing(url: str) -> None:
    store = Store(url)
    ids = [store.create(CONFIG) for _ in range(8)]
    crowd(_write_much, *[(url, run_id) for run_id in ids])
    for run_id in ids:
        assert store.metrics(run_id) == rows(1000)


def _select_then_update(url: str, run_id: str) -> None:
    store = Store(url)
    for _ in range(100):
        store.set_meta("counter", str(run_id))
        store.send(run_id, "set", {"lr": 0.1})
        store.release(run_id, "nobody", "crashed")


def test_reading_before_writing_never_fails(url: str) -> None:
    store = Store(url)
    run_id = store.create(CONFIG)
    store.claim(1)
    store.set_meta("counter", "0")
    crowd(_select_then_update, *[(url, run_id)] * 6)
    assert len(store.pending(run_id)) == 600


def _claim_all(url: str, claimer: str) -> None:
    store = Store(url)
    while row := store.claim(slots=1000):
        store.set_meta(f"claim.{row.id}.{claimer}", "")
        assert store.begin(row.id, claimer)


def test_nobody_is_claimed_twice(url: str) -> None:
    store = Store(url)
    ids = [store.create(CONFIG, owner=f"owner {i % 5}") for i in range(60)]
    crowd(_claim_all, *[(url, f"claimer {i}") for i in range(6)])
    for run_id in ids:
        row = store.get(run_id)
        claims = [i for i in range(6) if store.get_meta(f"claim.{run_id}.claimer {i}") is not None]
        assert (row.state, [f"claimer {i}" for i in claims]) == ("running", [row.handle])


def _open(url: str) -> None:
    Store(url).create(CONFIG)


def test_eight_processes_make_the_same_store_at_once(url: str) -> None:
    crowd(_open, *[(url,)] * 8)
    assert len(Store(url).runs()) == 8


def _write_until_killed(url: str, run_id: str, said: Any) -> None:
    store = Store(url)
    for start in range(1, 1_000_000, 5):
        store.append(run_id, rows(5, start))
        said.send(start + 4)


def test_a_killed_writer_loses_no_acknowledged_row(url: str) -> None:
    store = Store(url)
    context = multiprocessing.get_context("spawn")
    for pause in (0.0, 0.03, 0.1):
        run_id = store.create(CONFIG)
        heard, said = context.Pipe(duplex=False)
        writer = context.Process(target=_write_until_killed, args=(url, run_id, said))
        writer.start()
        assert heard.poll(20)
        time.sleep(pause)
        assert writer.pid is not None
        os.kill(writer.pid, signal.SIGKILL)
        writer.join()
        said.close()
        acknowledged = 0
        try:
            while heard.poll():
                acknowledged = heard.recv()
        except EOFError:
            pass
        kept = store.last_seq(run_id)
        assert kept >= acknowledged and kept % 5 == 0
        assert store.metrics(run_id, limit=1_000_000) == rows(kept)
    store.check()


def test_reading_waits_for_no_writer(lite: Store, tmp_path: Path) -> None:
    run_id = lite.create(CONFIG)
    writer = sqlite3.connect(tmp_path / "playground.db", isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("UPDATE run SET name = 'not yet'")
    start = time.monotonic()
    assert lite.get(run_id).name == "" and lite.runs() and lite.metrics(run_id) == []
    assert lite.position(run_id) == 1 and time.monotonic() - start < 1
    writer.execute("ROLLBACK")
    writer.close()


def test_the_file_is_private_and_logs_ahead(lite: Store, tmp_path: Path) -> None:
    lite.create(CONFIG)
    for name in ("playground.db", "playground.db-wal"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
    assert sqlite3.connect(tmp_path / "playground.db").execute("PRAGMA journal_mode").fetchone() == (
        "wal",
    )


def test_a_backup_is_a_whole_store(lite: Store, tmp_path: Path) -> None:
    run_id = lite.create(CONFIG)
    lite.append(run_id, rows(50))
    target = tmp_path / "copy.db"
    lite.backup(target)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert Store(f"sqlite:///{target}").metrics(run_id) == rows(50)
    with pytest.raises(ValueError, match="new name"):
        lite.backup(target)


def _broken(folder: Path, how: str) -> str:
    path = folder / "broken.db"
    if how == "not a database":
        path.write_bytes(b"hello, this is text" * 100)
    elif how == "damaged":
        store = Store(f"sqlite:///{path}")
        store.append(store.create(CONFIG), rows(5000))
        store.dispose()
        whole = bytearray(path.read_bytes())
        whole[4096:] = os.urandom(len(whole) - 4096)
        path.write_bytes(bytes(whole))
    elif how == "newer":
        store = Store(f"sqlite:///{path}")
        store.set_meta("version", "99")
        store.dispose()
    elif how == "read-only":
        Store(f"sqlite:///{path}").dispose()
        return f"sqlite:///file:{path}?mode=ro&uri=true"
    elif how == "no such folder":
        return f"sqlite:///{folder / 'missing' / 'x.db'}"
    elif how == "unknown kind":
        return "carrier-pigeon://coop/3"
    elif how == "unreachable":
        return "postgresql+psycopg://test@127.0.0.1:9/none"
    return f"sqlite:///{path}"


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("not a database", "not a database"),
        ("damaged", "damaged"),
        ("newer", "newer version"),
        ("read-only", "read-only"),
        ("no such folder", "check its folder"),
        ("unknown kind", "PLAYGROUND_DATABASE"),
        ("unreachable", "does not answer"),
    ],
)
def test_a_bad_store_is_one_sentence(tmp_path: Path, how: str, words: str) -> None:
    url = _broken(tmp_path, how)
    with pytest.raises(ValueError, match=words) as caught:
        Store(url).create(CONFIG)
    sentence = str(caught.value)
    assert "\n" not in sentence and str(tmp_path) not in sentence and "sqlite3" not in sentence


def test_a_full_disk_is_told_and_nothing_is_half_written(lite: Store) -> None:
    run_id = lite.create(CONFIG)
    lite.append(run_id, rows(10))
    with lite._write() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
    for checked_out in (lite._engine.connect(),):
        checked_out.exec_driver_sql(f"PRAGMA max_page_count={pages}")
        checked_out.rollback()
        checked_out.close()
    with pytest.raises(StoreFull, match="disk full: make room"):
        for start in range(11, 100_000, 1000):
            lite.append(run_id, rows(1000, start))
    kept = lite.last_seq(run_id)
    assert kept % 1000 == 10 and lite.metrics(run_id, limit=10**6) == rows(kept)
