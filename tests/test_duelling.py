"""Diagnosis of adversarial runs: one side wins, collapse, an unmatched prior, and how far it is."""

import re

import pytest

from core.diagnosis import diagnose
from core.duelling import rested
from core.store import Row
from pages.ui.words import LANGUAGES, catalogue

STEPS = 200
FLOOR = 0.07
KEYS = {"early", "winning", "losing", "collapse", "unmatched", "nearing", "matched"}


def found(caught, distances, spread=0.8, steps=STEPS):
    """The finding of a run with these verdicts and, epoch by epoch, these distances."""
    told = []
    for step in range(1, steps + 1):
        told += [(step, "train.loss", 0.3), (step, "train.generator", 0.7), (step, "lr", 1e-3)]
        told.append((step, "train.caught", caught))
    for epoch, times in enumerate(distances, start=1):
        step = epoch * steps // max(1, len(distances))
        told += [(step, "val.mmd", times * FLOOR), (step, "val.floor", FLOOR)]
        told.append((step, "val.spread", spread))
    rows = [Row(seq, step, 0, name, value, 0.0) for seq, (step, name, value) in enumerate(told)]
    return diagnose(rows, "running", None, 1e-3)


@pytest.mark.parametrize(
    ("caught", "distances", "spread", "key"),
    [
        (0.65, [9, 6, 4, 1.5], 0.8, "matched"),
        (0.65, [9, 6, 5, 3.0], 0.8, "nearing"),
        (0.999, [9, 9, 9, 9], 0.8, "winning"),
        (0.51, [9, 9, 9, 9], 0.8, "losing"),
        (0.02, [9, 9, 9, 9], 0.8, "losing"),
        (0.65, [9, 6, 4, 2], 0.05, "collapse"),
        (0.7, [9, 8.9, 9, 8.8, 9], 0.8, "unmatched"),
        (0.7, [20, 16, 13, 10, 8], 0.8, "nearing"),  # it still comes nearer
        (0.7, [], 0.8, "early"),
    ],
)
def test_each_ailment_is_found_by_what_it_looks_like(caught, distances, spread, key):
    assert found(caught, distances, spread).key == key


def test_nothing_is_said_too_early():
    assert found(0.999, [], steps=10).key == "early"


@pytest.mark.parametrize("key", sorted(KEYS))
def test_every_finding_has_its_sentence(key):
    entry = catalogue()[f"live.health.finding.{key}"]
    assert all(entry[language] for language in LANGUAGES)


@pytest.mark.parametrize(
    ("metrics", "key"),
    [
        ({"test.spread": 0.9, "test.mmd": 0.11, "test.floor": 0.07}, None),
        ({"spread": 0.03, "mmd": 0.9, "floor": 0.08}, "collapse"),
        ({"val.spread": 0.8, "val.mmd": 0.4, "val.floor": 0.07}, "unmatched"),
        ({"test.loss": 0.1}, None),
        ({}, None),
    ],
)
def test_a_trained_nets_card_tells_what_ails_it(metrics, key):
    told = rested(metrics)
    assert (told.key if told else None) == key
    if told:
        entry = catalogue()[f"latent.ails.{key}"]
        assert all(set(told.values) == {*re.findall(r"\{(\w+)\}", s)} for s in entry.values())
