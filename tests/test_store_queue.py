"""The queue in the store: fair turns, who holds a run, and what commands mean when."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.store import Store
from tests import postgres, shelves
from tests.shelves import CONFIG

postgres, url, store, lite = postgres.postgres, shelves.url, shelves.store, shelves.lite


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


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
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
    assert store.hold(first, "w", {"state": "paused"}) and store.running() == 0
    assert store.claim(1) is None and store.waiting() == 1
    assert store.leave(first, "w")
    row = store.claim(1)
    assert row is not None and row.id == second


def test_a_command_holds_back_a_leaving_worker(store: Store) -> None:
    run_id = store.create(CONFIG)
    store.claim(1)
    store.begin(run_id, "w")
    store.hold(run_id, "w", {"state": "paused"})
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
    store.hold(run_id, "w", {"state": "paused"})
    store.send(run_id, "resume")
    assert store.release(run_id, "w", "paused")
    assert store.get(run_id).state == "queued"


def test_only_the_holder_may_write(store: Store) -> None:
    run_id = store.create(CONFIG)
    assert not store.begin(run_id, "w")
    store.claim(1)
    assert store.begin(run_id, "w") and not store.begin(run_id, "other")
    assert store.hold(run_id, "w", {"step": 5, "speed": 1.5}) and store.get(run_id).step == 5
    assert not store.hold(run_id, "other", {"step": 9}) and not store.release(
        run_id, "other", "crashed"
    )
    assert store.release(run_id, "w", "crashed", "crashed (signal 9)")
    row = store.get(run_id)
    assert (row.state, row.error, row.handle, row.step) == ("crashed", "crashed (signal 9)", "", 5)
    assert row.finished is not None and not store.hold(run_id, "w", {"step": 6})


@pytest.mark.parametrize("state", ["paused", "stopped", "crashed", "diverged", "failed"])
@pytest.mark.parametrize("verb", ["resume", "step", "epoch"])
def test_work_without_a_worker_means_the_queue(store: Store, state: str, verb: str) -> None:
    run_id = store.create(CONFIG)
    store.claim(1)
    store.begin(run_id, "w")
    if state != "paused":  # commands that came too late for the worker
        store.send(run_id, "stop")
        store.send(run_id, "set", {"lr": 0.01})
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
