"""Overfitting before your eyes: one small net on few noisy points, and a cure for each switch."""

import copy
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from core.labs.points import moons

STEPS = 100
EVERY = 4  # steps between two looks at the losses
RATE = 0.015
LARGE, SMALL = 64, 6  # hidden units
FEW, MANY, KEPT = 40, 200, 300  # points to learn from, with more data, and to validate on
DECAY, DROP, JITTER, PATIENCE = 0.02, 0.5, 0.25, 8
SIDE = 72  # places a side at which the net is asked
REACH = 3.0
ASKED = 6  # points that are asked again and again
Points = tuple[torch.Tensor, ...]


@dataclass(frozen=True)
class Cures:
    """Which cures are taken: each is one switch."""

    l2: bool = False
    dropout: bool = False
    norm: bool = False
    noise: bool = False
    stop: bool = False
    small: bool = False
    data: bool = False

    @property
    def width(self) -> int:
        """Hidden units of each of the two layers."""
        return SMALL if self.small else LARGE

    @property
    def points(self) -> int:
        """How many there are to learn from."""
        return MANY if self.data else FEW


@dataclass(frozen=True)
class Lesson:
    """What became of a net.

    x (n, 2), y (n): the points it learned from; kept_x, kept_y: those kept back; steps (m): when
    its losses were looked at; train, kept (m): mean cross-entropy in nats, in eval(); best: the
    look with the lowest validation loss; chosen: the look whose weights the net has; field
    (SIDE, SIDE): its probability of class 1, the lowest row first; right (2): accuracy on both.
    """

    x: np.ndarray
    y: np.ndarray
    kept_x: np.ndarray
    kept_y: np.ndarray
    steps: np.ndarray
    train: np.ndarray
    kept: np.ndarray
    best: int
    chosen: int
    field: np.ndarray
    right: tuple[float, float]
    net: nn.Sequential

    @property
    def gap(self) -> float:
        """Validation loss above training loss, for the net as it is."""
        return float(self.kept[self.chosen] - self.train[self.chosen])


@dataclass(frozen=True)
class Modes:
    """The same points asked three times in train() and twice in eval().

    asked (5, ASKED): probability of class 1, a row for each time; losses (5): mean cross-entropy
    over all points to learn from.
    """

    asked: np.ndarray
    losses: np.ndarray

    @property
    def shaky(self) -> bool:
        """Whether train() gives other answers each time."""
        return bool(np.ptp(self.asked[:3], axis=0).max() > 1e-6)

    @property
    def apart(self) -> float:
        """How far an answer in train() lies from the one in eval(), at most."""
        return float(np.abs(self.asked[:3] - self.asked[3]).max())


def built(cures: Cures) -> nn.Sequential:
    """The net: two hidden layers, each with what the cures put into it. (n, 2) -> (n, 2)"""
    layers: list[nn.Module] = []
    inputs = 2
    for _ in range(2):
        layers.append(nn.Linear(inputs, cures.width))
        if cures.norm:
            layers.append(nn.BatchNorm1d(cures.width))
        layers.append(nn.ReLU())
        if cures.dropout:
            layers.append(nn.Dropout(DROP))
        inputs = cures.width
    return nn.Sequential(*layers, nn.Linear(inputs, 2))


def learn(cures: Cures, seed: int = 0, steps: int = STEPS) -> Lesson:
    """Train the net with these cures on all its points at once, and look at it now and then."""
    x, y = (torch.from_numpy(part) for part in moons(cures.points, seed))
    kept = tuple(torch.from_numpy(part) for part in moons(KEPT, seed + 50_000))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        net = built(cures)
        decay = DECAY if cures.l2 else 0.0
        optimizer = torch.optim.Adam(net.parameters(), lr=RATE, weight_decay=decay, fused=True)
        looks: list[tuple[int, float, float]] = []
        best, weights = 0, net.state_dict()
        for step in range(steps + 1):
            if step % EVERY == 0:
                looks.append((step, *_losses(net, (x, y), kept)))
                if looks[-1][2] <= looks[best][2]:
                    best, weights = len(looks) - 1, copy.deepcopy(net.state_dict())
                if step == steps or (cures.stop and len(looks) - 1 - best == PATIENCE):
                    break
            given = x + JITTER * torch.randn_like(x) if cures.noise else x
            optimizer.zero_grad()
            F.cross_entropy(net(given), y).backward()
            optimizer.step()
    chosen = best if cures.stop else len(looks) - 1
    if cures.stop:
        net.load_state_dict(weights)
    net.eval()
    return _lesson(net, (x, y), kept, np.array(looks), best, chosen)


@torch.no_grad()
def _losses(net: nn.Module, seen: Points, kept: Points) -> tuple[float, float]:
    """Mean cross-entropy on both, in eval(); leaves the net in train()."""
    net.eval()
    logits = net(torch.cat([seen[0], kept[0]])).split([len(seen[1]), len(kept[1])])
    net.train()
    found = [F.cross_entropy(z, y).item() for z, y in zip(logits, (seen[1], kept[1]), strict=True)]
    return found[0], found[1]


@torch.no_grad()
def _lesson(
    net: nn.Sequential, seen: Points, kept: Points, looks: np.ndarray, best: int, chosen: int
) -> Lesson:
    right = [float((net(x).argmax(1) == y).float().mean()) for x, y in (seen, kept)]
    line = torch.linspace(-REACH, REACH, SIDE)
    places = torch.cartesian_prod(line, line).flip(1)  # the first number is the row: y
    field = net(places).softmax(1)[:, 1].view(SIDE, SIDE)
    x, y, kept_x, kept_y = (part.numpy() for part in (*seen, *kept))
    return Lesson(
        x,
        y,
        kept_x,
        kept_y,
        looks[:, 0].astype(int),
        looks[:, 1],
        looks[:, 2],
        best,
        chosen,
        field.numpy(),
        (right[0], right[1]),
        net,
    )


@torch.no_grad()
def modes(lesson: Lesson, seed: int = 0) -> Modes:
    """Ask a twin of the net, in train() and in eval(): dropout and batch norm make the difference.

    A twin, because a batch norm in train() learns its averages from whatever it is asked.
    """
    twin = copy.deepcopy(lesson.net)
    x, y = torch.from_numpy(lesson.x), torch.from_numpy(lesson.y)
    asked, losses = [], []
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for training in (True, True, True, False, False):
            logits = twin.train(training)(x)
            asked.append(logits.softmax(1)[:ASKED, 1].numpy())
            losses.append(F.cross_entropy(logits, y).item())
            twin.load_state_dict(lesson.net.state_dict())
    return Modes(np.stack(asked), np.array(losses))


ANSWERS = ((True, False), (False, True), (True, True), (False, False))


def asked() -> int:
    """In which modes a net with dropout gives another answer each time: train(), eval()."""
    found = modes(learn(Cures(dropout=True), steps=12)).asked
    differ = (np.ptp(found[:3], axis=0).max() > 1e-6, np.ptp(found[3:], axis=0).max() > 1e-6)
    return ANSWERS.index((bool(differ[0]), bool(differ[1])))
