"""Branch: a new run that goes on from another run's checkpoint, with other settings."""

import json
import secrets
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from core import batches
from core.checkpoint import file_of, give, read_card, write_whole
from core.config import RunConfig, parse
from core.data import load
from core.home import home, run_folder
from core.rates import in_force
from core.store import Artifact, Store
from models import build

TAG = "origin"  # the checkpoint, in the new run's own folder, that it begins from
FIXED = ("name", "validation", "limit")  # what decides which pictures are for validation
TRIES = 5  # "last" may be replaced while it is read


@dataclass(frozen=True)
class Origin:
    """A checkpoint to go on from; config is its run's, with the rates that were in force there."""

    run: str
    tag: str
    folder: Path
    card: Mapping[str, Any]
    config: RunConfig

    @property
    def step(self) -> int:
        """The step at which it was saved."""
        return int(self.card["step"])

    @property
    def epoch(self) -> int:
        """The epochs that were done by then."""
        return int(self.card["epoch"])


@dataclass(frozen=True)
class Plan:
    """How a branch begins: at which step of its own count, and what it takes along.

    same: nothing is changed, so it repeats its parent. anew: pictures come in another order or in
    other batches, so the epoch that was under way is begun again. memory: the optimiser is of the
    same kind and remembers what it has seen.
    """

    step: int
    epoch: int
    same: bool
    anew: bool
    memory: bool


def origin(store: Store, run_id: str, tag: str = "") -> Origin:
    """The checkpoint `tag` of a run, its newest one when the tag is left out.

    Raises:
        LookupError: there is no such run or checkpoint.
        ValueError: the checkpoint is damaged or of another version.
    """
    store.get(run_id)
    found = store.checkpoint(run_id, tag)
    folder = home() / found.uri
    card = read_card(folder)
    config = parse(card["config"])
    settings = config.model_dump()
    settings["optimizer"] |= card["live"]
    return Origin(run_id, folder.name, folder, card, parse(settings))


def begun(run_id: str) -> dict[str, Any] | None:
    """Where a branch left its parent: {"run", "tag", "step"}; None for a run that is no branch."""
    try:
        return dict(read_card(run_folder(run_id) / TAG)["origin"])
    except (KeyError, ValueError):
        return None


def plan(source: Origin, config: RunConfig) -> Plan:
    """How a run with `config` would begin from `source`.

    Raises:
        ValueError: other pictures, a net that the weights do not fit, or no epoch left to train.
    """
    before = source.config
    for name in FIXED:
        ours, theirs = getattr(config.data, name), getattr(before.data, name)
        if ours != theirs:
            raise ValueError(
                f"a branch keeps its parent's pictures: data.{name} is {ours}, leave it at {theirs}"
            )
    _see_that_it_fits(source.card, before, config)
    if config.epochs <= source.epoch:
        raise ValueError(
            f"this checkpoint has {source.epoch} epochs behind it and the branch is to have "
            f"{config.epochs} in all: ask for at least {source.epoch + 1} epochs"
        )
    anew = (config.batch, config.seed) != (before.batch, before.seed)
    if anew:
        train, _ = batches.split(load(config.data.name).train_labels, config.data)
        step = source.epoch * len(batches.batch_starts(len(train), config.batch))
    else:
        step = source.step
    memory = "optimizer" in source.card["files"] and _alike(before.optimizer, config.optimizer)
    # What is thawed now has nothing to remember, and the memory goes by places.
    memory &= _freeze(before) == _freeze(config)
    return Plan(step, source.epoch, config == before, anew, memory)


def _alike(before: Any, after: Any) -> bool:
    """Whether one optimiser can go on with the other's memory."""
    heavy = [getattr(config, "momentum", 0) > 0 for config in (before, after)]
    return before.name == after.name and heavy[0] == heavy[1]


def _freeze(config: RunConfig) -> int:
    return getattr(config.model, "freeze", 0)


