"""Which heads matter: how much a class loses when one is muted."""

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn

from core import probe
from core.operating import operate
from core.parts import Parts
from core.surgery import NONE, Surgery

if TYPE_CHECKING:
    from core.inference import Predictor


def importance(
    net: "Predictor", packed: np.ndarray, index: int, surgery: Surgery = NONE
) -> np.ndarray:
    """A class's logit less what it is when a head is muted, for every head. -> (layers, heads)

    Positive: the head speaks for the class. All heads of a layer are muted in one batch, which
    starts from what the layer was given, since nothing changes before it.

    Raises:
        ValueError: no ViT, no such class, or a picture of another shape.
    """
    probe.check_class(net, index)
    x = probe.given(net, packed)
    with probe.at_rest(net) as model, operate(model, surgery) as parts:
        began: list[torch.Tensor] = []
        hooks = [s.whole.register_forward_pre_hook(partial(_keep, began)) for s in parts.stages]
        try:
            whole = model(x)[0, index]
        finally:
            for hook in hooks:
                hook.remove()
        lost = [whole - _without_each(parts, at, began[at])[:, index] for at in range(len(began))]
    return np.asarray(torch.stack(lost).cpu().numpy())


def _keep(began: list[torch.Tensor], module: nn.Module, given: Any) -> None:
    began.append(given[0])


def _without_each(parts: Parts, layer: int, tokens: torch.Tensor) -> torch.Tensor:
    """Logits with each of a layer's heads muted in turn. (1, n, d) -> (heads, k)"""
    attention = parts.stages[layer].attention

    def mute(module: nn.Module, given: Any) -> Any:
        answers = given[0].unflatten(-1, (attention.heads, -1)).clone()
        every = torch.arange(attention.heads)
        answers[every, :, every] = 0
        return answers.flatten(-2)

    hook = attention.project.register_forward_pre_hook(mute)
    try:
        tokens = tokens.repeat(attention.heads, 1, 1)
        for stage in parts.stages[layer:]:
            tokens = stage.whole(tokens)
        return parts.read(tokens)
    finally:
        hook.remove()


def estimated(
    net: "Predictor", packed: np.ndarray, index: int, surgery: Surgery = NONE
) -> np.ndarray:
    """`importance` to first order, by one backward pass for all heads. -> (layers, heads)

    Σ answer ⊙ ∂y/∂answer over a head's tokens. Michel, Levy & Neubig 2019, arXiv 1905.10650, with
    the sign kept. Exact where the logit is linear in what the head says.

    Raises:
        ValueError: no ViT, no such class, or a picture of another shape.
    """
    probe.check_class(net, index)
    x = probe.given(net, packed).requires_grad_()
    with probe.at_rest(net, gradients=True) as model, operate(model, surgery) as parts:
        said: list[torch.Tensor] = []
        places = [stage.attention.project for stage in parts.stages]
        hooks = [place.register_forward_pre_hook(partial(_keep, said)) for place in places]
        try:
            score = model(x)[0, index]
        finally:
            for hook in hooks:
                hook.remove()
        slopes = torch.autograd.grad(score, said)
        heads = parts.stages[0].attention.heads
    pairs = zip(said, slopes, strict=True)
    parts_ = [(a.detach() * g).sum((0, 1)).unflatten(0, (heads, -1)).sum(1) for a, g in pairs]
    return np.asarray(torch.stack(parts_).cpu().numpy())
