"""A prior: the shape that all codes together are to take, drawn from, measured, cut into parts."""

import math
from abc import ABC, abstractmethod
from typing import Any

import numpy as np
import torch

from core.batches import Chance

Box = tuple[float, float, float, float]  # left, bottom, right, top


class Prior(ABC):
    """A density over codes of `code` numbers, cut into `parts` of equal mass.

    Samples are (n, d), parts run from 0. Subclasses say how one is drawn, and how likely it is.
    """

    box: Box = (-3.5, -3.5, 3.5, 3.5)

    def __init__(self, name: str, code: int, parts: int) -> None:
        self.name, self.code, self.parts = name, code, parts

    @abstractmethod
    def place(self, u: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
        """Two quantiles, each even in 0…1, to a place in the plane: u runs through the parts."""

    @abstractmethod
    def log_density(self, z: torch.Tensor) -> torch.Tensor:
        """Natural logarithm of the density. (n, d) -> (n)"""

    def rest(self, n: int, chance: Chance, device: Any) -> torch.Tensor:
        """The numbers beyond the first two. -> (n, d − 2)"""
        return torch.randn(n, self.code - 2, generator=chance, device=device)

    def draw(
        self,
        n: int,
        parts: torch.Tensor | None = None,
        chance: Chance = None,
        device: torch.device | None = None,
    ) -> torch.Tensor:
        """n samples, of the given parts where these are named (n). -> (n, d) float32"""
        u = torch.rand(n, generator=chance, device=device)
        if parts is not None:
            u = (parts + u).clamp(0, self.parts - 1e-4) / self.parts
        v = torch.rand(n, generator=chance, device=device)
        plane = self.place(u, v)
        return plane if self.code == 2 else torch.cat([plane, self.rest(n, chance, device)], 1)

    def sample(
        self, n: int, seed: int = 0, part: int | None = None, temperature: float = 1.0
    ) -> np.ndarray:
        """n samples by seed; temperature stretches them about the centre. -> (n, d) float32

        Raises:
            ValueError: there is no such part.
        """
        parts = None if part is None else torch.full((n,), self._checked(part))
        drawn = self.draw(n, parts, torch.Generator().manual_seed(seed)).numpy()
        middle = self.centre(part)
        return np.asarray(middle + temperature * (drawn - middle), dtype=np.float32)

    def _checked(self, part: int) -> int:
        if not 0 <= part < self.parts:
            raise ValueError(f"part {part} is unknown: this prior has 0 to {self.parts - 1}")
        return part

    def centre(self, part: int | None = None) -> np.ndarray:
        """Where a part lies, or the whole. -> (d)"""
        if part is None:
            return np.zeros(self.code, np.float32)
        steps = (torch.arange(32) + 0.5) / 32
        u = (self._checked(part) + steps.repeat_interleave(32)) / self.parts
        found = np.zeros(self.code, np.float32)
        found[:2] = self.place(u, steps.repeat(32)).mean(0).numpy()
        return found

    def density(self, z: np.ndarray) -> np.ndarray:
        """Natural logarithm of the density. (n, d) -> (n)"""
        with torch.no_grad():
            return np.asarray(self.log_density(torch.from_numpy(np.float32(z))).numpy())

    def grid(self, box: Box | None = None, steps: int = 96) -> np.ndarray:
        """The same at the middles of cells, in a plane. -> (steps, steps), row 0 at the bottom"""
        return self.density(cells(box or self.box, steps)).reshape(steps, steps)

    def quantile(self, u: np.ndarray) -> np.ndarray:
        """Even numbers in 0…1 to places that the prior finds equally likely. (n, 2) -> (n, 2)"""
        both = torch.from_numpy(np.float32(u)).clamp(1e-4, 1 - 1e-4)
        return np.asarray(self.place(both[:, 0], both[:, 1]).numpy())


def cells(box: Box, steps: int) -> np.ndarray:
    """The middles of a grid's cells, the bottom row first. -> (steps², 2) float32"""
    left, bottom, right, top = box
    middle = (np.arange(steps, dtype=np.float32) + 0.5) / steps
    x, y = np.meshgrid(left + middle * (right - left), bottom + middle * (top - bottom))
    return np.stack([x.ravel(), y.ravel()], 1).astype(np.float32)


def normal(share: torch.Tensor) -> torch.Tensor:
    """The value below which a standard normal lies with this share."""
    return math.sqrt(2) * torch.erfinv((2 * share - 1).clamp(-1 + 1e-6, 1 - 1e-6))


def polar(angle: torch.Tensor, radius: torch.Tensor) -> torch.Tensor:
    """Angle and radius to a place. (n), (n) -> (n, 2)"""
    return torch.stack([radius * angle.cos(), radius * angle.sin()], 1)


def log_normal(x: torch.Tensor, spread: float) -> torch.Tensor:
    """Logarithm of a normal density with mean 0, number by number."""
    return -(x**2) / (2 * spread**2) - math.log(spread * math.sqrt(2 * math.pi))
