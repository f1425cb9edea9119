"""Range test: when it ends, what it suggests, and that the suggested rate trains best."""

import math
import random
import statistics

import pytest

from core.config import parse
from core.ranges import LEAST, STEPS, TOP, Sweep, curve, probe, smooth, suggest
from core.store import Row
from core.training import Diverged, Run

SETTINGS = {
    "data": {"name": "mnist-5k"},
    "model": {"name": "mlp", "widths": (32,), "dropout": 0.0, "norm": False},
    "schedule": {"name": "constant"},
    "batch": 64,
    "epochs": 1,
    "patience": 3,
    "average": 0.9,
}


def valley(fastest=0.01, lowest=0.2, steps=120):
    """Rates from 1e-5 to 10, and a loss that falls fastest at one and is least at another."""
    rates = [1e-5 * 10 ** (6 * i / (steps - 1)) for i in range(steps)]
    losses = []
    for rate in rates:
        fallen = 1 / (1 + math.exp(-4 * math.log10(rate / fastest)))
        losses.append(2.3 - 2 * fallen + max(0.0, 3 * math.log10(rate / lowest)) ** 2)
    return rates, losses


def test_the_suggestion_lies_between_the_steepest_and_the_lowest_place():
    rates, losses = valley(fastest=0.01, lowest=2.0)
    found = suggest(rates, losses)
    assert 0.01 / 2 < found.steepest < 0.01 * 3  # smoothing moves it on a little
    assert 0.2 < found.lowest < 3.0
    assert found.rate == pytest.approx((found.steepest * found.lowest) ** 0.5, rel=0.06)
    near = suggest(*valley(fastest=0.1, lowest=0.3))
    assert near.rate == pytest.approx(near.lowest / 4, rel=0.06)
    assert near.rate < (near.steepest * near.lowest) ** 0.5


def test_a_curve_that_jitters_suggests_about_the_same_rate():
    rates, losses = valley(fastest=0.01, lowest=2.0)
    chance = random.Random(0)
    calm = suggest(rates, losses).rate
    for _ in range(20):
        shaken = [loss + chance.gauss(0, 0.1) for loss in losses]
        assert calm / 3 < suggest(rates, shaken).rate < calm * 3


@pytest.mark.parametrize(
    "losses",
    [[2.3] * 120, [2.3 + 0.1 * i for i in range(120)], [math.nan] * 120, [2.3, 2.2, 2.1], []],
    ids=["level", "rising", "not numbers", "short", "nothing"],
)
def test_a_loss_that_never_fell_suggests_nothing(losses):
    assert suggest([1e-5 * 1.1**i for i in range(len(losses))], losses) is None
    assert LEAST > 3


def test_what_came_after_the_loss_was_no_number_is_left_out():
    rates, losses = valley()
    broken = losses[:110] + [math.nan] * 5 + [math.inf] * 5
    assert suggest(rates, broken) == suggest(rates[:110], losses[:110])


def test_the_sweep_ends_when_the_loss_has_run_away_and_not_before():
    sweep = Sweep()
    for loss in [2.3, 2.0, 1.0, 0.5] + [0.4] * 20 + [1.5, 0.4]:  # one bad batch is no end
        sweep.take(loss)
        assert not sweep.over
    steps = 0
    while not sweep.over:
        sweep.take(5.0)
        steps += 1
    assert 1 < steps < 10
    lost = Sweep()
    lost.take(2.3)
    lost.take(math.nan)
    assert lost.over


def test_smoothing_is_the_formula_by_hand_and_starts_without_a_bias():
    mean, expected = 0.0, []
    for i, loss in enumerate([3.0, 1.0, 2.0, 8.0], start=1):
        mean = 0.85 * mean + 0.15 * loss
        expected.append(mean / (1 - 0.85**i))
    assert smooth([3.0, 1.0, 2.0, 8.0]) == pytest.approx(expected)
    assert smooth([5.0])[0] == pytest.approx(5.0)


def test_the_curve_is_read_from_rows_without_what_a_rewind_took_back():
    told = [(1, "lr", 0.1), (1, "train.loss", 2.0), (2, "lr", 0.2), (2, "train.loss", 9.0)]
    told += [(1, "rewind", 1.0), (2, "lr", 0.3), (2, "train.loss", 1.5), (3, "train.loss", None)]
    told += [
        (4, "lr", 0.4),
        (4, "train.loss", math.inf),
        (5, "lr", 0.5),
        (5, "train.loss", math.nan),
    ]
    rows = [Row(seq, step, 0, name, value, 0.0) for seq, (step, name, value) in enumerate(told, 1)]
    assert curve(rows) == ([0.1, 0.3], [2.0, 1.5])


@pytest.mark.parametrize(("pictures", "batch"), [(5000, 64), (50_000, 512), (300, 32), (90, 64)])
def test_the_probe_is_about_as_many_steps_on_any_set(pictures, batch):
    config = parse(SETTINGS | {"batch": batch})
    test = probe(config, pictures)
    there = pictures - round(pictures * config.data.validation)
    steps = test.epochs * math.ceil(min(test.data.limit or there, there) / batch)
    assert 2 / 3 * STEPS <= steps <= 2 * STEPS
    assert (test.schedule.name, test.optimizer.lr) == ("range", TOP)
    assert (test.average, test.patience) == (0.0, 0)
    assert test.model == config.model and test.seed == config.seed


# Real runs


def rows_of(run):
    rows = []
    for m in run:
        for name, value in m.values.items():
            shown = value if math.isfinite(value) else None
            rows.append(Row(len(rows) + 1, m.step, m.epoch, name, shown, 0.0))
    return rows, m


def reached(config, rate):
    """Mean loss of the last tenth of an epoch at a rate, infinite where it diverged."""
    optimizer = config.optimizer.model_copy(update={"lr": rate})
    changed = {"optimizer": optimizer.model_dump(), "average": 0.0, "patience": 0}
    try:
        rows, _ = rows_of(Run(parse(config.model_dump() | changed)))
    except Diverged:
        return math.inf
    losses = [row.value for row in rows if row.name == "train.loss"]
    return statistics.fmean(losses[-len(losses) // 10 :])


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
def test_the_suggested_rate_trains_better_than_ten_times_and_a_hundredth_of_it(optimizer):
    config = parse(SETTINGS | {"optimizer": {"name": optimizer}})
    rows, last = rows_of(Run(probe(config, 5000)))
    rates, losses = curve(rows)
    assert rates == sorted(rates) and rates[0] == pytest.approx(TOP * 1e-6)
    assert last.moment == "end"
    found = suggest(rates, losses)
    best = reached(config, found.rate)
    assert best < reached(config, 10 * found.rate)
    assert best < reached(config, found.rate / 100)


def test_a_test_that_diverges_ends_like_any_other_and_keeps_finite_weights():
    net = {"name": "mlp", "widths": (64, 64, 64), "norm": False, "init": "normal"}
    config = parse(SETTINGS | {"model": net, "optimizer": {"name": "momentum"}})
    run = Run(probe(config, 5000))
    rows, last = rows_of(run)  # no Diverged
    assert run.sweep.over and last.moment == "end" and run.step < run.total_steps
    assert all(p.isfinite().all() for p in run.model.parameters())
    suggest(*curve(rows))
