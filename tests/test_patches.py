"""From picture to tokens: cut by hand, embedded both ways, spread out as scikit-learn does."""

import numpy as np
import pytest
import torch
from einops import rearrange
from sklearn.decomposition import PCA
from sklearn.manifold import trustworthiness

from core import patches
from core.journey import walk
from core.surgery import Surgery
from tests.glass import marks, net, picture
from tests.vits import KINDS, given, make, placed, shown


@pytest.fixture(params=KINDS)
def of(request):
    return make(request.param)


def test_patches_are_cut_row_by_row():
    shown = np.arange(6 * 6 * 3).reshape(6, 6, 3)
    found = patches.cut(shown, 2)
    assert found.shape == (9, 2, 2, 3)
    assert np.array_equal(found[5], shown[2:4, 4:6])
    assert np.array_equal(patches.cut(shown, 6)[0], shown)
    with pytest.raises(ValueError, match="patches of 4 pixels do not tile a 6×6 picture"):
        patches.cut(shown, 4)
    assert patches.sizes(28) == (1, 2, 4, 7, 14, 28)


def test_the_flat_vector_meets_the_matrix(of):
    way = walk(of, shown(of))
    wanted = rearrange(given(of, shown(of))[0], "c (h p1) (w p2) -> (h w) (p1 p2 c)", p1=7, p2=7)
    project = next(m for m in of.model.modules() if isinstance(m, torch.nn.Conv2d))
    matrix = rearrange(project.weight, "d c p1 p2 -> d (p1 p2 c)").detach().numpy()
    for number in (0, 9, 15):
        vector = patches.flat(way, number)
        assert np.abs(vector - wanted[number].numpy()).max() < 1e-5
        embedded = matrix @ vector + project.bias.detach().numpy()
        assert np.abs(embedded - way.embedded[number]).max() < 1e-5
    with pytest.raises(ValueError, match="patch 16 is unknown"):
        patches.flat(way, 16)


def test_rearranging_is_convolving_and_the_number_can_fail(of):
    before = marks(of)
    found = patches.same(of, shown(of))
    assert 0 <= found < 1e-4 and marks(of) == before
    project = next(m for m in of.model.modules() if isinstance(m, torch.nn.Conv2d))
    hook = project.register_forward_hook(lambda module, args, output: output + 0.5)
    assert patches.same(of, shown(of)) == pytest.approx(0.5, abs=1e-4)
    hook.remove()


def test_main_filters_are_scikit_learns(of):
    project = next(m for m in of.model.modules() if isinstance(m, torch.nn.Conv2d))
    rows = project.weight.detach().flatten(1).numpy()
    wanted = PCA().fit(rows)
    found = patches.projection(of, 5)
    channels = project.in_channels
    assert found.pictures.shape == (5, 7, 7, channels) and found.pictures.dtype == np.uint8
    assert np.abs(found.shares - wanted.explained_variance_ratio_[:5]).max() < 1e-5
    assert found.count == 16
    for shown_, direction in zip(found.pictures, wanted.components_, strict=False):
        drawn = shown_.astype(float).transpose(2, 0, 1).ravel() - patches.GREY
        assert abs(np.corrcoef(drawn, direction)[0, 1]) > 0.999
        assert drawn[np.abs(drawn).argmax()] == 127  # the strongest weight is bright
    # Sixteen filters about their mean vary in fifteen directions: the last one is nothing.
    assert (patches.projection(of, 16).pictures[15] == patches.GREY).all()


def test_likeness_is_the_cosine_and_nothing_is_like_nothing():
    vectors = np.random.default_rng(0).normal(size=(5, 7)).astype(np.float32)
    vectors[3] = 0
    found = patches.likeness(vectors)
    for i in range(5):
        for j in range(5):
            lengths = np.linalg.norm(vectors[i]) * np.linalg.norm(vectors[j])
            wanted = vectors[i] @ vectors[j] / lengths if lengths else 0
            assert found[i, j] == pytest.approx(wanted, abs=1e-6)


def test_positions_are_alike_by_their_cosines_also_after_surgery(of):
    codes = placed(of).detach().numpy()[-16:]
    assert np.allclose(patches.position_grid(of), patches.likeness(codes))
    assert patches.position_grid(of, Surgery(positions="removed")) is None
    way = walk(of, shown(of), Surgery(positions="shuffled", seed=3))
    moved = patches.position_grid(of, Surgery(positions="shuffled", seed=3))
    assert np.allclose(moved, patches.likeness(way.positions[-16:]))
    with pytest.raises(ValueError, match="is no Vision Transformer"):
        patches.position_grid(net("cnn"))


def test_tokens_are_spread_as_scikit_learn_does(of):
    vectors = walk(of, shown(of)).embedded
    for dimensions in (2, 3):
        wanted = PCA(dimensions).fit(vectors)
        found = patches.spread(vectors, "pca", dimensions)
        points = wanted.transform(vectors)
        for mine, theirs in zip(found.points.T, points.T, strict=True):
            assert np.abs(np.abs(mine) - np.abs(theirs)).max() < 1e-3
        assert np.allclose(found.shares, wanted.explained_variance_ratio_, atol=1e-5)


def test_tsne_keeps_neighbours_and_comes_out_the_same_again():
    chance = np.random.default_rng(1)
    vectors = np.repeat(chance.normal(size=(4, 12)) * 9, 9, 0) + chance.normal(size=(36, 12))
    found = patches.spread(vectors.astype(np.float32), "tsne", 2)
    assert found.points.shape == (36, 2) and found.shares is None
    assert trustworthiness(vectors, found.points, n_neighbors=5) > 0.9
    assert np.array_equal(
        patches.spread(vectors.astype(np.float32), "tsne", 2).points, found.points
    )
    assert patches.spread(vectors[:5].astype(np.float32), "tsne", 3).points.shape == (5, 3)


def test_colours_are_the_main_directions(of):
    vectors = walk(of, shown(of)).stream[-1]
    found = patches.colours(vectors)
    assert found.dtype == np.uint8 and found.shape == (len(vectors), 3)
    assert (found.min(0) == 0).all() and (found.max(0) == 255).all()
    points = patches.spread(vectors, "pca", 3).points
    assert np.corrcoef(found[:, 0], points[:, 0])[0, 1] > 0.999
    assert patches.colours(np.ones((6, 4), np.float32)).shape == (6, 3)  # all alike


def test_what_cannot_be_spread_is_refused_in_a_sentence():
    for how, dimensions in (("umap", 2), ("pca", 4)):
        with pytest.raises(ValueError, match="use pca or tsne, to 2 or 3"):
            patches.spread(np.ones((9, 4)), how, dimensions)
    with pytest.raises(ValueError, match="3 vectors: at least 4"):
        patches.spread(picture()[0, :3].astype(float))
