"""What is known of a net from asking it about its own test pictures: calibration, familiarity."""

import io
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np
import torch
from torch import nn

from core.archives.entries import DAMAGE
from core.checkpoint import write_whole
from core.data import Pictures, load
from core.device import autocast
from core.inference import Predictor
from core.objectives import answers
from models.bases import find_head

FILE = "study.npz"
TEST = 2_000  # test pictures that a net is asked about
KNOWN = 1_000  # training pictures that it is said to know
SHOWN = 40  # test pictures kept to be shown where the set itself is not here
CHUNK = 100  # pictures at a time: others ask the same net meanwhile
NEAREST = 5
AXES = 64  # directions of the features that are kept
COARSE = 8  # pixels a side of the coarse look
USUAL = 0.99  # so many of the test pictures count as usual


@dataclass(frozen=True)
class Study:
    """n test pictures with what the net said, m training pictures as it saw them, and limits.

    logits (n, k), labels (n); axes (f, a) are the main directions of the features, and features
    (m, a + 1) lie along them; middle (d) and sharpen (d, d) are of the coarse look; limits (2) are
    the distances that 99 % of the test pictures keep. shown are some test pictures (s, c, h, w)
    uint8, and which (s) and what (s) they are.
    """

    sha: str
    logits: np.ndarray
    labels: np.ndarray
    axes: np.ndarray
    features: np.ndarray
    middle: np.ndarray
    sharpen: np.ndarray
    limits: np.ndarray
    shown: np.ndarray
    which: np.ndarray
    what: np.ndarray

    def strangeness(self, packed: np.ndarray, features: np.ndarray) -> np.ndarray:
        """How unlike the training data: above 1 is stranger than 99 % of the test pictures.

        The larger of two distances, each as a share of its limit: how the picture looks from afar
        (Mahalanobis), and how far the net's own description of it is from those of training
        pictures (nearest neighbours: Sun et al. 2022, arXiv 2204.06507). (b, c, h, w), (b, f) ->
        (b)
        """
        found = np.stack([self._coarse(packed), self._near(features)])
        return np.asarray((found / self.limits[:, None]).max(0))

    def _coarse(self, packed: np.ndarray) -> np.ndarray:
        return np.asarray(np.linalg.norm((coarse(packed) - self.middle) @ self.sharpen, axis=1))

    def _near(self, features: np.ndarray) -> np.ndarray:
        return neighbours(along(self.axes, features), self.features.astype(np.float32))


def along(axes: np.ndarray, features: np.ndarray) -> np.ndarray:
    """Features at length 1 along some axes, and last what lies in none of them. -> (b, a + 1)"""
    lengths = np.linalg.norm(features, axis=1, keepdims=True)
    there = np.asarray(features / np.maximum(lengths, 1e-12), dtype=np.float32) @ axes.astype(
        np.float32
    )
    rest = np.maximum(1 - (there**2).sum(1, keepdims=True), 0)
    return np.concatenate([there, np.sqrt(rest)], 1)


def main_axes(features: np.ndarray) -> np.ndarray:
    """The directions in which features differ most, at right angles. (m, f) -> (f, a)"""
    _, _, rows = np.linalg.svd(features, full_matrices=False)
    return np.asarray(rows[:AXES].T, dtype=np.float32)


