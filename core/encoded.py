"""Test pictures as a trained encoder places them, and the pictures that it has learned from."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core import pack, zoo
from core.checkpoint import read_card
from core.data import ensure
from core.datasets import DATASETS, DatasetSpec
from core.study import Study, read

if TYPE_CHECKING:
    from core.maker import Maker

PIXELS = 1_200_000  # numbers of all pictures that are kept at hand
MOST = 1_500
SEED = 3


@dataclass(frozen=True, eq=False)
class Cloud:
    """n test pictures (n, c, h, w) uint8 of a set, which ones they are, their classes, their codes.

    codes (n, d) are without noise, spread (n, d) is the deviation of a Gaussian encoder. Where a
    set is not here, a few of its pictures may have come along with the zoo: `few`.
    """

    data: str
    which: np.ndarray
    pictures: np.ndarray
    labels: np.ndarray
    codes: np.ndarray
    spread: np.ndarray
    few: bool = False

    def __len__(self) -> int:
        return len(self.codes)


def known(
    data: str, classes: tuple[str, ...], channels: int, size: int
) -> tuple[str, pack.Arrays] | None:
    """A set by name, else a bundled one of the same classes and size; None where neither is here.

    A net may have come along without its set, and some digits are always at hand.
    """
    kind = (channels, size, classes)
    own = [n for n, spec in DATASETS.items() if _kind(spec) == kind and spec.make and n != data]
    for name in (data, *own):
        arrays = _opened(name)
        card = pack.read_card(name) if arrays is not None else None
        if arrays is not None and card is not None and _kind(card) == kind:
            return name, arrays
    return None


def _kind(one: DatasetSpec | pack.Card) -> tuple[int, int, tuple[str, ...]]:
    return one.channels, one.size, tuple(one.classes)


def _opened(name: str) -> pack.Arrays | None:
    """The arrays of a set; a bundled one is made if need be."""
    try:
        spec = DATASETS.get(pack.plain_name(name))
        if spec and spec.make:
            ensure(name)
        elif pack.read_card(name) is None:
            return None
        return pack.open_arrays(name)
    except (ValueError, OSError):
        return None


def of(maker: "Maker") -> tuple[str, pack.Arrays] | None:
    """The set that a net has learned, or one of the same kind."""
    return known(maker.data, tuple(maker.classes), maker.channels, maker.size)


def cloud(maker: "Maker", most: int = MOST) -> Cloud | None:
    """Encode test pictures; None where no set of their kind is here, and none came along."""
    found = of(maker)
    if found is None:
        return _few(maker)
    data, arrays = found
    labels = np.asarray(arrays.test_labels)
    count = min(most, len(labels), PIXELS // (maker.channels * maker.size**2))
    which = np.sort(np.random.default_rng(SEED).permutation(len(labels))[:count])
    pictures = np.ascontiguousarray(arrays.test_images[which])
    codes = maker.encode(pictures)
    return Cloud(data, which, pictures, labels[which], codes.z, codes.spread)


def _few(maker: "Maker") -> Cloud | None:
    """The test pictures that a classifier of the zoo shows of the same set."""
    for entry in zoo.entries():
        if entry.data != maker.data or (study := _shown(entry, maker)) is None:
            continue
        codes = maker.encode(study.shown)
        return Cloud(maker.data, study.which, study.shown, study.what, codes.z, codes.spread, True)
    return None


def _shown(entry: zoo.Entry, maker: "Maker") -> Study | None:
    try:
        card = read_card(entry.folder)
        study = read(entry.folder, str(card["files"]["model"]["sha256"]))
    except (KeyError, ValueError):
        return None
    alike = (card["channels"], card["size"], tuple(card["classes"]))
    wanted = (maker.channels, maker.size, tuple(maker.classes))
    return study if alike == wanted else None
