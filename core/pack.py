"""The packed cache: one folder per set, written whole or not at all, opened by memory map."""

import hashlib
import json
import os
import shutil
import time
import unicodedata
import uuid
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from core.home import home

PARTS = ("train_images", "train_labels", "test_images", "test_labels")
CARD = "card.json"
Sums = dict[str, str]
STALE = 3600.0  # seconds after which a dot-entry belongs to a process that died


@dataclass(frozen=True)
class Arrays:
    """A set in memory: images uint8 [n, c, h, w], labels int64 [n]."""

    train_images: np.ndarray
    train_labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray


@dataclass(frozen=True)
class Card:
    """What is known of a packed set without opening its pictures.

    `train` and `test` count pictures per class; `mean` and `std` are per channel, in 0..1, of the
    train pictures; `sha256` is per file.
    """

    name: str
    label: str
    classes: tuple[str, ...]
    channels: int
    size: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    train: tuple[int, ...]
    test: tuple[int, ...]
    source: str
    created: float
    sha256: dict[str, str]


def data_folder() -> Path:
    """Where all sets lie."""
    folder = home() / "data"
    folder.mkdir(exist_ok=True)
    return folder


def plain_name(name: str) -> str:
    """The name of a set, fit to be a folder and to be shown.

    Raises:
        ValueError: empty, longer than 40, or with other than letters, digits and - _ .
    """
    name = unicodedata.normalize("NFKC", name).strip()
    fit = name and len(name) <= 40 and all(c.isalnum() or c in "-_." for c in name)
    if not fit or name.startswith("."):
        raise ValueError(
            f"{name[:60]!r} cannot name a set: use up to 40 letters, digits and - _ . and begin "
            "with a letter or digit"
        )
    return name


def pack_folder(name: str) -> Path:
    """The folder of one packed set, whether or not it exists."""
    return data_folder() / plain_name(name)


def moments(images: np.ndarray) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and deviation per channel, in 0..1, exact from histograms. [n, c, h, w] -> (c,), (c,)"""
    levels = np.arange(256) / 255
    counts = np.zeros((images.shape[1], 256), dtype=np.int64)
    for start in range(0, len(images), 4096):  # bincount widens to 8 bytes a pixel
        for channel, plane in enumerate(images[start : start + 4096].swapaxes(0, 1)):
            counts[channel] += np.bincount(plane.ravel(), minlength=256)
    shares = counts / counts.sum(axis=1, keepdims=True)
    mean = shares @ levels
    std = np.sqrt((shares * (levels - mean[:, None]) ** 2).sum(axis=1))
    return tuple(mean.round(6).tolist()), tuple(std.round(6).tolist())


def _save(path: Path, array: np.ndarray) -> str:
    """Write one array so that it survives a power cut; gives its SHA-256."""
    with path.open("wb") as file:
        np.save(file, np.ascontiguousarray(array), allow_pickle=False)
        file.flush()
        os.fsync(file.fileno())
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write(
    name: str, label: str, classes: tuple[str, ...], arrays: Arrays, source: str, *, replace: bool
) -> Card:
    """Pack a set; it appears under its name in one step, or not at all.

    With `replace` an older set of that name gives way; without it the first of several writers
    wins and the others drop theirs. Readers that hold the old one keep it.

    Raises:
        ValueError: the disk is full or refuses.
    """
    target = pack_folder(name)
    sweep()
    temporary = data_folder() / f".{target.name}.{uuid.uuid4().hex}.tmp"
    try:
        temporary.mkdir()
        sums = {part: _save(temporary / f"{part}.npy", getattr(arrays, part)) for part in PARTS}
        card = _card(target.name, label, classes, arrays, source, sums)
        with (temporary / CARD).open("w", encoding="utf-8") as file:
            json.dump(asdict(card), file, ensure_ascii=False, indent=1)
            file.flush()
            os.fsync(file.fileno())
        _appear(temporary, target, replace)
    except OSError as problem:
        raise ValueError(
            f"the set {name!r} could not be written ({problem.strerror}): make room in the "
            "playground's folder and try again"
        ) from None
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return card


def _card(
    name: str, label: str, classes: tuple[str, ...], arrays: Arrays, source: str, sums: Sums
) -> Card:
    mean, std = moments(arrays.train_images)
    train, test = (
        tuple(np.bincount(labels, minlength=len(classes)).tolist())
        for labels in (arrays.train_labels, arrays.test_labels)
    )
    return Card(
        name=name,
        label=label,
        classes=classes,
        channels=arrays.train_images.shape[1],
        size=arrays.train_images.shape[2],
        mean=mean,
        std=std,
        train=train,
        test=test,
        source=source,
        created=time.time(),
        sha256=sums,
    )


def _appear(temporary: Path, target: Path, replace: bool) -> None:
    """A folder cannot be renamed over a full one, so the old one steps aside."""
    if replace:
        _step_aside(target)
    try:
        temporary.rename(target)
    except OSError:
        if not (target / CARD).exists():
            raise
        # Another process was first: its set is as good as ours.


def _step_aside(target: Path) -> None:
    aside = data_folder() / f".{target.name}.{uuid.uuid4().hex}.tmp"
    with suppress(FileNotFoundError):  # another process moved it first
        target.rename(aside)
    shutil.rmtree(aside, ignore_errors=True)


def erase(name: str) -> None:
    """Delete one packed set; whoever has it open keeps it until they let go.

    Raises:
        ValueError: there is no such set.
    """
    target = pack_folder(name)
    if not (target / CARD).exists():
        raise ValueError(f"there is no set {name!r} to delete: `data list` shows those that are")
    _step_aside(target)


def sweep() -> None:
    """Remove what processes that died in the middle of a write have left behind."""
    for entry in data_folder().glob(".*.tmp"):
        try:
            if time.time() - entry.stat().st_mtime > STALE:
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        except OSError:
            continue  # another process sweeps too


def read_card(name: str) -> Card | None:
    """The card of a packed set; None when it is not here.

    Raises:
        ValueError: the card is damaged.
    """
    path = pack_folder(name) / CARD
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
        tuples = {k: tuple(v) for k, v in fields.items() if isinstance(v, list)}
        return Card(**(fields | tuples))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, AttributeError):
        raise ValueError(_damaged(name)) from None


def open_arrays(name: str) -> Arrays:
    """The arrays of a packed set as copy-on-write maps of the files.

    All processes share the pages that the system holds once; a stray write stays in its process.

    Raises:
        ValueError: a file is missing, cut or of another shape than the card says.
    """
    folder = pack_folder(name)
    try:
        maps = [np.load(folder / f"{p}.npy", mmap_mode="c", allow_pickle=False) for p in PARTS]
    except (OSError, ValueError, EOFError):
        raise ValueError(_damaged(name)) from None
    card, counts = read_card(name), [len(a) for a in maps]
    if card is None or counts != [sum(card.train)] * 2 + [sum(card.test)] * 2:
        raise ValueError(_damaged(name))
    return Arrays(*maps)


def _damaged(name: str) -> str:
    return f"the packed set {name!r} is damaged: delete it, then download or import it again"


def is_whole(name: str) -> bool:
    """Whether the set is here and can be opened."""
    try:
        return len(open_arrays(name).train_images) > 0
    except ValueError:
        return False
