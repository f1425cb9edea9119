"""Making layers: Linear, LazyLinear and Identity; and how `apply` draws the first weights."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import nn

from models.layers import INITS, initialise

LAYERS = ("linear", "lazy", "identity")
CHOICES = ("torch", *INITS)  # torch: as the layers draw by themselves
WIDTH = 64
DEEPEST = 20
INPUTS = 256


@dataclass(frozen=True)
class Made:
    """A layer before and after its first batch; where it could not take it, problem says why.

    before, after: its parameters' shapes in words; given, out: shapes; same: whether what comes
    out is the very tensor that went in.
    """

    before: str
    after: str
    given: tuple[int, ...]
    out: tuple[int, ...]
    parameters: int
    same: bool
    problem: str


def made(kind: str, width: int, expected: int, outputs: int) -> Made:
    """Give a batch of 4 × width to a layer; a Linear was made for `expected` numbers."""
    layers: dict[str, Callable[[], nn.Module]] = {
        "linear": lambda: nn.Linear(expected, outputs),
        "lazy": lambda: nn.LazyLinear(outputs),
        "identity": nn.Identity,
    }
    with torch.inference_mode(False), torch.no_grad():
        layer = layers[kind]()
        before, x = _shapes(layer), torch.ones(4, width)
        try:
            y = layer(x)
        except RuntimeError as refusal:
            count = sum(p.numel() for p in layer.parameters())
            return Made(before, before, (4, width), (), count, False, str(refusal))
    count = sum(p.numel() for p in layer.parameters())
    return Made(before, _shapes(layer), (4, width), tuple(y.shape), count, y is x, "")


def _shapes(layer: nn.Module) -> str:
    """Names and shapes of the parameters, "?" while a layer does not know its own."""
    lazy = nn.parameter.UninitializedParameter
    told = (
        f"{name} {'?' if isinstance(values, lazy) else tuple(values.shape)}"
        for name, values in layer.named_parameters()
    )
    return ", ".join(told) or "–"


def making_code(kind: str, width: int, expected: int, outputs: int) -> str:
    """The PyTorch of it."""
    call = {
        "linear": f"nn.Linear({expected}, {outputs})",
        "lazy": f"nn.LazyLinear({outputs})",
        "identity": "nn.Identity()",
    }[kind]
    return f"layer = {call}\ny = layer(torch.ones(4, {width}))"


def stack(depth: int) -> nn.Sequential:
    """Linear layers with ReLU between them."""
    inside: list[nn.Module] = []
    for _ in range(depth):
        inside += [nn.Linear(WIDTH, WIDTH), nn.ReLU()]
    return nn.Sequential(*inside)


def visits(depth: int) -> list[str]:
    """The modules in the order in which `apply` visits them: children before parents."""
    net = stack(depth)
    names = {module: name for name, module in net.named_modules()}
    found: list[str] = []
    net.apply(lambda module: found.append(f"{names[module] or 'net'}: {type(module).__name__}"))
    return found


@lru_cache(maxsize=128)
def signal(init: str, depth: int) -> tuple[float, ...]:
    """The root mean square of what every layer hands on, the input (about 1) first."""
    with torch.inference_mode(False), torch.no_grad(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        net = stack(depth)
        if init != "torch":
            net.apply(initialise(init))
        x = torch.randn(INPUTS, WIDTH)
        found = [float(x.pow(2).mean().sqrt())]
        for layer in net:
            x = layer(x)
            if isinstance(layer, nn.ReLU):
                found.append(float(x.pow(2).mean().sqrt()))
    return tuple(found)


def init_code(init: str) -> str:
    """The function given to `apply`."""
    draws = {
        "he": 'nn.init.kaiming_normal_(module.weight, nonlinearity="relu")',
        "xavier": "nn.init.xavier_uniform_(module.weight)",
        "normal": "nn.init.normal_(module.weight, std=0.02)",
        "zeros": "nn.init.zeros_(module.weight)",
    }
    if init == "torch":
        return "net = nn.Sequential(...)  # nn.Linear draws its weights itself: U(−1/√n, 1/√n)"
    return (
        "def start(module):\n"
        "    if isinstance(module, nn.Linear):\n"
        f"        {draws[init]}\n"
        "        nn.init.zeros_(module.bias)\n\n"
        "net.apply(start)  # children first, the net itself last"
    )
