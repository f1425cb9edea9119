"""The temperature lab: numbers of real nets, against torch's and against a second hand."""

import ast

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core import zoo
from core.calibration import reliability, softmax
from core.labs import temperature as lab
from core.labs.temperature import Case, case, fitted, judged, nll
from core.study import read

NETS = ("cifar10-cnn", "mnist-mlp")


@pytest.fixture(scope="module", params=NETS)
def net(request) -> Case:
    return case(request.param)


def second_hand(p: np.ndarray, labels: np.ndarray, bins: int = 10) -> float:
    """Expected calibration error as in Guo et al., equation 3, bin by bin."""
    sure, hit = p.max(1), p.argmax(1) == labels
    total = 0.0
    for m in range(bins):
        low, high = m / bins, (m + 1) / bins
        inside = [i for i in range(len(p)) if low <= sure[i] < high or (high == 1 and sure[i] == 1)]
        if inside:
            right = sum(hit[i] for i in inside) / len(inside)
            total += len(inside) / len(p) * abs(right - sum(sure[i] for i in inside) / len(inside))
    return total


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_the_error_is_that_of_a_second_hand(net: Case, temperature: float) -> None:
    logits, labels = net.judge
    wanted = second_hand(softmax(logits, temperature), labels)
    assert judged(net, temperature).error == pytest.approx(wanted, abs=1e-9)


@given(st.integers(0, 10_000), st.floats(0.3, 3))
def test_the_error_is_that_of_a_second_hand_for_anything(seed: int, scale: float) -> None:
    chance = np.random.default_rng(seed)
    p = softmax(scale * chance.standard_normal((50, 4)))
    labels = chance.integers(0, 4, 50)
    assert reliability(p, labels).gap == pytest.approx(second_hand(p, labels), abs=1e-9)


def test_softmax_and_likelihood_are_torchs(net: Case) -> None:
    logits, labels = net.judge
    for t in (0.3, 1.0, 4.0):
        wanted = (torch.from_numpy(logits) / t).softmax(1)
        np.testing.assert_allclose(softmax(logits, t), wanted, atol=1e-12)
        by_hand = -np.log(softmax(logits, t)[np.arange(len(labels)), labels]).mean()
        assert nll(logits, labels, t) == pytest.approx(by_hand)


def test_the_fitted_temperature_is_the_lowest_point_and_gradient_descent_finds_it(net) -> None:
    best = fitted(net)
    assert best == pytest.approx(lab.by_gradient(net), rel=1e-3)
    losses, _ = lab.sweep(net)
    assert nll(*net.fit, best) <= losses.min() + 1e-9


def test_no_temperature_changes_accuracy(net: Case) -> None:
    found = {judged(net, t).accuracy for t in (0.1, 0.5, 1.0, 2.0, 10.0)}
    assert len(found) == 1 and found.pop() > 0.85


def test_fitting_on_one_half_mends_the_other() -> None:
    unsure = case("cifar10-cnn")
    before, after = judged(unsure, 1.0), judged(unsure, fitted(unsure))
    assert before.error > 0.1 and after.error < 0.04 and after.nll < before.nll
    assert fitted(unsure) < 1  # this net is less sure than it may be


def test_the_halves_share_no_picture_and_are_all(net: Case) -> None:
    folder = zoo.find(net.name).folder
    sha = lab.read_card(folder)["files"]["model"]["sha256"]
    whole = read(folder, sha)
    assert whole is not None
    both = np.concatenate([net.fit[0], net.judge[0]])
    assert len(both) == len(whole.logits)
    np.testing.assert_allclose(np.sort(both, 0), np.sort(whole.logits.astype(float), 0))


def test_what_is_shown_is_what_the_net_says_least_sure_first(net: Case) -> None:
    sure = softmax(net.said).max(1)
    assert (np.diff(sure) >= 0).all()
    assert net.pictures.shape[0] == len(net.truth) == lab.SHOWN and net.pictures.dtype == np.uint8


def test_entropy_rises_with_heat(net: Case) -> None:
    bits = lab.undecided(net.said[0], np.array([0.1, 1.0, 10.0]))
    assert 0 <= bits[0] < bits[1] < bits[2] < np.log2(len(net.classes))


def test_unknown_nets_are_refused(tmp_path, monkeypatch) -> None:
    with pytest.raises(ValueError, match="no net"):
        case("nobody")
    monkeypatch.setattr(lab, "read", lambda folder, sha: None)
    with pytest.raises(ValueError, match="never asked"):
        case("mnist-mlp")


def test_every_net_of_the_zoo_that_was_asked_is_offered() -> None:
    assert set(NETS) <= set(lab.known()) and "mnist-aae" not in lab.known()


def test_the_lines_hold_the_temperature_and_the_answer_is_counted() -> None:
    text = lab.code(2.5, 0.55)
    ast.parse(text)
    assert "logits / 2.5" in text and "0.550" in text
    assert lab.OPTIONS[lab.asked()] == "same"
