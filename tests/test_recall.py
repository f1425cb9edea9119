"""Memory and holes: neighbours are found, codes like the prior leave hardly a hole."""

import numpy as np
import pytest

from core import priors, recall


def test_the_nearest_pictures_are_those_of_the_slow_way():
    chance = np.random.default_rng(0)
    known = chance.integers(0, 256, (9_000, 1, 6, 6), dtype=np.uint8)
    asked = chance.integers(0, 256, (3, 1, 6, 6), dtype=np.uint8)
    found = recall.nearest(asked, known, 4)
    slow = ((asked[:, None].astype(float) - known) ** 2).mean((2, 3, 4)) ** 0.5 / 255
    order = np.argsort(slow, 1)[:, :4]
    assert (found.which == order).all()
    assert np.allclose(found.far, np.take_along_axis(slow, order, 1), atol=1e-5)


def test_a_known_picture_is_its_own_memory_and_others_are_as_far_as_usual():
    chance = np.random.default_rng(0)
    known = chance.integers(0, 256, (200, 3, 4, 4), dtype=np.uint8)
    found = recall.nearest(known[5:7], known, 1)
    assert found.which.ravel().tolist() == [5, 6] and found.far.max() < 1e-3
    unknown = chance.integers(0, 256, (30, 3, 4, 4), dtype=np.uint8)
    assert 0.1 < recall.usual(known, unknown) < 0.6
    with pytest.raises(ValueError, match="cannot be compared"):
        recall.nearest(known[:, :, :2], known)


@pytest.mark.parametrize("name", ["gaussian", "mixture", "swiss"])
def test_samples_leave_no_holes_and_half_a_prior_leaves_half(name):
    prior = priors.make(name)
    codes = prior.sample(1_000, seed=9)
    assert recall.holes(codes, prior) < 0.03
    half = codes[codes[:, 0] > 0]
    assert recall.holes(np.concatenate([half, half]), prior) > 0.3


def test_overlap_is_none_for_clusters_apart_and_chance_for_one_heap():
    chance = np.random.default_rng(0)
    labels = np.arange(1_000) % 10
    heap = chance.normal(size=(1_000, 2)).astype(np.float32)
    assert recall.overlap(heap, labels) == pytest.approx(0.9, abs=0.03)
    apart = heap * 0.1 + np.stack([labels * 10, labels * 10], 1)
    assert recall.overlap(apart.astype(np.float32), labels) == 0


def test_changes_are_the_steps_between_pictures():
    pictures = np.zeros((3, 1, 2, 2), np.uint8)
    pictures[2] = 255
    assert recall.changes(pictures).tolist() == [0, 1]
