"""The menu of priors: flower, roll, square, ring and what was painted."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from core.batches import Chance
from core.painting import Painting
from core.prior import Prior, log_normal, normal, polar

__all__ = ["PRIORS", "Prior", "PriorSpec", "make"]

PARTS = 10  # where no class asks for one of its own
ALONG, ACROSS, AWAY = 0.45, 0.2, 1.8  # of a petal: its two deviations, how far out it lies
TURNS, REACH, BLUR = 2.0, 3.0, 0.08  # of the roll: turns, radius, thickness
HALF = 2.0  # half a side of the square
RADIUS, BAND = 2.0, 0.15  # of the ring: radius, thickness


@dataclass(frozen=True)
class PriorSpec:
    """One line of the menu; plane: it has two numbers and cannot have more."""

    label: str
    theory: str
    plane: bool


PRIORS: dict[str, PriorSpec] = {
    "gaussian": PriorSpec("Gaussian", "A round cloud, thickest in the middle.", False),
    "mixture": PriorSpec("Mixture (flower)", "A petal per part, all meeting in the middle.", True),
    "swiss": PriorSpec("Swiss roll", "A thin sheet rolled up, its parts one after another.", True),
    "square": PriorSpec("Square", "Every place in a box is equally likely, none outside.", False),
    "ring": PriorSpec("Ring", "A circle with nothing inside.", True),
    "painted": PriorSpec("Painted", "Whatever was painted: dark is likely.", True),
}


class Gaussian(Prior):
    """Mean 0 and deviation 1 in every direction; its parts are sectors."""

    def draw(
        self,
        n: int,
        parts: torch.Tensor | None = None,
        chance: Chance = None,
        device: torch.device | None = None,
    ) -> torch.Tensor:
        """As `Prior.draw`, straight from torch where no part is asked for."""
        if parts is not None:
            return super().draw(n, parts, chance, device)
        return torch.randn(n, self.code, generator=chance, device=device)

    def place(self, u: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
        """Angle and radius by Box and Muller."""
        return polar(2 * math.pi * u, (-2 * torch.log1p(-v.clamp(max=1 - 1e-6))).sqrt())

    def quantile(self, u: np.ndarray) -> np.ndarray:
        """Each axis by its own quantiles, so that a square grid stays one."""
        return np.asarray(normal(torch.from_numpy(np.float32(u))).numpy())

    def log_density(self, z: torch.Tensor) -> torch.Tensor:
        """(n, d) -> (n)"""
        return log_normal(z, 1.0).sum(1)


class Mixture(Prior):
    """A flower: each part is a Gaussian petal, long away from the middle and thin across."""

    def place(self, u: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
        """The petal by the whole of u · parts, across by its rest, along by v."""
        turn = u * self.parts
        petal = turn.floor().clamp(max=self.parts - 1)
        angle = 2 * math.pi * petal / self.parts
        along, across = AWAY + ALONG * normal(v), ACROSS * normal(turn - petal)
        cos, sin = angle.cos(), angle.sin()
        return torch.stack([along * cos - across * sin, along * sin + across * cos], 1)

    def log_density(self, z: torch.Tensor) -> torch.Tensor:
        """(n, 2) -> (n)"""
        angle = 2 * math.pi * torch.arange(self.parts, device=z.device) / self.parts
        along = z @ torch.stack([angle.cos(), angle.sin()])
        across = z @ torch.stack([-angle.sin(), angle.cos()])
        each = log_normal(along - AWAY, ALONG) + log_normal(across, ACROSS)
        return each.logsumexp(1) - math.log(self.parts)


class SwissRoll(Prior):
    """Radius 3·√u at angle 4π·√u, blurred; its parts lie one after another along the roll."""

    def place(self, u: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
        """v moves across the sheet: the blur is along the radius."""
        root = u.sqrt()
        return polar(2 * math.pi * TURNS * root, REACH * root + BLUR * normal(v))

    def log_density(self, z: torch.Tensor) -> torch.Tensor:
        """(n, 2) -> (n), by the turns of the roll that pass at the place's own angle."""
        radius = z.norm(dim=1).clamp(min=1e-6)
        angle = torch.atan2(z[:, 1], z[:, 0]).remainder(2 * math.pi)
        turn = torch.arange(-1, int(TURNS) + 1, device=z.device)
        root = (angle[:, None] / (2 * math.pi) + turn) / TURNS
        # A root has the density 2·root, and an angle 1/(2π·turns) of it; a place also 1/radius.
        inside = (root > 0) & (root < 1)
        each = log_normal(radius[:, None] - REACH * root, BLUR)
        each = each + torch.log((root / (math.pi * TURNS)).clamp(min=1e-30))
        return each.masked_fill(~inside, -math.inf).logsumexp(1) - radius.log()


