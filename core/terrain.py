"""Terrain: the loss around a real run, on a plane through the checkpoints of its own training."""

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from core import batches, checkpoint
from core.config import parse
from core.data import load
from core.objectives import answers
from core.planes import Plane, Reach, filtered, principal
from models import build

MOST_WEIGHTS = 1_000_000
MOST_STOPS = 16  # checkpoints of one run
PICTURES = 256
LEVELS = ((5, 4), (9, 7), (17, 13), (33, 25))  # each has the one before in every second place
PATIENCE = 40.0  # seconds for one level
NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)


@dataclass(frozen=True)
class Trail:
    """A run's checkpoints in order: what it is called, their folders and the steps they were at."""

    name: str
    folders: tuple[Path, ...]
    steps: tuple[int, ...]


@dataclass(frozen=True)
class Terrain:
    """The loss over a plane, as far as it is known.

    heights (rows, columns), the lowest row first; trails: (n, 2) places per run; real and shadow:
    the loss of each checkpoint and of its shadow on the plane; done: no finer map will come.
    """

    names: tuple[str, ...]
    steps: tuple[tuple[int, ...], ...]
    places: tuple[np.ndarray, ...]
    shares: tuple[float, float]
    reach: Reach
    heights: np.ndarray
    real: tuple[tuple[float, ...], ...]
    shadow: tuple[tuple[float, ...], ...]
    weights: int
    pictures: int
    done: bool


def spread(trail: Trail, most: int = MOST_STOPS) -> Trail:
    """At most so many checkpoints, first and last among them, spread over the list."""
    if len(trail.folders) <= most:
        return trail
    at = np.unique(np.linspace(0, len(trail.folders) - 1, most).round().astype(int))
    folders, steps = ([kept[i] for i in at] for kept in (trail.folders, trail.steps))
    return Trail(trail.name, tuple(folders), tuple(steps))


class Ground:
    """A net that takes any weights and says its loss on some hundred training pictures.

    Dropout rests; batch norm goes by the pictures themselves, as in training, so that the loss
    depends on the learned weights alone.

    Raises:
        ValueError: the checkpoint is damaged, its pictures are not here, or the net is too large.
    """

    def __init__(self, folder: Path, pictures: int = PICTURES, data: str = "") -> None:
        card = checkpoint.read_card(folder)
        self.config = parse(card["config"])
        channels, size = int(card["channels"]), int(card["size"])
        classes = len(card["classes"])
        self.model = build(self.config.model, channels=channels, image=size, classes=classes)
        self.names = [n for n, p in self.model.named_parameters() if p.requires_grad]
        self.shapes = [tuple(p.shape) for p in self._learned()]
        self.weights = sum(map(math.prod, self.shapes))
        if self.weights > MOST_WEIGHTS:
            raise ValueError(
                f"the net learns {self.weights:,} weights: a terrain is drawn for up to "
                f"{MOST_WEIGHTS:,}, choose a smaller net"
            )
        state = checkpoint.load_part(folder, "model", card)
        checkpoint.load_model(
            self.model, {k: v.float() if v.is_floating_point() else v for k, v in state.items()}
        )
        self.model.to(memory_format=torch.channels_last)  # convolutions are quicker so
        self._at_rest()
        self._show(card, pictures, data)

    def _learned(self) -> list[nn.Parameter]:
        known = dict(self.model.named_parameters())
        return [known[name] for name in self.names]

    def _at_rest(self) -> None:
        self.model.eval()
        for module in self.model.modules():
            if isinstance(module, NORMS):
                module.train()
                module.momentum = 0.0  # the running statistics are left as they are

    def _show(self, card: Any, pictures: int, data: str) -> None:
        """Training pictures, the same for every net of the set."""
        known = load(data or str(card["data"]))
        train, _ = batches.split(known.train_labels, self.config.data)
        chosen = batches.epoch_order(train, 0, 0)[:pictures]
        normalise = batches.Normalise(card["mean"], card["std"])
        x = normalise(known.train_images[chosen])
        self.x = x.contiguous(memory_format=torch.channels_last)
        self.y = known.train_labels[chosen]

    def read(self, folder: Path) -> np.ndarray:
        """The learned weights of a checkpoint in one row. -> (d,) float32

        Raises:
            ValueError: damaged, or of another net.
        """
        known = checkpoint.load_part(folder, "model")
        shapes = [tuple(known[name].shape) for name in self.names if name in known]
        if shapes != self.shapes:
            raise ValueError(
                "the nets differ in their layers, so no plane goes through both: choose runs of "
                "one and the same net"
            )
        return torch.cat([known[name].float().flatten() for name in self.names]).numpy()

    @torch.no_grad()
    def loss(self, weights: np.ndarray) -> float:
        """Cross-entropy on the pictures with these weights; inf where it is not finite."""
        row, place = torch.from_numpy(np.ascontiguousarray(weights, dtype=np.float32)), 0
        for parameter in self._learned():
            size = parameter.numel()
            parameter.copy_(row[place : place + size].view_as(parameter))
            place += size
        found = float(F.cross_entropy(answers(self.model, self.x, False).float(), self.y))
        return found if math.isfinite(found) else math.inf


