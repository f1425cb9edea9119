"""Trials: a question about each surface and each optimiser, answered by racing, not by heart."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.contestants import USUAL, usual
from core.landscapes import LANDSCAPES, Place
from core.optim import OPTIMIZERS
from core.paths import Path, arrival, recipe, walk
from models.knobs import Knobs

Runner = tuple[str, Knobs]
Judge = Callable[[Sequence[Path], str], int]


@dataclass(frozen=True)
class Trial:
    """A question's experiment: the paths that decide it, and which option they make right.

    options: how many there are; judge gives the index of the right one.
    """

    surface: str
    runners: tuple[Runner, ...]
    options: int
    judge: Judge
    start: Place | None = None
    steps: int = 150

    def paths(self) -> list[Path]:
        """The races themselves."""
        return [
            walk(name, config, self.surface, self.start, self.steps)
            for name, config in self.runners
        ]

    def answer(self) -> int:
        """Which option is right, by what happens."""
        return self.judge(self.paths(), self.surface)

    @property
    def field(self) -> dict[str, Knobs]:
        """The contestants for the page, one setting of each: the first."""
        found: dict[str, Knobs] = {}
        for name, config in self.runners:
            found.setdefault(name, config)
        return {name: found[name] for name in OPTIMIZERS if name in found}


def _with(
    name: str, lr: float, momentum: float | None = None, weight_decay: float | None = None
) -> Runner:
    told = {"lr": lr, "momentum": momentum, "weight_decay": weight_decay}
    known = {key: value for key, value in told.items() if value is not None}
    return name, OPTIMIZERS[name].config.model_validate(known)


def _rates(*rates: float) -> tuple[Runner, ...]:
    return tuple(_with("sgd", lr=rate) for rate in rates)


def _own(surface: str, *names: str) -> tuple[Runner, ...]:
    return tuple((name, usual(name, surface)) for name in names)


# Judges ---------------------------------------------------------------------------------------


def _arrivals(paths: Sequence[Path], surface: str) -> list[int | None]:
    found = (arrival(path, LANDSCAPES[surface]) for path in paths)
    return [None if came is None else came[0] for came in found]


def _last_to_arrive(paths: Sequence[Path], surface: str) -> int:
    """Of settings in rising order the last one that still arrives."""
    return max(at for at, came in enumerate(_arrivals(paths, surface)) if came is not None)


def _first(paths: Sequence[Path], surface: str) -> int:
    """Who arrives after the fewest steps; the last option where nobody does."""
    came = _arrivals(paths, surface)
    known = [at for at, step in enumerate(came) if step is not None]
    return min(known, key=lambda at: (came[at], at)) if known else len(paths)


def _lowest(paths: Sequence[Path], _surface: str) -> int:
    """Who ends lowest."""
    return int(np.argmin([path.values[-1] for path in paths]))


def _escaped(paths: Sequence[Path], surface: str) -> int:
    """Who gets away from the ridge; the last option where nobody does."""
    away = [abs(path.places[-1, 1]) > 0.5 for path in paths]
    return away.index(True) if any(away) else len(paths)


def _hollows(paths: Sequence[Path], surface: str) -> int:
    """How many different minima are reached, from one on."""
    ends = (arrival(path, LANDSCAPES[surface]) for path in paths)
    return len({came[1] for came in ends if came is not None}) - 1


def _gets_out(paths: Sequence[Path], _surface: str) -> int:
    """The first that ends more than one hollow away from where it began."""
    away = [np.abs(path.places[-1] - path.places[0]).max() > 1 for path in paths]
    return away.index(True) if any(away) else len(paths)


def _steps_of(known: Sequence[int]) -> Judge:
    """After how many steps the bottom is reached, of some numbers; the last option if never."""

    def judge(paths: Sequence[Path], surface: str) -> int:
        came = _arrivals(paths, surface)[0]
        return len(known) if came is None else int(np.argmin([abs(came - n) for n in known]))

    return judge


def _near(told: Callable[[Path], float], known: Sequence[float]) -> Judge:
    """Which of some sizes is nearest, by their ratio."""

    def judge(paths: Sequence[Path], _surface: str) -> int:
        value = max(told(paths[0]), 1e-12)
        return int(np.argmin([abs(np.log(value / one)) for one in known]))

    return judge


def _lengths(path: Path) -> np.ndarray:
    return np.asarray(np.linalg.norm(path.steps, axis=1))


def _growth(path: Path) -> float:
    """A late step per slope over an early one."""
    share = _lengths(path) / np.linalg.norm(path.gradients, axis=1)
    return float(share[min(100, len(share) - 1)] / share[0])


def _nearer_home(paths: Sequence[Path], _surface: str) -> int:
    return int(np.argmin([np.linalg.norm(path.places[-1]) for path in paths]))


def _steady(paths: Sequence[Path], _surface: str) -> int:
    """What stays the same from step to step: length, direction, or neither."""
    lengths, path = _lengths(paths[0]), paths[0]
    if lengths.std() < 0.02 * lengths.mean():
        return 0
    way = path.steps / lengths[:, None]
    return 1 if (way @ way[0]).min() > 0.99 else 2


def _unscaled(path: Path) -> float:
    return float((recipe(path)[1] == 1).all(axis=1).sum())


def _first_x(path: Path) -> float:
    """How far the first step goes along x."""
    return float(abs(path.steps[0, 0]))


def _slant(path: Path) -> float:
    """How many times as far the first step goes in y as in x."""
    return float(abs(path.steps[0, 1] / path.steps[0, 0]))


def _kept(path: Path) -> float:
    """What share of the first slope is still in the divisor at the end."""
    return float(path.size[-1, 0] / path.size[0, 0]) if path.size is not None else 0.0


MUS = (0.0, 0.5, 0.9, 0.99)


def trials() -> Mapping[str, Trial]:
    """Every trial by the name of its surface or optimiser."""
    return {**_surfaces(), **_plain(), **_scaled()}


def _surfaces() -> dict[str, Trial]:
    rolling = tuple(_with("momentum", 0.01, mu) for mu in MUS[:3])
    ridge = _own("saddle", "sgd", "momentum", "adam")
    valley = _own("rosenbrock", "sgd", "momentum", "adam")
    return {
        "bowl": Trial("bowl", _rates(0.5, 1.0, 1.9, 2.5), 4, _last_to_arrive),
        "ravine": Trial("ravine", _rates(0.02, 0.07, 0.09, 0.2), 4, _last_to_arrive),
        "saddle": Trial("saddle", ridge, 4, _escaped, (-3.4, 0.0)),
        "rosenbrock": Trial("rosenbrock", valley, 3, _lowest),
        "beale": Trial("beale", _own("beale", "sgd", "momentum", "adam"), 4, _first),
        "himmelblau": Trial("himmelblau", _own("himmelblau", *USUAL), 4, _hollows),
        "rastrigin": Trial("rastrigin", rolling, 4, _gets_out),
    }


def _plain() -> dict[str, Trial]:
    """Those that do not divide by the gradient's size."""
    mus = tuple(_with("momentum", 0.02, mu) for mu in MUS)
    twins = tuple(_with(name, 0.02, 0.95) for name in ("momentum", "nesterov"))
    return {
        "sgd": Trial("bowl", _rates(1.0), 4, _steps_of((1, 10, 50))),
        "momentum": Trial("ravine", mus, 4, _first),
        "nesterov": Trial("ravine", twins, 3, _first),
        "muon": Trial("bowl", (_with("muon", 0.1, weight_decay=0.0),), 3, _steady),
    }


