"""Taking in pictures from a folder, zip or tar: all of a set is packed, or nothing."""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np

from core import pack
from core.archives import originals
from core.datasets import DATASETS, DatasetSpec, stratified
from core.gather import Gathered, gather, survey
from core.imaging import display_name
from core.layout import check_counts, natural, settle
from core.progress import Reporter, Tick, start

TEST_SHARE = 0.2
SPLIT_SEED = 20


@dataclass(frozen=True)
class ImportReport:
    """What an import took in, and what it left out and why."""

    name: str
    classes: tuple[str, ...]
    train: int
    test: int
    skipped: dict[str, int] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    seconds: float = 0.0


def import_set(name: str, path: Path, progress: Tick | None = None) -> ImportReport:
    """Make a set of `path` under `name`, in place of one that was imported before.

    `path` is a folder, zip or tar with `train/<class>/…` and `test/<class>/…`, or `<class>/…`
    (then a fifth of each class becomes the test part); or a folder with the four MNIST files; or
    cifar-10-binary.tar.gz. `progress(done, total)`.

    Raises:
        ValueError: anything that would leave half a set; nothing is kept then.
    """
    begun = time.monotonic()
    name, path = pack.plain_name(name), Path(path)
    spec = DATASETS.get(name)
    if spec and spec.make:
        raise ValueError(f"{name} is built in: give your own set another name")
    with Reporter(name, "import", progress) as reporter:
        if files := originals.idx_files(path):
            report = _take_originals(name, spec, originals.read_idx(files), path)
        elif name == "cifar10" and path.name.startswith("cifar-10-binary"):
            report = _take_originals(name, spec, originals.read_cifar(path, reporter), path)
        else:
            report = _take_pictures(name, spec, path, reporter)
        report = replace(report, seconds=round(time.monotonic() - begun, 3))
        reporter.report = asdict(report)
    return report


def start_import(name: str, path: Path) -> None:
    """Import in a process of its own; `progress(name)` tells how far it is and what it found.

    Raises:
        ValueError: the name cannot name an own set.
    """
    pack.plain_name(name)
    start(name, "import", ["data", "import", name, str(path)])


def _write(
    name: str, spec: DatasetSpec | None, classes: tuple[str, ...], arrays: pack.Arrays, path: Path
) -> None:
    origin = f"imported from {display_name(path.name)}"
    source = f"{spec.source}; {origin}" if spec else origin
    pack.write(name, spec.label if spec else name, classes, arrays, source, replace=True)


def _take_originals(
    name: str, spec: DatasetSpec | None, arrays: pack.Arrays, path: Path
) -> ImportReport:
    """A set in its authors' own format."""
    highest = int(max(arrays.train_labels.max(), arrays.test_labels.max()))
    classes = spec.classes if spec else tuple(map(str, range(highest + 1)))
    channels, size = arrays.train_images.shape[1], arrays.train_images.shape[2]
    if spec and (highest >= len(classes) or (channels, size) != (spec.channels, spec.size)):
        raise ValueError(
            f"{path.name} holds {highest + 1} classes of {channels}×{size}×{size} pictures, which "
            f"is not {spec.label}: import it under another name"
        )
    _write(name, spec, classes, arrays, path)
    return ImportReport(name, classes, len(arrays.train_labels), len(arrays.test_labels))


def _take_pictures(name: str, spec: DatasetSpec | None, path: Path, tick: Tick) -> ImportReport:
    """A set of picture files."""
    if spec:
        found = gather(path, tick, spec.channels, spec.size)
    else:  # twice over the same source: first to choose the size, then to take the pictures
        channels, size = survey(path, lambda done, total: tick(done, 2 * total))
        found = gather(path, lambda done, total: tick(total + done, 2 * total), channels, size)
    classes, arrays, warnings = _arrange(found, spec)
    _write(name, spec, classes, arrays, path)
    return ImportReport(
        name=name,
        classes=classes,
        train=len(arrays.train_labels),
        test=len(arrays.test_labels),
        skipped=found.layout.skipped,
        warnings=(*found.layout.warnings(), *warnings),
    )


def _arrange(
    found: Gathered, spec: DatasetSpec | None
) -> tuple[tuple[str, ...], pack.Arrays, list[str]]:
    """Classes in order, pictures in their parts, and what is odd about them.

    Raises:
        ValueError: the classes do not make a set, or not the one that `spec` describes.
    """
    layout = found.layout
    use, split_here = settle([place.part for place in found.places])
    for _ in range(use.count("")):
        layout.skip("pictures outside train and test")
    uses = list(zip(found.places, use, strict=True))
    trained = [place.key for place, to in uses if to == "train"]
    counts = {layout.label(key): trained.count(key) for key in layout.names}
    warnings = check_counts(counts, layout.skipped.get("pictures outside a class folder", 0))
    classes, order = _order([label for label, n in counts.items() if n], spec)
    index = {key: order.index(layout.label(key)) for key in set(trained)}
    if strange := {place.key for place, to in uses if to == "test"} - set(index):
        names = ", ".join(sorted(layout.label(key) for key in strange))[:100]
        raise ValueError(f"test/ has classes that train/ lacks: {names}; add them or remove them")
    labels = np.array([index.get(place.key, -1) for place in found.places], dtype=np.int64)
    train, test = (np.flatnonzero(np.array(use) == part) for part in ("train", "test"))
    if split_here:
        first, second = stratified(labels[train], TEST_SHARE, SPLIT_SEED)
        train, test = train[first], train[second]
    warnings += found.warnings(train, test)
    arrays = pack.Arrays(found.stack(train), labels[train], found.stack(test), labels[test])
    return classes, arrays, warnings


def _order(labels: Sequence[str], spec: DatasetSpec | None) -> tuple[tuple[str, ...], list[str]]:
    """Names of the classes in their final order, and the labels found, in the same order.

    Raises:
        ValueError: a known set with other classes.
    """
    ordered = sorted(labels, key=natural)
    if spec is None:
        return tuple(ordered), ordered
    if len(labels) != len(spec.classes):
        raise ValueError(
            f"{spec.label} has {len(spec.classes)} classes, here are {len(labels)}: import it "
            "under another name"
        )
    if ordered == [str(n) for n in range(len(ordered))]:
        return spec.classes, ordered
    # "T-shirt_top" is T-shirt and "0 - zero" is 0; the rest of the name does not matter
    known = [[at for at in ordered if _letters(at).startswith(_letters(c))] for c in spec.classes]
    if any(len(match) != 1 for match in known):
        raise ValueError(
            f"{ordered[0]}, {ordered[1]}, … are not the classes of {spec.label} "
            f"({', '.join(spec.classes)}): import it under another name"
        )
    return spec.classes, [match[0] for match in known]


def _letters(name: str) -> str:
    return "".join(c for c in name.casefold() if c.isalnum())