def _see_that_it_fits(card: Mapping[str, Any], before: RunConfig, after: RunConfig) -> None:
    shape = {"channels": card["channels"], "image": card["size"], "classes": len(card["classes"])}
    with torch.device("meta"):
        old, new = (
            {name: tuple(value.shape) for name, value in build(model, **shape).state_dict().items()}
            for model in (before.model, after.model)
        )
    if old != new:
        theirs, ours = before.model.model_dump(), after.model.model_dump()
        changed = [f"model.{name}" for name in ours if ours[name] != theirs.get(name)]
        raise ValueError(
            "a branch goes on with its parent's weights, which do not fit this net: "
            f"set {', '.join(changed)} back"
        )


def branch(
    store: Store,
    source: Origin,
    config: RunConfig,
    *,
    owner: str = "",
    name: str = "",
    state: str = "queued",
) -> str:
    """Make a run that begins where `source` was saved; its id.

    The checkpoint is linked into the new run's folder, so whatever becomes of the parent, the
    branch stands; a worker takes it up as it would go on with any run.

    Raises:
        ValueError: as `plan`; or the checkpoint is damaged, or there is no room for it.
    """
    way = plan(source, config)
    run_id = secrets.token_hex(8)
    folder = run_folder(run_id)
    try:
        card = _settle(source, config, way, folder / TAG)
        picture = source.folder.parent / "gallery.png"
        if picture.exists():
            give(picture, folder / "gallery.png")
        write_whole(folder / "view.json", json.dumps(card["view"]).encode())
        settings = config.model_dump(mode="json")
        start = _artifact(run_id, card, folder / TAG)
        store.create(settings, owner=owner, name=name, parent=source.run, state=state, origin=start)
    except BaseException as problem:
        shutil.rmtree(folder, ignore_errors=True)
        if isinstance(problem, OSError):
            raise ValueError(
                f"the branch could not be written ({problem.strerror}): make room on the disk, "
                "then try again"
            ) from None
        raise
    return run_id


def _settle(source: Origin, config: RunConfig, way: Plan, folder: Path) -> dict[str, Any]:
    """Put the source's checkpoint into `folder`, with a card that tells of the new run."""
    folder.mkdir(parents=True)
    for attempt in range(TRIES):
        card = dict(source.card) if attempt == 0 else read_card(source.folder)
        if card["step"] != source.step:
            break
        card["files"] = _taken(card["files"], config, way)
        try:
            for part in card["files"]:
                file = file_of(source.folder, part, card)["file"]
                if not (folder / file).exists():
                    give(source.folder / file, folder / file)
        except FileNotFoundError:
            continue  # saved once more meanwhile
        card |= {
            "config": config.model_dump(mode="json"),
            "live": in_force(config.optimizer),
            "step": way.step,
            "view": card["view"] | {"step": way.step},
            "origin": {"run": source.run, "tag": source.tag, "step": source.step},
        }
        if not config.patience:
            card["best"] = None  # its own best counts, not what was reached before
        write_whole(folder / "card.json", json.dumps(card).encode())
        return card
    raise ValueError(f"checkpoint {source.tag!r} has just been replaced by a newer one: try again")


def _taken(files: Mapping[str, Any], config: RunConfig, way: Plan) -> dict[str, Any]:
    """The parts of a checkpoint that the branch has a use for."""
    useless = {"optimizer"} if not way.memory else set()
    useless |= {"best"} if not config.patience else set()
    return {part: entry for part, entry in files.items() if part not in useless}


def _artifact(run_id: str, card: Mapping[str, Any], folder: Path) -> Artifact:
    size = sum(entry["bytes"] for entry in card["files"].values())
    digest = card["files"]["model"]["sha256"]
    uri = folder.relative_to(home()).as_posix()
    return Artifact(run_id, uri, TAG, card["step"], card["epoch"], size, digest, time.time())
