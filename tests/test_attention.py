"""Watching attention: every block's map, no logit changed, no hook left behind."""

import pytest
import torch
from torch import nn
from torchvision.models import VisionTransformer

from core.attention import watch_attention
from models import CNN, ViT


def ours(**settings):
    sizes = {"image": 8, "patch": 4, "width": 16, "depth": 3, "heads": 2}
    return ViT(**sizes | settings)


def theirs():
    torch.manual_seed(0)
    model = VisionTransformer(8, 4, 3, 2, 16, 32, num_classes=10)
    nn.init.normal_(model.heads.head.weight, std=0.1)  # torchvision begins it at zero
    return model


def hooks(model):
    return sum(len(m._forward_hooks) + len(m._forward_pre_hooks) for m in model.modules())


@pytest.mark.parametrize("make", [ours, theirs])
@pytest.mark.parametrize("training", [True, False])
def test_one_map_per_block_whose_rows_sum_to_one(make, training):
    model = make().train(training)
    with watch_attention(model) as maps:
        model(torch.randn(4, 3, 8, 8))
    assert [tuple(found.shape) for found in maps] == [(4, 2, 5, 5)] * 3
    for found in maps:
        assert (found >= 0).all()
        assert torch.allclose(found.sum(-1), torch.ones(4, 2, 5), atol=1e-5)


@pytest.mark.parametrize("bf16", [True, False])
def test_our_logits_are_the_same_to_the_last_bit(bf16):
    model, x = ours().eval(), torch.randn(4, 3, 8, 8)
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=bf16):
        before = model(x)
        with watch_attention(model) as maps:
            watched = model(x)
    assert torch.equal(before, watched) and len(maps) == 3


@pytest.mark.parametrize("quiet", [True, False], ids=["inference", "gradients"])
def test_torchvisions_logits_stay_and_its_maps_are_the_softmax(quiet):
    model, x = theirs().eval(), torch.randn(4, 3, 8, 8)
    with torch.inference_mode(quiet):
        before = model(x)
        with watch_attention(model) as maps:
            watched = model(x)
        assert (before - watched).abs().max() < 1e-6
        first = model.encoder.layers[0]
        tokens = torch.cat([model.class_token.expand(4, -1, -1), model._process_input(x)], dim=1)
        y = first.ln_1(tokens + model.encoder.pos_embedding)
        packed = first.self_attention
        q, k, _ = (y @ packed.in_proj_weight.T + packed.in_proj_bias).chunk(3, dim=-1)
        q, k = (part.unflatten(-1, (2, 8)).transpose(1, 2) for part in (q, k))
        expected = (q @ k.transpose(-2, -1) / 8**0.5).softmax(-1)
    assert torch.allclose(maps[0], expected, atol=1e-5)


def test_maps_come_in_the_order_of_the_blocks_and_add_up_over_passes():
    model, x = ours().eval(), torch.randn(2, 3, 8, 8)
    with watch_attention(model) as maps:
        model(x)
        model(x)
    assert len(maps) == 6
    y = model.tokens(x)
    for block, once, again in zip(model.blocks, maps[:3], maps[3:], strict=True):
        q, k, _ = block.attention.qkv(block.norm1(y)).chunk(3, dim=-1)
        q, k = (part.unflatten(-1, (2, 8)).transpose(1, 2) for part in (q, k))
        expected = (q @ k.transpose(-2, -1) / 8**0.5).softmax(-1)
        assert torch.allclose(once, expected, atol=1e-6) and torch.equal(once, again)
        y = block(y)


def test_maps_have_gradients():
    model = ours()
    with watch_attention(model) as maps:
        logits = model(torch.randn(2, 3, 8, 8))
    gradients = torch.autograd.grad(logits[:, 0].sum(), maps)
    assert all(gradient.abs().sum() > 0 for gradient in gradients)


@pytest.mark.parametrize("make", [ours, theirs])
def test_no_hook_stays_after_success_or_error(make):
    model = make()
    with watch_attention(model) as maps:
        assert hooks(model)
    assert not hooks(model)
    with pytest.raises(RuntimeError), watch_attention(model):
        raise RuntimeError("a body that fails")
    assert not hooks(model)
    model.eval()(torch.randn(1, 3, 8, 8))
    assert maps == []


def test_a_net_without_attention_is_refused_before_the_body():
    with pytest.raises(ValueError, match="CNN has no attention to watch"), watch_attention(CNN()):
        pytest.fail("the body ran")
