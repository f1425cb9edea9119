"""Reader: a classifier of the zoo that says what generated pictures show."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import torch

from core import zoo
from core.checkpoint import read_card
from core.data import info
from models import classifies

SURE = 0.9  # confidence from which a picture counts as read
CHUNK = 500


@dataclass(frozen=True)
class Reading:
    """What a classifier made of pictures: the share that it was sure of, counts of each class."""

    sure: float
    counts: torch.Tensor


class Reader:
    """A trained classifier; asked, never trained."""

    def __init__(self, folder: Path) -> None:
        from core.inference import Predictor  # which knows every objective

        self.net = Predictor(folder)
        self.name = folder.name

    def read(self, pictures: torch.Tensor) -> torch.Tensor:
        """(n, c, h, w) uint8 -> probabilities (n, k)"""
        return torch.cat([self.net.logits(part).softmax(1).cpu() for part in pictures.split(CHUNK)])

    def score(self, pictures: torch.Tensor) -> Reading:
        """How many of these pictures it is sure of, and what it takes them for."""
        sure, called = self.read(pictures).max(1)
        counts = torch.bincount(called, minlength=len(self.net.classes))
        return Reading(float((sure >= SURE).float().mean()), counts)


def reader(data: str) -> Reader | None:
    """The classifier of the zoo for the pictures of a set; None where there is none.

    It knows the same classes from pictures of the same size; convolutional nets come first, as
    they are hard to please, and then the most accurate one.
    """
    known = info(data)
    wanted = (known.classes, known.channels, known.size)
    found = []
    for entry in zoo.entries():
        card = read_card(entry.folder)
        theirs = tuple(card["classes"]), card["channels"], card["size"]
        if theirs == wanted and classifies(entry.model):
            found.append((entry.model == "cnn", entry.accuracy or 0.0, entry.name, entry.folder))
    return _opened(max(found)[-1]) if found else None


@lru_cache(maxsize=4)
def _opened(folder: Path) -> Reader:
    return Reader(folder)
