"""One forward pass keeps everything: each number against the paper's equations, written out."""

from dataclasses import fields

import numpy as np
import pytest
import torch
from torch import nn

from core import rollout
from core.journey import walk
from tests.glass import marks, net, picture
from tests.vits import KINDS, given, make, plain, shown


@pytest.fixture(params=KINDS)
def of(request):
    return make(request.param)


def test_every_step_is_the_one_written_out(of):
    way = walk(of, shown(of))
    with torch.no_grad():
        expected = plain(of, shown(of))
    n = 16 if of.config.model.name == "vit" and of.config.model.pooling == "mean" else 17
    assert (way.layers, way.heads, way.tokens, way.width) == (3, 2, n, 16)
    assert (way.patches, way.grid, way.first, way.patch) == (16, 4, n - 16, 7)
    assert np.abs(way.given - given(of, shown(of))[0].numpy()).max() < 1e-5
    for name in ("embedded", "logits"):
        assert np.abs(getattr(way, name) - getattr(expected, name).numpy()).max() < 2e-5, name
    for name in ("stream", "q", "k", "v", "maps"):
        wanted = torch.stack(getattr(expected, name)).numpy()
        assert getattr(way, name).shape == wanted.shape
        assert np.abs(getattr(way, name) - wanted).max() < 2e-5, name
    assert np.abs(way.maps.sum(-1) - 1).max() < 1e-5 and way.maps.max() > 0.3
    added = way.stream[0][way.first :] - way.embedded
    assert np.abs(added - way.positions[way.first :]).max() < 1e-5


def test_the_net_says_what_it_says_unwatched_and_is_left_as_it_was(of):
    before = marks(of), [type(module) for module in of.model.modules()]
    x = of.normalise(torch.from_numpy(shown(of))[None])
    with torch.no_grad():
        wanted = of.model(x)[0].numpy()
    of.model.train()
    way = walk(of, shown(of))
    assert of.model.training
    of.model.eval()
    assert np.abs(way.logits - wanted).max() < 1e-6
    assert (marks(of), [type(module) for module in of.model.modules()]) == before
    assert way.answer == wanted.argmax()
    assert way.probabilities.sum() == pytest.approx(1)
    with torch.no_grad():
        assert np.array_equal(of.model(x)[0].numpy(), wanted)


def test_nothing_stays_after_an_error(of):
    before = marks(of), [type(module) for module in of.model.modules()]

    def fail(module, args):
        raise RuntimeError("a block that fails")

    last = [m for m in of.model.modules() if isinstance(m, nn.LayerNorm)][-1]
    hook = last.register_forward_pre_hook(fail)
    with pytest.raises(RuntimeError, match="a block that fails"):
        walk(of, shown(of))
    hook.remove()
    assert (marks(of), [type(module) for module in of.model.modules()]) == before


def test_rows_scores_and_sums_fit_together(of):
    way = walk(of, shown(of))
    scores = way.scores(1, 1)
    shares = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
    assert np.abs(shares - way.maps[1, 1]).max() < 1e-5
    steps = way.steps(1, 1, 6)
    assert np.allclose(steps.dots, [way.q[1, 1, 6] @ key for key in way.k[1, 1]], atol=1e-5)
    assert np.allclose(steps.scaled, scores[6], atol=1e-5)
    assert np.array_equal(steps.shares, way.maps[1, 1, 6])
    summed = sum(share * value for share, value in zip(steps.shares, way.v[1, 1], strict=True))
    assert np.allclose(steps.answer, summed, atol=1e-5)
    assert np.allclose(way.mixed(1, 1)[6], summed, atol=1e-5)
    token = way.token(9)
    assert token == 9 + way.first
    assert way.looks(2, 0, token)[2, 1] == way.maps[2, 0, token, token]
    assert way.looked_at(2, 0, 5)[2, 1] == way.maps[2, 0, token, 5]
    for fusion in rollout.FUSIONS:
        assert np.array_equal(way.fused(0, fusion), getattr(way.maps[0], fusion)(0))


def test_values_are_weighed_by_what_the_projection_makes_of_them(of):
    from tests.vits import outputs

    way = walk(of, shown(of))
    for layer, weight in enumerate(outputs(of)):
        for head in range(2):
            sent = way.v[layer, head] @ weight.detach().numpy()[:, head * 8 : head * 8 + 8].T
            wanted = np.linalg.norm(sent, axis=1)
            assert np.abs(way.weighed[layer, head] - wanted).max() < 1e-5


def test_the_picture_is_shown_as_it_is_cut():
    for kind in ("vit", "theirs"):
        of = make(kind)
        assert np.array_equal(walk(of, shown(of)).shown, shown(of).transpose(1, 2, 0))
    of = make("carried")  # the base takes grey pictures
    grey = shown(of).transpose(1, 2, 0) @ np.array([0.299, 0.587, 0.114])
    assert np.abs(walk(of, shown(of)).shown[..., 0] - grey).max() < 0.51


def test_what_is_kept_cannot_be_written_to(of):
    way = walk(of, shown(of))
    arrays = [getattr(way, field.name) for field in fields(way)]
    arrays = [array for array in arrays if isinstance(array, np.ndarray)]
    assert len(arrays) == 11
    for array in arrays:
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


def test_what_cannot_be_is_one_sentence():
    for kind in ("cnn", "lstm", "mlp"):
        with pytest.raises(ValueError, match="is no Vision Transformer: choose a ViT"):
            walk(net(kind), picture())
    with pytest.raises(ValueError, match="takes 1×28×28 pictures, this one is 3×28×28"):
        walk(net("vit"), picture(3))
    way = walk(net("vit"), picture())
    for patch in (-1, 16):
        with pytest.raises(ValueError, match=f"patch {patch} is unknown: the net cuts 0 to 15"):
            way.token(patch)
