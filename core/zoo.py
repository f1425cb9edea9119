"""The zoo: nets that were trained before and came with the house, checkpoints in `models/zoo/`."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from core.checkpoint import file_of, read_card
from core.home import run_folder

FOLDER = Path(__file__).resolve().parents[1] / "models" / "zoo"
PREFIX = "zoo:"
LAST = "last"


@dataclass(frozen=True)
class Entry:
    """A net of the zoo: data is what it learned, accuracy 0..1 is on that set's test pictures.

    parameters counts all weights, bytes the file that holds them.
    """

    name: str
    data: str
    model: str
    accuracy: float | None
    parameters: int
    bytes: int
    folder: Path


def entries() -> list[Entry]:
    """All nets of the zoo by name; a folder without a readable card is none."""
    found = sorted(path.parent for path in FOLDER.glob("[!.]*/card.json"))
    return [entry for folder in found if (entry := _entry(folder)) is not None]


def find(name: str) -> Entry:
    """The net of that name.

    Raises:
        ValueError: the zoo has no such net.
    """
    known = entries()
    for entry in known:
        if entry.name == name:
            return entry
    names = ", ".join(entry.name for entry in known)
    way = f"choose one of {names}" if names else "it is empty, so name a run instead"
    raise ValueError(f"the zoo has no net {name[:60]!r}: {way}")


def checkpoint_of(source: str, tag: str = LAST) -> Path:
    """The folder of a checkpoint: of `zoo:NAME`, or of a run by its id.

    A net of the zoo is its own last checkpoint; its other tags are folders inside its folder.

    Raises:
        ValueError: there is no such net or run, or the tag cannot be one.
    """
    if not tag.replace("-", "").isalnum():
        raise ValueError(f"checkpoint {tag!r} is unknown: use last, best or epoch-001")
    if source.startswith(PREFIX):
        folder = find(source.removeprefix(PREFIX)).folder
        return folder if tag == LAST else folder / tag
    folder = run_folder(source)
    if not folder.is_dir():
        raise ValueError(f"run {source} is unknown here: `runs` lists all")
    return folder / tag


def _entry(folder: Path) -> Entry | None:
    try:
        return _read(folder, (folder / "card.json").stat().st_mtime_ns)
    except (KeyError, TypeError, ValueError, OSError):
        return None


@lru_cache(maxsize=64)
def _read(folder: Path, changed: int) -> Entry:
    """What a card says; menus ask again and again, so `changed` is part of the key alone."""
    card = read_card(folder)
    size = int(file_of(folder, "model", card)["bytes"])
    shape = (int(card["channels"]), int(card["size"]), len(card["classes"]))
    parameters = _parameters(card, *shape)
    model, data = str(card["config"]["model"]["name"]), str(card["data"])
    return Entry(folder.name, data, model, _accuracy(card), parameters, size, folder)


def _accuracy(card: Mapping[str, Any]) -> float | None:
    """On the test pictures where the card says it, else on those kept back to judge the run."""
    metrics = card.get("metrics") or {}
    found = card.get("accuracy", metrics.get("test.accuracy", metrics.get("accuracy")))
    return None if found is None else float(found)


def _parameters(card: Mapping[str, Any], channels: int, image: int, classes: int) -> int:
    """Weights of a net, counted without making them."""
    import torch

    from core.config import parse
    from models import build

    config = parse(card["config"])
    with torch.device("meta"):
        net = build(config.model, channels=channels, image=image, classes=classes)
    return sum(parameter.numel() for parameter in net.parameters())
