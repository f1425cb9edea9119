"""Duel: fair conditions, who wins and whether it is luck, grids."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.config import parse
from core.data import DATASETS, info
from core.duel import (
    EQUAL,
    MOST_CONTESTANTS,
    MOST_RUNS,
    Outcome,
    classics,
    fair,
    grid,
    outcome,
    reached,
    spaced,
    standing,
)
from core.effort import effort, known_effort, pictures_at
from core.store import Row, RunRow, Store
from core.training import Run
from models import build
from tests.ring import RIVALS, config
from tests.workshop import settings

PRESENT = [name for name, spec in DATASETS.items() if spec.kind != "download"]


# Fair ----------------------------------------------------------------------------------------


def test_anything_may_differ_but_the_pictures_and_the_budget() -> None:
    fair(RIVALS)
    fair(RIVALS[:2])


@pytest.mark.parametrize(
    ("path", "change"),
    [
        ("data.name", {"data": settings()["data"] | {"name": "shapes"}}),
        ("data.validation", {"data": settings()["data"] | {"validation": 0.3}}),
        ("data.limit", {"data": settings()["data"] | {"limit": 300}}),
        ("seed", {"seed": 1}),
        ("batch", {"batch": 64}),
        ("epochs", {"epochs": 3}),
    ],
)
def test_unequal_conditions_are_refused_by_name(path: str, change: dict) -> None:
    assert path in EQUAL
    other = parse(settings(optimizer={"name": "sgd"}) | change)
    with pytest.raises(ValueError, match=rf"not fair: {path} is .* for contestant 3, give both"):
        fair([*RIVALS[:2], other])


def test_nobody_fights_alone_or_with_a_twin() -> None:
    with pytest.raises(ValueError, match="at least two"):
        fair(RIVALS[:1])
    with pytest.raises(ValueError, match="contestants 1 and 3 are the same"):
        fair([*RIVALS[:2], config()])


# Who wins ------------------------------------------------------------------------------------


@pytest.fixture
def row(fresh_home) -> RunRow:
    store = Store()
    row = store.get(store.create(settings()))
    store.dispose()
    return row


def ended(row: RunRow, *results: float | None, state: str = "finished") -> list[RunRow]:
    change = dataclasses.replace
    return [change(row, state=state, test_accuracy=share) for share in results]


def test_the_best_test_accuracy_wins(row: RunRow) -> None:
    won = outcome(ended(row, 0.80, 0.95, 0.90), 10_000)
    assert won == Outcome((1, 2, 0), pytest.approx(0.05), False, ())


def test_nothing_is_decided_while_somebody_is_on_the_way(row: RunRow) -> None:
    for state in ("queued", "running", "paused"):
        assert outcome([*ended(row, 0.9), *ended(row, 0.1, state=state)], 1000) is None


def test_who_did_not_come_to_the_end_is_missing(row: RunRow) -> None:
    rows = [*ended(row, 0.99, state="stopped"), *ended(row, 0.5), *ended(row, None)]
    assert outcome(rows, 1000) == Outcome((1,), 0.0, False, (0, 2))
    nobody = ended(row, 0.9, None, state="diverged")
    assert outcome(nobody, 1000) == Outcome((), 0.0, False, (0, 1))


def test_a_small_lead_on_few_pictures_is_luck(row: RunRow) -> None:
    rows = ended(row, 0.96, 0.95)
    # Two standard errors of the difference: 2 * sqrt((.96*.04 + .95*.05) / n) = .01 at n = 3436.
    assert outcome(rows, 3_430).luck and not outcome(rows, 3_440).luck
    assert outcome(ended(row, 0.9, 0.9), 10_000) == Outcome((0, 1), 0.0, True, ())
    assert outcome(ended(row, 0.9, 0.9), 0).order == (0, 1)


# Standings -----------------------------------------------------------------------------------


def validations(*values: float) -> list[Row]:
    rows = [Row(i, i * 8, i, "val.accuracy", value, i / 4) for i, value in enumerate(values, 1)]
    return [Row(0, 1, 0, "train.accuracy", 1.0, 0.1), *rows]


def test_the_time_to_an_accuracy_is_that_of_the_first_validation_there() -> None:
    rows = validations(0.5, 0.9, 0.8, 0.95)
    assert [reached(rows, share) for share in (0.3, 0.9, 0.91, 0.96)] == [0.25, 0.5, 1.0, None]
    assert reached([], 0.0) is None


def test_a_line_of_the_table(row: RunRow) -> None:
    row = dataclasses.replace(
        row, step=4, total_steps=16, speed=500.0, best_validation=0.9, seconds=2.5
    )
    now = standing(row, validations(0.7, 0.9), 0.9)
    parameters = 784 * 16 + 2 * 16 + 16 * 10 + 10  # batch norm has a scale and a shift
    assert (now.parameters, now.multiply_adds) == (parameters, 784 * 16 + 16 * 10)
    assert (now.done, now.speed, now.best, now.test) == (0.25, 500.0, 0.9, None)
    assert (now.seconds, now.target) == (2.5, 0.5)


def test_a_run_whose_pictures_are_gone_still_has_a_line(row: RunRow) -> None:
    row = dataclasses.replace(row, config=row.config | {"data": {"name": "gone"}})
    now = standing(row, [], 0.9)
    assert (now.parameters, now.multiply_adds, now.done) == (None, None, 0.0)


def test_effort_counts_what_training_really_sees() -> None:
    for rival in RIVALS:
        run, known = Run(rival), effort(rival)
        assert (known.pictures, known.parameters) == (len(run.train), run.parameters)
        assert known_effort(rival.model_dump(mode="json")) == known
    shares = {"steps_per_epoch": 3, "batch": 100, "pictures": 250}
    assert [pictures_at(step, **shares) for step in range(5)] == [0, 100, 200, 250, 350]


# What to start -------------------------------------------------------------------------------


@pytest.mark.parametrize("data", PRESENT)
def test_the_classics_are_fair_and_fit_every_set(data: str) -> None:
    found = classics(data)
    assert set(found) == {"optimizers", "nets", "rates", "norm"}
    known = info(data)
    for configs in found.values():
        fair(configs)
        assert len(configs) <= MOST_CONTESTANTS
        for contestant in configs:
            assert parse(contestant.model_dump(mode="json")) == contestant
            shape = {"channels": known.channels, "image": known.size}
            net = build(contestant.model, classes=len(known.classes), **shape)
            assert sum(p.numel() for p in net.parameters()) == effort(contestant).parameters
    names = [contestant.optimizer.name for contestant in found["optimizers"]]
    assert names == ["sgd", "momentum", "adam"]
    assert len({contestant.model for contestant in found["optimizers"]}) == 1


def test_classics_of_an_unknown_set_are_one_sentence() -> None:
    with pytest.raises(ValueError, match="nowhere"):
        classics("nowhere")


def test_rates_lie_at_equal_ratios() -> None:
    assert spaced(1e-3, 1.0, 4) == [0.001, 0.01, 0.1, 1.0]
    assert spaced(0.1, 0.2, 2) == [0.1, 0.2]
    assert spaced(1.0, 1.1, 4) == [1.0, 1.03, 1.07, 1.1]  # two digits would make two of them one


@given(st.floats(1e-6, 1), st.floats(1.01, 1e6), st.integers(2, 8))
def test_rates_rise_from_the_first_to_the_last(low: float, ratio: float, count: int) -> None:
    rates = spaced(low, low * ratio, count)
    assert len(set(rates)) == count and rates == sorted(rates)
    assert rates[0] == pytest.approx(low, rel=0.05)
    assert rates[-1] == pytest.approx(low * ratio, rel=0.05)


@pytest.mark.parametrize(
    ("low", "high", "count", "said"),
    [(0.1, 0.1, 3, "lower"), (0.0, 1.0, 3, "above 0"), (1.0, 0.1, 3, "lower"), (0.1, 1, 1, "2")],
)
def test_rates_that_are_no_row(low: float, high: float, count: int, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        spaced(low, high, count)


def test_a_grid_changes_the_optimiser_alone() -> None:
    base = config(optimizer={"name": "momentum", "momentum": 0.5, "weight_decay": 1e-3})
    made = grid(base, ["momentum", "adam"], [0.01, 0.1, 1.0])
    assert [(c.optimizer.name, c.optimizer.lr) for c in made] == [
        (name, rate) for name in ("momentum", "adam") for rate in (0.01, 0.1, 1.0)
    ]
    assert made[0].optimizer.momentum == 0.5 and made[0].optimizer.weight_decay == 1e-3
    assert {c.model_copy(update={"optimizer": base.optimizer}) for c in made} == {base}
    fair(made)


@pytest.mark.parametrize(("kinds", "rates"), [(["sgd"], 1), ([], 4), (["sgd", "adam"], 13)])
def test_a_grid_has_its_bounds(kinds: list[str], rates: int) -> None:
    with pytest.raises(ValueError, match=f"from 2 to {MOST_RUNS}"):
        grid(config(), kinds, [0.01 * n for n in range(1, rates + 1)])
