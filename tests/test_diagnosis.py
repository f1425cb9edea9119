"""Diagnosis: each finding from curves as they look, and from real runs that were made to ail."""

import math

import pytest
import torch

from core.diagnosis import Finding, diagnose
from core.health import names
from core.ranges import curve
from core.store import Row
from core.training import Diverged, Run
from pages.ui.words import catalogue
from tests.test_health import tiny

KEYS = {"early", "short", "diverged", "dead", "high", "low", "overfitting", "plateau", "stuck"}
KEYS |= {"fine"}
ADVERSARIAL = {"winning", "losing", "collapse", "unmatched", "nearing", "matched"}
COUNT = 200  # rows of a curve
EPOCH = 20  # of which so many are one epoch


def falling(start=2.3, end=0.2):
    return [end + (start - end) * math.exp(-4 * i / COUNT) for i in range(COUNT)]


def rows_of(loss, rates=0.01, val_loss=(), val=(), train=0.9, turned=()):
    """Rows as a run writes them: at every step loss, accuracy and rate; after epochs validation."""
    rates = rates if isinstance(rates, list) else [rates] * len(loss)
    told = []
    for step, (one, rate) in enumerate(zip(loss, rates, strict=True), start=1):
        told += [(step, name, v) for name, v in zip(NAMES, (one, train, rate), strict=True)]
        told += [(step, "set.lr", new) for at, new in turned if at == step]
        epoch = step // EPOCH - 1
        if step % EPOCH == 0 and epoch < len(val):
            told += [(step, "val.loss", (val_loss or [1.0] * len(val))[epoch])]
            told += [(step, "val.accuracy", val[epoch])]
    return [
        Row(seq, step, step // EPOCH, name, value if math.isfinite(value) else None, seq / 10)
        for seq, (step, name, value) in enumerate(told, start=1)
    ]


NAMES = ("train.loss", "train.accuracy", "lr")


def health_of(update=1e-3, dead=(0.1, 0.05), steps=(1, 2, 4, 8, 16, 32, 50, 100, 150, 200)):
    """Notes of a net of three layers and two bends, each point alike."""
    updates = update if isinstance(update, list) else [update] * len(steps)
    return {
        "layers": [["1", "Linear"], ["3", "Linear"], ["5", "Linear"]],
        "bends": [["2", "ReLU"], ["4", "ReLU"]],
        "points": [
            {"step": s, "epoch": 0, "gradient": [1.0] * 3, "update": [u, u, None], "dead": [*dead]}
            for s, u in zip(steps, updates, strict=True)
        ],
    }


def found(rows, health=None, state="running"):
    finding = diagnose(rows, state, health or health_of(), rate=0.01)
    assert finding.key in KEYS
    return finding


# Curves as they look


def test_a_loss_that_falls_is_fine():
    assert found(rows_of(falling(), val=[0.5, 0.7, 0.8, 0.85, 0.9])).key == "fine"


def test_nothing_is_said_before_there_is_something_to_go_by():
    assert found([]).key == "early"
    assert found(rows_of(falling()[:7])).key == "early"
    assert found(rows_of(falling()[:7]), state="failed").key == "short"
    assert diagnose(rows_of(falling()), "running", None, 0.01).key == "fine"


def test_diverged_names_the_rate_at_which_it_did():
    assert found(rows_of(falling(), rates=3.0), state="diverged") == Finding(
        "diverged", {"rate": 3.0}
    )
    assert found(rows_of([2.3, 9.0, math.inf], rates=3.0)).key == "diverged"
    assert found([], state="diverged").values == {"rate": 0.01}


def test_a_rate_is_too_high_when_the_loss_rises_or_long_steps_lead_nowhere():
    rising = [2.3 + 0.01 * i for i in range(COUNT)]
    assert found(rows_of(rising, rates=0.5)) == Finding("high", {"rate": 0.5})
    assert found(rows_of([2.3] * COUNT, rates=0.5), health_of(0.4)).key == "high"
    assert found(rows_of(falling(), rates=0.5), health_of(0.4)).key == "fine"  # it works, though


def test_a_rate_is_too_low_when_steps_are_short_and_little_was_learned():
    slow = falling(2.3, 2.2)
    assert found(rows_of(slow, 1e-6), health_of(1e-6)) == Finding("low", {"rate": 1e-6})
    assert found(rows_of(slow, 0.01), health_of(1e-3)).key != "low"
    assert found(rows_of(falling(), 1e-6), health_of(1e-6)).key == "fine"


def test_steps_that_a_schedule_made_short_are_no_low_rate_but_a_low_top_is():
    cosine = [0.1 * (1 + math.cos(math.pi * i / COUNT)) / 2 + 1e-9 for i in range(COUNT)]
    shrinking = [r * 0.1 for r in (0.1, 0.1, 0.1, 0.1, 0.1, 0.09, 0.08, 0.05, 0.01, 1e-9)]
    hard = falling(2.3, 1.4)  # a hard task: it lost less than half
    assert found(rows_of(hard, cosine), health_of(shrinking)).key == "fine"
    small = [rate * 1e-5 for rate in cosine]
    tiny_steps = [u * 1e-5 for u in shrinking]
    finding = found(rows_of(falling(2.3, 2.25), small), health_of(tiny_steps))
    assert finding.key == "low" and finding.values["rate"] == pytest.approx(max(small))
    warm = [1e-6 * 1.03**i for i in range(COUNT)]
    assert found(rows_of([2.3] * COUNT, warm), health_of(1e-6)).key == "early"


def test_a_rate_set_by_hand_is_the_one_that_is_judged():
    rates = [1.0] * 100 + [1e-6] * 100
    steps = [0.3] * 8 + [1e-6] * 2  # the points at 150 and 200 come after the dial was turned
    slow = falling(2.3, 2.25)
    finding = found(rows_of(slow, rates, turned=[(100, 1e-6)]), health_of(steps))
    assert finding == Finding("low", {"rate": 1e-6})


def test_dead_names_the_worst_layer_and_only_if_it_stays_so():
    assert found(rows_of(falling()), health_of(dead=(0.3, 0.8))) == Finding(
        "dead", {"layer": "4 ReLU", "share": 0.8}
    )
    health = health_of(dead=(0.3, 0.8))
    health["points"][-2]["dead"][1] = 0.1
    assert found(rows_of(falling()), health).key == "fine"
    health["points"][-2]["dead"][1] = None
    assert found(rows_of(falling()), health).key == "fine"


def test_overfitting_names_the_epoch_from_which_validation_got_worse():
    losses, right = [1.0, 0.6, 0.5, 0.55, 0.7, 0.9], [0.6, 0.8, 0.85, 0.85, 0.84, 0.84]
    rows = rows_of(falling(2.3, 0.01), val_loss=losses, val=right, train=0.99)
    assert found(rows) == Finding("overfitting", {"epoch": 3})
    level = rows_of(falling(2.3, 0.01), val_loss=losses, val=right, train=0.85)
    assert found(level).key != "overfitting"  # no gap: both are the same


def test_a_plateau_is_so_many_epochs_without_a_better_validation():
    right = [0.5, 0.6, 0.7, 0.69, 0.7, 0.68, 0.69, 0.7]
    assert found(rows_of(falling(), val=right, train=0.7)) == Finding("plateau", {"epochs": 5})
    assert found(rows_of(falling(), val=right[:7], train=0.7)).key == "fine"
    assert found(rows_of(falling(), val=right, train=0.99)).key == "fine"  # nothing left to learn


def test_a_loss_that_stays_although_the_weights_move_is_stuck():
    assert found(rows_of([2.3] * COUNT)).key == "stuck"
    assert found(rows_of([2.3] * 15)).key == "early"


def test_what_a_rewind_took_back_counts_no_more():
    rows = rows_of(falling())
    bad = [Row(10_000 + i, 101 + i, 5, "train.loss", 50.0, 0.0) for i in range(150)]
    assert found(rows[:300] + bad).key == "high"
    back = Row(20_000, 100, 5, "rewind", 100.0, 0.0)
    assert found([*rows[:300], *bad, back]).key == "fine"


def test_a_branch_is_not_judged_by_its_first_loss():
    level = [Row(r.seq, r.step + 500, *r[2:]) for r in rows_of([0.1] * COUNT)]
    assert found(level).key == "fine"
    assert found(level, health_of(dead=(0.3, 0.8))).key == "dead"


def test_every_finding_has_its_sentence_and_every_sentence_its_finding():
    said = {key.split(".")[-1] for key in catalogue() if key.startswith("live.health.finding.")}
    assert said == KEYS | ADVERSARIAL


# Real runs


def ailing(config, spoil=None):
    """Train, and say what a page would say."""
    run = Run(config)
    if spoil:
        spoil(run.model)
    rows, state = [], "finished"
    try:
        for m in run:
            for name, value in m.values.items():
                shown = value if math.isfinite(value) else None
                rows.append(Row(len(rows) + 1, m.step, m.epoch, name, shown, run.seconds))
    except Diverged:
        state = "diverged"
    points = [vars(point) for point in run.looks.points]
    health = names(run.model) | {"points": points}
    return diagnose(rows, state, health, config.optimizer.lr), rows


@pytest.mark.parametrize("schedule", ["constant", "onecycle", "cosine"])
def test_a_run_at_a_millionth_of_the_rate_is_found_too_slow(schedule):
    config = tiny(optimizer={"name": "adam", "lr": 1e-6}, schedule={"name": schedule}, epochs=4)
    finding, rows = ailing(config)
    assert finding.key == "low"
    rates, _ = curve(rows)
    assert finding.values["rate"] == max(rates) <= 1e-6


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
def test_a_run_at_the_highest_rate_is_found_too_fast(optimizer):
    finding, _ = ailing(tiny(optimizer={"name": optimizer, "lr": 10.0}, epochs=4))
    assert finding.key in ("high", "diverged", "dead")
    norm = {"name": "mlp", "widths": (16, 8), "norm": False, "activation": "gelu", "dropout": 0.0}
    finding, _ = ailing(tiny(model=norm, optimizer={"name": optimizer, "lr": 10.0}, epochs=4))
    assert finding.key in ("high", "diverged")
    assert finding.values["rate"] == 10.0


def test_units_that_were_pushed_below_zero_are_found_dead():
    def push(model):
        with torch.no_grad():
            model[3].bias[:6] = -100.0

    finding, _ = ailing(tiny(epochs=4), push)
    assert finding.key == "dead"
    assert finding.values["layer"] == "4 ReLU" and finding.values["share"] >= 6 / 8


def test_a_net_of_zeros_is_found_stuck():
    zeros = {"name": "mlp", "widths": (16, 8), "dropout": 0.0, "norm": False, "init": "zeros"}
    finding, _ = ailing(tiny(model=zeros | {"activation": "gelu"}, epochs=5))
    assert finding.key == "stuck"
    finding, _ = ailing(tiny(model=zeros, epochs=6))
    assert finding == Finding("dead", {"layer": "2 ReLU", "share": 1.0})


def test_learning_by_heart_is_found_to_be_overfitting():
    few = {"name": "mnist-5k", "limit": 64, "validation": 0.1}
    net = {"name": "mlp", "widths": (128,), "dropout": 0.0, "norm": False, "init": "normal"}
    adam = {"name": "adam", "lr": 0.01}
    finding, _ = ailing(tiny(data=few, model=net, optimizer=adam, epochs=60, batch=32))
    assert finding.key == "overfitting"


@pytest.mark.parametrize("model", ["mlp", "cnn"])
def test_a_usual_run_is_fine(model):
    usual = {"name": model, "widths": (32,) if model == "mlp" else (8, 16)}
    data = {"name": "mnist-5k", "limit": 1500}
    adam = {"name": "adam", "lr": 0.003}
    config = tiny(data=data, model=usual, optimizer=adam, schedule={"name": "onecycle"}, epochs=3)
    assert ailing(config)[0].key == "fine"
