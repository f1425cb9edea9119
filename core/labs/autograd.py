"""A formula forwards and backwards: every value, every gradient, on every edge, step by step."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from core.labs.expression import parse
from core.labs.formula import Expression
from core.labs.operations import OPERATIONS

USUAL = {"x": -2.0, "y": 5.0, "z": -4.0}
OTHERWISE = (1.5, -0.5, 2.0, 0.75, -1.0, 3.0)
LEAST, MOST = -6.0, 6.0  # of a value that is chosen
EXAMPLES = {
    "classic": "(x + y) * z",
    "twice": "x * x + x",
    "neuron": "sigmoid(w1 * x1 + w2 * x2 + b)",
    "gates": "max(x, y) * z",
    "softmax": "log(exp(a) + exp(b)) - a",
    "loss": "(w * x + b - t) ** 2",
    "vanishing": "tanh(tanh(tanh(tanh(x))))",
}
Edge = tuple[int, int]  # the step that takes, and which of its inputs


@dataclass(frozen=True)
class Trace:
    """A formula run both ways at a point.

    Attributes:
        values: of each node, by the forward pass.
        gradients: of the whole by each node; None where no name stands below.
        flows: what each edge carries back: the taker's gradient times the slope.
        slopes: the derivative of the taker by that input.
        worst: the largest difference between flows and gradients by hand and torch's.
    """

    values: tuple[float, ...]
    gradients: tuple[float | None, ...]
    flows: Mapping[Edge, float]
    slopes: Mapping[Edge, float]
    worst: float


def usual(names: tuple[str, ...]) -> dict[str, float]:
    """Values to begin with."""
    others = iter(OTHERWISE)
    return {name: USUAL[name] if name in USUAL else next(others) for name in names}


def run(formula: Expression, point: Mapping[str, float]) -> Trace:
    """Both passes by hand, in the order of the steps, and torch's beside them.

    Raises:
        KeyError: the point lacks one of the formula's names.
    """
    theirs = _torch(formula, point)
    values = tuple(theirs[0])
    slopes: dict[Edge, float] = {}
    for at in formula.steps:
        node = formula.nodes[at]
        given = [values[i] for i in node.inputs]
        for rank, slope in enumerate(OPERATIONS[node.kind].slopes(given, values[at])):
            if formula.free[node.inputs[rank]]:
                slopes[at, rank] = slope
    gradients: list[float | None] = [0.0 if free else None for free in formula.free]
    gradients[-1] = 1.0
    flows: dict[Edge, float] = {}
    for at in reversed(formula.steps):
        above = gradients[at]
        for rank, below in enumerate(formula.nodes[at].inputs):
            if above is None or (at, rank) not in slopes:
                continue
            flows[at, rank] = above * slopes[at, rank]
            gradients[below] = (gradients[below] or 0.0) + flows[at, rank]
    ours = [value for value in gradients if value is not None]
    mine = ours + [flows[edge] for edge in theirs[2]]
    torchs = theirs[1] + list(theirs[2].values())
    return Trace(values, tuple(gradients), flows, slopes, _apart(mine, torchs))


def _apart(mine: list[float], torchs: list[float]) -> float:
    """The largest difference; what is not finite on both sides in the same way counts as equal."""
    pairs = zip(mine, torchs, strict=True)
    alike = ((a, b) for a, b in pairs if not (a == b or (math.isnan(a) and math.isnan(b))))
    return max((abs(a - b) for a, b in alike), default=0.0)


def _torch(
    formula: Expression, point: Mapping[str, float]
) -> tuple[list[float], list[float], dict[Edge, float]]:
    """Values, gradients of the free nodes and of every edge, all by torch.autograd."""
    made: list[Tensor] = []
    edges: dict[Edge, Tensor] = {}
    for at, node in enumerate(formula.nodes):
        if node.leaf:
            number = point[node.label] if node.kind == "name" else node.number
            value = torch.tensor(number, dtype=torch.float64)
            made.append(value.requires_grad_(node.kind == "name"))
            continue
        given = []
        for rank, below in enumerate(node.inputs):
            # A view of the input for each edge, so that torch tells what this edge alone carries.
            taken = made[below].view(())
            if formula.free[below]:
                edges[at, rank] = taken
            given.append(taken)
        made.append(OPERATIONS[node.kind].run(*given))
    free = [value for value, is_free in zip(made, formula.free, strict=True) if is_free]
    asked = torch.autograd.grad(made[-1], [*free, *edges.values()], allow_unused=True)
    told = [0.0 if grad is None else grad.item() for grad in asked]
    values = [value.item() for value in made]
    return values, told[: len(free)], dict(zip(edges, told[len(free) :], strict=True))


def moments(formula: Expression) -> int:
    """How many steps there are: each operation forwards, the seed, each operation backwards."""
    return len(formula.steps) + 1 + sum(formula.free[at] for at in formula.steps)


def backwards(formula: Expression) -> tuple[int, ...]:
    """The operations in the order in which gradients pass them."""
    return tuple(at for at in reversed(formula.steps) if formula.free[at])


def code(formula: Expression, point: Mapping[str, float]) -> str:
    """The PyTorch that does the same."""
    tensors = [f"{n} = torch.tensor({point[n]!r}, requires_grad=True)" for n in formula.names]
    lines = [*tensors, f"f = {formula.code()}", "f.backward()"]
    return "\n".join([*lines, ", ".join(f"{name}.grad" for name in formula.names)])


ANSWERS = (3.0, 6.0, 7.0, 9.0)


def asked() -> int:
    """Which of ANSWERS is the slope of x * x + x at 3."""
    formula = parse(EXAMPLES["twice"])
    return ANSWERS.index(run(formula, {"x": 3.0}).gradients[0] or 0.0)
