"""The LSTM: a picture read row by row, like a sentence."""

from typing import Literal

import torch
from einops import rearrange
from torch import nn

from models.knobs import Knobs, knob


class LSTMConfig(Knobs):
    """Settings of the LSTM."""

    name: Literal["lstm"] = "lstm"
    steps: Literal["rows", "columns"] = knob("rows", "What is read as one step.")
    width: int = knob(96, "Numbers that the memory holds.", ge=4, le=512, step=4, unit="units")
    depth: int = knob(1, "LSTMs on top of each other.", ge=1, le=4, unit="layers")
    bidirectional: bool = knob(True, "A second LSTM reads from the end to the start.")
    pooling: Literal["last", "mean"] = knob(
        "mean", "What the last layer reads: the end or all steps."
    )
    dropout: float = knob(
        0.1,
        "Share of features switched off between layers and before the last.",
        ge=0,
        le=0.9,
        step=0.05,
    )


class LSTM(nn.Module):
    """Rows as steps of a sequence, then a linear layer. (b, c, h, w) -> (b, k)

    Hochreiter & Schmidhuber 1997. Gates as torch's own `nn.LSTM` computes them.
    """

    def __init__(
        self,
        *,
        steps: str = "rows",
        width: int = 96,
        depth: int = 1,
        bidirectional: bool = True,
        pooling: str = "mean",
        dropout: float = 0.1,
        channels: int = 1,
        image: int = 28,
        classes: int = 10,
    ) -> None:
        super().__init__()
        self.steps = steps
        self.pooling = pooling
        self.lstm = nn.LSTM(
            channels * image,
            width,
            depth,
            batch_first=True,
            bidirectional=bidirectional,
            dropout=dropout if depth > 1 else 0.0,
        )
        for name, bias in self.lstm.named_parameters():
            if name.startswith("bias_ih"):
                # A forget gate that begins open: Gers et al. 2000, Learning to forget.
                nn.init.ones_(bias[width : 2 * width])
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(width * (2 if bidirectional else 1), classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(b, c, h, w) -> (b, k)"""
        if self.steps == "rows":
            x = rearrange(x, "b c h w -> b h (c w)")
        else:
            x = rearrange(x, "b c h w -> b w (c h)")
        outputs, (hidden, _) = self.lstm(x)
        if self.pooling == "mean":
            features = outputs.mean(1)
        else:
            # The last layer's final states: one per direction, each where it finished reading.
            directions = 2 if self.lstm.bidirectional else 1
            features = rearrange(hidden[-directions:], "s b d -> b (s d)")
        return self.head(self.dropout(features))
