"""Sets in their authors' own formats: the four idx files of MNIST, the binary CIFAR-10 archive."""

import gzip
import struct
import zlib
from pathlib import Path

import numpy as np

from core.archives import Tick, entries, members
from core.archives.entries import BadArchive
from core.pack import Arrays

STEMS = ("train-images", "train-labels", "t10k-images", "t10k-labels")
MAX_PICTURES = 200_000
SIZES = (28, 32, 64)
RECORD = 1 + 3 * 32 * 32  # a label, then red, green and blue planes
BATCH = 10_000
TRAIN_BATCHES = tuple(f"data_batch_{n}.bin" for n in range(1, 6))
TEST_BATCH = "test_batch.bin"


def idx_files(folder: Path) -> tuple[Path, ...] | None:
    """The four MNIST files in `folder`, plain or .gz, in the order of `STEMS`; None without."""
    if not folder.is_dir():
        return None
    found = []
    for stem in STEMS:
        tails = [f"{dash}idx{'3' if 'images' in stem else '1'}-ubyte" for dash in "-."]
        paths = [folder / f"{stem}{tail}{end}" for tail in tails for end in ("", ".gz")]
        present = [path for path in paths if path.is_file()]
        if not present:
            return None
        found.append(present[0])
    return tuple(found)


def read_idx(files: tuple[Path, ...]) -> Arrays:
    """Four idx files → images [n, 1, h, w] and labels [n].

    Raises:
        BadArchive: cut, damaged, not idx, or pictures and labels that do not match.
    """
    train_images, train_labels, test_images, test_labels = (
        _idx(path, axes) for path, axes in zip(files, (3, 1, 3, 1), strict=True)
    )
    for images, labels, path in (
        (train_images, train_labels, files[1]),
        (test_images, test_labels, files[3]),
    ):
        if len(images) != len(labels) or not len(labels):
            raise BadArchive(
                f"{path.name} has {len(labels)} labels for {len(images)} pictures: "
                "download the four files again"
            )
    return Arrays(
        train_images[:, None],
        train_labels.astype(np.int64),
        test_images[:, None],
        test_labels.astype(np.int64),
    )


def _idx(path: Path, axes: int) -> np.ndarray:
    """One idx file of bytes: [n, h, w] or [n]; never reads more than its header announces."""
    wrong = BadArchive(f"{path.name} is damaged or not an idx file: download it again")
    opened = gzip.open if path.suffix == ".gz" else Path.open
    try:
        with opened(path, "rb") as file:
            if struct.unpack(">HBB", file.read(4)) != (0, 8, axes):  # 8: unsigned bytes
                raise wrong
            shape = struct.unpack(f">{axes}I", file.read(4 * axes))
            if shape[0] > MAX_PICTURES or any(side not in SIZES for side in shape[1:]):
                raise BadArchive(
                    f"{path.name} announces {'×'.join(map(str, shape))}: at most {MAX_PICTURES:,} "
                    f"square pictures of {', '.join(map(str, SIZES))} pixels can be read"
                )
            length = int(np.prod(shape))
            data = file.read(length + 1)
    except (OSError, EOFError, zlib.error, struct.error):
        raise wrong from None
    if len(data) != length or len(set(shape[1:])) > 1:
        raise wrong
    return np.frombuffer(data, dtype=np.uint8).reshape(shape)


def read_cifar(path: Path, tick: Tick | None = None) -> Arrays:
    """cifar-10-binary.tar.gz → images [n, 3, 32, 32] and labels [n].

    Raises:
        BadArchive: damaged, or a batch is missing.
    """
    batches: dict[str, np.ndarray] = {}
    for member in members(path, tick, largest=RECORD * BATCH):
        name = member.parts[-1] if member.parts else ""
        if member.kind == "file" and name in (*TRAIN_BATCHES, TEST_BATCH):
            data = member.read() or b""
            if not data or len(data) % RECORD:
                raise BadArchive(f"{name} in {entries.shown(path)} is damaged: download it again")
            batches[name] = np.frombuffer(data, dtype=np.uint8).reshape(-1, RECORD)
    missing = [name for name in (*TRAIN_BATCHES, TEST_BATCH) if name not in batches]
    if missing:
        raise BadArchive(
            f"{entries.shown(path)} lacks {', '.join(missing)}: use cifar-10-binary.tar.gz"
        )
    train = np.concatenate([batches[name] for name in TRAIN_BATCHES])
    test = batches[TEST_BATCH]
    if max(train[:, 0].max(), test[:, 0].max()) > 9:
        raise BadArchive(f"{entries.shown(path)} has labels above 9: download it again")
    return Arrays(*_planes(train), *_planes(test))


def _planes(records: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return records[:, 1:].reshape(-1, 3, 32, 32), records[:, 0].astype(np.int64)