class Square(Prior):
    """Even in a box of every dimension; its parts are strips beside each other."""

    box = (-2.6, -2.6, 2.6, 2.6)

    def place(self, u: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
        """u from left to right, v from below."""
        return HALF * (2 * torch.stack([u, v], 1) - 1)

    def rest(self, n: int, chance: Chance, device: Any) -> torch.Tensor:
        """The other sides of the box."""
        return HALF * (2 * torch.rand(n, self.code - 2, generator=chance, device=device) - 1)

    def log_density(self, z: torch.Tensor) -> torch.Tensor:
        """(n, d) -> (n)"""
        inside = (z.abs() <= HALF).all(1)
        level = torch.full((len(z),), -z.shape[1] * math.log(2 * HALF), device=z.device)
        return level.masked_fill(~inside, -math.inf)


class Ring(Prior):
    """A circle, blurred across; its parts are arcs."""

    box = (-3.0, -3.0, 3.0, 3.0)

    def place(self, u: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
        """u round the circle, v across."""
        return polar(2 * math.pi * u, RADIUS + BAND * normal(v))

    def log_density(self, z: torch.Tensor) -> torch.Tensor:
        """(n, 2) -> (n)"""
        radius = z.norm(dim=1).clamp(min=1e-6)
        return log_normal(radius - RADIUS, BAND) - math.log(2 * math.pi) - radius.log()


class Painted(Prior):
    """A painting as a density; its parts are sectors of equal mass round its middle."""

    def __init__(self, name: str, code: int, parts: int, painting: str) -> None:
        super().__init__(name, code, parts)
        self.painting = Painting(painting)

    def place(self, u: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
        """The cell by u, in the order of angles; the place in it by what u leaves over, and v."""
        return self.painting.place(u, v)

    def log_density(self, z: torch.Tensor) -> torch.Tensor:
        """(n, 2) -> (n)"""
        return self.painting.log_density(z)

    def centre(self, part: int | None = None) -> np.ndarray:
        """The middle of what is painted, or of a part of it."""
        if part is not None:
            return super().centre(part)
        return np.asarray(self.painting.middle.numpy())


KINDS: dict[str, type[Prior]] = {
    "gaussian": Gaussian,
    "mixture": Mixture,
    "swiss": SwissRoll,
    "square": Square,
    "ring": Ring,
}


def make(name: str, code: int = 2, parts: int = PARTS, painting: str = "") -> Prior:
    """A prior by name.

    Raises:
        ValueError: there is none of that name, or what was painted cannot be read.
    """
    if name == "painted":
        return Painted(name, code, parts, painting)
    if name not in KINDS:
        raise ValueError(f"prior {name[:60]!r} is unknown: choose one of {', '.join(PRIORS)}")
    return KINDS[name](name, code, parts)


def of(settings: Any, classes: int) -> Prior:
    """The prior that the settings of an autoencoder ask for; guided, it has a part per class.

    Raises:
        ValueError: as `make`.
    """
    parts = classes if settings.guided else PARTS
    return make(settings.prior, settings.code, parts, settings.painting)
