"""Containers of layers: which of them show their layers to the optimiser, by one real step."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

CONTAINERS = ("sequential", "modulelist", "moduledict", "list", "dict")
ASKED = ("modulelist", "moduledict", "list", "sequential")  # to choose from in the question
NAMES = ("first", "second")
WIDTHS = (2, 4, 3)
STEPS = 60
POINTS = 32

CODE = {
    "sequential": "self.layers = nn.Sequential(first, second)",
    "modulelist": "self.layers = nn.ModuleList([first, second])",
    "moduledict": 'self.layers = nn.ModuleDict({"first": first, "second": second})',
    "list": "self.layers = [first, second]  # a plain list",
    "dict": 'self.layers = {"first": first, "second": second}  # a plain dict',
}


class Net(nn.Module):
    """Two layers in a container and a head. (b, 2) -> (b, 1)"""

    def __init__(self, kind: str) -> None:
        super().__init__()
        made = [nn.Linear(a, b) for a, b in zip(WIDTHS, WIDTHS[1:], strict=False)]
        named = dict(zip(NAMES, made, strict=True))
        containers: dict[str, Callable[[], Any]] = {
            "sequential": lambda: nn.Sequential(*made),
            "modulelist": lambda: nn.ModuleList(made),
            "moduledict": lambda: nn.ModuleDict(named),
            "list": lambda: made,
            "dict": lambda: named,
        }
        self.layers = containers[kind]()
        self.head = nn.Linear(WIDTHS[-1], 1)

    def held(self) -> Sequence[nn.Linear]:
        """The layers in the container, in order."""
        inside = self.layers
        if isinstance(inside, dict | nn.ModuleDict):
            return list(inside.values())
        return list(inside)

    def forward(self, x: Tensor) -> Tensor:
        """(b, 2) -> (b, 1)"""
        for layer in self.held():
            x = layer(x).tanh()
        return self.head(x)


@dataclass(frozen=True, eq=False)
class Weight:
    """A weight (out, in) before and after a step; gradient: whether it got one."""

    name: str
    before: np.ndarray
    after: np.ndarray
    gradient: bool

    @property
    def learned(self) -> bool:
        """Whether the step changed it."""
        return bool((self.before != self.after).any())


@dataclass(frozen=True, eq=False)
class Stepped:
    """What one step did: numbers the optimiser has, numbers there are, names in the state dict."""

    weights: tuple[Weight, ...]
    seen: int
    all: int
    state: tuple[str, ...]


def _task() -> tuple[Tensor, Tensor]:
    """A bent surface to fit: (b, 2), (b, 1)."""
    x = torch.randn(POINTS, 2, generator=torch.Generator().manual_seed(1))
    return x, (x[:, :1] * x[:, 1:]).tanh()


def _net(kind: str) -> Net:
    """The same weights in every container."""
    net = Net(kind)
    chance = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for layer in (*net.held(), net.head):
            for values in layer.parameters():
                values.copy_(torch.randn(values.shape, generator=chance) / values.shape[-1] ** 0.5)
    return net


def stepped(kind: str, lr: float) -> Stepped:
    """One step of SGD with the optimiser that `net.parameters()` gives."""
    with torch.inference_mode(False), torch.enable_grad():
        net, (x, y) = _net(kind), _task()
        layers = dict(zip((*NAMES, "head"), (*net.held(), net.head), strict=True))
        before = {name: layer.weight.detach().clone() for name, layer in layers.items()}
        optimiser = torch.optim.SGD(net.parameters(), lr)
        F.mse_loss(net(x), y).backward()
        optimiser.step()
    weights = tuple(
        Weight(
            name,
            before[name].numpy(),
            layer.weight.detach().numpy(),
            layer.weight.grad is not None,
        )
        for name, layer in layers.items()
    )
    everything = sum(p.numel() for layer in layers.values() for p in layer.parameters())
    seen = sum(p.numel() for group in optimiser.param_groups for p in group["params"])
    return Stepped(weights, seen, everything, tuple(net.state_dict()))


@lru_cache(maxsize=64)
def losses(kind: str, lr: float) -> tuple[float, ...]:
    """The loss before each of STEPS steps, and at the end."""
    with torch.inference_mode(False), torch.enable_grad():
        net, (x, y) = _net(kind), _task()
        optimiser = torch.optim.SGD(net.parameters(), lr)
        found = []
        for _ in range(STEPS + 1):
            optimiser.zero_grad()
            loss = F.mse_loss(net(x), y)
            loss.backward()
            found.append(loss.item())
            optimiser.step()
    return tuple(found)


def asked() -> int:
    """Which of ASKED leaves layers without learning: a step is made with each."""
    return next(
        at
        for at, kind in enumerate(ASKED)
        if not all(weight.learned for weight in stepped(kind, 0.1).weights)
    )


def code(kind: str, lr: float) -> str:
    """The class and the step."""
    walk = "self.layers.values()" if kind in ("moduledict", "dict") else "self.layers"
    return (
        "class Net(nn.Module):\n"
        "    def __init__(self):\n"
        "        super().__init__()\n"
        f"        first, second = nn.Linear{WIDTHS[:2]}, nn.Linear{WIDTHS[1:]}\n"
        f"        {CODE[kind]}\n"
        f"        self.head = nn.Linear({WIDTHS[-1]}, 1)\n\n"
        "    def forward(self, x):\n"
        f"        for layer in {walk}:\n"
        "            x = layer(x).tanh()\n"
        "        return self.head(x)\n\n"
        f"torch.optim.SGD(net.parameters(), lr={lr:g}).step()"
    )
