"""NumPy and PyTorch side by side: the same thing said in both, and both run."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

MOST = 5  # rows and columns


@dataclass(frozen=True)
class Pair:
    """One thing in both languages; in the code {r}, {c}, {n}, {s} stand for rows, columns, their
    product and the seed, {rows} for the rows written out.

    Attributes:
        numpy, torch: the code.
        array, tensor: the same as functions of rows, columns and seed.
        sign: the operator between two operands, "" where there are none.
    """

    numpy: str
    torch: str
    array: Callable[[int, int, int], Any]
    tensor: Callable[[int, int, int], Any]
    sign: str = ""


@dataclass(frozen=True)
class Both:
    """A pair run: results as tables, what they are, the operands, and the code.

    Attributes:
        tables: NumPy's and PyTorch's result, each at most two-dimensional.
        kinds: dtype and shape of each.
        operands: what an operator takes, () without one.
        codes: NumPy's and PyTorch's.
        equal: whether all numbers are equal.
    """

    tables: tuple[np.ndarray, np.ndarray]
    kinds: tuple[str, str]
    operands: tuple[np.ndarray, ...]
    codes: tuple[str, str]
    equal: bool


def _rows(r: int, c: int) -> list[list[float]]:
    return [[float(row * c + column) for column in range(c)] for row in range(r)]


def _a(r: int, c: int) -> np.ndarray:
    return np.arange(r * c).reshape(r, c)


def _t(r: int, c: int) -> Tensor:
    return torch.arange(r * c).reshape(r, c)


def _seeded(s: int) -> torch.Generator:
    return torch.Generator().manual_seed(s)


_A = "a = np.arange({n}).reshape({r}, {c})\n"
_T = "a = torch.arange({n}).reshape({r}, {c})\n"
_B = "b = a + 1\n"

PAIRS = {
    "create": Pair(
        "np.array({rows})",
        "torch.tensor({rows})",
        lambda r, c, s: np.array(_rows(r, c)),
        lambda r, c, s: torch.tensor(_rows(r, c)),
    ),
    "arange": Pair(
        "np.arange({n}).reshape({r}, {c})",
        "torch.arange({n}).reshape({r}, {c})",
        lambda r, c, s: _a(r, c),
        lambda r, c, s: _t(r, c),
    ),
    "zeros": Pair(
        "np.zeros(({r}, {c}))",
        "torch.zeros({r}, {c})",
        lambda r, c, s: np.zeros((r, c)),
        lambda r, c, s: torch.zeros(r, c),
    ),
    "ones": Pair(
        "np.ones(({r}, {c}))",
        "torch.ones({r}, {c})",
        lambda r, c, s: np.ones((r, c)),
        lambda r, c, s: torch.ones(r, c),
    ),
    "eye": Pair(
        "np.eye({r}, {c})",
        "torch.eye({r}, {c})",
        lambda r, c, s: np.eye(r, c),
        lambda r, c, s: torch.eye(r, c),
    ),
    "rand": Pair(
        "np.random.default_rng({s}).random(({r}, {c}))",
        "torch.rand({r}, {c}, generator=torch.Generator().manual_seed({s}))",
        lambda r, c, s: np.random.default_rng(s).random((r, c)),
        lambda r, c, s: torch.rand(r, c, generator=_seeded(s)),
    ),
    "randn": Pair(
        "np.random.default_rng({s}).standard_normal(({r}, {c}))",
        "torch.randn({r}, {c}, generator=torch.Generator().manual_seed({s}))",
        lambda r, c, s: np.random.default_rng(s).standard_normal((r, c)),
        lambda r, c, s: torch.randn(r, c, generator=_seeded(s)),
    ),
    "shape": Pair(
        _A + "a.shape + (a.ndim, a.size)",
        _T + "a.shape + (a.ndim, a.numel())",
        lambda r, c, s: (lambda a: np.array((*a.shape, a.ndim, a.size)))(_a(r, c)),
        lambda r, c, s: (lambda t: torch.tensor((*t.shape, t.ndim, t.numel())))(_t(r, c)),
    ),
    "times": Pair(
        _A + _B + "a * b",
        _T + _B + "a * b",
        lambda r, c, s: _a(r, c) * (_a(r, c) + 1),
        lambda r, c, s: _t(r, c) * (_t(r, c) + 1),
        "⊙",
    ),
    "matmul": Pair(
        _A + _B + "a @ b.T",
        _T + _B + "a @ b.T",
        lambda r, c, s: _a(r, c) @ (_a(r, c) + 1).T,
        lambda r, c, s: _t(r, c) @ (_t(r, c) + 1).T,
        "@",
    ),
    "sum": Pair(
        _A + "a.sum(axis=0)",
        _T + "a.sum(dim=0)",
        lambda r, c, s: _a(r, c).sum(axis=0),
        lambda r, c, s: _t(r, c).sum(dim=0),
    ),
    "cat": Pair(
        _A + _B + "np.concatenate([a, b], axis=0)",
        _T + _B + "torch.cat([a, b], dim=0)",
        lambda r, c, s: np.concatenate([_a(r, c), _a(r, c) + 1], axis=0),
        lambda r, c, s: torch.cat([_t(r, c), _t(r, c) + 1], dim=0),
    ),
}


def both(name: str, rows: int, columns: int, seed: int) -> Both:
    """Run one of PAIRS in both languages.

    Raises:
        KeyError: no pair has this name.
        ValueError: rows or columns are out of range.
    """
    if not (1 <= rows <= MOST and 1 <= columns <= MOST):
        raise ValueError(f"{rows} rows and {columns} columns do not fit: take 1 to {MOST} of each")
    pair = PAIRS[name]
    array, tensor = pair.array(rows, columns, seed), pair.tensor(rows, columns, seed)
    filled = {"r": rows, "c": columns, "n": rows * columns, "s": seed}
    codes = (
        pair.numpy.format(rows=_rows(rows, columns), **filled),
        pair.torch.format(rows=_rows(rows, columns), **filled),
    )
    kinds = (f"{array.dtype} {array.shape}", f"{tensor.dtype} {tuple(tensor.shape)}")
    second = _a(rows, columns) + 1
    operands = (_a(rows, columns), second.T if pair.sign == "@" else second) if pair.sign else ()
    tables = (np.atleast_2d(array), np.atleast_2d(tensor.numpy()))
    return Both(tables, kinds, operands, codes, bool(np.array_equal(*tables)))
