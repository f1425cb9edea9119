"""What an expression may be made of: arithmetic and named functions, with their derivatives."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

Numbers = Sequence[float]


@dataclass(frozen=True)
class Operation:
    """One kind of node: what it is called, what torch calls it, and how it passes slopes on.

    Attributes:
        symbol: what stands in the node.
        run: torch's own function.
        slopes: its derivative by each input, from the inputs and the value: arithmetic by hand,
            which must agree with torch's.
        rules: the same in LaTeX, by the inputs a, b and the value v.
        code: how PyTorch is written, with {0}, {1} for the inputs.
        latex: how it is written by hand.
        binds: how strongly: what binds less is put in brackets inside it. 9 is a function.
    """

    symbol: str
    run: Callable[..., Tensor]
    slopes: Callable[[Numbers, float], tuple[float, ...]]
    rules: tuple[str, ...]
    code: str
    latex: str
    binds: int = 9

    @property
    def arity(self) -> int:
        """How many inputs it takes."""
        return len(self.rules)


def _over(above: float, below: float) -> float:
    """A division as IEEE has it: by zero it is infinite or not a number."""
    if below:
        return above / below
    return math.copysign(math.inf, above * math.copysign(1.0, below)) if above else math.nan


def _power(base: float, exponent: float) -> float:
    """A power as IEEE has it, without exceptions."""
    return torch.tensor(base, dtype=torch.float64).pow(exponent).item()


def _raised(given: Numbers, _value: float) -> tuple[float, ...]:
    base, exponent = given
    slope = exponent * _power(base, exponent - 1) if exponent else 0.0
    return slope, math.nan  # nobody asks an exponent for its slope: it is a number


def _wins(given: Numbers, sign: int) -> tuple[float, ...]:
    """All of the slope goes to the winner; a draw shares it, as torch does."""
    a, b = (sign * value for value in given)
    return (0.5, 0.5) if a == b else (float(a > b), float(b > a))


ARITHMETIC = {
    "add": Operation(
        "+", torch.add, lambda g, v: (1.0, 1.0), ("1", "1"), "{0} + {1}", "{0} + {1}", 1
    ),
    "sub": Operation(
        "−", torch.sub, lambda g, v: (1.0, -1.0), ("1", "-1"), "{0} - {1}", "{0} - {1}", 1
    ),
    "mul": Operation(
        "×", torch.mul, lambda g, v: (g[1], g[0]), ("b", "a"), "{0} * {1}", r"{0} \cdot {1}", 2
    ),
    "div": Operation(
        "÷",
        torch.div,
        lambda g, v: (_over(1.0, g[1]), -_over(_over(g[0], g[1]), g[1])),
        ("1/b", "-a/b^2"),
        "{0} / {1}",
        r"\frac{{{0}}}{{{1}}}",
        2,
    ),
    "neg": Operation("−", torch.neg, lambda g, v: (-1.0,), ("-1",), "-{0}", "-{0}", 3),
    "pow": Operation("xⁿ", torch.pow, _raised, (r"b\,a^{b-1}", ""), "{0} ** {1}", "{0}^{{{1}}}", 4),
}


def _named(
    name: str,
    run: Callable[..., Tensor],
    slope: Callable[[float, float], float],
    rule: str,
    latex: str = "",
) -> Operation:
    """A function of one input; slope from the input and the value."""
    return Operation(
        name,
        run,
        lambda given, value: (slope(given[0], value),),
        (rule,),
        f"torch.{name}({{0}})",
        latex or rf"\{name}\left({{0}}\right)",
    )


def _sine(a: float) -> float:
    return math.sin(a) if math.isfinite(a) else math.nan


def _cosine(a: float) -> float:
    return math.cos(a) if math.isfinite(a) else math.nan


FUNCTIONS = {
    "exp": _named("exp", torch.exp, lambda a, v: v, "v", "e^{{{0}}}"),
    "log": _named("log", torch.log, lambda a, v: _over(1.0, a), "1/a", r"\ln\left({0}\right)"),
    "sin": _named("sin", torch.sin, lambda a, v: _cosine(a), r"\cos a"),
    "cos": _named("cos", torch.cos, lambda a, v: -_sine(a), r"-\sin a"),
    "tanh": _named("tanh", torch.tanh, lambda a, v: 1 - v * v, "1 - v^2"),
    "sigmoid": _named(
        "sigmoid", torch.sigmoid, lambda a, v: v * (1 - v), "v(1 - v)", r"\sigma\left({0}\right)"
    ),
    "relu": _named(
        "relu",
        torch.relu,
        lambda a, v: float(a > 0),
        r"\mathbb{1}[a > 0]",
        r"\mathrm{{ReLU}}\left({0}\right)",
    ),
    "sqrt": _named(
        "sqrt", torch.sqrt, lambda a, v: _over(1.0, 2 * v), r"1/(2\,v)", r"\sqrt{{{0}}}"
    ),
    "abs": _named(
        "abs",
        torch.abs,
        lambda a, v: math.nan if math.isnan(a) else float(a > 0) - float(a < 0),
        r"\operatorname{sign} a",
        r"\left|{0}\right|",
    ),
    "max": Operation(
        "max",
        torch.maximum,
        lambda g, v: _wins(g, 1),
        (r"\mathbb{1}[a > b]", r"\mathbb{1}[b > a]"),
        "torch.maximum({0}, {1})",
        r"\max\left({0}, {1}\right)",
    ),
    "min": Operation(
        "min",
        torch.minimum,
        lambda g, v: _wins(g, -1),
        (r"\mathbb{1}[a < b]", r"\mathbb{1}[b < a]"),
        "torch.minimum({0}, {1})",
        r"\min\left({0}, {1}\right)",
    ),
}
OPERATIONS = ARITHMETIC | FUNCTIONS
