"""Activation functions with their derivatives, and why linear layers without them are one layer."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce

import numpy as np
import torch
from torch import Tensor, nn

REACH = 5.0  # how far the curves go to both sides
POINTS = 201
WIDTH = 3  # of a hidden layer in the stack
INPUTS = 2
MOST_LAYERS = 5


@dataclass(frozen=True)
class Activation:
    """One function: torch's module, its formula and its derivative in LaTeX, who proposed it."""

    label: str
    make: Callable[[], nn.Module]
    code: str
    formula: str
    slope: str
    paper: str = ""
    address: str = ""


ACTIVATIONS = {
    "relu": Activation(
        "ReLU",
        nn.ReLU,
        "nn.ReLU()",
        r"\max(0, x)",
        r"\mathbb{1}[x > 0]",
        "Nair, Hinton 2010, Rectified linear units improve restricted Boltzmann machines",
        "https://www.cs.toronto.edu/~hinton/absps/reluICML.pdf",
    ),
    "leaky": Activation(
        "Leaky ReLU",
        lambda: nn.LeakyReLU(0.1),
        "nn.LeakyReLU(0.1)",
        r"\max(0.1\,x, x)",
        r"1 \text{ if } x > 0 \text{ else } 0.1",
        "Maas, Hannun, Ng 2013, Rectifier nonlinearities improve neural network acoustic models",
        "https://ai.stanford.edu/~amaas/papers/relu_hybrid_icml2013_final.pdf",
    ),
    "elu": Activation(
        "ELU",
        nn.ELU,
        "nn.ELU()",
        r"x \text{ if } x > 0 \text{ else } e^x - 1",
        r"1 \text{ if } x > 0 \text{ else } e^x",
        "Clevert, Unterthiner, Hochreiter 2015, Exponential linear units",
        "https://arxiv.org/abs/1511.07289",
    ),
    "selu": Activation(
        "SELU",
        nn.SELU,
        "nn.SELU()",
        r"1.0507\,(x \text{ if } x > 0 \text{ else } 1.6733\,(e^x - 1))",
        r"1.0507\,(1 \text{ if } x > 0 \text{ else } 1.6733\,e^x)",
        "Klambauer et al. 2017, Self-normalizing neural networks",
        "https://arxiv.org/abs/1706.02515",
    ),
    "gelu": Activation(
        "GELU",
        nn.GELU,
        "nn.GELU()",
        r"x\,\Phi(x)",
        r"\Phi(x) + x\,\varphi(x)",
        "Hendrycks, Gimpel 2016, Gaussian error linear units",
        "https://arxiv.org/abs/1606.08415",
    ),
    "silu": Activation(
        "SiLU",
        nn.SiLU,
        "nn.SiLU()",
        r"x\,\sigma(x)",
        r"\sigma(x)\,(1 + x\,(1 - \sigma(x)))",
        "Ramachandran, Zoph, Le 2017, Searching for activation functions",
        "https://arxiv.org/abs/1710.05941",
    ),
    "mish": Activation(
        "Mish",
        nn.Mish,
        "nn.Mish()",
        r"x \tanh(\operatorname{softplus}(x))",
        r"\tanh s + x\,\sigma(x)\,(1 - \tanh^2 s),\; s = \ln(1 + e^x)",
        "Misra 2019, Mish: a self regularized non-monotonic activation function",
        "https://arxiv.org/abs/1908.08681",
    ),
    "softplus": Activation(
        "Softplus",
        nn.Softplus,
        "nn.Softplus()",
        r"\ln(1 + e^x)",
        r"\sigma(x)",
        "Dugas et al. 2000, Incorporating second-order functional knowledge",
    ),
    "sigmoid": Activation(
        "Sigmoid",
        nn.Sigmoid,
        "nn.Sigmoid()",
        r"\frac{1}{1 + e^{-x}}",
        r"f(x)\,(1 - f(x))",
    ),
    "tanh": Activation("Tanh", nn.Tanh, "nn.Tanh()", r"\tanh x", r"1 - \tanh^2 x"),
    "hardtanh": Activation(
        "Hardtanh",
        nn.Hardtanh,
        "nn.Hardtanh()",
        r"\min(1, \max(-1, x))",
        r"\mathbb{1}[-1 < x < 1]",
    ),
    "softsign": Activation(
        "Softsign",
        nn.Softsign,
        "nn.Softsign()",
        r"\frac{x}{1 + |x|}",
        r"\frac{1}{(1 + |x|)^2}",
    ),
}


