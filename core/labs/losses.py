"""Losses by hand, each step of them, and torch's own beside them."""

from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional as F

LOGITS = (3.2, 5.1, -1.7)  # the classic example, whose class 0 costs 2.0404
HIGHEST = 50.0  # of a logit
POINTS = 241


@dataclass(frozen=True)
class CrossEntropy:
    """Softmax cross-entropy, step by step; all (k) but the numbers.

    Attributes:
        powers: e to the logits; total: their sum; shares: the softmax.
        loss: -ln of the right class's share; torchs: nn.CrossEntropyLoss on the same logits.
        slope: its derivative by each logit by hand, p - y; apart: from torch's, at most.
        safe: the loss by the way that never overflows, log-sum-exp around the largest logit.
    """

    powers: np.ndarray
    total: float
    shares: np.ndarray
    loss: float
    torchs: float
    slope: np.ndarray
    apart: float
    safe: float


def cross_entropy(logits: tuple[float, ...], target: int) -> CrossEntropy:
    """Raises ValueError: the target is no class."""
    if not 0 <= target < len(logits):
        raise ValueError(f"there is no class {target} among {len(logits)} logits")
    given = np.array(logits, dtype=np.float64)
    powers = np.exp(given)
    total = float(powers.sum())
    shares = powers / total
    slope = shares - np.eye(len(given))[target]
    asked = torch.tensor(given, requires_grad=True)
    torchs = F.cross_entropy(asked[None], torch.tensor([target]))
    (theirs,) = torch.autograd.grad(torchs, asked)
    top = float(given.max())
    safe = top + float(np.log(np.exp(given - top).sum())) - float(given[target])
    apart = float(np.abs(theirs.numpy() - slope).max())
    loss = float(-np.log(shares[target]))
    return CrossEntropy(powers, total, shares, loss, torchs.item(), slope, apart, safe)


REGRESSION = ("mse", "l1", "huber")


def regression(name: str, error: np.ndarray, delta: float) -> tuple[np.ndarray, np.ndarray]:
    """A loss and its derivative over the error. error (n) -> two (n).

    Raises:
        ValueError: no loss has this name.
    """
    given = torch.tensor(error, dtype=torch.float64, requires_grad=True)
    nothing = torch.zeros_like(given)
    if name == "mse":
        made = F.mse_loss(given, nothing, reduction="none")
    elif name == "l1":
        made = F.l1_loss(given, nothing, reduction="none")
    elif name == "huber":
        made = F.huber_loss(given, nothing, reduction="none", delta=delta)
    else:
        raise ValueError(f"there is no loss {name!r}: take one of {', '.join(REGRESSION)}")
    (slope,) = torch.autograd.grad(made.sum(), given)
    return made.detach().numpy(), slope.numpy()


def by_hand(name: str, error: float, delta: float) -> float:
    """The same by its formula."""
    size = abs(error)
    if name == "mse":
        return error * error
    if name == "l1":
        return size
    return 0.5 * error * error if size <= delta else delta * (size - 0.5 * delta)


def binary(logit: np.ndarray, target: float) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """For one yes-or-no output: cross-entropy and squared error of σ(z), with slopes by z.

    logit (n) -> "bce" and "squared", two (n) each.
    """
    given = torch.tensor(logit, dtype=torch.float64, requires_grad=True)
    wanted = torch.full_like(given, target)
    made = {
        "bce": F.binary_cross_entropy_with_logits(given, wanted, reduction="none"),
        "squared": F.mse_loss(given.sigmoid(), wanted, reduction="none"),
    }
    return {
        name: (value.detach().numpy(), torch.autograd.grad(value.sum(), given)[0].numpy())
        for name, value in made.items()
    }


def best_constant(values: tuple[float, ...], name: str, delta: float) -> float:
    """The one number that costs least as the prediction for all values.

    Found by halving: the slope of the whole cost only rises, and is nought at the best place.
    """
    low, high = min(values), max(values)
    for _ in range(60):
        middle = (low + high) / 2
        slope = regression(name, middle - np.array(values), delta)[1].sum()
        low, high = (low, middle) if slope > 0 else (middle, high)
    return (low + high) / 2