def neighbours(features: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Distance to the fifth-nearest of the known ones, all of length 1. (b, f), (m, f) -> (b)"""
    likeness = features @ known.T
    at = min(NEAREST, likeness.shape[1])
    nearest = -np.partition(-likeness, at - 1, axis=1)[:, at - 1]
    return np.asarray(np.sqrt(np.maximum(2 - 2 * nearest, 0)))


def coarse(packed: np.ndarray) -> np.ndarray:
    """A picture from afar: 8×8 means per channel, and how rough it is. (b, c, h, w) -> (b, d)"""
    x = torch.from_numpy(np.ascontiguousarray(packed)).float() / 255
    far = nn.functional.adaptive_avg_pool2d(x, COARSE).flatten(1)
    rough = (x.diff(dim=2).abs().mean((1, 2, 3)) + x.diff(dim=3).abs().mean((1, 2, 3))) / 2
    return torch.cat([far, 4 * rough[:, None]], 1).numpy()


@torch.inference_mode()
def look(net: Predictor, packed: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """What a net says, and what its last layer was given. (b, c, h, w) uint8 -> (b, k), (b, f)"""
    x = net.normalise(packed.to(net.device))
    seen: list[torch.Tensor] = []

    def hear(_module: nn.Module, given: tuple[torch.Tensor, ...]) -> None:
        seen.append(given[0].detach())

    with net.lock, autocast(net.half, net.device):
        handle = _head(net).register_forward_pre_hook(hear)
        try:
            x = x.contiguous(memory_format=torch.channels_last)
            logits = answers(net.model, x, net.config.mirror).float()
        finally:
            handle.remove()
    return logits.cpu(), seen[0].float().flatten(1).cpu()


def _head(net: Predictor) -> nn.Module:
    return net.model.get_submodule(find_head(net.model, len(net.classes)))


def study(net: Predictor, pictures: Pictures, sha: str = "") -> Study:
    """Ask a net about test pictures, and look how it sees training pictures."""
    chance = np.random.default_rng(5)
    test = _some(chance, len(pictures.test_labels), TEST)
    known = _some(chance, len(pictures.train_labels), KNOWN)
    asked = [look(net, pictures.test_images[part]) for part in test.split(CHUNK)]
    logits, features = (torch.cat(part).numpy() for part in zip(*asked, strict=True))
    train = pictures.train_images[known]
    described = torch.cat([look(net, part)[1] for part in train.split(CHUNK)]).numpy()
    axes = main_axes(described)
    middle, sharpen = _whitened(coarse(train.numpy()))
    labels = pictures.test_labels[test].numpy()
    packed = pictures.test_images[test].numpy()
    turn = np.argsort(_turns(labels), kind="stable")[:SHOWN]
    made = Study(
        sha,
        logits.astype(np.float16),
        labels.astype(np.int16),
        axes.astype(np.float16),
        along(axes, described).astype(np.float16),
        middle.astype(np.float32),
        sharpen.astype(np.float32),
        np.ones(2),
        packed[turn],
        test.numpy()[turn].astype(np.int32),
        labels[turn].astype(np.int16),
    )
    limits = [np.quantile(d, USUAL) for d in (made._coarse(packed), made._near(features))]
    return replace(made, limits=np.maximum(limits, 1e-6))


def _some(chance: np.random.Generator, count: int, most: int) -> torch.Tensor:
    return torch.from_numpy(np.sort(chance.permutation(count)[:most]))


def _turns(labels: np.ndarray) -> np.ndarray:
    """Which of its class each one is: sorted by this, the classes take turns."""
    turn = np.zeros(len(labels), dtype=int)
    for label in np.unique(labels):
        mine = labels == label
        turn[mine] = np.arange(mine.sum())
    return turn * (int(labels.max()) + 1) + labels


def _whitened(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Middle, and the matrix that makes their spread a ball; thin directions are widened."""
    middle = points.mean(0)
    values, vectors = np.linalg.eigh(np.cov(points - middle, rowvar=False))
    floor = max(1e-3 * float(values.max()), 1e-6)
    return middle, vectors / np.sqrt(np.maximum(values, floor))


def save(made: Study, folder: Path) -> None:
    """Lay a study beside a checkpoint."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **{f.name: getattr(made, f.name) for f in fields(Study)})
    write_whole(folder / FILE, buffer.getvalue())


def read(folder: Path, sha: str) -> Study | None:
    """The study that lies beside a checkpoint; None without, or if it is of other weights."""
    try:
        with np.load(folder / FILE) as kept:
            values = {f.name: kept[f.name] for f in fields(Study)}
    except (*DAMAGE, KeyError):
        return None
    made = replace(Study(**values), sha=str(values["sha"]))
    return made if made.sha == sha else None


def study_of(net: Predictor, folder: Path) -> Study | None:
    """The study of an opened checkpoint: as it came along, else made now; None without its set."""
    sha = str(net.card["files"]["model"]["sha256"])
    if (kept := read(folder, sha)) is not None:
        return kept
    try:
        pictures = load(str(net.card["data"]))
    except ValueError:
        return None
    shape = (net.channels, net.size, len(net.classes))
    if shape != (pictures.channels, pictures.size, len(pictures.classes)):
        return None
    return study(net, pictures, sha)
