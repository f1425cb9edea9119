"""Linear CKA by its formula on features taken by hand."""

import numpy as np
import pytest
import torch

from core import similarity
from core.probe import layers
from core.similarity import Portrait, cka, portrait
from tests.glass import marks, net
from tests.vits import make

PICTURES = np.random.default_rng(5).integers(0, 256, (30, 1, 28, 28)).astype(np.uint8)


def formula(x, y):
    """‖Yᵀ X‖² / (‖Xᵀ X‖ ‖Yᵀ Y‖) of centred features."""
    x, y = x - x.mean(0), y - y.mean(0)
    above = np.linalg.norm(y.T @ x) ** 2
    return above / (np.linalg.norm(x.T @ x) * np.linalg.norm(y.T @ y))


def features(of, name):
    kept = []
    hook = of.model.get_submodule(name).register_forward_hook(
        lambda module, args, output: kept.append(output.flatten(1).double().numpy())
    )
    with torch.no_grad():
        of.model(of.normalise(torch.from_numpy(PICTURES)))
    hook.remove()
    return kept[0]


def test_layers_of_a_cnn_and_a_vit_are_compared_by_the_formula():
    cnn, vit = net("cnn"), net("vit-cls")
    before = marks(cnn), marks(vit)
    one, other = portrait(cnn, PICTURES), portrait(vit, PICTURES)
    assert (marks(cnn), marks(vit)) == before
    assert one.names == (*(layer.name for layer in layers(cnn)), "")
    assert other.names == ("dropout", "blocks.0", "blocks.1", "blocks.2", "")
    found = cka(one, other)
    assert found.shape == (len(one.names), 5)
    for row, mine in zip(found, one.names, strict=True):
        for value, theirs in zip(row, other.names, strict=True):
            wanted = formula(features(cnn, mine), features(vit, theirs))
            assert value == pytest.approx(wanted, abs=1e-5)
    assert found.min() >= 0 and found.max() < 1


def test_alike_to_oneself_whatever_the_turn_and_the_size():
    chance = np.random.default_rng(2)
    x = chance.normal(size=(20, 8))
    turn = np.linalg.qr(chance.normal(size=(8, 8)))[0]
    parts = [torch.tensor(part) for part in (x, 3 * x @ turn + 1, chance.normal(size=(20, 8)))]
    whole = Portrait(("a", "b", "c"), np.stack([similarity._gram(part) for part in parts]))
    found = cka(whole, whole)
    assert np.allclose(np.diag(found), 1, atol=1e-6)
    assert found[0, 1] == pytest.approx(1, abs=1e-6) and found[0, 2] < 0.9


def test_torchvisions_vit_is_looked_at_block_by_block_and_nothing_stays():
    of = make("theirs")
    before = marks(of)
    pictures = np.repeat(PICTURES, 3, 1)
    found = portrait(of, pictures)
    assert [name.rpartition("_")[2] for name in found.names[1:4]] == ["0", "1", "2"]
    assert found.grams.shape == (5, 30, 30) and marks(of) == before


def test_of_large_layers_a_part_says_nearly_the_same(monkeypatch):
    of, other = net("resnet"), net("vit")
    whole = cka(portrait(of, PICTURES), portrait(other, PICTURES))
    monkeypatch.setattr(similarity, "MOST", 600)
    part = cka(portrait(of, PICTURES), portrait(other, PICTURES))
    assert np.abs(part - whole).max() < 0.1 and not np.allclose(part, whole)


def test_a_dead_layer_is_like_nothing_and_nonsense_is_refused():
    dead = Portrait(("a",), similarity._gram(torch.zeros(12, 3))[None])
    assert cka(dead, dead)[0, 0] == 0
    with pytest.raises(ValueError, match="9 pictures: alike means something from 10 on"):
        portrait(net("vit"), PICTURES[:9])
    with pytest.raises(ValueError, match="takes 1×28×28 pictures"):
        portrait(net("vit"), np.zeros((12, 3, 28, 28), np.uint8))
    with pytest.raises(ValueError, match="show both nets the same ones"):
        cka(dead, portrait(net("mlp"), PICTURES))
