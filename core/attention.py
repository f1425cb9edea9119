"""Attention maps of a forward pass, watched by hooks; no logit changes and no hook stays."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn


def _ask(module: nn.Module, args: Any, kwargs: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Make an nn.MultiheadAttention hand out its weights, one map per head."""
    return args, {**kwargs, "need_weights": True, "average_attn_weights": False}


@contextmanager
def watch_attention(model: nn.Module) -> Iterator[list[torch.Tensor]]:
    """Collect the softmax of every attention layer that runs inside the `with`.

    The list grows by one map [b, heads, n, n] per layer and forward pass, in the order of
    computation; rows sum to 1. Maps are in the autograd graph when there is one.

    Watched are our own nets, by their softmax named `attend` (logits equal to the last bit), and
    nets built on nn.MultiheadAttention, such as torchvision's ViT: it calls attention with
    need_weights=False, so it is asked for them, which takes it off the fused kernel (logits
    equal to rounding).

    Raises:
        ValueError: the model has no attention to watch.
    """
    maps: list[torch.Tensor] = []

    def keep(module: nn.Module, args: Any, output: Any) -> None:
        maps.append(output[1] if isinstance(output, tuple) else output)

    own = [m for name, m in model.named_modules() if name.rpartition(".")[2] == "attend"]
    packed = [m for m in model.modules() if isinstance(m, nn.MultiheadAttention)]
    if not own and not packed:
        raise ValueError(
            f"{type(model).__name__} has no attention to watch: choose a net with attention, "
            "such as the ViT"
        )
    hooks = [module.register_forward_hook(keep) for module in (*own, *packed)]
    hooks += [module.register_forward_pre_hook(_ask, with_kwargs=True) for module in packed]
    try:
        yield maps
    finally:
        for hook in hooks:
            hook.remove()
