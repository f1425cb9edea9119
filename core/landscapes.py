"""Landscapes: two-dimensional surfaces to race optimisers on; value, slope, start and minima."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np

Place = tuple[float, float]
# A function of x, y and of the module that knows cos: math, numpy or torch. Numbers or arrays.
Value = Callable[[Any, Any, Any], Any]
Slope = Callable[[Any, Any, Any], tuple[Any, Any]]
RIPPLE = 3.0  # Rastrigin's A; at his 10 nothing that goes downhill gets out of any hollow
LIMITS = 3  # how many maps away a place may be that a race starts at


@dataclass(frozen=True)
class Landscape:
    """A surface f(x, y) with its gradient by hand.

    bounds: left, right, bottom, top of the map, all 4:3. minima: the lowest places on it; saddles:
    level places that are neither top nor bottom. formula is LaTeX, code a line of PyTorch.
    """

    label: str
    value: Value
    slope: Slope
    formula: str
    code: str
    paper: str
    bounds: tuple[float, float, float, float]
    start: Place
    minima: tuple[Place, ...]
    saddles: tuple[Place, ...] = ()
    address: str = field(default="")

    @property
    def lowest(self) -> float:
        """The value at the lowest places."""
        return min(float(self.value(x, y, math)) for x, y in self.minima)

    def inside(self, place: Place) -> Place:
        """The place, or the nearest one from which a race may start.

        Raises:
            ValueError: it is not a place at all.
        """
        if not all(map(math.isfinite, place)):
            raise ValueError(f"the start {place} is no place: give two numbers")
        left, right, bottom, top = self.bounds
        wide, high = (LIMITS - 1) * (right - left) / 2, (LIMITS - 1) * (top - bottom) / 2
        x = min(right + wide, max(left - wide, place[0]))
        return x, min(top + high, max(bottom - high, place[1]))

    def nearest(self, place: Place) -> int:
        """Which of the minima is nearest to a place."""
        return min(range(len(self.minima)), key=lambda at: math.dist(self.minima[at], place))


def _bowl(x: Any, y: Any, m: Any) -> Any:
    return (x**2 + y**2) / 2


def _bowl_slope(x: Any, y: Any, m: Any) -> tuple[Any, Any]:
    return x, y


def _ravine(x: Any, y: Any, m: Any) -> Any:
    return (x**2 + 25 * y**2) / 2


def _ravine_slope(x: Any, y: Any, m: Any) -> tuple[Any, Any]:
    return x, 25 * y


def _saddle(x: Any, y: Any, m: Any) -> Any:
    return (x**2 - y**2) / 2 + y**4 / 16


def _saddle_slope(x: Any, y: Any, m: Any) -> tuple[Any, Any]:
    return x, y**3 / 4 - y


def _rosenbrock(x: Any, y: Any, m: Any) -> Any:
    return (1 - x) ** 2 + 100 * (y - x**2) ** 2


def _rosenbrock_slope(x: Any, y: Any, m: Any) -> tuple[Any, Any]:
    off = y - x**2
    return -2 * (1 - x) - 400 * x * off, 200 * off


def _beale(x: Any, y: Any, m: Any) -> Any:
    a, b, c = 1.5 - x + x * y, 2.25 - x + x * y**2, 2.625 - x + x * y**3
    return a**2 + b**2 + c**2


def _beale_slope(x: Any, y: Any, m: Any) -> tuple[Any, Any]:
    a, b, c = 1.5 - x + x * y, 2.25 - x + x * y**2, 2.625 - x + x * y**3
    along = 2 * a * (y - 1) + 2 * b * (y**2 - 1) + 2 * c * (y**3 - 1)
    return along, 2 * a * x + 4 * b * x * y + 6 * c * x * y**2


def _himmelblau(x: Any, y: Any, m: Any) -> Any:
    return (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2


def _himmelblau_slope(x: Any, y: Any, m: Any) -> tuple[Any, Any]:
    p, q = x**2 + y - 11, x + y**2 - 7
    return 4 * x * p + 2 * q, 2 * p + 4 * y * q


def _rastrigin(x: Any, y: Any, m: Any) -> Any:
    turn = 2 * math.pi
    waves = m.cos(turn * x) + m.cos(turn * y)
    return 2 * RIPPLE + x**2 + y**2 - RIPPLE * waves


def _rastrigin_slope(x: Any, y: Any, m: Any) -> tuple[Any, Any]:
    turn = 2 * math.pi
    steep = RIPPLE * turn
    return 2 * x + steep * m.sin(turn * x), 2 * y + steep * m.sin(turn * y)


LANDSCAPES: Mapping[str, Landscape] = {
    "ravine": Landscape(
        "Ravine",
        _ravine,
        _ravine_slope,
        r"f(x,y)=\tfrac12\left(x^2+25\,y^2\right)\\[4pt] \nabla f=(x,\;25\,y)",
        "f = (x**2 + 25 * y**2) / 2",
        "Goh 2017, Why momentum really works",
        (-4, 4, -3, 3),
        (-3.4, 1.5),
        ((0.0, 0.0),),
        address="https://distill.pub/2017/momentum/",
    ),
    "bowl": Landscape(
        "Bowl",
        _bowl,
        _bowl_slope,
        r"f(x,y)=\tfrac12\left(x^2+y^2\right)\\[4pt] \nabla f=(x,\;y)",
        "f = (x**2 + y**2) / 2",
        "Cauchy 1847, Méthode générale pour la résolution des systèmes d'équations simultanées",
        (-4, 4, -3, 3),
        (-3.2, 2.2),
        ((0.0, 0.0),),
    ),
    "saddle": Landscape(
        "Saddle",
        _saddle,
        _saddle_slope,
        r"f(x,y)=\tfrac12\left(x^2-y^2\right)+\tfrac1{16}y^4\\[4pt] \nabla f=(x,\;\tfrac14y^3-y)",
        "f = (x**2 - y**2) / 2 + y**4 / 16",
        "Dauphin et al. 2014, arXiv 1406.2572",
        (-4, 4, -3, 3),
        (-3.4, 0.02),
        ((0.0, 2.0), (0.0, -2.0)),
        ((0.0, 0.0),),
        "https://arxiv.org/abs/1406.2572",
    ),
    "rosenbrock": Landscape(
        "Rosenbrock",
        _rosenbrock,
        _rosenbrock_slope,
        r"f(x,y)=(1-x)^2+100\,(y-x^2)^2",
        "f = (1 - x)**2 + 100 * (y - x**2)**2",
        "Rosenbrock 1960, An automatic method for finding the greatest or least value",
        (-2.4, 2.4, -0.8, 2.8),
        (-1.5, 2.4),
        ((1.0, 1.0),),
        address="https://doi.org/10.1093/comjnl/3.3.175",
    ),
    "beale": Landscape(
        "Beale",
        _beale,
        _beale_slope,
        r"f=(1.5-x+xy)^2+(2.25-x+xy^2)^2+(2.625-x+xy^3)^2",
        "f = (1.5 - x + x*y)**2 + (2.25 - x + x*y**2)**2 + (2.625 - x + x*y**3)**2",
        "Beale 1958, On an iterative method for finding a local minimum",
        (-1.0, 4.6, -2.1, 2.1),
        (1.0, 1.5),
        ((3.0, 0.5),),
        ((0.0, 1.0),),
    ),
    "himmelblau": Landscape(
        "Himmelblau",
        _himmelblau,
        _himmelblau_slope,
        r"f(x,y)=(x^2+y-11)^2+(x+y^2-7)^2",
        "f = (x**2 + y - 11)**2 + (x + y**2 - 7)**2",
        "Himmelblau 1972, Applied nonlinear programming",
        (-6.4, 6.4, -4.8, 4.8),
        (0.0, -0.8),
        (
            (3.0, 2.0),
            (-2.805118086952745, 3.131312518250573),
            (-3.779310253377747, -3.283185991286170),
            (3.584428340330492, -1.848126526964404),
        ),
        (
            (-0.1279613, -1.9537149),
            (-3.0730257, -0.0813530),
            (0.0866775, 2.8842547),
            (3.3851542, 0.0738519),
        ),
    ),
    "rastrigin": Landscape(
        "Rastrigin",
        _rastrigin,
        _rastrigin_slope,
        r"f=2A+x^2+y^2-A\left(\cos 2\pi x+\cos 2\pi y\right)\\[4pt] A=3",
        "f = 6 + x**2 + y**2 - 3 * (torch.cos(2*pi*x) + torch.cos(2*pi*y))",
        "Rastrigin 1974, Systems of extremal control",
        (-4, 4, -3, 3),
        (-3.3, 2.35),
        ((0.0, 0.0),),
    ),
}


@lru_cache(maxsize=16)
def heights(name: str, columns: int = 97, rows: int = 73) -> np.ndarray:
    """Values on a grid over the whole map, the lowest row first. -> (rows, columns) float64"""
    land = LANDSCAPES[name]
    left, right, bottom, top = land.bounds
    x, y = np.meshgrid(np.linspace(left, right, columns), np.linspace(bottom, top, rows))
    found = np.asarray(land.value(x, y, np), dtype=np.float64)
    found.setflags(write=False)
    return found


@lru_cache(maxsize=16)
def grain(name: str) -> float:
    """How steep the map typically is: the median length of the gradient over it."""
    land = LANDSCAPES[name]
    left, right, bottom, top = land.bounds
    x, y = np.meshgrid(np.linspace(left, right, 81), np.linspace(bottom, top, 61))
    return float(np.median(np.hypot(*land.slope(x, y, np))))