# The loss over it -----------------------------------------------------------------------------


def survey(
    trails: Sequence[Trail], *, directions: str = "path", data: str = ""
) -> Iterator[Terrain]:
    """The terrain of some runs on one plane, coarse at first and finer each time it comes."""
    for known in surveying(trails, directions=directions, data=data):
        if known is not None:
            yield known


def surveying(
    trails: Sequence[Trail], *, directions: str = "path", data: str = ""
) -> Iterator[Terrain | None]:
    """The same with breaths: None after every row of places, where others may have their turn.

    It ends when it is fine, or when the next finer map would take longer than PATIENCE seconds.

    Args:
        trails: runs of one and the same net.
        directions: "path", the plane of the checkpoints; "random", filter-normalised directions.
        data: the set that the pictures are from, if not the one that the net learned.

    Raises:
        ValueError: too few checkpoints, different nets, a damaged file, or no pictures.
    """
    if sum(len(trail.folders) for trail in trails) < 3:
        raise ValueError("a plane needs at least three checkpoints: train the net for longer")
    ground = Ground(trails[0].folders[-1], data=data)
    rows = [np.stack([ground.read(folder) for folder in trail.folders]) for trail in trails]
    plane = principal(rows) if directions == "path" else filtered(rows, ground.shapes)
    real = tuple(tuple(ground.loss(row) for row in each) for each in rows)
    del rows
    shadow = tuple(tuple(ground.loss(plane.at(*p)) for p in each) for each in plane.places)
    known = Terrain(
        tuple(trail.name for trail in trails),
        tuple(trail.steps for trail in trails),
        plane.places,
        plane.shares,
        plane.reach,
        np.zeros((0, 0)),
        real,
        shadow,
        ground.weights,
        len(ground.y),
        False,
    )
    yield from _finer(ground, plane, known)


def _finer(ground: Ground, plane: Plane, known: Terrain) -> Iterator[Terrain | None]:
    """The loss on ever finer grids."""
    left, right, bottom, top = plane.reach
    heights = np.full((1, 1), np.nan)
    for level, (columns, rows) in enumerate(LEVELS):
        before, heights = heights, np.full((rows, columns), np.nan)
        if level:
            heights[::2, ::2] = before
        missing, spent = int(np.isnan(heights).sum()), 0.0
        for row, y in enumerate(np.linspace(bottom, top, rows)):
            began = time.perf_counter()
            for column, x in enumerate(np.linspace(left, right, columns)):
                if np.isnan(heights[row, column]):
                    heights[row, column] = ground.loss(plane.at(x, y))
            spent += time.perf_counter() - began
            yield None
        cost = spent / missing
        ahead = math.prod(LEVELS[level + 1]) - rows * columns if level + 1 < len(LEVELS) else 0
        done = not ahead or ahead * cost > PATIENCE
        yield replace(known, heights=heights.copy(), done=done)
        if done:
            return


def write(known: Terrain) -> dict[str, Any]:
    """A terrain as JSON, losses to four digits."""
    told = asdict(known)
    told["heights"] = [[float(f"{value:.4g}") for value in row] for row in known.heights]
    told["places"] = [np.round(places, 4).tolist() for places in known.places]
    for name in ("real", "shadow"):
        told[name] = [[float(f"{value:.4g}") for value in run] for run in told[name]]
    return told


def read(told: Mapping[str, Any]) -> Terrain:
    """A terrain that was written before."""
    return Terrain(
        tuple(told["names"]),
        tuple(map(tuple, told["steps"])),
        tuple(np.array(places) for places in told["places"]),
        (told["shares"][0], told["shares"][1]),
        (told["reach"][0], told["reach"][1], told["reach"][2], told["reach"][3]),
        np.array(told["heights"]),
        tuple(map(tuple, told["real"])),
        tuple(map(tuple, told["shadow"])),
        told["weights"],
        told["pictures"],
        told["done"],
    )
