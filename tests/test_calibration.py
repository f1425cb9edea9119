"""Reliability, temperature and silence, against cases whose answers are known."""

import numpy as np
import pytest

from core.calibration import (
    agreement,
    best_temperature,
    entropy,
    reliability,
    silence,
    softmax,
)


def honest(n: int = 20_000, k: int = 5, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Logits, and labels drawn by their own probabilities: as calibrated as can be."""
    chance = np.random.default_rng(seed)
    logits = 2 * chance.standard_normal((n, k))
    shares = softmax(logits).cumsum(1)
    return logits, (chance.random((n, 1)) > shares).sum(1).clip(0, k - 1)


def test_softmax_sums_to_one_and_heat_keeps_the_answer():
    logits = np.array([[1000.0, 0, -1000], [3, 2, 1]])
    for temperature in (0.1, 1, 7):
        p = softmax(logits, temperature)
        assert p.sum(1) == pytest.approx([1, 1]) and p.argmax(1).tolist() == [0, 0]
    assert softmax(logits, 7)[1, 0] < softmax(logits)[1, 0] < softmax(logits, 0.1)[1, 0]


def test_entropy_is_in_bits():
    assert entropy(np.array([1.0, 0, 0])) == 0
    assert entropy(np.full((2, 8), 1 / 8)) == pytest.approx([3, 3])


def test_honest_probabilities_have_no_gap_and_need_no_temperature():
    logits, labels = honest()
    found = reliability(softmax(logits), labels)
    assert found.gap < 0.01 and sum(found.count) == len(labels)
    for count, sure, right in zip(found.count, found.sure, found.right, strict=True):
        if count > 500:
            assert sure == pytest.approx(right, abs=0.04)
    assert best_temperature(logits, labels) == pytest.approx(1, abs=0.03)


@pytest.mark.parametrize("factor", [0.3, 2.5])
def test_the_temperature_undoes_what_was_done(factor):
    logits, labels = honest()
    assert reliability(softmax(logits * factor), labels).gap > 0.05
    found = best_temperature(logits * factor, labels)
    assert found == pytest.approx(factor, rel=0.03)
    assert reliability(softmax(logits * factor, found), labels).gap < 0.01


def test_reliability_by_hand():
    p = np.array([[0.95, 0.05], [0.9, 0.1], [0.55, 0.45], [1.0, 0.0]])
    found = reliability(p, np.array([0, 1, 0, 0]))
    assert found.count == (0, 0, 0, 0, 0, 1, 0, 0, 0, 3)
    assert found.right[9] == pytest.approx(2 / 3) and found.sure[9] == pytest.approx(2.85 / 3)
    assert found.accuracy == 0.75
    assert found.gap == pytest.approx((0.45 + 3 * abs(2.85 / 3 - 2 / 3)) / 4)
    empty = reliability(np.zeros((0, 3)), np.zeros(0, dtype=int))
    assert empty.gap == 0 and sum(empty.count) == 0


def test_silence_by_hand():
    p = np.array([[0.9, 0.1], [0.6, 0.4], [0.8, 0.2], [0.7, 0.3]])
    labels = np.array([0, 1, 0, 1])
    found = silence(p, labels, 0.65)
    assert (found.answered, found.right, found.saved) == (0.75, pytest.approx(2 / 3), 0.5)
    assert silence(p, labels, 0.0).answered == 1
    assert silence(p, labels, 0.99).right == 1
    assert silence(p[:1], labels[:1], 0).saved == 0


def test_agreement_runs_from_none_to_whole():
    a, b, c = np.eye(3)
    assert agreement([a, a, a]) == 1 and agreement([a]) == 1
    assert agreement([a, b]) == pytest.approx(0) and agreement([a, b, c]) == pytest.approx(0)
    assert 0.3 < agreement([a, a, b]) < 0.6
    assert agreement([np.full(3, 1 / 3)] * 2) == pytest.approx(1)