def curve(name: str, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The function and, by autograd, its derivative. x (n) -> two (n)."""
    given = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    made = ACTIVATIONS[name].make()(given)
    (slope,) = torch.autograd.grad(made.sum(), given)
    return made.detach().numpy(), slope.numpy()


def across() -> np.ndarray:
    """The places at which the curves are drawn."""
    return np.linspace(-REACH, REACH, POINTS)


def share_left(name: str, x: float, depth: int) -> float:
    """What is left of a gradient after `depth` layers whose units all stand at x."""
    return float(curve(name, np.array([x]))[1][0] ** depth)


# Stacked linear layers ------------------------------------------------------------------------


@dataclass(frozen=True)
class Stack:
    """Linear layers in a row, and the one layer that does the same without activations.

    Attributes:
        weights: of each layer, (out, in); biases: (out).
        weight: their product (1, INPUTS); bias (1): the one layer.
        x: the first input, (n); y: what the stack makes of it, the second input being 0.
        straight: what the one layer makes of it.
        apart: the largest difference of the two over a cloud of 500 inputs.
    """

    weights: tuple[np.ndarray, ...]
    biases: tuple[np.ndarray, ...]
    weight: np.ndarray
    bias: np.ndarray
    x: np.ndarray
    y: np.ndarray
    straight: np.ndarray
    apart: float


def stack(layers: int, activation: str, seed: int) -> Stack:
    """Real layers INPUTS → WIDTH → … → 1; activation "" for none."""
    torch.manual_seed(seed)
    widths = [INPUTS, *[WIDTH] * (layers - 1), 1]
    linear = [
        nn.Linear(a, b, dtype=torch.float64) for a, b in zip(widths, widths[1:], strict=False)
    ]
    for layer in linear:
        nn.init.normal_(layer.weight)
        nn.init.normal_(layer.bias, std=0.5)
    between: list[nn.Module] = [ACTIVATIONS[activation].make()] if activation else []
    net = nn.Sequential(*(part for layer in linear for part in (layer, *between)))
    if activation:
        net = net[:-1]
    weight, bias = reduce(
        _joined, linear, (torch.eye(INPUTS, dtype=torch.float64), torch.zeros(()))
    )
    x = torch.linspace(-REACH, REACH, POINTS, dtype=torch.float64)
    row = torch.stack([x, torch.zeros_like(x)], 1)
    cloud = torch.randn(500, INPUTS, dtype=torch.float64)
    with torch.no_grad():
        y, straight = net(row)[:, 0], (row @ weight.T + bias)[:, 0]
        apart = (net(cloud) - (cloud @ weight.T + bias)).abs().max().item()
    numpy = [p.detach().numpy() for layer in linear for p in (layer.weight, layer.bias)]
    told = (weight.detach().numpy(), bias.detach().numpy(), x.numpy(), y.numpy(), straight.numpy())
    return Stack(tuple(numpy[::2]), tuple(numpy[1::2]), *told, apart)


def _joined(so_far: tuple[Tensor, Tensor], layer: nn.Linear) -> tuple[Tensor, Tensor]:
    """One layer more: W(Ax + a) + b = (WA)x + (Wa + b)."""
    weight, bias = so_far
    bias = bias.to(torch.float64).expand(weight.shape[0])
    return layer.weight @ weight, layer.weight @ bias + layer.bias


DEPTH = 10
OPTIONS = (0.25, 0.1, 1e-6, 0.0)


def asked() -> int:
    """Which of OPTIONS is nearest to the most that DEPTH sigmoids in a row let pass of a slope."""
    best = float(curve("sigmoid", across())[1].max()) ** DEPTH
    return min(range(len(OPTIONS)), key=lambda at: abs(OPTIONS[at] - best))
