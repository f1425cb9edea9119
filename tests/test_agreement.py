"""Agreement of clusters: equal to counting by hand, most where views are sure, even and alike."""

import math

import pytest
import torch

from core.agreement import information, varied

SURE = 60.0  # a logit that leaves no doubt


def sure(clusters: list[int], k: int = 4) -> torch.Tensor:
    return SURE * torch.eye(k)[torch.tensor(clusters)]


def test_information_equals_entropies_counted_by_hand() -> None:
    torch.manual_seed(0)
    first, second = torch.randn(2, 50, 5, dtype=torch.float64)
    joint = torch.zeros(5, 5, dtype=torch.float64)
    for p, q in zip(first.softmax(1), second.softmax(1), strict=True):
        joint += (p.outer(q) + q.outer(p)) / 100

    def entropy(shares: torch.Tensor) -> float:
        return -sum(p * math.log(p) for p in shares.flatten().tolist())

    expected = entropy(joint.sum(0)) + entropy(joint.sum(1)) - entropy(joint)
    assert float(information(first, second)) == pytest.approx(expected, rel=1e-9)


def test_the_most_is_reached_by_sure_even_clusters_alone() -> None:
    even = sure([0, 1, 2, 3] * 5)
    most = float(information(even, even))
    assert most == pytest.approx(math.log(4), abs=1e-4)
    assert float(information(sure([0] * 20), sure([0] * 20))) == pytest.approx(0, abs=1e-4)
    assert float(information(torch.zeros(20, 4), torch.zeros(20, 4))) == pytest.approx(0, abs=1e-6)
    lopsided = sure([0, 0, 0, 1] * 5)
    assert 0.1 < float(information(lopsided, lopsided)) < most
    assert float(information(even, even.roll(1, 0))) < 0.5 * most + 1e-6


def test_a_step_along_the_gradient_makes_views_agree() -> None:
    torch.manual_seed(1)
    first, second = torch.randn(2, 64, 6)
    logits = torch.cat([first, second]).requires_grad_()
    before = information(*logits.chunk(2))
    before.backward()
    assert logits.grad is not None and bool(logits.grad.isfinite().all())
    after = information(*(logits + 5 * logits.grad).chunk(2))
    assert float(after.detach()) > float(before.detach())


def test_varied_pictures_differ_a_little_and_each_in_its_own_way() -> None:
    torch.manual_seed(2)
    x = torch.full((16, 3, 28, 28), -1.0)
    x[:, :, 10:18, 12:16] = 1.0
    y = varied(x)
    assert y.shape == x.shape and float(y.min()) >= -1.001 and float(y.max()) <= 1.001
    assert all(not torch.equal(a, b) for a, b in zip(y[1:], y[:-1], strict=True))
    ink = ((y + 1).sum((1, 2, 3)) / (x + 1).sum((1, 2, 3))).tolist()
    assert min(ink) > 0.7 and max(ink) < 1.4  # (1 ± 0.1)² in area, and edges
    row, column = torch.meshgrid(torch.arange(28.0), torch.arange(28.0), indexing="ij")
    for axis in (row, column):
        middle = ((y + 1)[:, 0] * axis).sum((1, 2)) / (y + 1)[:, 0].sum((1, 2))
        was = ((x + 1)[:, 0] * axis).sum((1, 2)) / (x + 1)[:, 0].sum((1, 2))
        assert 0.2 < float((middle - was).abs().max()) < 3.5


def test_the_same_seed_varies_alike() -> None:
    x = torch.rand(4, 1, 28, 28)
    torch.manual_seed(5)
    first = varied(x)
    torch.manual_seed(5)
    assert torch.equal(first, varied(x))
