"""Test pictures to try a net on: from the set where it is here, else those kept with the net."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core import pack
from core.data import ensure
from core.datasets import DATASETS
from core.study import Study

NUMBER = re.compile(r"([\w.-]{1,60}):(\d{1,7})")


@dataclass(frozen=True)
class Sample:
    """A test picture uint8 (c, h, w), which of its set's it is, and its class."""

    data: str
    index: int
    picture: np.ndarray
    truth: str

    @property
    def name(self) -> str:
        """What a link calls it."""
        return f"{self.data}:{self.index}"


def some(
    data: str, classes: Sequence[str], most: int, seed: int = 0, known: Study | None = None
) -> list[Sample]:
    """A few test pictures, the classes taking turns; another seed gives others.

    From the set itself, or from a study where that is not here; none where both are missing.
    """
    chance = np.random.default_rng(seed)
    if (arrays := _opened(data)) is not None:
        images, labels = arrays.test_images, arrays.test_labels
        order = chance.permutation(len(labels))
        chosen = order[_in_turn(np.asarray(labels)[order])][:most]
        return [_sample(data, int(i), images[i], int(labels[i]), classes) for i in chosen]
    if known is None:
        return []
    start = chance.integers(len(known.what)) // 10 * 10 if seed else 0
    turned = np.roll(np.arange(len(known.what)), -int(start))[:most]
    return [
        _sample(data, int(known.which[i]), known.shown[i], int(known.what[i]), classes)
        for i in turned
    ]


def find(name: str, classes: Sequence[str], known: Study | None = None) -> Sample | None:
    """The test picture that a link names, `set:number`; None where there is no such one."""
    parts = NUMBER.fullmatch(name)
    if parts is None:
        return None
    data, index = parts[1], int(parts[2])
    if (arrays := _opened(data)) is not None:
        if index >= len(arrays.test_labels):
            return None
        label = int(arrays.test_labels[index])
        return _sample(data, index, arrays.test_images[index], label, classes)
    if known is not None and index in known.which:
        at = int(np.flatnonzero(known.which == index)[0])
        return _sample(data, index, known.shown[at], int(known.what[at]), classes)
    return None


def _sample(
    data: str, index: int, picture: np.ndarray, label: int, classes: Sequence[str]
) -> Sample:
    truth = classes[label] if label < len(classes) else str(label)
    return Sample(data, index, np.array(picture), truth)


def _opened(data: str) -> pack.Arrays | None:
    """The arrays of a set; bundled and generated ones are made if need be."""
    try:
        spec = DATASETS.get(pack.plain_name(data))
        if spec and spec.make:
            ensure(data)
        elif pack.read_card(data) is None:
            return None
        return pack.open_arrays(data)
    except (ValueError, OSError):
        return None


def _in_turn(labels: np.ndarray) -> np.ndarray:
    """An order in which the classes take turns."""
    turn = np.zeros(len(labels), dtype=int)
    for label in np.unique(labels):
        mine = labels == label
        turn[mine] = np.arange(mine.sum())
    return np.lexsort((labels, turn))
