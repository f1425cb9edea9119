"""Parameter, buffer or plain attribute: what becomes of each, found out on a real module."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

KINDS = ("parameter", "frozen", "buffer", "passing", "attribute")
TARGETS = ("meta", "float64", "bfloat16")
CODE = {
    "parameter": "self.weight = nn.Parameter(torch.ones(3))",
    "frozen": "self.scale = nn.Parameter(torch.ones(3), requires_grad=False)",
    "buffer": 'self.register_buffer("mean", torch.zeros(3))',
    "passing": 'self.register_buffer("cache", torch.zeros(3), persistent=False)',
    "attribute": "self.offset = torch.zeros(3)  # a plain tensor",
}
NAMES = dict(zip(KINDS, ("weight", "scale", "mean", "cache", "offset"), strict=True))
FACTS = ("listed", "gradient", "learned", "saved", "moved")


class Keeper(nn.Module):
    """Keeps a tensor in every way there is. (b, 3) -> (b, 3)"""

    if TYPE_CHECKING:
        mean: Tensor
        cache: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(3))
        self.scale = nn.Parameter(torch.ones(3), requires_grad=False)
        self.register_buffer("mean", torch.zeros(3))
        self.register_buffer("cache", torch.zeros(3), persistent=False)
        self.offset = torch.zeros(3)

    def forward(self, x: Tensor) -> Tensor:
        """(b, 3) -> (b, 3)"""
        return (x - self.mean + self.cache) * self.weight * self.scale + self.offset


@dataclass(frozen=True)
class Fate:
    """What becomes of one tensor of a module.

    listed in parameters(); gradient after backward(); learned: changed by a step; saved in the
    state_dict; moved by .to(); after: its dtype and device then.
    """

    kind: str
    listed: bool
    gradient: bool
    learned: bool
    saved: bool
    moved: bool
    after: str


def fates(target: str) -> tuple[Fate, ...]:
    """A forward and a backward pass, a step, a state dict and a move, looked at for every kind."""
    with torch.inference_mode(False), torch.enable_grad():
        keeper = Keeper()
        before = {name: getattr(keeper, name).detach().clone() for name in NAMES.values()}
        optimiser = torch.optim.SGD(keeper.parameters(), 0.1)
        x = torch.arange(6, dtype=torch.float32).reshape(2, 3)
        keeper(x).pow(2).mean().backward()
        optimiser.step()
        stepped = {name: getattr(keeper, name).detach().clone() for name in NAMES.values()}
        grads = {name: getattr(keeper, name).grad is not None for name in NAMES.values()}
    listed, saved = dict(keeper.named_parameters()), keeper.state_dict()
    keeper.to("meta" if target == "meta" else getattr(torch, target))
    return tuple(
        Fate(
            kind,
            name in listed,
            grads[name],
            not torch.equal(before[name], stepped[name]),
            name in saved,
            _place(getattr(keeper, name)) != _place(before[name]),
            _place(getattr(keeper, name)),
        )
        for kind, name in NAMES.items()
    )


def _place(values: Tensor) -> str:
    return f"{str(values.dtype).removeprefix('torch.')} · {values.device}"


def code(target: str) -> str:
    """The class, and what is done with it."""
    inside = "\n".join(f"        {CODE[kind]}" for kind in KINDS)
    to = '"meta"' if target == "meta" else f"torch.{target}"
    return (
        "class Keeper(nn.Module):\n"
        "    def __init__(self):\n"
        "        super().__init__()\n"
        f"{inside}\n\n"
        "keeper(x).pow(2).mean().backward()\n"
        "torch.optim.SGD(keeper.parameters(), lr=0.1).step()\n"
        "keeper.state_dict().keys()\n"
        f"keeper.to({to})"
    )
