"""The zoo's ViT: what it looks at matters more than chance, on 80 digits it has never seen."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from core import rollout, trust
from core.inference import open_predictor
from core.journey import walk
from core.patches import position_grid
from tests.glass import marks

JUDGED, STEPS = 80, 5


@pytest.mark.shared
def test_taking_away_what_it_looked_at_hurts_more_than_taking_by_chance(real_mnist: Path) -> None:
    data = gzip.decompress((real_mnist / "t10k-images-idx3-ubyte.gz").read_bytes())
    digits = np.frombuffer(data, np.uint8, JUDGED * 784, 16).reshape(JUDGED, 1, 28, 28)
    net = open_predictor("zoo:mnist-vit")
    before, chance = marks(net), np.random.default_rng(0)
    areas = []
    for packed in digits:
        way = walk(net, packed)
        maps = [rollout.relevance(net, packed, way.answer), rollout.rollout(way.maps)]
        maps.append(chance.random(maps[0].shape))
        areas.append([one.areas for one in trust.curves(net, packed, way.answer, maps, STEPS)])
    deletion, insertion = np.array(areas).transpose(2, 1, 0)
    for own in (0, 1):
        assert (deletion[2] - deletion[own]).mean() > 0.1
        assert (insertion[own] - insertion[2]).mean() > 0.1
        assert (deletion[own] < deletion[2]).mean() > 0.75
    assert marks(net) == before


def test_it_has_learned_where_its_patches_lie(fresh_home: Path) -> None:
    learned = position_grid(open_predictor("zoo:mnist-vit"))
    rows, columns = np.divmod(np.arange(49), 7)
    apart = np.hypot(rows[:, None] - rows, columns[:, None] - columns)
    beside, far = learned[apart == 1].mean(), learned[apart > 4].mean()
    assert beside > far + 0.1
