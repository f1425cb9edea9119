"""ViT: equal to torchvision's and to nn.MultiheadAttention, patches that come back whole."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torchvision.models import VisionTransformer, vit_b_16

from models import ViT, ViTConfig
from models.layers import Attention, FeedForward, nearest_divisor
from models.patches import PatchEmbedding, patchify, unpatchify
from models.vit import sinusoidal
from models.vit_keys import from_torchvision


def small(**settings):
    return ViT(**{"image": 8, "patch": 4, "width": 16, "depth": 2, "heads": 2} | settings)


def shaken(model):
    """Weights far from their quiet start, so that every path counts in the answer."""
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(torch.randn_like(weight) * 0.1)
    return model


def test_the_base_size_is_that_of_the_paper():
    with torch.device("meta"):
        ours = ViT(image=224, patch=16, width=768, depth=12, heads=12, classes=1000)
    assert sum(p.numel() for p in ours.parameters()) == 86_567_656


def test_the_large_vit_answers_as_torchvisions_with_its_weights():
    torch.manual_seed(0)
    theirs = vit_b_16().eval()
    nn.init.normal_(theirs.heads.head.weight, std=0.02)  # torchvision begins it at zero
    nn.init.normal_(theirs.class_token, std=0.02)
    with torch.device("meta"):
        ours = ViT(image=224, patch=16, width=768, depth=12, heads=12, classes=1000).eval()
    ours.load_state_dict(from_torchvision(theirs.state_dict()), assign=True)
    x = torch.randn(1, 3, 224, 224)
    with torch.inference_mode():
        expected = theirs(x)
        assert expected.std() > 0.1
        assert (ours(x) - expected).abs().max() < 1e-4


def test_gradients_are_torchvisions_too():
    torch.manual_seed(0)
    theirs = shaken(VisionTransformer(8, 4, 2, 2, 16, 64, num_classes=10))
    ours = small()
    ours.load_state_dict(from_torchvision(theirs.state_dict()))
    x = torch.randn(3, 3, 8, 8)
    for model in (theirs, ours):
        model(x).square().sum().backward()
    expected = from_torchvision({name: p.grad for name, p in theirs.named_parameters()})
    for name, weight in ours.named_parameters():
        assert torch.allclose(weight.grad, expected[name], atol=1e-4, rtol=1e-3), name


def test_a_foreign_weight_is_refused():
    with pytest.raises(ValueError, match=r"layer1\.0\.weight is no weight"):
        from_torchvision({"layer1.0.weight": torch.zeros(1)})


@pytest.mark.parametrize("heads", [1, 2, 8])
def test_attention_is_torchs_multihead_attention(heads):
    torch.manual_seed(heads)
    ours = Attention(16, heads)
    theirs = nn.MultiheadAttention(16, heads, batch_first=True)
    nn.init.normal_(theirs.in_proj_bias)
    nn.init.normal_(theirs.out_proj.bias)
    ours.qkv.load_state_dict({"weight": theirs.in_proj_weight, "bias": theirs.in_proj_bias})
    ours.project.load_state_dict(theirs.out_proj.state_dict())
    x = torch.randn(3, 5, 16)
    assert torch.allclose(ours(x), theirs(x, x, x)[0], atol=1e-6)


def test_attention_by_hand_one_head_one_question():
    attention = Attention(4, 1)
    x = torch.randn(1, 3, 4)
    q, k, v = attention.qkv(x)[0].split(4, dim=-1)
    scores = [(q[0] @ key).item() / math.sqrt(4) for key in k]
    shares = [math.exp(score) / sum(map(math.exp, scores)) for score in scores]
    answer = sum(share * value for share, value in zip(shares, v, strict=True))
    assert torch.allclose(attention(x)[0, 0], attention.project(answer), atol=1e-6)


def test_each_token_thinks_for_itself():
    mlp = FeedForward(6, 12)
    x = torch.randn(2, 5, 6)
    assert torch.allclose(mlp(x)[:, 3], mlp(x[:, 3]), atol=1e-6)


patches_and_pictures = st.tuples(
    *(st.integers(1, top) for top in (3, 4, 4, 4, 5))  # b, c, rows, columns, patch
)


@settings(max_examples=50)
@given(patches_and_pictures)
def test_patches_come_back_as_the_picture(sizes):
    b, c, rows, columns, patch = sizes
    images = torch.randn(b, c, rows * patch, columns * patch)
    patches = patchify(images, patch)
    assert patches.shape == (b, rows * columns, patch * patch * c)
    assert torch.equal(unpatchify(patches, patch, rows), images)


def test_patches_are_cut_row_by_row():
    picture = torch.arange(16.0).view(1, 1, 4, 4)
    expected = [[0, 1, 4, 5], [2, 3, 6, 7], [8, 9, 12, 13], [10, 11, 14, 15]]
    assert patchify(picture, 2)[0].tolist() == expected


@settings(max_examples=20)
@given(st.integers(1, 3), st.integers(1, 6), st.sampled_from([1, 2, 3, 4, 6]))
def test_a_strided_convolution_is_cutting_and_one_matrix(channels, width, patch):
    embed = PatchEmbedding(channels, width, patch)
    images = torch.randn(2, channels, 12, 12)
    assert torch.allclose(embed(images), embed.unrolled(images), atol=1e-5)


@pytest.mark.parametrize("pooling", ["cls", "mean"])
@pytest.mark.parametrize("positions", ["learned", "sinusoidal", "none"])
def test_only_learned_positions_are_learned(pooling, positions):
    model = small(pooling=pooling, positions=positions)
    learned = {name for name, _ in model.named_parameters()}
    assert ("positions" in learned) == (positions == "learned")
    assert ("positions" in model.state_dict()) == (positions == "learned")
    assert ("cls" in learned) == (pooling == "cls")
    assert model.tokens(torch.randn(1, 3, 8, 8)).shape == (1, 4 + (pooling == "cls"), 16)
    clone = small(pooling=pooling, positions=positions)
    clone.load_state_dict(model.state_dict())
    x = torch.randn(2, 3, 8, 8)
    assert torch.equal(model.eval()(x), clone.eval()(x))


def test_sinusoidal_positions_are_those_of_the_formula():
    codes = sinusoidal(7, 6)
    for place in range(7):
        for pair in range(3):
            angle = place / 10_000 ** (2 * pair / 6)
            assert codes[place, 2 * pair].item() == pytest.approx(math.sin(angle), abs=1e-5)
            assert codes[place, 2 * pair + 1].item() == pytest.approx(math.cos(angle), abs=1e-5)
    assert sinusoidal(4, 5).shape == (4, 5)


@pytest.mark.parametrize(("positions", "blind"), [("none", True), ("learned", False)])
def test_without_positions_shuffled_patches_are_the_same_picture(positions, blind):
    torch.manual_seed(1)
    model = shaken(small(pooling="mean", positions=positions)).eval()
    x = torch.randn(2, 3, 8, 8)
    shuffled = unpatchify(patchify(x, 4)[:, [2, 0, 3, 1]], 4, 2)
    assert torch.allclose(model(x), model(shuffled), atol=1e-5) == blind


def test_mean_pooling_reads_all_tokens_and_cls_reads_one():
    x = torch.randn(2, 3, 8, 8)
    for pooling in ("mean", "cls"):
        model = shaken(small(pooling=pooling)).eval()
        y = model.tokens(x)
        for block in model.blocks:
            y = block(y)
        y = model.norm(y)
        expected = model.head(y.mean(1) if pooling == "mean" else y[:, 0])
        assert torch.allclose(model(x), expected, atol=1e-6)


def test_dropout_is_in_force_in_training_only():
    model = small(dropout=0.5)
    x = torch.randn(2, 3, 8, 8)
    assert not torch.equal(model(x), model(x))
    model.eval()
    assert torch.equal(model(x), model(x))


def test_refusals_name_the_nearest_that_fits():
    with pytest.raises(ValueError, match="5 heads do not divide a width of 96: .* is 4$"):
        ViT(width=96, heads=5)
    with pytest.raises(ValueError, match="patches of 5 pixels do not tile a 28×28 .* is 4$"):
        ViT(image=28, patch=5)
    with pytest.raises(ValueError, match="patches of 32 pixels .* is 28$"):
        ViT(image=28, patch=32)


@given(st.integers(1, 200), st.integers(1, 250))
def test_no_divisor_is_nearer(number, wish):
    found = nearest_divisor(number, wish)
    assert number % found == 0
    divisors = [n for n in range(1, number + 1) if number % n == 0]
    assert all(abs(found - wish) <= abs(n - wish) for n in divisors)


def test_the_menus_defaults_fit_grey_28_and_colour_32():
    knobs = ViTConfig().model_dump(exclude={"name"})
    for channels, image in ((1, 28), (3, 32)):
        ViT(**knobs, channels=channels, image=image)
