"""Transfer's way to its bases: what there is to begin with, how it is made, its weights."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import torch

from core import hub, zoo
from core.checkpoint import load_model, load_part, read_card
from core.config import parse
from core.progress import Tick
from models import bases, classifies
from models.transfer import Transfer, TransferConfig

if TYPE_CHECKING:
    from core.data import Pictures
    from core.store import Store

RUN = "run:"
MOST_RUNS = 20  # own runs on the menu, the newest


@dataclass(frozen=True)
class Base:
    """A net to begin with; bytes are those still to be fetched, 0 when it is here.

    kind: "imagenet" is torchvision's, "zoo" came with the house, "run" was trained here. label is
    its own name, and data what it has learned to tell apart.
    """

    name: str
    kind: Literal["imagenet", "zoo", "run"]
    label: str
    data: str
    accuracy: float | None
    parameters: int | None
    bytes: int


def menu(store: "Store") -> list[Base]:
    """The bases to choose from: own runs first, then the zoo, then torchvision's."""
    found = list(_runs(store))
    for entry in (entry for entry in zoo.entries() if classifies(entry.model)):
        found.append(
            Base(
                f"{zoo.PREFIX}{entry.name}",
                "zoo",
                entry.name,
                entry.data,
                entry.accuracy,
                entry.parameters,
                0,
            )
        )
    return found + [imagenet(known) for known in hub.menu()]


def imagenet(known: hub.Weights) -> Base:
    """A net of torchvision as a base."""
    missing = known.bytes if known.state == "absent" else 0
    return Base(known.name, "imagenet", known.name, "ImageNet", None, known.parameters, missing)


def _runs(store: "Store") -> Iterator[Base]:
    finished = (row for row in store.runs() if row.state in ("finished", "stopped"))
    for row, _ in zip(finished, range(MOST_RUNS), strict=False):
        name = f"{RUN}{row.id}"
        if classifies(row.config["model"]["name"]) and (_folder(name) / "card.json").exists():
            yield Base(
                name,
                "run",
                row.name or f"{row.config['model']['name']} {row.id[:4]}",
                row.config["data"]["name"],
                row.test_accuracy,
                None,
                0,
            )


def _folder(base: str) -> Path:
    """The checkpoint that a base trained here is read from: `zoo:NAME`, `run:ID` or `run:ID:TAG`.

    Raises:
        ValueError: there is no such net.
    """
    name, _, tag = base.removeprefix(zoo.PREFIX).removeprefix(RUN).partition(":")
    if base.startswith(zoo.PREFIX):
        name = zoo.PREFIX + name
    elif not base.startswith(RUN):
        raise ValueError(f"base {base[:60]!r} is unknown: use zoo:NAME, run:ID or torchvision's")
    return zoo.checkpoint_of(name, tag or zoo.LAST)


def settled(model: Mapping[str, Any]) -> dict[str, Any]:
    """A transfer's settings with what its base is made of, so that they stand without the base.

    What is known of this base already is kept: it may be gone meanwhile.

    Raises:
        ValueError: the base is neither here nor known.
    """
    settings = dict(model)
    base, known = settings.get("base"), settings.get("net") or {}
    if not isinstance(base, str) or ":" not in base:
        return settings | {"net": None}
    if isinstance(known, Mapping) and known.get("of") == base:
        return settings
    card = read_card(_folder(base))
    if not classifies(card["config"]["model"]["name"]):
        raise ValueError(f"base {base[:60]!r} names no pictures: choose a classifier")
    return settings | {
        "net": {
            "of": base,
            "model": json.dumps(card["config"]["model"]),
            "classes": len(card["classes"]),
            "channels": card["channels"],
            "image": card["size"],
            "mean": tuple(card["mean"]),
            "std": tuple(card["std"]),
        }
    }


def begin(net: torch.nn.Module, config: TransferConfig, pictures: "Pictures") -> None:
    """Give a fresh net its base's weights: all of them or none.

    Raises:
        ValueError: the weights are not here, damaged, or do not fit.
    """
    if not isinstance(net, Transfer):
        return
    if ":" in config.base:
        weights = load_part(_folder(config.base), "model")
    else:
        weights = hub.load(config.base)
    try:
        load_model(net, net.begin_from(weights, pictures.mean, pictures.std))
    except ValueError as problem:
        said = f"{config.base} cannot be begun with: {problem}; begin with another net"
        raise ValueError(said) from None


def missing(config: Any) -> Base | None:
    """The base whose weights must be fetched before a run of this model can start.

    Raises:
        ValueError: the base is one trained here, and gone.
    """
    if not isinstance(config, TransferConfig):
        return None
    if ":" in config.base:
        read_card(_folder(config.base))
        return None
    known = hub.weights(config.base)
    return imagenet(known) if known.state == "absent" else None


def fetch_base(config: Any, tick: Tick) -> None:
    """Fetch what `missing` names, if anything; `tick(bytes done, bytes total)`.

    Raises:
        ValueError: offline, wrong bytes, disk full; says the way on.
    """
    if (base := missing(config)) is not None:
        hub.download(base.name, tick)


def depth(model: Mapping[str, Any]) -> int:
    """How many stages the base of a transfer with these settings has.

    Raises:
        ValueError: there is no such base, or it does not take such pictures.
    """
    whole = parse({"model": {**model, "name": "transfer", "freeze": 0, "head": "new"}})
    return _depth(whole.model.model_dump_json())


@lru_cache(maxsize=64)
def _depth(settings: str) -> int:
    config = TransferConfig.model_validate_json(settings)
    with torch.device("meta"):
        net = Transfer(**config.model_dump(exclude={"name"}))
    return len(bases.stages(net.base, net.last))
