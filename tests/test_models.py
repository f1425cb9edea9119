"""Models: every menu entry learns, fits its picture, and refuses what does not fit."""

import pytest
import torch
from torch import nn

from models import CNN, MLP, MODELS, build, classifies
from models.layers import ACTIVATIONS, INITS, initialise

SIZES = [(1, 28), (3, 32)]


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize(("channels", "image"), SIZES)
def test_shape_and_gradient_of_every_model(name, channels, image):
    model = build(MODELS[name].config(), channels=channels, image=image, classes=7)
    said = model(torch.randn(4, channels, image, image))
    said = said if isinstance(said, tuple) else (said,)  # an autoencoder: picture, verdict
    assert said[0].shape == ((4, 7) if classifies(name) else (4, channels, image, image))
    sum(part.square().sum() for part in said).backward()
    learned = [(n, p) for n, p in model.named_parameters() if p.requires_grad]
    silent = [n for n, p in learned if p.grad is None or not p.grad.abs().sum()]
    assert not silent


@pytest.mark.parametrize("name", MODELS)
def test_every_entry_is_labelled(name):
    spec = MODELS[name]
    assert spec.label and spec.theory.endswith(".") and spec.paper
    assert spec.config().name == name
    for field, info in spec.config.model_fields.items():
        assert field == "name" or info.description


def test_parameter_counts_by_hand():
    mlp = MLP(widths=(100,), norm=False)
    assert sum(p.numel() for p in mlp.parameters()) == 784 * 100 + 100 + 100 * 10 + 10
    cnn = CNN(widths=(5, 10), norm=False)
    by_hand = (1 * 9 * 5 + 5) + (5 * 9 * 10 + 10) + (10 * 7 * 7 * 10 + 10)
    assert sum(p.numel() for p in cnn.parameters()) == by_hand


def test_cnn_equals_the_same_layers_written_one_by_one():
    torch.manual_seed(0)
    cnn = CNN(widths=(4, 8), norm=False, dropout=0.0, channels=1, image=28).eval()
    x = torch.randn(3, 1, 28, 28)
    first, second = cnn.blocks[0][0], cnn.blocks[1][0]
    y = nn.functional.max_pool2d(torch.relu(first(x)), 2)
    y = nn.functional.max_pool2d(torch.relu(second(y)), 2)
    y = cnn.head[-1](y.flatten(1))
    assert torch.equal(cnn(x), y)


def test_linear_layers_without_a_bend_collapse_into_one():
    mlp = MLP(widths=(8,), norm=False, dropout=0.0, image=4)
    mlp[2] = nn.Identity()
    a, b = mlp[1], mlp[3]
    x = torch.randn(5, 1, 4, 4)
    one = x.flatten(1) @ (b.weight @ a.weight).T + (b.weight @ a.bias + b.bias)
    assert torch.allclose(mlp(x), one, atol=1e-5)


@pytest.mark.parametrize("init", INITS)
def test_initialise_sets_the_spread(init):
    layer = nn.Linear(400, 300)
    layer.apply(initialise(init))
    expected = {
        "he": (2 / 400) ** 0.5,
        "xavier": (2 / 700) ** 0.5,
        "normal": 0.02,
        "zeros": 0.0,
    }[init]
    assert layer.weight.std().item() == pytest.approx(expected, rel=0.03)
    assert not layer.bias.any()


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_activations_are_torchs_own(activation):
    kinds = [type(m) for m in MLP(widths=(3,), activation=activation, image=4).modules()]
    assert ACTIVATIONS[activation] in kinds


def test_refusals_name_the_remedy():
    with pytest.raises(ValueError, match="at most 4"):
        CNN(widths=(4,) * 6, image=28)
    with pytest.raises(ValueError, match="1 to 4096"):
        MLP(widths=(0,))
    with pytest.raises(ValueError, match="1 to 512"):
        CNN(widths=(9999,))
