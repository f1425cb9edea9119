"""The known sets from the network: original files, checked by size and sum."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from core import pack
from core.archives import originals
from core.datasets import DATASETS, DatasetSpec
from core.fetch import FetchError, fetch
from core.progress import Progress, Reporter, Tick, progress, start

__all__ = ["Progress", "download", "progress", "start_download"]

MIRROR = "PLAYGROUND_MIRROR"  # address of a folder with the same files, tried first
CIFAR_FILE, CIFAR_MD5 = "cifar-10-binary.tar.gz", "c32a1d4ab5d03f1284b67883e8d87530"
SIZES = {
    "mnist": (9_912_422, 28_881, 1_648_877, 4_542),
    "fashion-mnist": (26_421_880, 29_515, 4_422_102, 5_148),
    "cifar10": (170_052_171,),
}


@dataclass(frozen=True)
class Remote:
    """One file: where it lies, how long it is, and its sum."""

    name: str
    urls: tuple[str, ...]
    md5: str
    size: int


def remotes(name: str) -> tuple[Remote, ...]:
    """The files of a set, addresses and sums as torchvision has them."""
    from torchvision.datasets import CIFAR10, MNIST, FashionMNIST

    if name == "cifar10":
        # The binary archive lies beside the one that torchvision takes, which is a pickle.
        folders, files = [CIFAR10.url.rsplit("/", 1)[0] + "/"], [(CIFAR_FILE, CIFAR_MD5)]
    else:
        source = FashionMNIST if name == "fashion-mnist" else MNIST
        folders, files = list(source.mirrors), list(source.resources)
    if mirror := os.environ.get(MIRROR):
        folders.insert(0, mirror.rstrip("/") + f"/{name}/")
    return tuple(
        Remote(file, tuple(folder + file for folder in folders), md5, size)
        for (file, md5), size in zip(files, SIZES[name], strict=True)
    )


def download(name: str, tick: Tick | None = None) -> None:
    """Fetch, check and pack a known set; goes on where an earlier try ended.

    `tick(bytes done, bytes total)`. A set that is here already is left alone.

    Raises:
        ValueError: not a set to download, offline, wrong bytes, disk full; says the way on.
    """
    spec = _spec(name)
    if pack.is_whole(name):
        return
    folder = pack.data_folder() / f".{name}.files"
    folder.mkdir(exist_ok=True)
    with Reporter(name, "download", tick) as reporter:
        _fetch_all(name, spec, folder, reporter)
        try:
            if name == "cifar10":
                arrays = originals.read_cifar(folder / CIFAR_FILE)
            else:
                arrays = originals.read_idx(originals.idx_files(folder) or ())
        except ValueError:
            shutil.rmtree(folder, ignore_errors=True)  # right sums, so only our disk can be wrong
            raise
        pack.write(name, spec.label, spec.classes, arrays, spec.source, replace=True)
    shutil.rmtree(folder, ignore_errors=True)


def _spec(name: str) -> DatasetSpec:
    spec = DATASETS.get(name)
    if spec is None or spec.kind != "download":
        choices = ", ".join(n for n, s in DATASETS.items() if s.kind == "download")
        raise ValueError(f"{name[:60]!r} is not a set to download: choose one of {choices}")
    return spec


def _fetch_all(name: str, spec: DatasetSpec, folder: Path, reporter: Reporter) -> None:
    files = remotes(name)
    total, before = sum(file.size for file in files), 0
    for file in files:
        done = before

        def tick(here: int, done: int = done) -> None:
            reporter(done + here, total)

        try:
            fetch(file.urls, folder / file.name, size=file.size, md5=file.md5, tick=tick)
        except FetchError as problem:
            raise FetchError(problem.reason, _ways_on(name, spec, str(problem))) from None
        before += file.size


def _ways_on(name: str, spec: DatasetSpec, what: str) -> str:
    return (
        f"{spec.label} could not be downloaded ({what}): use mnist-5k or shapes, which are here "
        f"already, start again later, or bring the files and run `data import {name} PATH`"
    )


def start_download(name: str) -> None:
    """Begin or resume a download in a process of its own; `progress(name)` tells how far it is.

    Raises:
        ValueError: not a set to download.
    """
    _spec(name)
    start(name, "download", ["data", "download", name])