def _scaled() -> dict[str, Trial]:
    """Those that do."""
    pulled = tuple(_with(name, 0.1, weight_decay=0.5) for name in ("adam", "adamw"))
    ahead = tuple(_with(name, 0.5) for name in ("adam", "nadam"))

    def one(surface: str, name: str, lr: float, options: int, judge: Judge) -> Trial:
        return Trial(surface, (_with(name, lr),), options, judge)

    return {
        "adagrad": one("bowl", "adagrad", 0.05, 3, _near(_growth, (10, 1, 0.1))),
        "adadelta": one("bowl", "adadelta", 1.0, 4, _near(_first_x, (0.003, 0.1, 1.0, 3.2))),
        "rmsprop": one("ravine", "rmsprop", 0.01, 4, _near(_slant, (1, 5, 11, 25))),
        "adam": one("rosenbrock", "adam", 0.1, 3, _near(_first_x, (0.01, 0.1, 100.0))),
        "adamw": Trial("rosenbrock", pulled, 2, _nearer_home),
        "nadam": Trial("ravine", ahead, 3, _first),
        "radam": one("bowl", "radam", 0.05, 4, _near(_unscaled, (0.1, 1, 5, 50))),
        "adamax": one("bowl", "adamax", 0.1, 3, _near(_kept, (0.01, 0.14, 0.86))),
    }
