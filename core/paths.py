"""Paths: torch's own optimisers walking over a landscape, and what their steps are made of."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

from core.landscapes import LANDSCAPES, Landscape, Place, grain
from core.optim import OPTIMIZERS, Optimizers
from models.knobs import Knobs

MOST_STEPS = 500
FAR = 40  # maps away from the middle: from there nobody comes back
NEAR = 0.05  # of the map's width: who is so close to a minimum has arrived
MOMENTUM = ("momentum_buffer", "exp_avg")
SECOND = ("exp_avg_sq", "square_avg", "sum", "exp_inf")
SQUARED = ("exp_avg_sq", "square_avg", "sum")


@dataclass(frozen=True)
class Path:
    """One optimiser's way: n steps, n + 1 places.

    places (n + 1, 2); values (n + 1); gradients (n, 2) with their noise, as the optimiser was
    given them; steps (n, 2). state is the optimiser's memory after each step under torch's own
    names, (n, 2) each. lost: it left the map for good, or its numbers were no longer finite.
    """

    name: str
    config: Knobs
    places: np.ndarray
    values: np.ndarray
    gradients: np.ndarray
    steps: np.ndarray
    state: Mapping[str, np.ndarray]
    lost: bool

    def __len__(self) -> int:
        return len(self.steps)

    @property
    def momentum(self) -> np.ndarray | None:
        """The running mean of gradients, or their running sum, after each step; None without."""
        return next((self.state[name] for name in MOMENTUM if name in self.state), None)

    @property
    def size(self) -> np.ndarray | None:
        """What the running size of the gradient is, in its own unit: √v, or the largest one."""
        for name in SECOND:
            if name in self.state:
                held = self.state[name]
                return np.sqrt(held) if name in SQUARED else held
        return None


def disturbance(surface: str, steps: int, noise: float, seed: int) -> np.ndarray:
    """What is added to the gradients of every contestant, step by step. -> (steps, 2)

    noise is a share of the map's typical slope.
    """
    if not noise:
        return np.zeros((steps, 2))
    chance = np.random.default_rng(seed).standard_normal((MOST_STEPS, 2))
    return chance[:steps] * noise * grain(surface)


def walk(
    name: str,
    config: Knobs,
    surface: str,
    start: Place | None = None,
    steps: int = 150,
    noise: float = 0.0,
    seed: int = 0,
) -> Path:
    """Let one optimiser of the menu walk downhill.

    Raises:
        ValueError: unknown optimiser or surface, or too many steps.
    """
    land = _checked(name, surface, steps)
    noises = disturbance(surface, steps, noise, seed)
    return _walk(name, config, land, land.inside(start or land.start), noises)


def _walk(name: str, config: Knobs, land: Landscape, start: Place, noises: np.ndarray) -> Path:
    place = np.array([start], dtype=np.float64)
    slope = np.zeros_like(place)
    # The parameter and its gradient are these arrays themselves: nothing is copied on the way.
    parameter = nn.Parameter(torch.from_numpy(place))
    parameter.grad = torch.from_numpy(slope)
    optimizers = OPTIMIZERS[name].build([parameter], config)
    places, gradients = [start], []
    memory: dict[str, list[Any]] = {}
    limit = FAR * (land.bounds[1] - land.bounds[0])
    lost = False
    for more, less in noises.tolist():
        x, y = places[-1]
        dx, dy = land.slope(x, y, math)
        slope[0] = dx + more, dy + less
        for optimizer in optimizers:
            optimizer.step()
        here = (place[0, 0].item(), place[0, 1].item())
        lost = not abs(here[0]) + abs(here[1]) < limit  # also where it is not a number
        if lost and not math.isfinite(here[0] + here[1]):
            break
        gradients.append((dx + more, dy + less))
        places.append(here)
        _remember(optimizers, memory)
        if lost:
            break
    return _path(name, config, land, places, gradients, memory, lost)


def _checked(name: str, surface: str, steps: int) -> Landscape:
    if name not in OPTIMIZERS:
        raise ValueError(f"optimiser {name[:40]!r} is unknown: choose of {', '.join(OPTIMIZERS)}")
    if surface not in LANDSCAPES:
        raise ValueError(f"surface {surface[:40]!r} is unknown: choose of {', '.join(LANDSCAPES)}")
    if not 1 <= steps <= MOST_STEPS:
        raise ValueError(f"{steps} steps are out of range: take 1 to {MOST_STEPS}")
    return LANDSCAPES[surface]


def _remember(optimizers: Optimizers, memory: dict[str, list[Any]]) -> None:
    """Take down what the optimisers hold for the parameter."""
    for optimizer in optimizers:
        for fields in optimizer.state.values():
            for key, value in fields.items():
                if isinstance(value, torch.Tensor) and value.ndim == 2:
                    memory.setdefault(key, []).append(value.tolist()[0])


def _path(
    name: str,
    config: Knobs,
    land: Landscape,
    places: Sequence[Place],
    gradients: Sequence[Place],
    memory: Mapping[str, Sequence[Any]],
    lost: bool,
) -> Path:
    way = np.array(places)
    with np.errstate(over="ignore", invalid="ignore"):
        values = np.asarray(land.value(way[:, 0], way[:, 1], np))
    pairs = np.array(gradients).reshape(-1, 2)
    kept = {key: np.array(values) for key, values in memory.items()}
    return Path(name, config, way, values, pairs, np.diff(way, axis=0), kept, lost)


def arrival(path: Path, land: Landscape) -> tuple[int, int] | None:
    """When a path came near one of the minima to stay, and which; None where it did not."""
    middle = land.minima[land.nearest(tuple(path.places[-1]))]
    far = np.hypot(*(path.places - middle).T) > NEAR * (land.bounds[1] - land.bounds[0])
    if path.lost or far[-1]:
        return None
    outside = np.flatnonzero(far)
    return (int(outside[-1]) + 1 if len(outside) else 0), land.minima.index(middle)


# What a step is made of -----------------------------------------------------------------------


def recipe(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """What each step was divided into, by the optimiser's formula from its own memory.

    -> push (n, 2) and root (n, 2): step = −η · push / root, besides AdamW's and Muon's decay.
    """
    own: Any = path.config
    g = path.gradients
    if own.weight_decay and path.name not in ("adamw", "muon"):
        g = g + own.weight_decay * path.places[:-1]
    one, name, t = np.ones_like(g), path.name, np.arange(1, len(g) + 1)[:, None]
    if name in ("momentum", "nesterov"):
        held = path.state.get("momentum_buffer", g)  # torch keeps none at momentum 0
        return (g + own.momentum * held if name == "nesterov" else held), one
    if name == "adagrad":
        return g, np.sqrt(path.state["sum"]) + 1e-10
    if name == "adadelta":
        before = np.vstack([np.zeros((1, 2)), path.state["acc_delta"][:-1]])
        return g * np.sqrt(before + 1e-6), np.sqrt(path.state["square_avg"] + 1e-6)
    if name == "rmsprop":
        root = np.sqrt(path.state["square_avg"]) + 1e-8
        return (path.state["momentum_buffer"], one) if own.momentum else (g, root)
    if name == "muon":
        return _orthogonal(g + own.momentum * (path.state["momentum_buffer"] - g)), one
    if name in ("adam", "adamw", "nadam", "radam", "adamax"):
        return _adam(path, g, t)
    return g, one


def _adam(path: Path, g: np.ndarray, t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Adam and its relatives: a mean without its bias over the root of a square without its own."""
    own: Any = path.config
    mean = path.state["exp_avg"] / (1 - own.beta1**t)
    if path.name == "adamax":
        return mean, path.state["exp_inf"]
    bias = 1 - own.beta2**t
    root = np.sqrt(path.state["exp_avg_sq"] / bias) + 1e-8
    if path.name == "nadam":
        mu = own.beta1 * (1 - 0.5 * 0.96 ** (np.arange(1, len(t) + 2)[:, None] * 0.004))
        product = np.cumprod(mu, axis=0)
        mean = mu[1:] * path.state["exp_avg"] / (1 - product[1:])
        mean = mean + (1 - mu[:-1]) * g / (1 - product[:-1])
    if path.name == "radam":
        most = 2 / (1 - own.beta2) - 1
        trust = most - 2 * t * own.beta2**t / bias
        sure = trust > 5
        safe = np.where(sure, trust, 6.0)
        part = (safe - 4) * (safe - 2) * most / ((most - 4) * (most - 2) * safe)
        root = np.where(sure, root / np.sqrt(np.abs(part)), 1.0)
    return mean, root


def _orthogonal(update: np.ndarray) -> np.ndarray:
    """Muon's five Newton–Schulz steps on 1×2 matrices: each has one singular value, its length."""
    length = np.linalg.norm(update, axis=1, keepdims=True)
    a, b, c = (3.4445, -4.7750, 2.0315)
    value = 1.0
    for _ in range(5):
        value = a * value + b * value**3 + c * value**5
    return update / np.maximum(length, 1e-7) * value


def rebuilt(path: Path) -> np.ndarray:
    """The steps once more, by the formula. -> (n, 2)"""
    own: Any = path.config
    push, root = recipe(path)
    made = -own.lr * push / root
    if path.name in ("adamw", "muon"):
        made = made - own.lr * own.weight_decay * path.places[:-1]
    return made
