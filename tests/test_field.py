"""Receptive fields: counted from kernels and strides, and cut off at the picture's edge."""

import numpy as np
import pytest
import torch
from torch import nn

from core.field import field
from tests.glass import marks, net


def test_bounds_are_those_of_kernels_and_strides():
    of = net("cnn")
    torch.manual_seed(0)
    of.model = nn.Sequential(
        nn.Conv2d(1, 6, 3, padding=1),  # 3
        nn.ReLU(),
        nn.MaxPool2d(2),  # 4
        nn.Conv2d(6, 8, 3, padding=1),  # 4 + 2·2 = 8
        nn.ReLU(inplace=True),
        nn.Flatten(),
        nn.Linear(8 * 14 * 14, 10),
    ).eval()
    before = marks(of)
    # place 5 of the second convolution meets pooled 4…6, so pixels 8…13, so 7…14
    assert field(of, "3", 5, 6)[0] == (7, 9, 15, 17)
    assert field(of, "2", 5, 6)[0] == (9, 11, 13, 15)
    assert field(of, "0", 5, 6)[0] == (4, 5, 7, 8)
    assert field(of, "3", 0, 13)[0] == (0, 23, 5, 28)
    bounds, strength = field(of, "4", 5, 6)
    assert bounds == (7, 9, 15, 17) and marks(of) == before
    assert strength.shape == (28, 28) and strength.max() == 1
    outside = np.ones((28, 28), bool)
    outside[7:15, 9:17] = False
    assert not strength[outside].any()


@pytest.mark.parametrize("kind", ["cnn", "resnet", "fastnet"])
def test_deeper_layers_see_more(kind):
    from core.probe import layers

    of = net(kind)
    seen = []
    for layer in layers(of):
        (top, left, bottom, right), _ = field(of, layer.name, layer.side // 2, layer.side // 2)
        assert 0 <= top < bottom <= 28 and 0 <= left < right <= 28
        seen.append((bottom - top) * (right - left))
    assert seen == sorted(seen) and seen[-1] > seen[0]


def test_a_place_that_is_not_there_is_refused_in_a_sentence():
    of = net("cnn")
    name = next(n for n, m in of.model.named_modules() if isinstance(m, nn.Conv2d))
    before = marks(of)
    with pytest.raises(ValueError, match=r"place 0, 99 is unknown: .* has 28×28 places"):
        field(of, name, 0, 99)
    for layer in ("", "nowhere"):
        with pytest.raises(ValueError, match="the net has no layer"):
            field(of, layer, 0, 0)
    head = [n for n, m in of.model.named_modules() if isinstance(m, nn.Linear)][-1]
    with pytest.raises(ValueError, match="makes no maps"):
        field(of, head, 0, 0)
    assert marks(of) == before
