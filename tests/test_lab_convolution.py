"""The lab of convolution: sizes, weights and every number are those of torch's own layers."""

import ast

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from core.labs import convolution, kernels, pooling
from core.labs.convolution import Layer, Misfit
from core.labs.pooling import Pool

whole = st.integers
LAYERS = st.builds(
    Layer,
    kernel=whole(1, 7),
    stride=whole(1, 5),
    padding=whole(0, 6),
    dilation=whole(1, 6),
    groups=whole(1, 3),
    given=whole(1, 6),
    made=whole(1, 6),
    bias=st.booleans(),
)
SIZES = whole(1, 6), whole(1, 5), whole(0, 4)
POOLS = st.builds(Pool, st.just("mean"), *SIZES) | st.builds(
    Pool, st.just("max"), *SIZES, whole(1, 3)
)


@given(LAYERS, whole(1, 40))
def test_size_and_parameters_are_the_real_layers_and_it_refuses_what_torch_refuses(layer, n):
    x = torch.zeros(1, layer.given, n, n)
    try:
        expected = layer.side(n)
    except Misfit:
        with pytest.raises((ValueError, RuntimeError)):
            layer.module()(x)
        return
    conv = layer.module()
    assert conv(x).shape == (1, layer.made, expected, expected)
    assert layer.parameters == sum(p.numel() for p in conv.parameters())
    assert layer.weights == conv.weight.shape


@given(POOLS, whole(1, 30))
def test_a_pooling_layers_size_is_the_real_ones(pool, n):
    x = torch.zeros(1, 2, n, n)
    try:
        expected = pool.side(n)
    except Misfit:
        with pytest.raises(RuntimeError):
            pool.module()(x)
        return
    assert pool.module()(x).shape == (1, 2, expected, expected)


@pytest.mark.parametrize(
    ("layer", "n", "reason", "numbers"),
    [
        (Layer(7, dilation=5), 28, "long", {"span": 31, "room": 28}),
        (Layer(3, groups=3), 28, "given", {"groups": 3, "channels": 1}),
        (Layer(3, groups=3, given=3, made=2), 28, "made", {"groups": 3, "channels": 2}),
        (Pool("max", 2, 2, 2), 28, "half", {"padding": 2, "most": 1}),
    ],
)
def test_a_misfit_says_why(layer, n, reason, numbers):
    with pytest.raises(Misfit) as found:
        layer.side(n)
    assert (found.value.reason, found.value.numbers) == (reason, numbers)


@pytest.mark.parametrize("name", kernels.PRESETS)
@pytest.mark.parametrize("k", [1, 2, 3, 5, 7])
def test_presets_do_to_a_flat_grey_what_their_sum_says(name, k):
    sums = {"edge": 0, "vertical": 0, "horizontal": 0, "emboss": 1}
    kernel = kernels.preset(name, k)
    assert kernel.shape == (k, k)
    assert kernel.sum() == pytest.approx(sums.get(name, 1), abs=1e-5)


def test_the_known_three_by_three_kernels_are_the_known_ones():
    assert kernels.preset("vertical", 3).tolist() == [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]
    assert kernels.preset("sharpen", 3).tolist() == [[0, -1, 0], [-1, 5, -1], [0, -1, 0]]
    assert kernels.preset("emboss", 3).tolist() == [[-2, -1, 0], [-1, 1, 1], [0, 1, 2]]
    assert kernels.preset("edge", 3).tolist() == [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]]


@pytest.mark.parametrize("text", ["1 2; 3", "a", "1e9", "", "1 2 3", "1;" * 9, "nan"])
def test_a_kernel_that_is_none_is_refused(text):
    with pytest.raises(ValueError, match="kernel|number"):
        kernels.parse(text)


def test_an_own_kernel_is_read():
    assert kernels.parse("1 -2.5; 0, 4").tolist() == [[1, -2.5], [0, 4]]


