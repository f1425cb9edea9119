"""What places see: compared, pixel by pixel, with what changes them."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from core.reach import WHOLE, Follow
from core.steps import heard, steps
from tests import glass


def positive(model: nn.Module) -> nn.Module:
    """Weights with which any pixel that counts for a place makes it larger, however it counts."""
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.zero_()
            module.running_var.fill_(1.0)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if weight.dim() > 1:
                weight.fill_(1 / weight[0].numel())
            else:
                weight.fill_(0.0 if name.endswith("bias") else 1.0)
    return model.eval()


def changed(model: nn.Module, channels: int, size: int) -> dict[str, np.ndarray]:
    """For every step that makes maps: which pixel changes which place. (h, w, H, W) bool"""
    pixels = torch.eye(size * size, dtype=torch.float64).view(-1, 1, size, size) * 1000
    batch = torch.cat([torch.zeros(1, 1, size, size, dtype=torch.float64), pixels])
    found: dict[str, np.ndarray] = {}

    def hear(name, module, given, made):
        if made.dim() == 4:
            moved = (made[1:] != made[:1]).any(1)
            shape = (size, size, *moved.shape[1:])
            found[name] = moved.view(shape).permute(2, 3, 0, 1).numpy().copy()

    with torch.no_grad(), heard(model.double(), hear):
        model(batch.expand(-1, channels, -1, -1))
    return found


def followed(model: nn.Module, channels: int, size: int):
    """What every step's places see, as it was followed."""
    found = {}
    x = torch.zeros(1, channels, size, size)
    follow = Follow(x)

    def hear(name, module, given, made):
        if made.dim() == 4:
            found[name] = follow.of(made)

    with torch.no_grad(), heard(model.float(), hear), follow:
        model(x)
    return found


def whole(reach) -> np.ndarray:
    return reach.rows.seen[:, None, :, None] & reach.columns.seen[None, :, None, :]


@pytest.mark.parametrize("kind", glass.CONVOLUTIONAL)
def test_places_see_exactly_the_pixels_that_change_them(kind):
    net = glass.net(kind, size=16)
    told = {step.name: step.reach for step in steps(net) if step.maps}
    truth = changed(positive(net.model), 1, 16)
    assert told.keys() == truth.keys() and len(told) > 5
    for name, there in truth.items():
        assert (whole(told[name]) == there).all(), name


@pytest.mark.parametrize("seed", range(12))
def test_any_windows_one_after_the_other(seed):
    chance = np.random.default_rng(seed)
    layers, size = [], 17
    for _ in range(3):
        kernel, stride, dilation = (int(chance.integers(1, most)) for most in (5, 4, 4))
        padding = int(chance.integers(0, kernel))
        side = (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1
        if side < 2:
            continue
        size = side
        layers.append(nn.Conv2d(2, 2, kernel, stride, padding, dilation, groups=2, bias=False))
    layers.append(nn.MaxPool2d(2, 1, ceil_mode=bool(seed % 2)) if seed % 3 else nn.AvgPool2d(2, 2))
    model = positive(nn.Sequential(*layers))
    truth, told = changed(model, 2, 17), followed(model, 2, 17)
    for name, there in truth.items():
        assert (whole(told[name]) == there).all(), name


class Scaled(nn.Module):
    def __init__(self, side: int) -> None:
        super().__init__()
        self.side, self.last = side, nn.Conv2d(1, 1, 1)

    def forward(self, x):
        shrunk = self.side < x.shape[-1]
        size = (self.side, self.side)
        return self.last(F.interpolate(x, size, mode="bilinear", antialias=shrunk))


@pytest.mark.parametrize("side", [5, 7, 12, 24, 31])
def test_scaled_pictures_are_followed_too(side):
    model = positive(Scaled(side))
    truth, told = changed(model, 1, 12)["last"], whole(followed(model, 1, 12)["last"])
    assert (told | ~truth).all()  # nothing that changes a place is missing
    assert told.sum() <= 1.7 * truth.sum()  # and hardly anything else is there


def test_sizes_without_the_edge_are_those_of_the_formula():
    model = nn.Sequential(
        nn.Conv2d(1, 1, 3, padding=1), nn.MaxPool2d(2), nn.Conv2d(1, 1, 3, padding=2, dilation=2)
    )
    told = list(followed(model, 1, 12).values())
    assert [reach.size for reach in told] == [(3, 3), (4, 4), (12, 12)]
    assert [reach.rows.step for reach in told] == [1, 2, 2]
    assert told[0].box(0, 5) == (0, 4, 2, 7) and told[1].box(2, 2) == (3, 3, 7, 7)


def test_a_mean_of_all_sees_all_and_so_does_what_it_weighs():
    class Gate(nn.Module):
        def __init__(self):
            super().__init__()
            self.mean, self.first = nn.AdaptiveAvgPool2d(1), nn.Conv2d(1, 2, 3)
            self.last = nn.ReLU()

        def forward(self, x):
            x = self.first(x)
            return self.last(x * self.mean(x))

    told = followed(Gate(), 1, 9)
    assert told["mean"].size == (WHOLE, WHOLE) and told["mean"].rows.seen.all()
    assert told["last"].rows.seen.all() and told["last"].size == (WHOLE, WHOLE)


def test_what_cannot_be_followed_is_not_guessed():
    class Turned(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.last = nn.Conv2d(1, 2, 3), nn.ReLU()

        def forward(self, x):
            return self.last(self.first(x).transpose(2, 3).permute(0, 2, 1, 3))

    told = followed(Turned(), 1, 9)
    assert told["first"] is not None and told["last"] is None
