"""The first exercise: one noisy curve, three equal nets, three of torch's optimisers at once."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

POINTS = 48
STEPS = 120
GRID = 121
REACH = 3.0  # the curve is known from −3 to 3
MOMENTUM = 0.9
LOST = 1e4  # a mean squared error above this is no longer learning
OPTIMISERS: Mapping[str, str] = {
    "SGD": "torch.optim.SGD(model.parameters(), lr={lr:g})",
    "SGD + momentum": "torch.optim.SGD(model.parameters(), lr={lr:g}, momentum=0.9)",
    "Adam": "torch.optim.Adam(model.parameters(), lr={lr:g})",
}


@dataclass(frozen=True)
class Race:
    """Three nets on their way, one for each optimiser.

    x, y (points): what was measured; losses (optimisers, steps + 1): mean squared error before
    each step and after the last, nan once a net is lost; weights (optimisers, steps + 1,
    parameters) float32.
    """

    x: np.ndarray
    y: np.ndarray
    losses: np.ndarray
    weights: np.ndarray

    def drawn(self, which: int, step: int) -> np.ndarray:
        """What a net says over the whole reach at a step; nan where that has no bounds. (GRID)"""
        found = said(torch.from_numpy(self.weights[which, step])[None], torch.from_numpy(grid()))
        return np.where(found[0].abs() <= LOST, found[0], np.nan)

    def lost(self, which: int) -> int | None:
        """The step at which a net's loss left all bounds, None for one that stayed."""
        gone = np.flatnonzero(np.isnan(self.losses[which]))
        return int(gone[0]) if len(gone) else None

    def arrived(self, which: int, goal: float) -> int | None:
        """The first step with a loss of at most the goal."""
        there = np.flatnonzero(self.losses[which] <= goal)
        return int(there[0]) if len(there) else None


def grid() -> np.ndarray:
    """Places at which a net's curve is drawn. (GRID) float32"""
    return np.linspace(-REACH, REACH, GRID, dtype=np.float32)


def truth(x: np.ndarray) -> np.ndarray:
    """The curve behind the noise."""
    return np.asarray(np.sin(2 * x) * 0.8 + 0.3 * x)


def measured(noise: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Points of the curve with Gaussian noise of that deviation. (POINTS), (POINTS) float32"""
    chance = np.random.default_rng(seed)
    x = np.sort(chance.uniform(-REACH, REACH, POINTS))
    y = truth(x) + noise * chance.standard_normal(POINTS)
    return x.astype(np.float32), y.astype(np.float32)


def small(width: int) -> nn.Sequential:
    """The net: one hidden layer. (n, 1) -> (n, 1)"""
    return nn.Sequential(nn.Linear(1, width), nn.Tanh(), nn.Linear(width, 1))


def said(weights: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """What several such nets say at once, each given as its row of numbers. (o, 3w + 1), (n)

    The numbers lie as `parameters_to_vector` has them. -> (o, n)
    """
    width = (weights.shape[1] - 1) // 3
    across, shift, up, level = weights.split([width, width, width, 1], 1)
    hidden = torch.tanh(x[None, :, None] * across[:, None] + shift[:, None])
    return (hidden @ up[..., None])[..., 0] + level


def made(name: str, weights: torch.Tensor, lr: float) -> torch.optim.Optimizer:
    """Torch's own optimiser of that name.

    Raises:
        ValueError: it does not take part.
    """
    match name:
        case "SGD":
            return torch.optim.SGD([weights], lr=lr, fused=True)
        case "SGD + momentum":
            return torch.optim.SGD([weights], lr=lr, momentum=MOMENTUM, fused=True)
        case "Adam":
            return torch.optim.Adam([weights], lr=lr, fused=True)
    raise ValueError(f"optimiser {name!r} does not take part: choose of {', '.join(OPTIMISERS)}")


def start(width: int, seed: int = 0) -> torch.Tensor:
    """The weights with which all three nets begin, U(−1/√inputs, 1/√inputs). (3 · width + 1)"""
    drawn = 2 * torch.rand(3 * width + 1, generator=torch.Generator().manual_seed(seed + 1000)) - 1
    drawn[2 * width :] *= width**-0.5
    return drawn


def race(lr: float, noise: float, width: int, seed: int = 0, steps: int = STEPS) -> Race:
    """Let the three learn the same points from the same weights, all points in every step.

    They go through one sum for speed; no weight of one meets a weight of another, so each has
    the gradients that it would have alone.

    Raises:
        ValueError: a rate, width or noise that cannot be.
    """
    if not (lr > 0 and noise >= 0 and width >= 1):
        raise ValueError(
            f"lr {lr}, noise {noise}, width {width}: give lr > 0, noise ≥ 0, width ≥ 1"
        )
    x, y = measured(noise, seed)
    given, wanted = torch.from_numpy(x), torch.from_numpy(y).expand(len(OPTIMISERS), -1)
    nets = [start(width, seed).requires_grad_() for _ in OPTIMISERS]
    optimizers = [made(name, net, lr) for name, net in zip(OPTIMISERS, nets, strict=True)]
    losses = torch.empty(steps + 1, len(nets))
    weights = torch.empty(steps + 1, len(nets), 3 * width + 1)
    for step in range(steps + 1):
        together = torch.stack(nets)
        each = F.mse_loss(said(together, given), wanted, reduction="none").mean(1)
        weights[step], losses[step] = together.detach(), each.detach()
        if step < steps:
            each.sum().backward()
            for optimizer in optimizers:
                optimizer.step()
                optimizer.zero_grad()
    known = losses.T.numpy().astype(np.float64)
    gone = np.logical_or.accumulate(~(known <= LOST), axis=1)
    known[gone] = np.nan
    return Race(x, y, known, weights.transpose(0, 1).numpy())


def code(name: str, lr: float, width: int, step: int) -> str:
    """The PyTorch of one of the three."""
    line = OPTIMISERS[name].format(lr=lr)
    return f"""model = nn.Sequential(nn.Linear(1, {width}), nn.Tanh(), nn.Linear({width}, 1))
optimizer = {line}
for step in range({step}):
    optimizer.zero_grad()
    loss = F.mse_loss(model(x), y)
    loss.backward()
    optimizer.step()"""


def fastest(lr: float = 0.02, noise: float = 0.2, width: int = 32) -> int:
    """Which of the three has the lowest loss after the last step."""
    return int(np.nanargmin(race(lr, noise, width).losses[:, -1]))
