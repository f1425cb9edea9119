"""Attention step by step from Q, K and V, the same as torch's; what its scale and masks are for."""

from dataclasses import dataclass
from functools import lru_cache
from math import log, sqrt
from typing import Any, Literal

import numpy as np
import torch
import torch.nn.functional as F
from einops import rearrange
from torch import Tensor, nn

Scale = Literal["head", "width", "none"]
Mask = Literal["none", "causal", "padding"]
SCALES: tuple[Scale, ...] = ("head", "width", "none")
MASKS: tuple[Mask, ...] = ("none", "causal", "padding")
DIVISORS = (sqrt(512), sqrt(64), 64.0, 1.0)  # to choose from in the question
WIDTHS = tuple(2**at for at in range(1, 10))  # of a head, along the curve
DRAWS = 64  # heads that a point of the curve is the mean of
TOKENS = 8  # keys along the curve


@dataclass(frozen=True)
class Setting:
    """tokens n, width d of all heads together, heads h; real tokens stand before the padding."""

    tokens: int = 5
    width: int = 8
    heads: int = 2
    scale: Scale = "head"
    mask: Mask = "none"
    real: int = 3
    seed: int = 0

    def __post_init__(self) -> None:
        if self.width % self.heads:
            raise ValueError(
                f"{self.heads} heads cannot share a width of {self.width}: take a divisor of it"
            )

    @property
    def head(self) -> int:
        """The width of one head."""
        return self.width // self.heads

    @property
    def divisor(self) -> float:
        """What scores are divided by."""
        return divisor(self.scale, self.head, self.heads)


def divisor(scale: Scale, head: int, heads: int) -> float:
    """√ of a head's width, √ of the whole width, or 1."""
    return {"head": sqrt(head), "width": sqrt(head * heads), "none": 1.0}[scale]


@dataclass(frozen=True, eq=False)
class Steps:
    """All that attention makes, float32; h heads, n tokens, d the width of one head.

    x (n, h·d); q, k, v, out (h, n, d); scores, scaled, masked, weights (h, n, n); hidden (n, n)
    is True where a key may not be looked at; merged, answer (n, h·d). gap_function and gap_module
    are the largest differences from F.scaled_dot_product_attention with this scale, and from
    nn.MultiheadAttention, which always divides by √ of a head's width.
    """

    x: np.ndarray
    q: np.ndarray
    k: np.ndarray
    v: np.ndarray
    scores: np.ndarray
    scaled: np.ndarray
    hidden: np.ndarray
    masked: np.ndarray
    weights: np.ndarray
    out: np.ndarray
    merged: np.ndarray
    answer: np.ndarray
    gap_function: float
    gap_module: float


def hidden(mask: Mask, tokens: int, real: int) -> Tensor:
    """Where nobody may look: rows ask, columns are looked at. -> (n, n) bool"""
    nothing = torch.zeros(tokens, tokens, dtype=torch.bool)
    if mask == "causal":
        return torch.ones_like(nothing).triu(1)
    if mask == "padding":
        nothing[:, real:] = True
    return nothing


def module(setting: Setting) -> nn.MultiheadAttention:
    """torch's layer, its weights drawn so that q and k have a variance of 1."""
    chance = torch.Generator().manual_seed(setting.seed)
    layer = nn.MultiheadAttention(setting.width, setting.heads, batch_first=True)
    with torch.no_grad():
        for name, values in layer.named_parameters():
            drawn = torch.randn(values.shape, generator=chance) / sqrt(setting.width)
            values.copy_(drawn if name.endswith("weight") else torch.zeros_like(values))
    return layer.eval()


def steps(setting: Setting) -> Steps:
    """Every step for a sequence of random tokens."""
    with torch.inference_mode(False), torch.no_grad():
        return _steps(setting)


