"""Where pictures come from: the menu of sets, opening one, and what is installed."""

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Literal

import numpy as np

from core import pack
from core.datasets import DATASETS, DatasetSpec, Kind

if TYPE_CHECKING:  # pages and the command line list sets without paying seconds for torch
    import torch

__all__ = ["DATASETS", "DatasetSpec", "Kind", "Pictures", "SetInfo"]
__all__ += ["ensure", "info", "installed", "load", "remove", "sample"]


@dataclass(frozen=True)
class Pictures:
    """An opened set: images uint8 [n, c, h, w] mapped from disk, labels int64 [n].

    `mean` and `std` are per channel, in 0..1, of the train pictures.
    """

    name: str
    label: str
    classes: tuple[str, ...]
    train_images: "torch.Tensor"
    train_labels: "torch.Tensor"
    test_images: "torch.Tensor"
    test_labels: "torch.Tensor"
    mean: tuple[float, ...]
    std: tuple[float, ...]
    source: str

    @property
    def channels(self) -> int:
        """1 for grey, 3 for colour."""
        return int(self.train_images.shape[1])

    @property
    def size(self) -> int:
        """Side of a picture in pixels."""
        return int(self.train_images.shape[2])

    @property
    def shape(self) -> dict[str, int]:
        """What a net has to know of them: channels, image (the side) and classes."""
        return {"channels": self.channels, "image": self.size, "classes": len(self.classes)}


@dataclass(frozen=True)
class SetInfo:
    """A set as the Data page and `data list` show it; mean and std are empty until it is built."""

    name: str
    label: str
    note: str
    kind: Kind
    state: Literal["ready", "absent"]
    classes: tuple[str, ...]
    train: tuple[int, ...]
    test: tuple[int, ...]
    channels: int
    size: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    source: str
    bytes: int


def ensure(name: str) -> pack.Card:
    """The card of a set, which is built first if it can be without a network.

    Several processes may do so at once: the first to finish wins.

    Raises:
        ValueError: unknown, not downloaded yet, or damaged; the sentence says what to do.
    """
    spec = DATASETS.get(pack.plain_name(name))
    if spec and spec.make and not pack.is_whole(name):
        there = (pack.pack_folder(name) / pack.CARD).exists()  # but damaged
        arrays = spec.make()
        return pack.write(name, spec.label, spec.classes, arrays, spec.source, replace=there)
    if (card := pack.read_card(name)) is not None:
        return card
    if spec is None:
        known = ", ".join(sorted({*DATASETS, *_packed()}))
        raise ValueError(f"no set is called {name!r}: choose one of {known}")
    raise ValueError(
        f"{spec.label} is not on this machine yet: download it on the Data page or with "
        f"`data download {name}`; or take mnist-5k or shapes, which need no network"
    )


def load(name: str) -> Pictures:
    """Open a set by name.

    Raises:
        ValueError: unknown, not downloaded yet, or damaged; the sentence says what to do.
    """
    import torch

    card = ensure(name)
    arrays = pack.open_arrays(name)
    return Pictures(
        name=card.name,
        label=card.label,
        classes=card.classes,
        train_images=torch.from_numpy(arrays.train_images),
        train_labels=torch.from_numpy(arrays.train_labels),
        test_images=torch.from_numpy(arrays.test_images),
        test_labels=torch.from_numpy(arrays.test_labels),
        mean=card.mean,
        std=card.std,
        source=card.source,
    )


def _packed() -> list[str]:
    """Names of all packed sets, own ones included."""
    return sorted(p.parent.name for p in pack.data_folder().glob(f"[!.]*/{pack.CARD}"))


def installed() -> list[SetInfo]:
    """Every set on the menu, then the user's own, in a stable order; builds nothing.

    A damaged set counts as absent; an own one is then left out until it is imported again.
    """
    own = [name for name in _packed() if name not in DATASETS and _known(name)]
    return [info(name) for name in [*DATASETS, *own]]


def _known(name: str) -> pack.Card | None:
    try:
        return pack.read_card(name)
    except ValueError:
        return None


def info(name: str) -> SetInfo:
    """What is known of one set without opening it.

    Raises:
        ValueError: unknown.
    """
    spec, card = DATASETS.get(name), _known(name)
    if card is not None:
        files = pack.pack_folder(name).iterdir()
        known = {field.name: getattr(card, field.name) for field in fields(card)}
        del known["created"], known["sha256"]
        return SetInfo(
            **known,
            note=spec.note if spec else "",
            kind=spec.kind if spec else "own",
            state="ready",
            bytes=sum(file.stat().st_size for file in files),
        )
    if spec is None:
        raise ValueError(f"no set is called {name!r}")
    return SetInfo(
        name=name,
        label=spec.label,
        note=spec.note,
        kind=spec.kind,
        state="ready" if spec.make else "absent",
        classes=spec.classes,
        train=(spec.train,) * len(spec.classes),
        test=(spec.test,) * len(spec.classes),
        channels=spec.channels,
        size=spec.size,
        mean=(),
        std=(),
        source=spec.source,
        bytes=0,
    )


def sample(name: str, per_class: int = 8, seed: int = 0) -> np.ndarray:
    """Train pictures of every class, chosen by seed. -> uint8 [k, n, h, w, c]

    n is `per_class`, or the size of the smallest class if that is less.
    """
    card = ensure(name)
    arrays = pack.open_arrays(name)
    chance = np.random.default_rng(seed)
    n = max(1, min(per_class, *card.train))
    rows = [
        chance.choice(np.flatnonzero(arrays.train_labels == k), n, replace=False)
        for k in range(len(card.classes))
    ]
    return np.stack([arrays.train_images[np.sort(r)] for r in rows]).transpose(0, 1, 3, 4, 2)


def remove(name: str) -> None:
    """Delete a set from this machine; bundled and generated ones come back when next used.

    Raises:
        ValueError: there is no such set.
    """
    pack.erase(name)
