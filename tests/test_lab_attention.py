"""The lab of attention: every step is torch's, and the scale does what is claimed."""

import ast
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from core.labs import attention
from core.labs.attention import MASKS, SCALES, Setting, steps
from models.layers import Attention

SETTINGS = st.builds(
    lambda tokens, head, heads, scale, mask, real, seed: Setting(
        tokens, head * heads, heads, scale, mask, min(real, tokens), seed
    ),
    st.integers(1, 8),
    st.integers(1, 8),
    st.sampled_from([1, 2, 4]),
    st.sampled_from(SCALES),
    st.sampled_from(MASKS),
    st.integers(1, 8),
    st.integers(0, 20),
)


@given(SETTINGS)
def test_the_steps_are_torchs_function_with_the_same_scale_and_mask(setting):
    found = steps(setting)
    assert found.gap_function < 2e-6
    assert np.allclose(found.weights.sum(-1), 1, atol=1e-6)
    assert (found.weights[:, found.hidden] == 0).all()


@given(SETTINGS.map(lambda one: replace(one, scale="head")))
def test_with_the_right_scale_they_are_torchs_module(setting):
    assert steps(setting).gap_module < 2e-6


def test_with_the_scale_of_the_whole_width_they_are_not():
    one = steps(Setting(scale="width", heads=4))
    assert one.gap_module > 1e-3
    assert steps(Setting(scale="width", heads=1)).gap_module < 2e-6


def test_they_are_the_attention_of_the_house_too():
    setting = Setting(6, 16, 4)
    found, layer = steps(setting), attention.module(setting)
    ours = Attention(16, 4).eval()
    with torch.no_grad():
        ours.qkv.weight.copy_(layer.in_proj_weight)
        ours.qkv.bias.zero_()
        ours.project.weight.copy_(layer.out_proj.weight)
        ours.project.bias.zero_()
        answer = ours(torch.from_numpy(found.x)[None])[0]
    assert np.allclose(answer.numpy(), found.answer, atol=2e-6)


def test_masks_hide_the_future_and_the_padding():
    assert attention.hidden("causal", 3, 1).tolist() == [[0, 1, 1], [0, 0, 1], [0, 0, 0]]
    assert attention.hidden("padding", 3, 2).tolist() == [[0, 0, 1]] * 3
    assert not attention.hidden("none", 3, 1).any()


def test_entropy_is_none_for_one_place_and_all_for_even_weights():
    assert attention.entropy(np.array([1.0, 0, 0])) == 0
    assert attention.entropy(np.full(8, 1 / 8)) == pytest.approx(np.log(8))
    assert attention.spread(np.full((3, 5), 0.2)) == pytest.approx(5)


def test_scale_of_a_head_keeps_the_spread_and_the_others_lose_it():
    right, wide, none = (attention.spreads(scale, 8) for scale in ("head", "width", "none"))
    assert max(right) - min(right) < 0.1
    assert none[-1] < 0.2 < right[-1] < 0.9
    assert all(share > 0.96 for share in wide)  # almost blind: every token is looked at alike
    assert attention.spreads("width", 1) == attention.spreads("head", 1)


def test_scores_have_a_deviation_of_one_after_the_right_scale_only():
    drawn = [steps(Setting(8, 32, 4, seed=seed)).scaled for seed in range(30)]
    assert np.std(drawn) == pytest.approx(1, abs=0.15)


def test_the_question_is_answered_by_a_measurement():
    assert attention.DIVISORS[attention.asked()] == 8


def test_heads_that_do_not_divide_the_width_are_refused():
    with pytest.raises(ValueError, match="3 heads cannot share a width of 8"):
        Setting(heads=3)


@given(SETTINGS)
def test_the_line_of_code_names_what_is_chosen(setting):
    calls = [n for n in ast.walk(ast.parse(attention.code(setting))) if isinstance(n, ast.Call)]
    named = {call.func.attr: call for call in calls if isinstance(call.func, ast.Attribute)}
    plain = [ast.literal_eval(a) for a in named["MultiheadAttention"].args]
    layer = nn.MultiheadAttention(*plain)
    assert (layer.embed_dim, layer.num_heads) == (setting.width, setting.heads)
    told = {k.arg: ast.unparse(k.value) for k in named["scaled_dot_product_attention"].keywords}
    assert (told["attn_mask"] == "None") == (setting.mask == "none")
    scale = told.get("scale", f"{setting.head} ** -0.5")
    base, _, power = scale.partition(" ** ")
    assert float(base) ** float(power.strip("()") or 1) == pytest.approx(1 / setting.divisor)
