"""Gradient rollout and a query's own rollout, against loops; surgery reaches both."""

import numpy as np
import pytest
import torch

from core import rollout
from core.attention import watch_attention
from core.journey import walk
from core.surgery import Surgery
from tests.glass import marks, net, picture
from tests.vits import KINDS, make, shown


def pulled(of, index):
    """Maps and slopes of each block by torch's own way, blocks in the order of computation."""
    x = of.normalise(torch.from_numpy(shown(of))[None]).requires_grad_()
    with watch_attention(of.model) as maps:
        logits = of.model(x)
    for found in maps:
        found.retain_grad()
    logits[0, index].backward()
    pairs = [(found.detach()[0].numpy(), found.grad[0].numpy()) for found in maps]
    of.model.zero_grad(set_to_none=True)
    return pairs


def written_out(pairs, discard, cls):
    """relu(mean over heads of A ⊙ ∂y/∂A), the smallest taken, then rollout by plain products."""
    n = pairs[0][0].shape[-1]
    reached = np.eye(n)
    for maps, slopes in pairs:
        fused = np.maximum((maps * slopes).mean(0, dtype=np.float64), 0)
        free = [(fused[i, j], i, j) for i in range(n) for j in range(cls, n)]
        for _, i, j in sorted(free)[: int(discard * len(free))]:
            fused[i, j] = 0
        mixed = fused + np.eye(n)
        mixed /= mixed.sum(1)[:, None]
        assert np.allclose(mixed.sum(1), 1)
        reached = mixed @ reached
    assert np.allclose(reached.sum(1), 1)
    row = reached[0, 1:] if cls else reached.mean(0)
    return row.reshape(4, 4)


@pytest.mark.parametrize("kind", ["vit", "vit-cls", "carried"])
@pytest.mark.parametrize("discard", [0.0, 0.6])
def test_gradient_rollout_is_the_one_written_out(kind, discard):
    of = make(kind)
    pairs = pulled(of, 4)
    before = marks(of)
    found = rollout.gradient_rollout(of, shown(of), 4, discard)
    expected = written_out(pairs, discard, int(kind != "vit"))
    assert found.shape == (4, 4) and expected.max() > 0
    assert np.abs(found - expected).max() < 1e-6
    assert marks(of) == before
    assert not np.allclose(rollout.gradient_rollout(of, shown(of), 5, discard), found)


@pytest.mark.parametrize("kind", KINDS)
def test_both_for_the_price_of_one_are_the_same_as_each_alone(kind):
    of = make(kind)
    for surgery in (Surgery(), Surgery(muted=((1, 0),), cut=(2,))):
        both = rollout.supported(of, shown(of), 4, 0.3, surgery)
        alone = rollout.relevance(of, shown(of), 4, surgery)
        assert np.allclose(both[0], alone, atol=1e-7)
        alone = rollout.gradient_rollout(of, shown(of), 4, 0.3, surgery)
        assert np.allclose(both[1], alone, atol=1e-7)


def test_torchvisions_own_attention_is_pulled_like_the_one_that_stands_for_it():
    of = make("theirs")
    quick = rollout.supported(of, shown(of), 4)
    opened = rollout.supported(of, shown(of), 4, surgery=Surgery(temperature=1.0 + 1e-7))
    for one, other in zip(quick, opened, strict=True):
        assert np.abs(one - other).max() < 1e-5 * max(1, other.max())


@pytest.mark.parametrize("kind", ["vit", "vit-cls"])
def test_a_surgery_is_never_asked_of_a_mirror_image(kind):
    mirrored, straight = net(kind, mirror=True), net(kind)
    surgery = Surgery(cut=(0, 4))
    wanted = rollout.supported(straight, picture(), 4, surgery=surgery)
    for one, other in zip(
        rollout.supported(mirrored, picture(), 4, surgery=surgery), wanted, strict=True
    ):
        assert np.array_equal(one, other)
    both = rollout.gradient_rollout(mirrored, picture(), 4)
    assert both.shape == (4, 4)
    assert not np.allclose(both, rollout.gradient_rollout(straight, picture(), 4))


@pytest.mark.parametrize("kind", KINDS)
def test_the_rollout_of_a_token_is_its_row_of_the_product(kind):
    of = make(kind)
    way = walk(of, shown(of))
    reached = np.eye(way.tokens)
    for block in way.maps.astype(np.float64):
        mixed = block.mean(0) + np.eye(way.tokens)
        reached = mixed / mixed.sum(1)[:, None] @ reached
    assert np.allclose(reached.sum(1), 1)
    for token in (0, 5, way.tokens - 1):
        found = rollout.rollout(way.maps, token=token)
        assert np.abs(found - way.on_grid(reached[token])).max() < 1e-6
    still = np.eye(17)[None, None].repeat(3, 0)
    alone = rollout.rollout(still, token=6)
    assert alone[1, 1] == 1 and alone.sum() == 1