def _steps(setting: Setting) -> Steps:
    layer = module(setting)
    chance = torch.Generator().manual_seed(setting.seed + 1)
    x = torch.randn(setting.tokens, setting.width, generator=chance)
    packed = F.linear(x, layer.in_proj_weight, layer.in_proj_bias)
    q, k, v = rearrange(packed, "n (three h d) -> three h n d", three=3, h=setting.heads)
    dark = hidden(setting.mask, setting.tokens, setting.real)
    scores = q @ k.transpose(-2, -1)
    scaled = scores / setting.divisor
    masked = scaled.masked_fill(dark, float("-inf"))
    weights = masked.softmax(-1)
    out = weights @ v
    merged = rearrange(out, "h n d -> n (h d)")
    answer = layer.out_proj(merged)
    fused = F.scaled_dot_product_attention(q, k, v, ~dark, scale=1 / setting.divisor)
    padded = dark[0][None] if setting.mask == "padding" else None
    causal = dark if setting.mask == "causal" else None
    theirs, _ = layer(x[None], x[None], x[None], key_padding_mask=padded, attn_mask=causal)
    found = (x, q, k, v, scores, scaled, dark, masked, weights, out, merged, answer)
    gaps = ((out - fused).abs().max(), (answer - theirs[0]).abs().max())
    kept: list[Any] = [part.numpy() for part in found]
    return Steps(*kept, *(float(gap) for gap in gaps))


def entropy(weights: np.ndarray) -> np.ndarray:
    """How widely each row of weights is spread, in nats: 0 for one place, log n for all alike."""
    sure = np.where(weights > 0, weights, 1.0)
    return np.asarray(-(weights * np.log(sure)).sum(-1))


def spread(weights: np.ndarray) -> float:
    """How many tokens are looked at, so to say: e to the mean entropy."""
    return float(np.exp(entropy(weights).mean()))


@lru_cache(maxsize=16)
def spreads(scale: Scale, heads: int) -> tuple[float, ...]:
    """Mean entropy as a share of log n for heads of WIDTHS, entries of q and k being normal."""
    chance = torch.Generator().manual_seed(0)
    found = []
    for width in WIDTHS:
        q, k = torch.randn(2, DRAWS, TOKENS, width, generator=chance)
        weights = (q @ k.transpose(-2, -1) / divisor(scale, width, heads)).softmax(-1)
        found.append(float(entropy(weights.numpy()).mean()) / log(TOKENS))
    return tuple(found)


def code(setting: Setting) -> str:
    """The PyTorch of the steps, by hand and by torch's function."""
    by = {"head": f"{setting.head}", "width": f"{setting.width}", "none": ""}[setting.scale]
    masks = {
        "none": ("", "None"),
        "causal": (
            f"hidden = torch.ones({setting.tokens}, {setting.tokens}, dtype=torch.bool).triu(1)\n",
            "~hidden",
        ),
        "padding": (f"hidden = torch.arange({setting.tokens}) >= {setting.real}\n", "~hidden"),
    }
    mask, told = masks[setting.mask]
    scale = f" / sqrt({by})" if by else ""
    hide = 'scores = scores.masked_fill(hidden, float("-inf"))\n' if mask else ""
    return (
        f'q, k, v = rearrange(qkv(x), "n (three h d) -> three h n d", three=3, '
        f"h={setting.heads})\n"
        f"{mask}scores = q @ k.transpose(-2, -1){scale}\n{hide}"
        'out = rearrange(scores.softmax(-1) @ v, "h n d -> n (h d)")\n'
        "# the same; in its mask True means: look\n"
        f"F.scaled_dot_product_attention(q, k, v, attn_mask={told}{_same(setting.scale, by)})\n"
        "# with in_proj and out_proj; in its masks True means: hide\n"
        f"nn.MultiheadAttention({setting.width}, {setting.heads}, batch_first=True)"
    )


def _same(scale: Scale, by: str) -> str:
    """The scale as F.scaled_dot_product_attention takes it; √ of a head's width is its own."""
    return {"head": "", "width": f", scale={by or 1} ** -0.5", "none": ", scale=1.0"}[scale]


def asked() -> int:
    """Which of DIVISORS gives scores a deviation of 1 for 8 heads in a width of 512: measured."""
    chance = torch.Generator().manual_seed(0)
    q, k = torch.randn(2, 400, 64, generator=chance)
    deviation = float((q @ k.T).std())
    return min(range(len(DIVISORS)), key=lambda at: abs(log(deviation / DIVISORS[at])))
