"""Many pictures at once: an answer per net for each, counted where their folders name the class."""

import csv
import io
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path, PurePosixPath

import numpy as np
from PIL import Image

from core.archives import members
from core.imaging import BadPicture, display_name
from core.inference import Predictor
from core.layout import PICTURES, SYSTEM
from core.opinions import ask_packed
from core.study import Study

MOST = 5_000  # pictures at a time
CHUNK = 64  # pictures that are held decoded
FORMULA = ("=", "+", "-", "@", "\t")  # what a spreadsheet would compute

Open = Callable[[bytes, str], Image.Image]
Tick = Callable[[int], None]
Far = Callable[[int, int], None]


@dataclass(frozen=True)
class Brought:
    """A picture as it came: its name, the folder that it lay in, its bytes."""

    name: str
    folder: str
    data: bytes


@dataclass(frozen=True)
class Row:
    """One picture: per net answer, probability and strangeness; truth is "" where unknown."""

    name: str
    truth: str
    answers: tuple[tuple[str, float, float | None], ...]


@dataclass(frozen=True)
class Report:
    """All pictures; refused are sentences for those that could not be read.

    confusion (k, k) per net counts class i called j, None where no folder names a class of theirs;
    left is how many were beyond the limit.
    """

    classes: tuple[str, ...]
    rows: tuple[Row, ...]
    refused: tuple[str, ...]
    confusion: tuple[np.ndarray, ...] | None
    left: int

    def accuracy(self, net: int) -> float:
        """Share of the pictures with a known class that a net calls right."""
        if self.confusion is None:
            return 0.0
        counts = self.confusion[net]
        return float(np.trace(counts) / max(counts.sum(), 1))


def in_archive(path: Path, tick: Far | None = None) -> Iterator[Brought]:
    """The pictures of a folder, zip or tar; what is not called a picture is passed over.

    `tick(done, total)` hears how far the reading is.

    Raises:
        BadArchive: unreadable, damaged, protected, hostile or beyond a limit.
    """
    for member in members(path, tick):
        parts = member.parts
        if member.kind != "file" or not parts or _is_system(parts):
            continue
        if PurePosixPath(parts[-1]).suffix.lower() not in PICTURES:
            continue
        folder = parts[-2] if len(parts) > 1 else ""
        data = member.read()
        yield Brought(parts[-1], folder, b"" if data is None else data)


def _is_system(parts: Sequence[str]) -> bool:
    return any(part.startswith(".") or part.casefold() in SYSTEM for part in parts)


def judge(
    nets: Sequence[tuple[Predictor, Study | None]],
    brought: Iterable[Brought],
    opened: Open,
    tick: Tick | None = None,
) -> Report:
    """Ask nets that know the same classes about every picture; `tick(pictures done)`.

    Raises:
        ValueError: no net, or they know different classes.
        BadArchive: what `brought` is read from turns out to be damaged.
    """
    if not nets or len({net.classes for net, _ in nets}) > 1:
        raise ValueError("nets that know the same classes are asked together: choose such")
    classes = nets[0][0].classes
    known = {plain(name): number for number, name in enumerate(classes)}
    confusion = np.zeros((len(nets), len(classes), len(classes)), dtype=int)
    rows: list[Row] = []
    refused: list[str] = []
    source = iter(brought)
    taken = 0
    while chunk := list(islice(source, min(CHUNK, MOST - taken))):
        taken += len(chunk)
        pictures, kept = _opened(chunk, opened, refused)
        truths = [known.get(plain(item.folder)) for item in kept]
        asked = [_ask(net, study, pictures) for net, study in nets] if kept else []
        for at, (item, truth) in enumerate(zip(kept, truths, strict=True)):
            answers = tuple(answer[at] for answer in asked)
            named = "" if truth is None else classes[truth]
            rows.append(Row(display_name(item.name), named, answers))
            if truth is not None:
                for net, (said, _, _) in enumerate(answers):
                    confusion[net, truth, classes.index(said)] += 1
        if tick:
            tick(taken)
    left = sum(1 for _ in source)
    counted = tuple(confusion) if confusion.any() else None
    return Report(classes, tuple(rows), tuple(refused), counted, left)


def plain(name: str) -> str:
    """A class or folder name as they are compared."""
    return unicodedata.normalize("NFKC", name).casefold().strip()


def _opened(
    chunk: Sequence[Brought], opened: Open, refused: list[str]
) -> tuple[list[Image.Image], list[Brought]]:
    pictures, kept = [], []
    for item in chunk:
        try:
            pictures.append(opened(item.data, item.name))
            kept.append(item)
        except BadPicture as problem:
            refused.append(str(problem))
    return pictures, kept


def _ask(
    net: Predictor, study: Study | None, pictures: Sequence[Image.Image]
) -> list[tuple[str, float, float | None]]:
    packed = np.stack([net.tensor(picture).numpy() for picture in pictures])
    return [
        (name, share, opinion.strangeness)
        for opinion in ask_packed(net, packed, study)
        for _, name, share in opinion.top(1)
    ]


def table(report: Report, names: Sequence[str]) -> bytes:
    """The report as CSV, a column pair per net; nothing in it is taken for a formula."""
    out = io.StringIO()
    write = csv.writer(out)
    heads = [[name, f"{name} probability"] for name in names]
    write.writerow(map(_harmless, ["file", "class", *sum(heads, [])]))
    for row in report.rows:
        said = [[answer, f"{share:.4f}"] for answer, share, _ in row.answers]
        write.writerow(map(_harmless, [row.name, row.truth, *sum(said, [])]))
    return out.getvalue().encode("utf-8-sig")


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA) else cell
