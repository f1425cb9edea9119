"""Class activation maps against plain ones, written out by hand for each kind of net."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from core import cam, probe
from tests.glass import ATTENTIVE, CONVOLUTIONAL, SMALL, net, picture


def by_hand(kind, model, layer):
    """The net in two halves: up to a layer, and from its maps to the logits."""
    if kind == "cnn":  # after the second block's bend, before its pooling
        first, second = model.blocks
        return (lambda x: second[:3](first(x))), (lambda a: model.head(second[3](a)))
    if kind == "resnet":
        return (
            lambda x: model.stages[1](model.stages[0](model.stem(x))),
            lambda a: model.head(model.stages[2](a)),
        )
    if kind == "fastnet":
        return (
            lambda x: model.stages[0](model.bend(model.first(x))),
            lambda a: model.head(model.pool(model.stages[1](a)).flatten(1)) * model.scale,
        )
    last = model.blocks[-1]
    state = {}

    def before(x):
        state["x"] = model.blocks[1](model.blocks[0](model.tokens(x)))
        return last.norm1(state["x"])

    def after(a):
        x = state["x"] + last.attention(a)
        x = model.norm(x + last.mlp(last.norm2(x)))
        return model.head(x.mean(1) if model.cls is None else x[:, 0])

    return before, after


LAYERS = {
    "cnn": "blocks.1.2",
    "resnet": "stages.1",
    "fastnet": "stages.0",
    "vit": "blocks.2.norm1",
    "vit-cls": "blocks.2.norm1",
}


def halves(of, kind):
    """Maps of the picture and the gradient of one logit there, by hand. -> (k, h, w) twice"""
    before, after = by_hand(kind, of.model, LAYERS[kind])
    x = of.normalise(torch.from_numpy(picture())[None])
    a = before(x).detach().requires_grad_()
    after(a)[0, 4].backward()
    found = []
    for part in (a.detach(), a.grad):
        if part.dim() == 3:
            part = part[0, -16:].T.reshape(1, -1, 4, 4)
        found.append(part[0].numpy())
    return found


@pytest.mark.parametrize("kind", LAYERS)
def test_grad_cam_is_the_one_written_out(kind):
    of = net(kind)
    maps, gradients = halves(of, kind)
    expected = np.zeros(maps.shape[1:])
    for one, slope in zip(maps, gradients, strict=True):
        expected += slope.mean() * one
    found = cam.grad_cam(of, picture(), 4, LAYERS[kind])
    assert found.shape == expected.shape
    assert np.abs(found - np.maximum(expected, 0)).max() < 1e-6
    assert found.max() > 0 or expected.max() <= 0


@pytest.mark.parametrize("kind", LAYERS)
def test_eigen_cam_is_the_first_principal_direction(kind):
    of = net(kind)
    maps, _ = halves(of, kind)
    places = maps.reshape(len(maps), -1).T.astype(np.float64)
    values, vectors = np.linalg.eigh(places.T @ places)
    along = places @ vectors[:, values.argmax()]
    along = along if along.sum() > 0 else -along
    expected = np.maximum(along, 0).reshape(maps.shape[1:])
    assert np.abs(cam.eigen_cam(of, picture(), LAYERS[kind]) - expected).max() < 1e-4


@pytest.mark.parametrize("kind", LAYERS)
def test_score_cam_is_the_one_written_out_mask_by_mask(kind):
    of = net(kind)
    maps, _ = halves(of, kind)
    x = of.normalise(torch.from_numpy(picture())[None])
    scores = []
    for one in maps:
        mask = F.interpolate(torch.from_numpy(one)[None, None], (28, 28), mode="bilinear")
        mask = mask - mask.min()
        if mask.max() > 0:
            mask = mask / mask.max()
        with torch.no_grad():
            scores.append(of.model(x * mask)[0, 4].double())
    weights = torch.stack(scores).softmax(0).numpy()
    expected = np.maximum((weights[:, None, None] * maps).sum(0), 0)
    found = cam.score_cam(of, picture(), 4, LAYERS[kind])
    assert np.abs(found - expected).max() < 1e-4
    few = cam.score_cam(of, picture(), 4, LAYERS[kind], most=3)
    assert few.shape == found.shape and not np.allclose(few, found)


@pytest.mark.parametrize("kind", [*CONVOLUTIONAL, *ATTENTIVE])
def test_a_net_that_is_asked_twice_is_explained_by_both_looks(kind):
    plain, both = net(kind), net(kind, mirror=True)
    layer = LAYERS[kind]
    mirrored = np.ascontiguousarray(picture()[:, :, ::-1])
    for method in (
        lambda of, x: cam.grad_cam(of, x, 4, layer),
        lambda of, x: cam.eigen_cam(of, x, layer),
    ):
        one, other = method(plain, picture()), method(plain, mirrored)[:, ::-1]
        scale = 2 if "grad" in method.__code__.co_names[1] else 1  # half of each look's logit
        expected = (one + other) / 2 / scale
        assert np.abs(method(both, picture()) - expected).max() < 1e-5


@pytest.mark.parametrize("kind", SMALL)
def test_every_offered_layer_can_be_looked_at_and_says_its_shape(kind):
    of = net(kind)
    found = probe.layers(of)
    assert bool(found) == (kind not in ("lstm", "mlp"))
    assert len({layer.name for layer in found}) == len(found)
    for layer in found:
        assert cam.grad_cam(of, picture(), 1, layer.name).shape == (layer.side, layer.side)
        x = probe.given(of, picture())
        with probe.at_rest(of) as model, probe.tap(model, layer.name) as kept:
            model(x)
        assert probe.as_maps(kept[0]).shape == (1, layer.maps, layer.side, layer.side)
    if found:
        assert LAYERS[kind] in [layer.name for layer in found]
        assert probe.default(found).side >= 4


def test_the_layers_of_a_plain_net_are_its_bends_and_poolings():
    found = [(layer.name, layer.kind, layer.maps, layer.side) for layer in probe.layers(net("cnn"))]
    assert found == [
        ("blocks.0.2", "ReLU", 6, 28),
        ("blocks.0", "MaxPool2d", 6, 14),
        ("blocks.1.2", "ReLU", 8, 14),
        ("blocks.1", "MaxPool2d", 8, 7),
    ]


def test_torchvisions_nets_are_looked_into_in_spite_of_writing_in_place():
    """Their bends overwrite what they get, and are used twice in a block."""
    from core.config import parse
    from models import build

    of = net("cnn", channels=3, size=32)
    config = parse({"model": {"name": "transfer", "base": "resnet18", "side": 64}})
    torch.manual_seed(0)
    of.model = build(config.model, channels=3, image=32, classes=10).eval()
    names = [layer.name for layer in probe.layers(of)]
    assert {"base.layer1", "base.layer2.0", "base.layer4"} <= set(names)
    assert not any(name.endswith("relu") and "layer" in name for name in names)
    for name in names:
        cam.grad_cam(of, picture(3, 32), 1, name)
    x = of.normalise(torch.from_numpy(picture(3, 32))[None])
    kept = {}
    hook = of.model.base.layer4.register_forward_hook(lambda m, i, o: kept.update(a=o))
    logit = of.model(x)[0, 1]
    hook.remove()
    if not kept["a"].requires_grad:  # all stages are frozen: a gradient has no way there
        of.model.requires_grad_(True)
        hook = of.model.base.layer4.register_forward_hook(lambda m, i, o: kept.update(a=o))
        logit = of.model(x)[0, 1]
        hook.remove()
    (slope,) = torch.autograd.grad(logit, kept["a"])
    expected = (slope.mean((2, 3), keepdim=True) * kept["a"]).sum(1)[0].relu().detach().numpy()
    found = cam.grad_cam(of, picture(3, 32), 1, "base.layer4")
    assert np.abs(found - expected).max() <= 1e-4 * max(1, expected.max())


@pytest.mark.parametrize(
    ("index", "layer", "words"),
    [(10, "blocks.1", "class 10 is unknown"), (-1, "blocks.1", "class -1"), (1, "x.y", "'x.y'")],
)
def test_what_there_is_not_is_refused_in_a_sentence(index, layer, words):
    with pytest.raises(ValueError, match=words):
        cam.grad_cam(net("cnn"), picture(), index, layer)
    with pytest.raises(ValueError, match=r"takes 1×28×28 pictures, this one is 3×28×28"):
        cam.grad_cam(net("cnn"), picture(3), 1, "blocks.1")
