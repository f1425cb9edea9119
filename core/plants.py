"""How each bug of the fault clinic gets into a net or a run: the one thing it replaces."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from core import batches
from models.layers import Attention
from models.vit import ViT

if TYPE_CHECKING:
    from core.training import Run


def _all(net: nn.Module, kind: type[nn.Module]) -> list[tuple[nn.Module, str, Any]]:
    """Every part of a kind: what holds it, under which name, and itself.

    Raises:
        ValueError: there is none, so that this net cannot have the fault.
    """
    found = [
        (holder, name, part)
        for holder in net.modules()
        for name, part in holder.named_children()
        if isinstance(part, kind)
    ]
    if not found:
        raise ValueError(f"this net has no {kind.__name__}, so it cannot have this fault")
    return found


# In the net -----------------------------------------------------------------------------------


def softmax_twice(net: nn.Module) -> None:
    """A softmax as the last layer, although the loss has one."""
    net.register_forward_hook(lambda _net, _given, logits: logits.softmax(1))


def dead_relu(net: nn.Module) -> None:
    """Every hidden unit begins far below zero."""
    _all(net, nn.ReLU)
    for _, _, layer in _all(net, nn.Linear)[:-1]:
        if layer.bias is None:
            raise ValueError("layers with batch norm have no bias to begin wrongly: switch it off")
        nn.init.constant_(layer.bias, -10.0)


def zeros(net: nn.Module) -> None:
    """All weights begin at zero."""
    for _, _, layer in _all(net, nn.Linear):
        nn.init.zeros_(layer.weight)


def share_kept(net: nn.Module) -> None:
    """The p of dropout taken for the share that stays."""
    for _, _, part in _all(net, nn.Dropout):
        part.p = 1 - part.p


def dropout_of_tokens(net: nn.Module) -> None:
    """The dropout of pictures on rows of numbers: torch drops every row whole or not at all."""
    _all(net, Attention)
    for holder, name, part in _all(net, nn.Dropout):
        setattr(holder, name, nn.Dropout2d(part.p))


class Mixed(nn.Module):
    """Flattens maps so that a row holds parts of many pictures. (b, c, h, w) -> (b, c·h·w)"""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(b, c, h, w) -> (b, c·h·w)"""
        return x.transpose(0, 1).reshape(len(x), -1)


def mixed(net: nn.Module) -> None:
    """The axis of pictures is not the first one when the maps are flattened."""
    head = getattr(net, "head", None)
    if not isinstance(head, nn.Sequential):
        raise ValueError("this net flattens no maps, so it cannot have this fault")
    head[0] = Mixed()


class Masked(nn.Module):
    """Softmax over the tokens that a mask leaves. (b, h, n, n) -> (b, h, n, n)"""

    def __init__(self, mask: Callable[[torch.Tensor], torch.Tensor]) -> None:
        super().__init__()
        self.mask = mask

    def forward(self, scores: torch.Tensor) -> torch.Tensor:
        """(b, h, n, n) -> (b, h, n, n)"""
        seen = self.mask(torch.ones_like(scores[0, 0])).bool()
        return scores.masked_fill(~seen, float("-inf")).softmax(-1)


def causal(net: nn.Module) -> None:
    """A language model's mask: the class token stands first and sees nobody."""
    for _, _, part in _all(net, Attention):
        part.attend = Masked(torch.tril)


class Scaled(nn.Module):
    """Softmax first, then the scale. (b, h, n, n) -> (b, h, n, n)"""

    def __init__(self, scale: float) -> None:
        super().__init__()
        self.scale = scale

    def forward(self, scores: torch.Tensor) -> torch.Tensor:
        """(b, h, n, n) -> (b, h, n, n)"""
        return scores.softmax(-1) * self.scale


def scaled_late(net: nn.Module) -> None:
    """The scale, of the whole width and not of a head's, comes after the softmax."""
    for _, _, part in _all(net, Attention):
        part.attend = Scaled(part.qkv.in_features**-0.5)
        part.scale = 1.0


def in_place(net: nn.Module) -> None:
    """The short cut of every block adds into the tensor that the norm still needs."""
    if not isinstance(net, ViT):
        raise ValueError("this net has no tokens with short cuts, so it cannot have this fault")
    for block in net.blocks:
        block.forward = _adding(block)


def _adding(block: Any) -> Callable[[torch.Tensor], torch.Tensor]:
    def forward(x: torch.Tensor) -> torch.Tensor:
        x += block.attention(block.norm1(x))
        x += block.mlp(block.norm2(x))
        return x

    return forward


# In the run -----------------------------------------------------------------------------------


def told(run: "Run") -> None:
    """What torch says when it stops becomes the run's own last sentence."""
    step = run.objective.step

    def heard(x: torch.Tensor, labels: torch.Tensor) -> dict[str, float]:
        try:
            return step(x, labels)
        except RuntimeError as problem:
            raise ValueError(f"RuntimeError: {str(problem).split('. Hint')[0]}") from problem

    run.objective.step = heard  # type: ignore[method-assign]


def piled_up(run: "Run") -> None:
    """Nobody clears the gradients."""
    run.model.zero_grad = lambda set_to_none=True: None  # type: ignore[method-assign]


def in_order(run: "Run") -> None:
    """Class after class, in every epoch."""
    labels = run.pictures.train_labels[run.train]
    run.order = lambda train, seed, epoch: train[torch.argsort(labels, stable=True)]


class Awake(nn.Module):
    """A net on which nobody calls eval(). Shapes as the net's own."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def eval(self) -> "Awake":
        """Forgotten."""
        return self

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(b, c, h, w) -> (b, k)"""
        return self.net(x)  # type: ignore[no-any-return]


def awake(run: "Run") -> None:
    """Judged with dropout at work."""
    run.objective.judged = Awake(run.judged)  # type: ignore[assignment]


def raw(run: "Run") -> None:
    """Pixels go in as they are in the file, 0 to 255."""
    channels = run.pictures.channels
    run.moments = [0.0] * channels, [1 / 255] * channels
    run.normalise = batches.Normalise(*run.moments, run.device)


def hundredfold(run: "Run") -> None:
    """A learning rate a hundred times too high."""
    schedule = run.rates.schedule
    run.rates.schedule = replace(
        schedule, factor=lambda done, config: 100 * schedule.factor(done, config)
    )


def leaked(run: "Run") -> None:
    """The training pictures begin where those for validation do."""
    run.train = torch.cat([run.validation, run.train])[: len(run.train)]


def next_class(run: "Run") -> None:
    """In training every label is one too high."""
    run.shown = (run.shown + 1) % len(run.pictures.classes)


def out_of_step(run: "Run") -> None:
    """Pictures are shuffled and labels are not."""
    chance = torch.Generator().manual_seed(run.config.seed)
    run.shown = run.shown[torch.randperm(len(run.shown), generator=chance)]


def decayed(run: "Run") -> None:
    """A weight decay that leaves the weights no time to grow."""
    for group in run.rates.groups:
        group["weight_decay"] = 0.5


def miscounted(run: "Run") -> None:
    """Logits compared to labels, where classes were meant."""

    def hits(logits: torch.Tensor, labels: torch.Tensor) -> int:
        return int((logits == labels.unsqueeze(1)).sum())

    run.objective.hits = hits  # type: ignore[union-attr]
