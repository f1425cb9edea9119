"""Optimisers and schedules: every entry lowers a loss, keeps its state, and is torch's own."""

import math

import pytest
import torch
from torch import nn

from core import checkpoint
from core.muon import MatrixMuon
from core.optim import OPTIMIZERS, optimizers_for
from core.schedules import SCHEDULES


def problem(seed=0):
    torch.manual_seed(seed)
    net = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 36, 3))
    net = net.to(memory_format=torch.channels_last)
    return net, torch.randn(32, 1, 8, 8), torch.randint(0, 3, (32,))


def steps(net, optimizers, x, y, count):
    losses = []
    for _ in range(count):
        net.zero_grad()
        loss = nn.functional.cross_entropy(net(x), y)
        loss.backward()
        for optimizer in optimizers:
            optimizer.step()
        losses.append(loss.item())
    return losses


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimiser_lowers_a_toy_loss(name):
    net, x, y = problem()
    spec = OPTIMIZERS[name]
    losses = steps(net, spec.build(net.parameters(), spec.config()), x, y, 200)
    assert losses[-1] < 0.7 * losses[0]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimiser_survives_a_state_round_trip(name):
    spec = OPTIMIZERS[name]
    net, x, y = problem()
    optimizers = spec.build(net.parameters(), spec.config())
    steps(net, optimizers, x, y, 5)
    twin, _, _ = problem(1)
    twin.load_state_dict(net.state_dict())
    other = spec.build(twin.parameters(), spec.config())
    checkpoint.unpack(other, checkpoint.pack(optimizers))
    assert steps(twin, other, x, y, 5) == steps(net, optimizers, x, y, 5)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_bare_step_is_torchs_own_to_the_last_bit(name):
    """As training has it: without what torch wraps round a step, gradients switched off inside."""
    spec = OPTIMIZERS[name]
    (net, x, y), (twin, _, _) = problem(), problem()
    bare = optimizers_for(twin, spec.config())
    assert all("step" in vars(optimizer) for optimizer in bare)
    assert steps(twin, bare, x, y, 6) == steps(
        net, spec.build(net.parameters(), spec.config()), x, y, 6
    )
    assert all(map(torch.equal, net.parameters(), twin.parameters()))
    assert all(p.requires_grad and p.is_leaf for p in twin.parameters())


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimiser_is_torchs_own_and_explained(name):
    spec = OPTIMIZERS[name]
    net, _, _ = problem()
    for optimizer in spec.build(net.parameters(), spec.config()):
        assert any(base.__module__.startswith("torch.optim") for base in type(optimizer).__mro__)
    assert spec.label and spec.theory.endswith(".") and spec.paper
    assert spec.config().name == name


def test_muon_on_kernels_equals_torchs_muon_on_matrices():
    torch.manual_seed(0)
    kernel = nn.Parameter(torch.randn(6, 3, 3, 3))
    matrix = nn.Parameter(kernel.detach().flatten(1).clone())
    ours = MatrixMuon([kernel], lr=0.02, momentum=0.95, weight_decay=0.01)
    torchs = torch.optim.Muon([matrix], lr=0.02, momentum=0.95, weight_decay=0.01)
    for _ in range(3):
        gradient = torch.randn(6, 27)
        matrix.grad = gradient.clone()
        kernel.grad = gradient.view(6, 3, 3, 3).clone()
        ours.step()
        torchs.step()
    assert torch.allclose(kernel.flatten(1), matrix, atol=1e-6)


def test_muon_sees_channels_last_kernels_without_a_copy():
    kernel = nn.Parameter(torch.randn(4, 8, 3, 3).to(memory_format=torch.channels_last))
    before = kernel.detach().clone()
    kernel.grad = torch.randn_like(kernel)
    MatrixMuon([kernel], lr=0.1).step()
    assert not torch.equal(kernel, before)


@pytest.mark.parametrize("name", SCHEDULES)
def test_every_schedule_stays_between_zero_and_one(name):
    spec = SCHEDULES[name]
    factors = [spec.factor(i / 1000, spec.config()) for i in range(1001)]
    assert all(0 <= f <= 1 for f in factors)
    assert max(factors) == pytest.approx(1, abs=1e-3)
    assert spec.label and spec.theory.endswith(".") and spec.paper


def test_cosine_and_one_cycle_follow_torchs_schedulers():
    total = 200
    for name, make in {
        "cosine": lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, total),
        "onecycle": lambda o: torch.optim.lr_scheduler.OneCycleLR(
            o, max_lr=1.0, total_steps=total + 1, cycle_momentum=False
        ),
    }.items():
        optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=1.0)
        scheduler = make(optimizer)
        spec = SCHEDULES[name]
        for step in range(total):
            ours = spec.factor(step / total, spec.config())
            # torch counts the turning point in whole steps, hence the tolerance
            assert optimizer.param_groups[0]["lr"] == pytest.approx(ours, abs=0.012)
            optimizer.step()
            scheduler.step()


def test_step_schedule_drops_at_equal_distances():
    spec = SCHEDULES["step"]
    config = spec.config(drops=2, gamma=0.1)
    assert [round(spec.factor(d, config), 4) for d in (0, 0.3, 0.4, 0.7, 1)] == [
        1.0,
        1.0,
        0.1,
        0.01,
        0.01,
    ]
    assert math.isclose(SCHEDULES["warmup"].factor(0.05, SCHEDULES["warmup"].config()), 0.5)