@pytest.mark.parametrize(
    ("kind", "layer"),
    [
        ("digit", Layer(3)),
        ("digit", Layer(5, 2, 3, 2, made=2, bias=True)),
        ("shape", Layer(3, 2, 1, groups=3, given=3, made=6)),
        ("shape", Layer(4, 3, 2, 2, given=3, made=2, bias=True)),
    ],
)
def test_module_function_and_the_sum_by_hand_agree(session_home, kind, layer):
    x = convolution.picture(kind, 3)
    found = convolution.slid(x, layer, kernels.preset("vertical", layer.kernel))
    assert found.gap == 0
    n = layer.side(x.shape[1])
    assert found.y.shape == (layer.made, n, n)
    for index in range(layer.made):
        told = found.working(index)
        for place in ((0, 0), (n // 2, n // 3), (n - 1, n - 1)):
            assert told.at(*place).total == pytest.approx(told.at(*place).made, abs=1e-5)


@pytest.mark.parametrize("pool", [Pool("max", 3, 2, 1, 2), Pool("mean", 4, 3, 2)])
def test_pooling_by_hand_is_torchs(session_home, pool):
    found = pooling.pooled(convolution.picture("shape", 1), pool)
    assert found.gap == 0
    told = found.working(2)
    for place in ((0, 0), (3, 4), (found.y.shape[1] - 1,) * 2):
        assert told.at(*place).total == pytest.approx(told.at(*place).made, abs=1e-6)


def test_a_wider_window_forgives_a_small_shift_more(session_home):
    x = convolution.picture("digit", 4)
    raw = pooling.changes(x, None)
    narrow = pooling.changes(x, Pool("max", 2, 2))
    wide = pooling.changes(x, Pool("max", 7, 7))
    whole_picture = pooling.changes(x, Pool("mean", 28, 28))
    assert raw[0] == narrow[0] == 0
    assert raw[1] > narrow[1] > wide[1] > whole_picture[1]
    assert whole_picture[1] == pytest.approx(0, abs=1e-6)


def written(text: str, name: str) -> tuple[list[object], dict[str, object]]:
    """The plain arguments with which a text of Python calls something."""
    calls = [n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Call)]
    call = next(c for c in calls if isinstance(c.func, ast.Attribute) and c.func.attr == name)
    plain = [ast.literal_eval(a) for a in call.args if isinstance(a, ast.Constant)]
    return plain, {str(k.arg): ast.literal_eval(k.value) for k in call.keywords}


@given(LAYERS.filter(lambda one: one.given % one.groups == one.made % one.groups == 0))
def test_the_line_of_code_is_the_layer(layer):
    plain, named = written(convolution.code(layer), "Conv2d")
    again = nn.Conv2d(*plain, **named)  # type: ignore[arg-type]
    assert repr(again) == repr(layer.module())
    _, same = written(convolution.code(layer), "conv2d")
    x = torch.ones(1, layer.given, 40, 40)
    assert torch.equal(F.conv2d(x, again.weight, again.bias, **same), again(x))  # type: ignore


@given(POOLS.filter(lambda one: 2 * one.padding <= one.kernel))
def test_the_line_of_code_is_the_pool(pool):
    name = "MaxPool2d" if pool.kind == "max" else "AvgPool2d"
    plain, named = written(pool.code(), name)
    assert repr(getattr(nn, name)(*plain, **named)) == repr(pool.module())


def test_the_question_has_one_right_answer():
    right = [p for p in convolution.SIDES if convolution.side(28, 5, 1, p, 2) == 28]
    assert right == [convolution.SIDES[convolution.asked()]]


def test_moving_keeps_what_stays_in_sight():
    x = np.arange(12, dtype=np.float32).reshape(1, 3, 4)
    assert pooling.moved(x, 0).tolist() == x.tolist()
    assert pooling.moved(x, 1)[0, 0].tolist() == [0, 0, 1, 2]
