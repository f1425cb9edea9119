"""The arithmetic of one number of a map: told part by part, it is what the layer gave."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from core.features import Seen, look
from core.steps import steps
from core.working import MOST, convolved, working
from tests import glass


def everywhere(told, most=40):
    """Places of a map: all corners, and others."""
    high, wide = told.made.shape
    chance = np.random.default_rng(0)
    places = {(0, 0), (0, wide - 1), (high - 1, 0), (high - 1, wide - 1)}
    return places | {tuple(chance.integers((high, wide))) for _ in range(most)}


def proven(told):
    reach = max(1.0, float(np.abs(told.made).max()))
    for row, column in everywhere(told):
        pixel = told.at(row, column)
        assert pixel.made == told.made[row, column]
        assert pixel.total == pytest.approx(pixel.made, abs=1e-4 * reach)


# torch says once per process that such padding costs a copy: that is so, and no fault here.
@pytest.mark.filterwarnings("ignore:Using padding='same'")
@settings(max_examples=60)
@given(
    kernel=st.tuples(st.integers(1, 5), st.integers(1, 5)),
    stride=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    padding=st.one_of(st.tuples(st.integers(0, 3), st.integers(0, 3)), st.just("same")),
    dilation=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    groups=st.sampled_from([1, 2, 3]),
    width=st.sampled_from([1, 2, 5, 30]),
    bias=st.booleans(),
    mode=st.sampled_from(["zeros", "reflect", "circular", "replicate"]),
    seed=st.integers(0, 99),
)
def test_any_convolution_is_window_times_kernel_and_bias(
    kernel, stride, padding, dilation, groups, width, bias, mode, seed
):
    torch.manual_seed(seed)
    stride = (1, 1) if padding == "same" else stride
    layer = nn.Conv2d(
        groups * width,
        groups * 2,
        kernel,
        stride,
        padding,
        dilation,
        groups,
        bias,
        padding_mode=mode,
    )
    x = torch.randn(1, groups * width, 15, 17)
    with torch.no_grad():
        seen = Seen(x[0].numpy(), layer(x)[0].numpy())
    for index in range(groups * 2):
        told = convolved(layer, seen, index)
        assert len(told.channels) == min(width, MOST) and told.others == max(0, width - MOST)
        proven(told)


@pytest.mark.parametrize("kind", glass.CONVOLUTIONAL)
def test_every_step_of_a_net_is_told_as_it_is(kind):
    net, packed = glass.net(kind, channels=3, size=20), glass.picture(3, 20)
    roles = set()
    for step in steps(net):
        if not step.maps or step.role == "other":
            continue
        for index in {0, step.maps // 2, step.maps - 1}:
            told = working(net, packed, step.name, index)
            assert np.array_equal(told.made, look(net, packed, step.name).made[index])
            assert told.role == step.role
            proven(told)
        roles.add(step.role)
    assert roles >= {"conv", "norm", "bend"}


def test_the_parts_of_a_pixel_by_hand():
    layer = nn.Conv2d(1, 1, 3, padding=1)
    with torch.no_grad():
        layer.weight.copy_(torch.arange(9.0).view(1, 1, 3, 3))
        layer.bias.fill_(0.5)
    x = torch.ones(1, 1, 4, 4) * 2
    seen = Seen(x[0].numpy(), layer(x)[0].detach().numpy())
    pixel = convolved(layer, seen, 0).at(0, 0)
    assert pixel.inside.tolist() == [[False] * 3, [False, True, True], [False, True, True]]
    assert pixel.window[0].tolist() == [[0, 0, 0], [0, 2, 2], [0, 2, 2]]
    assert pixel.parts.tolist() == [2 * (4 + 5 + 7 + 8)] and pixel.total == 48.5 == pixel.made


def test_the_strongest_channels_come_first_and_the_others_are_a_sum():
    torch.manual_seed(1)
    layer = nn.Conv2d(40, 2, 3)
    x = torch.randn(1, 40, 8, 8)
    with torch.no_grad():
        seen = Seen(x[0].numpy(), layer(x)[0].numpy())
        alone = [
            nn.functional.conv2d(x[:, [c]], layer.weight[1:, [c]]).abs().sum() for c in range(40)
        ]
    told = convolved(layer, seen, 1)
    assert list(told.channels) == sorted(range(40), key=lambda c: -alone[c])[:MOST]
    assert told.others == 16 and np.abs(told.rest).max() > 0


@pytest.mark.parametrize(
    "layer",
    [
        nn.MaxPool2d(3, 2, 1),
        nn.MaxPool2d(2, ceil_mode=True),
        nn.MaxPool2d(2, 1, dilation=2),
        nn.AvgPool2d(3, 2, 1),
        nn.AvgPool2d(3, 2, 1, count_include_pad=False),
        nn.AdaptiveAvgPool2d(1),
        nn.GELU(),
        nn.LeakyReLU(0.2, inplace=True),
        nn.BatchNorm2d(2, affine=False),
    ],
    ids=str,
)
def test_layers_that_know_one_map_at_a_time(layer):
    net = glass.net("cnn", channels=3, size=13)
    if isinstance(layer, nn.BatchNorm2d):
        layer.running_mean.normal_()
        layer.running_var.uniform_(0.5, 2)
    net.model = nn.Sequential(nn.Conv2d(3, 2, 3), layer.eval())
    for index in range(2):
        proven(working(net, glass.picture(3, 13), "1", index))


@pytest.mark.parametrize("index", [-1, 6, 99])
def test_a_map_that_is_not_there_is_refused(index):
    with pytest.raises(ValueError, match="makes 0 to 5"):
        working(glass.net("cnn"), glass.picture(), "blocks.0.0", index)


def test_a_step_of_another_kind_is_refused():
    net = glass.net("resnet")
    name = next(step.name for step in steps(net) if step.kind == "Pad")
    with pytest.raises(ValueError, match="another way"):
        working(net, glass.picture(), name, 0)


def test_a_norm_without_statistics_is_refused():
    net = glass.net("cnn", size=13)
    norm = nn.BatchNorm2d(2, track_running_stats=False)
    net.model = nn.Sequential(nn.Conv2d(1, 2, 3), norm)
    with pytest.raises(ValueError, match="keeps no statistics"):
        working(net, glass.picture(1, 13), "1", 0)
