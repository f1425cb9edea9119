"""The logit lens: the head's words after each layer, and patch by patch."""

import numpy as np
import pytest
import torch

from core.journey import walk
from core.lens import lens, patch_logits
from core.surgery import Surgery
from tests.glass import marks
from tests.vits import KINDS, bare, make, plain, shown


@pytest.fixture(params=KINDS)
def of(request):
    return make(request.param)


def ends(of):
    model = bare(of)
    theirs = hasattr(model, "conv_proj")
    return (model.encoder.ln, model.heads) if theirs else (model.norm, model.head)


def test_each_layer_is_read_by_the_last_norm_and_head_and_the_last_is_the_answer(of):
    before = marks(of)
    way = walk(of, shown(of))
    found = lens(of, way)
    assert found.shape == (4, 10) and marks(of) == before
    assert np.abs(found[-1] - way.logits).max() < 1e-5
    norm, head = ends(of)
    with torch.no_grad():
        for tokens, said in zip(plain(of, shown(of)).stream, found, strict=True):
            read = norm(tokens)[0] if way.cls else norm(tokens).mean(0)
            assert np.abs(head(read).numpy() - said).max() < 2e-5
    assert np.abs(found[0] - found[-1]).max() > 1e-2


def test_cut_patches_are_not_read(of):
    for surgery in (Surgery(cut=(3, 8)), Surgery(muted=((2, 1),), cut=(0,), temperature=0.5)):
        way = walk(of, shown(of), surgery)
        assert np.abs(lens(of, way)[-1] - way.logits).max() < 1e-5


def test_every_patch_is_read_on_its_own(of):
    way = walk(of, shown(of))
    norm, head = ends(of)
    for layer in (0, 2, 3):
        found = patch_logits(of, way, layer)
        assert found.shape == (4, 4, 10)
        token = torch.tensor(way.stream[layer][way.token(6)])
        with torch.no_grad():
            assert np.abs(head(norm(token)).numpy() - found[1, 2]).max() < 2e-5


def test_what_cannot_be_is_one_sentence(of):
    way = walk(of, shown(of))
    for layer in (-1, 4):
        with pytest.raises(ValueError, match=f"layer {layer} is unknown: use 0 to 3"):
            patch_logits(of, way, layer)
    of.classes = tuple("abcdefghij")
    for ask in (lambda: lens(of, way), lambda: patch_logits(of, way, 1)):
        with pytest.raises(ValueError, match="of another net"):
            ask()
