"""ResNet and FastNet: sizes as published, a quiet start, and a whitened first look."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from core.config import parse
from core.training import Run
from models import FastNet, ResNet
from models.fastnet import ShiftNorm


def count(net):
    return sum(p.numel() for p in net.parameters())


@pytest.mark.parametrize(
    ("blocks", "published"), [(3, 0.27), (5, 0.46), (7, 0.66), (9, 0.85), (18, 1.7)]
)
def test_resnets_have_the_sizes_of_the_paper(blocks, published):
    assert count(ResNet(blocks=blocks)) / 1e6 == pytest.approx(published, abs=0.05 * published)


def test_resnet_20_by_hand():
    by_hand = 3 * 9 * 16 + 32
    for before, width in ((16, 16), (16, 32), (32, 64)):
        by_hand += before * 9 * width + 5 * width * 9 * width + 6 * 2 * width
    by_hand += 64 * 10 + 10
    assert count(ResNet()) == by_hand == 269_722
    assert count(ResNet(shortcut="project")) == by_hand + 16 * 32 + 64 + 32 * 64 + 128


def test_a_block_with_silent_convolutions_hands_on_what_came_in():
    net = ResNet(norm=False).eval()
    for block in (block for stage in net.stages for block in stage):
        for layer in block.path:
            if isinstance(layer, nn.Conv2d):
                nn.init.zeros_(layer.weight)
    x = torch.randn(2, 3, 32, 32)
    y = net.stem(x)
    for number, stage in enumerate(net.stages):
        kept = y[:, :, ::2, ::2] if number else y
        y = stage(y)
        assert torch.equal(y[:, : kept.shape[1]], kept) and not y[:, kept.shape[1] :].any()
    silent = ResNet(norm=False, shortcut="none")
    silent.load_state_dict(net.state_dict())
    assert not silent.stages[0](net.stem(x)).any()


@pytest.mark.parametrize(("channels", "image"), [(1, 28), (3, 32), (3, 24), (1, 9)])
@pytest.mark.parametrize("whitening", [True, False])
def test_fastnet_takes_grey_and_colour(channels, image, whitening):
    net = FastNet(channels=channels, image=image, classes=7, whitening=whitening)
    net.prepare(torch.randn(200, channels, image, image))
    assert net(torch.randn(3, channels, image, image)).shape == (3, 7)
    assert net.first.weight.requires_grad != whitening


def test_three_convolutions_a_stage_have_a_shortcut_past_two():
    net = FastNet(widths=(8, 16), depth=3)
    by_hand = 24 * 3 * 4 + 24 + 16 * 10
    for before, width in ((24, 8), (8, 16)):
        by_hand += before * 9 * width + 2 * width * 9 * width + 3 * 2 * width
    assert count(net) == by_hand
    stage = net.eval().stages[1]
    layers = list(stage)
    for layer in layers[4:]:
        if isinstance(layer, nn.Conv2d):
            nn.init.zeros_(layer.weight)
    x = torch.randn(2, 8, 15, 15)
    kept = x
    for layer in layers[:4]:
        kept = layer(kept)
    assert kept.shape == (2, 16, 7, 7)
    assert torch.equal(stage(x), F.gelu(kept))


def test_two_convolutions_a_stage_follow_each_other():
    stage = FastNet(widths=(8,)).eval().stages[0]
    x = torch.randn(2, 24, 31, 31)
    y = x
    for layer in stage:
        y = layer(y)
    assert torch.equal(stage(x), y)


@pytest.mark.parametrize("data", ["mnist-5k", "shapes"])
def test_prepare_makes_first_outputs_of_real_pictures_unrelated(data):
    few = {"name": data, "limit": 1000}
    config = {"data": few, "model": {"name": "fastnet", "widths": (8,)}}
    first, again = Run(parse(config)), Run(parse(config | {"seed": 1}))
    assert torch.equal(first.model.first.weight, again.model.first.weight)
    x = first.normalise(first.images[first.train])
    with torch.no_grad():
        y = F.conv2d(x, first.model.first.weight).transpose(0, 1).flatten(1).double()
    half = len(y) // 2
    assert torch.allclose(y[:half], -y[half:], atol=1e-4)
    second_moments = y[:half] @ y[:half].T / y.shape[1]
    off = second_moments - second_moments.diag().diag()
    assert off.abs().max() < 1e-3
    assert second_moments.diag().max() <= 1.001
    assert second_moments.diag().median() > 0.9  # the ridge dims directions almost without detail


def test_the_whitening_stays_frozen_and_survives_a_resume(tmp_path):
    data = {"name": "mnist-5k", "limit": 200}
    config = {"data": data, "model": {"name": "fastnet", "widths": (8, 8)}, "epochs": 1}
    run = Run(parse(config))
    before = run.model.first.weight.clone()
    bias = run.model.first.bias.clone()
    list(run)
    assert torch.equal(run.model.first.weight, before)
    assert not torch.equal(run.model.first.bias, bias)
    run.save(tmp_path)
    assert torch.equal(Run(parse(config), resume=tmp_path).model.first.weight, before)


def test_shifts_learn_by_haste_under_sgd():
    slow, fast = ShiftNorm(4, 1.0), ShiftNorm(4, 64.0)
    x = torch.randn(6, 4, 3, 3)
    target = torch.randn(6, 4, 3, 3)
    moved = []
    for norm in (slow, fast):
        optimizer = torch.optim.SGD([norm.bias], lr=0.01)
        before = norm(x)
        (before * target).sum().backward()
        optimizer.step()
        moved.append((norm(x) - before).detach())
    assert torch.allclose(64 * moved[0], moved[1], atol=1e-3)


def test_refusals_name_the_remedy():
    with pytest.raises(ValueError, match="use at most 4"):
        FastNet(widths=(8,) * 5, image=28)
    with pytest.raises(ValueError, match="1 to 512 channels"):
        FastNet(widths=(1000,))
    with pytest.raises(ValueError, match="at least 4×4"):
        ResNet(image=3)
