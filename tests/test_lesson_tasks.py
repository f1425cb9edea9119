"""What lessons ask for, seen and not seen, and the record of how far somebody is."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from core.lessons import Record, Seen, met, tried
from core.lessons.record import OLDEST, begin, load, save
from core.lessons.shelf import SHIPPED, read
from core.store import Store
from pages.ui.lesson.table import house
from tests.pupils import HEAD, SMALL, STEP, lesson, written
from tests.stage import trained

# What is seen ---------------------------------------------------------------------------------


def rows(*changes: dict) -> list:
    """Runs as the store keeps them, without a store."""
    usual = {"state": "finished", "best_validation": 0.9}
    config = {
        "data": {"name": "mnist-5k", "shift": 2},
        "model": {"name": "mlp", "dropout": 0.5, "norm": False, "widths": [8, 4]},
        "optimizer": {"name": "sgd", "lr": 0.1},
        "schedule": {"name": "constant"},
        "epochs": 3,
    }
    return [SimpleNamespace(**{**usual, "config": config, **change}) for change in changes]


RUNS = [
    ("{ see = 'run' }", {}, True),
    ("{ see = 'run' }", {"state": "running"}, False),
    ("{ see = 'run', state = 'started' }", {"state": "queued"}, True),
    ("{ see = 'run', state = 'stopped' }", {"state": "stopped"}, True),
    ("{ see = 'run', state = 'paused' }", {"state": "running"}, False),
    ("{ see = 'run', data = 'mnist-5k', model = 'mlp', optimizer = 'sgd' }", {}, True),
    ("{ see = 'run', data = 'shapes' }", {}, False),
    ("{ see = 'run', model = 'cnn' }", {}, False),
    ("{ see = 'run', optimizer = 'adam' }", {}, False),
    ("{ see = 'run', schedule = 'cosine' }", {}, False),
    ("{ see = 'run', accuracy = 0.9 }", {}, True),
    ("{ see = 'run', accuracy = 0.91 }", {}, False),
    ("{ see = 'run', state = 'started', accuracy = 0.1 }", {"best_validation": None}, False),
    ("{ see = 'run', settings = { epochs = 3, 'model.norm' = false } }", {}, True),
    ("{ see = 'run', settings = { 'model.widths' = [8, 4] } }", {}, True),
    ("{ see = 'run', settings = { epochs = 4 } }", {}, False),
    ("{ see = 'run', least = { 'model.dropout' = 0.5, 'data.shift' = 1 } }", {}, True),
    ("{ see = 'run', least = { 'model.dropout' = 0.6 } }", {}, False),
    ("{ see = 'run', least = { 'optimizer.momentum' = 0.1 } }", {}, False),
    ("{ see = 'run', most = { 'optimizer.lr' = 0.1 } }", {}, True),
    ("{ see = 'run', most = { 'optimizer.lr' = 0.05 } }", {}, False),
    ("{ see = 'run', count = 2 }", {}, False),
]


@pytest.mark.parametrize(("done", "change", "expected"), RUNS)
def test_a_run_is_seen(tmp_path: Path, done: str, change: dict, expected: bool) -> None:
    task = lesson(tmp_path, done).steps[0].done
    assert met(task, Seen(runs=lambda: rows(change))) is expected
    assert not met(task, Seen())


def test_two_runs_are_two(tmp_path: Path) -> None:
    task = lesson(tmp_path, "{ see = 'run', count = 2 }").steps[0].done
    assert met(task, Seen(runs=lambda: rows({}, {})))
    assert not met(task, Seen(runs=lambda: rows({}, {"state": "crashed"})))


DUELS = [
    ("{ see = 'duel' }", "running", True),
    ("{ see = 'duel', state = 'finished' }", "running", False),
    ("{ see = 'duel', state = 'finished' }", "finished", True),
    ("{ see = 'duel', optimizers = ['sgd', 'adam'] }", "running", True),
    ("{ see = 'duel', optimizers = ['sgd', 'muon'] }", "running", False),
    ("{ see = 'duel', models = ['mlp'] }", "running", True),
    ("{ see = 'duel', models = ['mlp', 'cnn'] }", "running", False),
    ("{ see = 'duel', count = 2 }", "running", False),
]


@pytest.mark.parametrize(("done", "state", "expected"), DUELS)
def test_a_duel_is_seen(tmp_path: Path, done: str, state: str, expected: bool) -> None:
    task = lesson(tmp_path, done).steps[0].done
    first, second = rows({"state": "finished"}, {"state": state})
    second.config = second.config | {"optimizer": {"name": "adam"}}
    assert met(task, Seen(duels=lambda: [(None, [first, second])])) is expected
    assert not met(task, Seen())


@pytest.mark.parametrize(
    ("done", "seen", "other"),
    [
        ("{ see = 'page', page = 'cnn' }", Seen(page="cnn"), Seen(page="train")),
        ("{ see = 'picture' }", Seen(pictures=frozenset({"camera"})), Seen()),
        (
            "{ see = 'picture', way = 'draw' }",
            Seen(pictures=frozenset({"draw"})),
            Seen(pictures=frozenset({"upload"})),
        ),
        ("{ see = 'lab', lab = 'a' }", Seen(labs=frozenset({"a"})), Seen(labs=frozenset({"b"}))),
        ("{ see = 'fault' }", Seen(faults=lambda: frozenset({"x"})), Seen()),
        (
            "{ see = 'fault', fault = 'no-zero-grad' }",
            Seen(faults=lambda: frozenset({"no-zero-grad"})),
            Seen(faults=lambda: frozenset({"x"})),
        ),
        (
            "{ see = 'fault', count = 2 }",
            Seen(faults=lambda: frozenset({"x", "y"})),
            Seen(faults=lambda: frozenset({"x"})),
        ),
    ],
)
def test_what_pages_note_is_seen(tmp_path: Path, done: str, seen: Seen, other: Seen) -> None:
    task = lesson(tmp_path, done).steps[0].done
    assert met(task, seen) and not met(task, other)


def test_what_is_read_is_never_seen(tmp_path: Path) -> None:
    everything = Seen(page="cnn", runs=lambda: rows({}), labs=frozenset({"a"}))
    assert not met(lesson(tmp_path, "{ see = 'read' }").steps[0].done, everything)


@pytest.mark.parametrize(
    ("value", "there", "expected"),
    [
        ("'adam'", "adam", True),
        ("'adam'", "sgd", False),
        ("'adam'", None, False),
        ("['adam', 'sgd']", "sgd", True),
        ("3", "3", True),
        ("0.5", 0.5, True),
        ("0.5", "0.50", True),
        ("true", True, True),
        ("true", "false", False),
        ("0", None, False),
    ],
)
def test_a_control_stands_at_a_value(tmp_path: Path, value: str, there, expected: bool) -> None:
    done = f"{{ see = 'control', name = 'map', value = {value} }}"
    task = lesson(tmp_path, done, "where = { page = 'cnn' }").steps[0].done
    seen = Seen(page="cnn", value=lambda name: there)
    assert met(task, seen) is expected
    assert not met(task, replace(seen, page="train"))


def test_a_control_is_changed_so_often(tmp_path: Path) -> None:
    done = "{ see = 'control', name = 'map', page = 'cnn', times = 2 }"
    task = lesson(tmp_path, done).steps[0].done
    seen, told = Seen(page="cnn"), []
    for value in (None, "3", "3", None, "4"):
        seen = replace(seen, value=lambda name, value=value: value)
        seen = replace(seen, tried=tried(task, seen))
        told.append(met(task, seen))
    assert told == [False, False, False, False, True]
    elsewhere = replace(seen, page="train", tried=())
    assert tried(task, elsewhere) == () and not met(task, elsewhere)


# The record -----------------------------------------------------------------------------------


def test_a_record_is_kept_merged_and_forgotten(fresh_home: Path) -> None:
    store = Store()
    mine, visitor = begin(), "0123456789abcdef" * 2
    save(store, visitor, "first", mine.tick(0))
    save(store, visitor, "first", mine.tick(1))  # another tab, which did not see the first tick
    assert load(store, visitor)["first"].done == {0, 1}
    save(store, visitor, "first", replace(begin(), begun=mine.begun + 1))  # begun anew
    assert load(store, visitor)["first"].done == frozenset()
    assert load(store, "f" * 32) == {}
    save(store, visitor, "first", None)
    assert load(store, visitor) == {}
    for number in range(OLDEST + 3):
        save(store, visitor, f"l{number}", mine)
    assert len(load(store, visitor)) == OLDEST
    store.dispose()


@pytest.mark.parametrize("text", ["", "null", "[]", "{", '{"a": 1}', '{"a": {"begun": 1}}'])
def test_what_cannot_be_read_counts_as_not_begun(text: str) -> None:
    kept = SimpleNamespace(get_meta=lambda key: text, set_meta=None)
    assert load(kept, "x") == {}


def test_a_record_turns_within_its_lesson(tmp_path: Path) -> None:
    both = read(written(tmp_path, HEAD + STEP + STEP), SMALL)
    record = Record(1.0)
    assert record.to(-1, both).at == 0 and record.to(9, both).at == 2
    assert record.tick(0).share(both) == 0.5
    assert record.tick(0).tick(1).whole(both) and not record.tick(0).tick(7).whole(both)


def test_keys_fit_into_the_store_and_runs_have_what_is_asked_for(fresh_home: Path) -> None:
    store = Store()
    visitor = "f" * 32
    assert len(f"lesson.{visitor}") <= 40
    row = store.get(trained(store))
    task = read(SHIPPED / "first.toml", house()).steps[2].done
    assert not met(task, Seen(runs=lambda: [row]))  # it is a CNN
    assert met(task.model_copy(update={"model": "cnn"}), Seen(runs=lambda: [row]))
    store.dispose()
