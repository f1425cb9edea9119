"""Feature maps: the same as an independent hook's, steps complete, nothing left behind."""

import numpy as np
import pytest
import torch
from torch import nn

from core.exciting import exciting
from core.features import FEW, filters, look, mosaic, overview, thinned
from core.probe import given
from core.steps import steps
from core.working import working
from tests import glass

KINDS = glass.CONVOLUTIONAL


def hooked(net, packed, name):
    """What a plain hook hears, by itself."""
    heard = []

    def hear(module, args, made):
        heard.append((args[0].clone(), made.clone()))

    hook = net.model.get_submodule(name).register_forward_hook(hear)
    with torch.no_grad():
        net.model(given(net, packed))
    hook.remove()
    return [tuple(part[0].numpy() for part in pair) for pair in heard]


@pytest.mark.parametrize("kind", KINDS)
def test_maps_are_those_of_an_independent_hook(kind):
    net, packed = glass.net(kind, channels=3, size=20), glass.picture(3, 20)
    for step in steps(net):
        if not step.maps:
            continue
        ((before, made),) = hooked(net, packed, step.name)
        seen = look(net, packed, step.name)
        assert np.array_equal(seen.made, made) and np.array_equal(seen.given, before)
        assert seen.made.shape == step.shape and seen.given.shape == step.given
        glance = overview(net, packed)[step.name]
        assert (glance.least, glance.most) == (made.min(), made.max())
        assert np.array_equal(glance.shown, made[:FEW])


@pytest.mark.parametrize("kind", KINDS)
def test_steps_tell_shapes_weights_and_products(kind):
    from core.summary import summarise

    net = glass.net(kind)
    found = steps(net)
    assert sum(s.parameters for s in found) == sum(p.numel() for p in net.model.parameters())
    told = summarise(net.config.model, channels=1, image=28, classes=10)
    assert sum(s.products for s in found) == sum(layer.multiply_adds for layer in told)
    assert found[-1].shape == (10,)


def test_a_layer_used_twice_is_two_steps_and_one_that_writes_in_place_is_told_before():
    net = glass.net("cnn")
    block = net.model.blocks[0]
    shared = nn.ReLU(inplace=True)
    net.model.blocks[0] = nn.Sequential(block[0], shared, block[1], shared, block[3])
    names = [step.name for step in steps(net)]
    assert names[1:4] == ["blocks.0.1", "blocks.0.2", "blocks.0.1#2"]
    packed = glass.picture()
    first, norm = look(net, packed, "blocks.0.0"), look(net, packed, "blocks.0.2")
    assert (first.made < 0).any() and (norm.made < 0).any()
    again = look(net, packed, "blocks.0.1#2")
    assert np.array_equal(again.given, norm.made)
    assert np.array_equal(again.made, np.maximum(norm.made, 0))


def test_sleeping_maps_are_counted():
    net = glass.net("cnn")
    with torch.no_grad():
        net.model.blocks[0][1].bias[:2] = -1000
    assert overview(net, glass.picture())["blocks.0.2"].asleep == 2


@pytest.mark.parametrize("act", [look, overview, working, exciting, steps])
def test_after_an_error_no_hook_and_no_flag_is_left(act):
    net = glass.net("resnet")
    net.model.train()
    before = glass.marks(net)

    def break_down(*_):
        raise RuntimeError("no memory")

    net.model.head[3].forward = break_down
    arguments = {
        look: (glass.picture(), "stem.0"),
        overview: (glass.picture(),),
        working: (glass.picture(), "stem.0", 0),
        exciting: (glass.picture()[None], "stem.0"),
        steps: (),
    }
    with pytest.raises(RuntimeError):
        act(net, *arguments[act])
    assert glass.marks(net) == before
    del net.model.head[3].forward
    act(net, *arguments[act])
    assert glass.marks(net) == before


@pytest.mark.parametrize("name", ["", "x", "blocks.0.0#7", "head.2", "head"])
def test_a_step_that_is_none_is_one_sentence(name):
    net = glass.net("cnn")
    for ask in (look, lambda *a: working(*a, 0)):
        with pytest.raises(ValueError, match="choose"):
            ask(net, glass.picture(), name)


def test_a_picture_of_another_size_is_refused():
    with pytest.raises(ValueError, match="1×28×28"):
        overview(glass.net("cnn"), glass.picture(3, 28))


def test_filters_are_the_weights_and_lie_in_a_square():
    net = glass.net("cnn")
    kernels = filters(net, "blocks.1.0")
    assert np.array_equal(kernels, net.model.blocks[1][0].weight.detach().numpy())
    tiles = mosaic(kernels)  # 6 channels: three across, two down
    assert tiles.shape == (8, 7, 11) and np.isnan(tiles[:, 3]).all()
    assert np.array_equal(tiles[5, 4:7, 8:11], kernels[5, 5])
    with pytest.raises(ValueError, match="choose a convolution"):
        filters(net, "blocks.0.2")


def test_large_maps_are_thinned_by_means():
    maps = np.random.default_rng(0).normal(size=(2, 113, 113)).astype(np.float32)
    thin = thinned(maps)
    assert thin.shape == (2, 37, 37)
    assert thin[1, 3, 4] == pytest.approx(maps[1, 9:12, 12:15].mean(), abs=1e-6)
    assert thinned(maps[:, :56, :56]) is not None and thinned(maps[:, :56, :56]).shape[1] == 56


@pytest.mark.parametrize("kind", KINDS)
def test_the_most_exciting_pictures_are_those_of_one_by_one(kind):
    net, name = glass.net(kind), "stages.0.0" if kind == "fastnet" else ""
    name = name or next(s.name for s in steps(net) if s.role == "bend")
    pictures = np.stack([glass.picture(seed=seed) for seed in range(70)])
    found = exciting(net, pictures, name, top=5)
    each = np.stack([look(net, one, name).made for one in pictures])  # (b, n, h, w)
    peaks = each.max((2, 3))
    assert found.count == 70 and found.values.shape == (peaks.shape[1], 5)
    for index in range(peaks.shape[1]):
        best = np.sort(peaks[:, index])[::-1][:5]
        assert found.values[index] == pytest.approx(best, abs=1e-5)
        for value, which, (row, column) in zip(
            found.values[index], found.which[index], found.places[index], strict=True
        ):
            assert each[which, index, row, column] == pytest.approx(value, abs=1e-5)


def test_without_pictures_nothing_excites():
    with pytest.raises(ValueError, match="no maps of these pictures"):
        exciting(glass.net("cnn"), np.zeros((0, 1, 28, 28), np.uint8), "blocks.0.0")
