"""Rollout and relevance against the papers' steps, written out token by token."""

import numpy as np
import pytest
import torch

from core import rollout
from core.attention import watch_attention
from tests.glass import ATTENTIVE, net, picture


def plain_rollout(maps, fusion, cls):
    """Attention rollout with loops over blocks, rows and tokens."""
    n = maps.shape[-1]
    reached = [[float(i == j) for j in range(n)] for i in range(n)]
    for block in maps:
        mixed = []
        for i in range(n):
            row = [getattr(np, fusion)(block[:, i, j]) + (i == j) for j in range(n)]
            mixed.append([value / sum(row) for value in row])
        reached = [
            [sum(mixed[i][k] * reached[k][j] for k in range(n)) for j in range(n)] for i in range(n)
        ]
    reached = np.array(reached)
    row = reached[0, 1:] if cls else reached.mean(0)
    return row.reshape(4, 4)


@pytest.mark.parametrize("kind", ATTENTIVE)
@pytest.mark.parametrize("fusion", rollout.FUSIONS)
def test_rollout_is_the_one_written_out(kind, fusion):
    maps = rollout.attention(net(kind), picture())
    n = 17 if kind == "vit-cls" else 16
    assert maps.shape == (3, 2, n, n) and np.abs(maps.sum(-1) - 1).max() < 1e-5
    expected = plain_rollout(maps.astype(np.float64), fusion, kind == "vit-cls")
    assert np.abs(rollout.rollout(maps, fusion) - expected).max() < 1e-6


def test_nothing_looked_at_but_oneself_stays_where_it_is():
    still = np.eye(16)[None, None].repeat(3, 0)
    assert np.allclose(rollout.rollout(still), 1 / 16)
    at_five = np.zeros((1, 1, 17, 17))
    at_five[..., 5] = 1
    assert rollout.rollout(at_five).ravel().argmax() == 4  # CLS stands before the patches
    assert rollout.rollout(at_five).ravel()[4] == pytest.approx(0.5)


@pytest.mark.parametrize(("n", "guarded"), [(16, 0), (17, 1)])
def test_discarding_takes_the_smallest_and_never_the_cls_column(n, guarded):
    maps = np.random.default_rng(1).random((1, 1, n, n))
    kept = rollout._without(maps[0, 0], 0.9)
    zeros = kept == 0
    assert not zeros[:, :guarded].any()
    assert zeros.sum() == int(0.9 * n * (n - guarded))
    assert (
        maps[0, 0][:, guarded:][zeros[:, guarded:]].max()
        < kept[:, guarded:][~zeros[:, guarded:]].min()
    )
    assert not np.allclose(rollout.rollout(maps, discard=0.9), rollout.rollout(maps))


@pytest.mark.parametrize("kind", ATTENTIVE)
def test_relevance_is_the_papers_update_block_by_block(kind):
    of = net(kind)
    x = of.normalise(torch.from_numpy(picture())[None])
    with watch_attention(of.model) as maps:
        logits = of.model(x)
    for found in maps:
        found.retain_grad()
    logits[0, 4].backward()
    n = maps[0].shape[-1]
    reached = torch.eye(n)
    for found in maps:
        step = torch.zeros(n, n)
        for head in range(2):
            step += torch.clamp(found.grad[0, head] * found[0, head].detach(), min=0) / 2
        reached = reached + torch.matmul(step, reached)
    reached = reached - torch.eye(n)
    row = reached[0, 1:] if kind == "vit-cls" else reached.mean(0)
    expected = row.reshape(4, 4).numpy()
    assert expected.max() > 0
    assert np.abs(rollout.relevance(of, picture(), 4) - expected).max() < 1e-6
    assert not np.allclose(rollout.relevance(of, picture(), 5), expected)


@pytest.mark.parametrize("kind", ATTENTIVE)
def test_relevance_of_two_looks_is_their_mean(kind):
    plain, both = net(kind), net(kind, mirror=True)
    mirrored = np.ascontiguousarray(picture()[:, :, ::-1])
    for of in (plain, both):
        assert rollout.attention(of, picture()).shape[0] == 3
    found = rollout.relevance(both, picture(), 4)
    parts = rollout.relevance(plain, picture(), 4), rollout.relevance(plain, mirrored, 4)
    # Half of each logit: relevance is not linear in that, but each block's first step is.
    assert found.shape == (4, 4)
    likeness = np.corrcoef(found.ravel(), ((parts[0] + parts[1][:, ::-1]) / 2).ravel())[0, 1]
    assert likeness > 0.999


def test_torchvisions_vit_is_followed_too_though_its_maps_are_only_told():
    from core.config import parse
    from models import build

    of = net("cnn", channels=3, size=32)
    config = parse({"model": {"name": "transfer", "base": "vit_b_16", "side": 32}})
    with torch.device("meta"):
        made = build(config.model, channels=3, image=32, classes=10)
    made = made.to_empty(device="cpu")
    torch.manual_seed(1)
    for weights in (*made.parameters(), *made.buffers()):
        weights.data.normal_(std=0.02)
    made.std.fill_(1), made.base_std.fill_(1)
    of.model = made.eval()
    maps = rollout.attention(of, picture(3, 32))
    assert maps.shape == (12, 12, 5, 5) and rollout.rollout(maps).shape == (2, 2)
    base = of.model.base
    for weights in base.heads.parameters():
        weights.data.normal_()
    found = rollout.relevance(of, picture(3, 32), 1)
    x = of.normalise(torch.from_numpy(picture(3, 32))[None])
    with torch.no_grad():
        tokens = base._process_input((x * made.std + made.mean - made.base_mean) / made.base_std)
        tokens = torch.cat([base.class_token, tokens], 1) + base.encoder.pos_embedding
    y, kept = tokens.requires_grad_(), []
    for layer in base.encoder.layers:
        asked = layer.ln_1(y)
        packed = layer.self_attention
        q, k, v = (asked @ packed.in_proj_weight.T + packed.in_proj_bias).chunk(3, dim=-1)
        q, k, v = (part.unflatten(-1, (12, 64)).transpose(1, 2) for part in (q, k, v))
        kept.append((q @ k.transpose(-2, -1) / 8).softmax(-1))
        kept[-1].retain_grad()
        y = y + packed.out_proj((kept[-1] @ v).transpose(1, 2).flatten(2))
        y = y + layer.mlp(layer.ln_2(y))
    base.heads(base.encoder.ln(y)[:, 0])[0, 1].backward()
    reached = torch.eye(5)
    for one in kept:
        reached = reached + (one.grad * one.detach()).relu().mean(1)[0] @ reached
    expected = reached[0, 1:].view(2, 2).numpy()
    assert expected.max() > 0 and np.abs(found / expected - 1).max() < 1e-3


def test_nets_without_attention_or_a_grid_are_refused_in_a_sentence():
    with pytest.raises(ValueError, match="CNN has no attention to watch"):
        rollout.attention(net("cnn"), picture())
    with pytest.raises(ValueError, match="LSTM has no attention to watch"):
        rollout.relevance(net("lstm"), picture(), 1)
    with pytest.raises(ValueError, match="19 tokens are no square"):
        rollout.rollout(np.full((1, 1, 19, 19), 1 / 19))
