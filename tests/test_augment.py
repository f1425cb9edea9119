"""Augmentation: each cure does what it says, and the page shows the very first batch."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from core import augment as cures
from core.augment import augment, before_after, erase, mirror, mix, partners, sides, turn
from core.config import DataConfig, parse
from core.objectives import Classify
from core.training import Run

MEAN = (0.2, 0.5, 0.8)


def noise(count=64, side=8):
    return torch.randint(0, 256, (count, 3, side, side), dtype=torch.uint8)


def test_nothing_wanted_leaves_the_pictures_alone():
    pictures = noise()
    state = torch.get_rng_state()
    assert augment(pictures, DataConfig(), MEAN) is pictures
    assert torch.equal(torch.get_rng_state(), state)


def test_mirroring_turns_about_half_and_shifting_keeps_the_middle():
    torch.manual_seed(0)
    pictures = noise()
    mirrored = augment(pictures, DataConfig(flip=True), MEAN)
    kinds = [
        (torch.equal(a, b), torch.equal(a.flip(2), b))
        for a, b in zip(pictures, mirrored, strict=True)
    ]
    assert set(kinds) == {(True, False), (False, True)}
    assert 16 < kinds.count((True, False)) < 48
    moved = augment(pictures, DataConfig(shift=2), MEAN)
    assert moved.shape == pictures.shape and moved.dtype == torch.uint8
    for before, after in zip(pictures, moved, strict=True):
        inner = after[:, 3:5, 3:5]
        places = [
            torch.equal(before[:, 3 + r : 5 + r, 3 + c : 5 + c], inner)
            for r in range(-2, 3)
            for c in range(-2, 3)
        ]
        assert any(places)


def test_turning_by_nothing_is_identity_and_by_quarters_is_exact():
    pictures = noise(side=9)
    assert torch.equal(turn(pictures, torch.zeros(64)), pictures)
    quarter = turn(pictures, torch.full((64,), 90.0))
    assert torch.equal(quarter, torch.rot90(pictures, 1, (2, 3)))
    assert torch.equal(turn(quarter, torch.full((64,), -90.0)), pictures)


def test_turns_stay_within_the_degrees_asked_for(monkeypatch):
    seen = []
    monkeypatch.setattr(cures, "turn", lambda pictures, degrees: seen.append(degrees) or pictures)
    augment(noise(500), DataConfig(rotate=20), MEAN)
    assert 18 < seen[0].max() <= 20 and -20 <= seen[0].min() < -18


@pytest.mark.parametrize("side", [1, 3, 8, 16])
def test_the_erased_share_has_the_mean_colour_and_the_right_size(side):
    pictures = torch.zeros(64, 3, 8, 8, dtype=torch.uint8)
    found = erase(pictures, side, MEAN)
    colour = torch.tensor([51, 128, 204], dtype=torch.uint8).view(1, 3, 1, 1)
    inside = (found == colour).all(1)
    assert (inside.sum((1, 2)) == min(side, 8) ** 2).all()
    assert not found.permute(0, 2, 3, 1)[~inside].any()
    if side < 8:
        assert len({tuple(place.flatten().tolist()) for place in inside}) > 10


def test_alternating_sides_show_every_picture_both_ways_in_two_epochs():
    pictures, facing = noise(), sides(64, seed=3)
    assert 16 < facing.sum() < 48
    config = DataConfig(flip=True, alternate=True)
    first, second = (
        augment(pictures, config, MEAN, mirrored=facing ^ odd) for odd in (False, True)
    )
    assert torch.equal(mirror(first, torch.ones(64, dtype=torch.bool)), second)
    assert torch.equal(first[~facing], pictures[~facing])


class Table(nn.Module):
    """Logits that are the picture's own pixels."""

    def __init__(self):
        super().__init__()
        self.gain = nn.Parameter(torch.ones(()))

    def forward(self, x):
        return x.flatten(1) * self.gain


def test_mixup_is_the_loss_by_hand():
    x, labels = torch.randn(12, 1, 1, 5), torch.arange(12) % 5
    torch.manual_seed(7)
    share, order = partners(12, 0.4)
    assert 0.5 <= share <= 1 and sorted(order.tolist()) == list(range(12))
    mixed = share * x + (1 - share) * x[order]
    assert torch.allclose(mix(x, share, order), mixed, atol=1e-6)
    logs = mixed.flatten(1).log_softmax(1)
    by_hand = -sum(
        share * logs[i, labels[i]] + (1 - share) * logs[i, labels[order[i]]] for i in range(12)
    )
    torch.manual_seed(7)
    value = Classify(Table(), (), mixup=0.4).step(x, labels)["loss"]
    assert value == pytest.approx(by_hand.item() / 12, rel=1e-5)


def test_mixups_shares_follow_the_beta_distribution():
    torch.manual_seed(0)
    found = torch.tensor([partners(1, 0.5)[0] for _ in range(2000)])
    drawn = torch.distributions.Beta(0.5, 0.5).sample((20000,))
    expected = torch.maximum(drawn, 1 - drawn)
    assert found.mean().item() == pytest.approx(expected.mean().item(), abs=0.01)
    assert found.std().item() == pytest.approx(expected.std().item(), abs=0.01)


def test_label_smoothing_is_torchs_and_validation_stays_plain():
    x, labels = torch.randn(9, 1, 1, 4), torch.arange(9) % 4
    net = Table()
    objective = Classify(net, (), smoothing=0.3)
    logs = x.flatten(1).log_softmax(1)
    by_hand = -(0.7 * logs[range(9), labels] + 0.3 * logs.mean(1)).mean().item()
    assert objective.step(x, labels)["loss"] == pytest.approx(by_hand, rel=1e-5)
    score = objective.evaluate(lambda: [(x, labels)], 4)
    with pytest.raises(StopIteration) as done:
        next(score), next(score)
    plain = F.cross_entropy(x.flatten(1), labels).item()
    assert done.value.value.means["loss"] == pytest.approx(plain, rel=1e-5)


@pytest.mark.parametrize("alternate", [False, True])
def test_before_and_after_are_the_first_pictures_that_training_sees(alternate):
    data = {"name": "mnist-5k", "limit": 300, "flip": True, "alternate": alternate}
    data |= {"shift": 2, "rotate": 15, "erase": 6, "mixup": 0.5}
    config = parse({"data": data, "model": {"name": "mlp", "widths": (8,)}, "seed": 5, "batch": 64})
    state = torch.get_rng_state()
    before, after = before_after(config, count=6)
    assert torch.equal(torch.get_rng_state(), state)
    assert before.shape == after.shape == (6, 28, 28, 1)
    run, seen = Run(config), []
    run.model.register_forward_pre_hook(lambda module, x: seen.append(x[0]))
    next(m for m in run if m.step == 1)
    trained = run.normalise.undo(seen[0][:6]).permute(0, 2, 3, 1)
    assert (trained.int() - torch.from_numpy(after).int()).abs().max() <= 1  # rounded once more
    plain = {picture.tobytes() for picture in before}
    known = {picture.permute(1, 2, 0).numpy().tobytes() for picture in run.images[run.train]}
    assert len(plain) == 6 and plain <= known
    assert (before != after).any()
