"""How far, how widely and how loudly heads look, counted one by one."""

from dataclasses import replace
from itertools import combinations
from math import hypot, log2

import numpy as np
import pytest

from core import gaze
from core.journey import walk
from tests.vits import KINDS, make, shown


@pytest.fixture(params=KINDS)
def way(request):
    of = make(request.param)
    return walk(of, shown(of))


def test_distance_is_counted_from_patch_to_patch(way):
    found = gaze.distance(way)
    assert found.shape == (3, 2)
    for layer in range(3):
        for head in range(2):
            total = 0.0
            for i in range(16):
                row = way.maps[layer, head, i + way.first, way.first :].astype(float)
                row = row / row.sum()
                total += sum(row[j] * 7 * hypot(i // 4 - j // 4, i % 4 - j % 4) for j in range(16))
            assert found[layer, head] == pytest.approx(total / 16, abs=1e-4)


def test_known_heads_have_known_distances_and_bits(way):
    n = way.tokens
    oneself = replace(way, maps=np.eye(n)[None, None])
    assert gaze.distance(oneself)[0, 0] == 0 and gaze.entropy(oneself)[0, 0] == 0
    even = replace(way, maps=np.full((1, 1, n, n), 1 / n))
    assert gaze.entropy(even)[0, 0] == pytest.approx(log2(n), abs=1e-5)
    right = np.zeros((1, 1, n, n))
    for patch in range(16):
        beside = patch + 1 if patch % 4 < 3 else patch - 1
        right[0, 0, patch + way.first, beside + way.first] = 1
    assert gaze.distance(replace(way, maps=right))[0, 0] == pytest.approx(7)
    if way.cls:  # whoever looks at CLS alone looks at no patch
        at_cls = np.zeros((1, 1, n, n))
        at_cls[..., 0] = 1
        assert gaze.distance(replace(way, maps=at_cls))[0, 0] == 0


def test_entropy_is_the_mean_of_the_rows(way):
    found = gaze.entropy(way)
    for layer, head in ((0, 0), (2, 1)):
        rows = [
            -sum(share * log2(share) for share in row if share > 0)
            for row in way.maps[layer, head].astype(float)
        ]
        assert found[layer, head] == pytest.approx(sum(rows) / len(rows), abs=1e-4)


def test_norms_are_lengths_on_the_grid(way):
    found = gaze.norms(way)
    assert found.shape == (4, 4, 4)
    token = way.stream[2][way.token(6)]
    assert found[2, 1, 2] == pytest.approx(sum(float(x) ** 2 for x in token) ** 0.5, rel=1e-5)


def test_value_weighted_attention_is_what_arrives(way):
    found = gaze.value_weighted(way, 1, 0)
    assert found.shape == (way.tokens, way.tokens)
    assert found[3, 5] == pytest.approx(way.maps[1, 0, 3, 5] * way.weighed[1, 0, 5])


@pytest.mark.parametrize("share", [0.0, 0.3, 0.6, 0.95, 1.0])
def test_mass_is_held_by_the_fewest_places(share):
    values = np.random.default_rng(4).random((2, 4))
    values[0, 0] = 0
    mask = gaze.mass(values, share)
    whole = values.sum()
    assert values[mask].sum() >= share * whole * (1 - 1e-9)
    fewest = next(
        count
        for count in range(9)
        if any(sum(some) >= share * whole * (1 - 1e-9) for some in combinations(values.flat, count))
    )
    assert mask.sum() == fewest and not mask[0, 0]


def test_mass_of_nothing_and_of_nonsense():
    assert not gaze.mass(np.zeros((3, 3)), 0.6).any()
    for share in (-0.1, 1.1, float("nan")):
        with pytest.raises(ValueError, match="use 0 to 1"):
            gaze.mass(np.ones(4), share)
    with pytest.raises(ValueError, match="a value of -1"):
        gaze.mass(np.array([1.0, -1.0]), 0.5)
