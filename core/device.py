"""Where the arithmetic runs, and in which number format."""

import os
from contextlib import AbstractContextManager, nullcontext

import torch

from core.config import RunConfig
from models import MODELS


def device() -> torch.device:
    """A CUDA card if there is one, else the processor; PLAYGROUND_DEVICE overrides.

    Raises:
        ValueError: PLAYGROUND_DEVICE names something that is not here.
    """
    wanted = os.environ.get("PLAYGROUND_DEVICE", "")
    if wanted not in ("", "cpu", "cuda"):
        raise ValueError(f"PLAYGROUND_DEVICE {wanted!r} is unknown: use cpu or cuda")
    found = torch.cuda.is_available()
    if wanted == "cuda" and not found:
        raise ValueError("PLAYGROUND_DEVICE is cuda, but no CUDA card is at hand: use cpu")
    return torch.device("cuda" if found and wanted != "cpu" else "cpu")


def fast_bfloat16(where: torch.device) -> bool:
    """True where bfloat16 products are done in hardware."""
    if where.type == "cuda":
        return torch.cuda.is_bf16_supported()
    found = torch.cpu.get_capabilities()
    return bool(found.get("avx512_bf16") or found.get("amx_bf16"))


def bfloat16(config: RunConfig, where: torch.device) -> bool:
    """Whether this run computes in bfloat16 (weights stay float32)."""
    if config.precision == "auto":
        return MODELS[config.model.name].bfloat16 and fast_bfloat16(where)
    return config.precision == "bf16"


def autocast(on: bool, where: torch.device) -> AbstractContextManager[object]:
    """bfloat16 autocast, or nothing."""
    return torch.autocast(where.type, dtype=torch.bfloat16) if on else nullcontext()
