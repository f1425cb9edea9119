"""First-layer filters: the first layer of every model, drawn as what it weighs."""

import json

import numpy as np
import pytest
import torch
from torch import nn

from core.config import RunConfig
from core.filters import GREY, MOST, draw, first, first_of
from models import MODELS, build


@pytest.mark.parametrize("name", [name for name in MODELS if not MODELS[name].trained])
def test_the_first_layer_is_the_one_that_sees_the_picture(name: str) -> None:
    model = build(MODELS[name].config(), channels=3, image=32, classes=10).eval()
    layer = first(model)
    assert layer is not None
    asked = first_of(json.dumps(RunConfig(model=MODELS[name].config()).model_dump()), 3, 32, 10)
    assert asked == layer
    seen: list[torch.Tensor] = []
    owner = model.get_submodule(layer.tensor.rpartition(".")[0])
    hook = owner.register_forward_hook(lambda _m, given, _out: seen.append(given[0].detach()))
    x = torch.randn(2, 3, 32, 32)
    with torch.inference_mode():
        model(x)
    hook.remove()
    assert torch.equal(seen[0].flatten().sort().values, x.flatten().sort().values)
    drawn = draw(model.state_dict()[layer.tensor].numpy(), layer.kind, channels=3, size=32)
    assert drawn is not None and drawn.pictures.dtype == np.uint8
    assert drawn.pictures.shape[0] == min(MOST, drawn.count)
    assert drawn.pictures.shape[3] == (1 if layer.kind == "gates" else 3)


def test_zero_is_mid_grey_and_one_scale_serves_the_sheet() -> None:
    weight = np.zeros((3, 1, 2, 2), np.float32)
    weight[1, 0] = [[0.5, -0.5], [0.25, 0]]
    weight[2, 0, 0, 0] = -0.25
    drawn = draw(weight, "kernels", channels=1, size=28)
    assert drawn is not None and drawn.reach == 0.5 and drawn.count == 3
    assert (drawn.pictures[0] == GREY).all()
    assert drawn.pictures[1, ..., 0].tolist() == [[255, 1], [192, 128]]
    assert drawn.pictures[2, 0, 0, 0] == 64
    nothing = draw(np.zeros((2, 1, 3, 3)), "kernels", channels=1, size=28)
    assert nothing is not None and (nothing.pictures == GREY).all()


def test_units_lie_as_the_pixels_do() -> None:
    picture = np.arange(2 * 3 * 4 * 4, dtype=np.float32).reshape(2, 3, 4, 4)
    drawn = draw(picture.reshape(2, -1), "units", channels=3, size=4)
    same = draw(picture, "kernels", channels=3, size=4)
    assert drawn is not None and same is not None
    assert np.array_equal(drawn.pictures, same.pictures)
    assert drawn.pictures[1, 3, 3].tolist() == [
        round(GREY + 127 * v / 95) for v in picture[1, :, 3, 3]
    ]


def test_gates_are_four_pictures_of_pixels_by_hidden_units() -> None:
    lstm = nn.LSTM(5, 7)
    weight = lstm.weight_ih_l0.detach().numpy()
    drawn = draw(weight, "gates", channels=1, size=28)
    assert drawn is not None and drawn.pictures.shape == (4, 5, 7, 1)
    gate, unit, pixel = 2, 3, 1
    value = GREY + 127 * weight[gate * 7 + unit, pixel] / np.abs(weight).max()
    assert drawn.pictures[gate, pixel, unit, 0] == round(float(value))


def test_only_the_first_ones_are_shown_always_the_same() -> None:
    weight = np.random.default_rng(0).normal(size=(100, 1, 3, 3))
    drawn = draw(weight, "kernels", channels=1, size=28)
    assert drawn is not None and drawn.count == 100
    alone = draw(weight[:MOST], "kernels", channels=1, size=28)
    assert alone is not None and np.array_equal(drawn.pictures, alone.pictures)


@pytest.mark.parametrize(
    ("weight", "kind", "channels"),
    [
        (np.ones((4, 1, 1, 1)), "kernels", 1),
        (np.ones((4, 9, 3, 3)), "kernels", 9),
        (np.ones((4, 2, 3, 3)), "kernels", 3),
        (np.ones((4, 50)), "units", 1),
        (np.full((4, 1, 3, 3), np.nan), "kernels", 1),
    ],
)
def test_what_makes_no_picture_is_not_drawn(weight: np.ndarray, kind: str, channels: int) -> None:
    assert draw(weight, kind, channels=channels, size=28) is None


def test_a_net_without_weights_has_no_first_layer() -> None:
    assert first(nn.Sequential(nn.Flatten(), nn.ReLU())) is None
