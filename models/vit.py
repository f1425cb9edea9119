"""The Vision Transformer: a picture as a sentence of patches."""

import math
from typing import Literal

import torch
from torch import nn

from models.knobs import Knobs, knob
from models.layers import Attention, FeedForward, initialise
from models.patches import PatchEmbedding, check_patch


class ViTConfig(Knobs):
    """Settings of the ViT."""

    name: Literal["vit"] = "vit"
    patch: int = knob(
        4, "Side of the square patches that become tokens.", ge=1, le=32, unit="pixels"
    )
    width: int = knob(96, "Numbers that describe each token.", ge=8, le=1024, step=8, unit="units")
    depth: int = knob(4, "Encoder blocks, one after the other.", ge=1, le=24, unit="blocks")
    heads: int = knob(4, "Attention patterns in each block.", ge=1, le=16, unit="heads")
    ratio: float = knob(
        2.0,
        "Width of the MLP in each block, as a multiple of the width.",
        ge=1,
        le=8,
        step=0.5,
        unit="times",
    )
    pooling: Literal["cls", "mean"] = knob("mean", "What the last layer reads: one token or all.")
    positions: Literal["learned", "sinusoidal", "none"] = knob(
        "learned", "How a token knows where it lies."
    )
    dropout: float = knob(
        0.0, "Share of features switched off in each block.", ge=0, le=0.9, step=0.05
    )


def sinusoidal(count: int, width: int) -> torch.Tensor:
    """Fixed position codes, sines and cosines of falling frequency. -> (count, width)

    Vaswani et al. 2017, arXiv 1706.03762, section 3.5.
    """
    place = torch.arange(count).unsqueeze(1)
    rate = torch.exp(torch.arange(0, width, 2) * (-math.log(10_000.0) / width))
    codes = torch.zeros(count, width)
    codes[:, 0::2] = torch.sin(place * rate)
    codes[:, 1::2] = torch.cos(place * rate[: width // 2])
    return codes


class Block(nn.Module):
    """Pre-norm encoder block: attention, then an MLP, each beside a short cut. (b, n, d) -> same

    Dosovitskiy et al. 2020, arXiv 2010.11929, equations 2 and 3.
    """

    def __init__(self, width: int, heads: int, ratio: float, dropout: float) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width, eps=1e-6)
        self.attention = Attention(width, heads, dropout)
        self.norm2 = nn.LayerNorm(width, eps=1e-6)
        self.mlp = FeedForward(width, round(width * ratio), dropout)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(b, n, d) -> (b, n, d)"""
        x = x + self.attention(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class ViT(nn.Module):
    """Patches → tokens → encoder → classes. (b, c, h, w) -> (b, k)

    Dosovitskiy et al. 2020, arXiv 2010.11929. With image 224, patch 16, width 768, depth 12,
    heads 12, ratio 4 and the CLS head for 1,000 classes it is ViT-B/16.

    Raises:
        ValueError: the patches do not tile the picture, or the heads do not divide the width.
    """

    def __init__(
        self,
        *,
        patch: int = 4,
        width: int = 96,
        depth: int = 4,
        heads: int = 4,
        ratio: float = 4.0,
        pooling: str = "cls",
        positions: str = "learned",
        dropout: float = 0.0,
        channels: int = 3,
        image: int = 32,
        classes: int = 10,
    ) -> None:
        super().__init__()
        check_patch(image, patch)
        self.embed = PatchEmbedding(channels, width, patch)
        tokens = (image // patch) ** 2
        self.cls = None
        if pooling == "cls":
            self.cls = nn.Parameter(torch.zeros(width))
            tokens += 1
        if positions == "learned":
            self.positions = nn.Parameter(torch.randn(tokens, width) * 0.02)
        else:
            fixed = sinusoidal if positions == "sinusoidal" else torch.zeros
            # Not persistent: what can be computed need not be stored with the weights.
            self.register_buffer("positions", fixed(tokens, width), persistent=False)
        self.dropout = nn.Dropout(dropout)
        self.blocks = nn.ModuleList(Block(width, heads, ratio, dropout) for _ in range(depth))
        self.norm = nn.LayerNorm(width, eps=1e-6)
        self.head = nn.Linear(width, classes)
        self.apply(initialise("xavier"))

    def tokens(self, x: torch.Tensor) -> torch.Tensor:
        """Patches, the CLS token before them, and where they lie. (b, c, h, w) -> (b, n, d)"""
        x = self.embed(x)
        if self.cls is not None:
            x = torch.cat([self.cls.expand(len(x), 1, -1), x], dim=1)
        return self.dropout(x + self.positions)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(b, c, h, w) -> (b, k)"""
        x = self.tokens(x)
        for block in self.blocks:
            x = block(x)
        x = self.norm(x)
        return self.head(x.mean(1) if self.cls is None else x[:, 0])
