"""The keeper of the zoo: makes finished runs into nets that come along, and trains those anew."""

import platform
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch

from core import zoo
from core.checkpoint import Tensors, load_part, read_card
from core.config import RunConfig
from core.data import Pictures, load
from core.datasets import DATASETS
from core.device import device
from core.download import download
from core.draft import save_checkpoint
from core.home import home, run_folder
from core.inference import Predictor
from core.live import timeline
from core.maker import Maker
from core.presets import presets
from core.progress import Tick
from core.store import Store
from core.study import save, study_of
from core.trainer import Echo
from core.worker import execute
from core.worth import evaluate
from models import classifies

RECIPES = {  # net → its pictures, and the preset by which it is trained
    "cifar10-aae": ("cifar10", "aae"),
    "cifar10-cnn": ("cifar10", "deep"),
    "cifar10-vit": ("cifar10", "vit"),
    "mnist-aae": ("mnist", "aae"),
    "mnist-aae-style": ("mnist", "aae-style"),
    "mnist-cnn": ("mnist", "cnn"),
    "mnist-lstm": ("mnist", "lstm"),
    "mnist-mlp": ("mnist", "mlp"),
    "mnist-vit": ("mnist", "vit"),
    "shapes-cnn": ("shapes", "cnn"),
}
MOMENTS = 6  # earlier checkpoints that come along at most
SHARE = 2_500_000  # bytes of one net with its moments, which are fewer where it is large
LARGE = 1_000_000  # bytes of a net from which on its moments are kept in half as many
ROOM = 30_000_000  # bytes of all nets together
ASKED = 1000  # test pictures that decide whether a moment's weights may be shortened
SAME = 0.998  # so many of the answers have to stay
SAMPLES, SHADE = 200, 0.5  # of an autoencoder: pictures, of whose shades so little may change
FACTS = [  # what a card of the zoo tells
    *("config", "data", "classes", "mean", "std", "channels", "size", "bfloat16"),
    *("step", "epoch", "seconds", "metrics", "view"),
]


def recipe(name: str) -> RunConfig:
    """The settings by which a net of the zoo is trained.

    Raises:
        ValueError: there is no such recipe.
    """
    if name not in RECIPES:
        raise ValueError(
            f"there is no recipe for {name[:60]!r}: choose one of {', '.join(RECIPES)}"
        )
    data, preset = RECIPES[name]
    for found in presets(data):
        if found.name == preset:
            return found.config
    raise ValueError(f"{data} has no preset {preset!r} to train {name} by: leave {name} out")


def wanted(names: list[str]) -> list[str]:
    """The nets to train: those named, every one for "all", those not here when none is named."""
    here = {entry.name for entry in zoo.entries()}
    if names == ["all"]:
        return list(RECIPES)
    return names or [name for name in RECIPES if name not in here]


def train(store: Store, name: str, tick: Tick, echo: Echo | None = None) -> zoo.Entry:
    """Train a net by its recipe, as a run of its own, and put it into the zoo.

    Raises:
        ValueError: no such recipe, its pictures cannot be fetched, or the training failed.
    """
    config = recipe(name)
    if DATASETS[config.data.name].kind == "download":
        download(config.data.name, tick)
    settings = config.model_dump(mode="json")
    run_id = store.create(settings, owner="cli", name=name, state="running")
    execute(run_id, store.url, echo=echo)
    return add(store, run_id, name)


def add(store: Store, run_id: str, name: str) -> zoo.Entry:
    """Put what a finished run has learned into the zoo; a net of that name is replaced.

    Raises:
        LookupError: there is no such run.
        ValueError: it has not finished, the name cannot be one, or the zoo would grow too large.
    """
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}", name):
        raise ValueError(f"name {name[:60]!r}: use at most 40 small letters, digits and hyphens")
    run_folder(run_id)  # refuses what is no id
    row = store.get(run_id)
    if row.state != "finished":
        raise ValueError(f"run {run_id} is {row.state}: only what has finished can join the zoo")
    fresh, place = zoo.FOLDER / f".{name}", zoo.FOLDER / name
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        _settle(store, run_id, fresh)
        _see_to_room(name, fresh)
        shutil.rmtree(place, ignore_errors=True)
        fresh.rename(place)
    except OSError as problem:
        raise ValueError(f"{place} cannot be written ({problem.strerror}): make room") from None
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return zoo.find(name)


def _settle(store: Store, run_id: str, folder: Path) -> None:
    """Write the net, its moments and what is known of it into `folder`."""
    source = run_folder(run_id) / "last"
    card, pictures = read_card(source), load(read_card(source)["data"])
    weights = load_part(source, "model", card)
    facts = {"seed": card["config"]["seed"], "machine": machine()}
    _write(folder, card, weights, pictures, facts)
    whole = _opened(folder)
    _write(folder, card, shortened(weights), pictures, facts)
    if not _same(whole, _opened(folder), pictures):
        _write(folder, card, weights, pictures, facts)
    size = card["files"]["model"]["bytes"] // 2
    kind, each = (torch.float8_e5m2, size // 2) if size > LARGE else (torch.half, size)
    count = min(MOMENTS, max(1, (SHARE - size) // each))
    for tag, place in _moments(store, run_id, card["step"], count):
        # An earlier moment is for looking at; its card tells the accuracy of what is kept.
        short = shortened(load_part(place, "model"), kind)
        _write(folder / tag, read_card(place), short, pictures)
    if isinstance(whole, Maker):
        return
    if (study := study_of(Predictor(folder), folder)) is not None:
        save(study, folder)


def _moments(store: Store, run_id: str, end: int, count: int) -> Iterator[tuple[str, Path]]:
    """Tags and folders of at most `count` checkpoints, spread from the first one on."""
    uris = {artifact.tag: home() / artifact.uri for artifact in store.artifacts(run_id)}
    stops = [stop for stop in timeline(store.artifacts(run_id)) if stop["step"] < end]
    for place in sorted({len(stops) * n // count for n in range(count)}):
        if stops:  # the end itself comes along as the net
            yield stops[place]["tag"], uris[stops[place]["tag"]]


def _write(
    folder: Path,
    card: Mapping[str, Any],
    weights: Tensors,
    pictures: Pictures,
    more: Mapping[str, Any] | None = None,
) -> None:
    """A checkpoint of weights alone; its card says how many test pictures the net gets right.

    Of an autoencoder it says what `evaluate` finds of it.
    """
    facts = {key: card[key] for key in FACTS} | dict(more or {})
    save_checkpoint(folder, facts, {"model": weights})
    found, test = _opened(folder), (pictures.test_images, pictures.test_labels)
    if isinstance(found, Maker):
        means = evaluate(found, *test).means
        facts["metrics"] = {f"test.{name}": value for name, value in means.items()}
    else:
        means = found.evaluate(*test).means
    if "accuracy" in means:
        facts["accuracy"] = means["accuracy"]
    save_checkpoint(folder, facts, {"model": weights})


def shortened(weights: Tensors, kind: torch.dtype = torch.half) -> Tensors:
    """Weights in 16 bits, or as `kind`, where they are numbers of 32; those too large for it stay.

    The moments of a large net come in 8 bits of five for the power (float8_e5m2): to be looked at.
    """
    short = {k: v.to(kind) if v.dtype == torch.float32 else v for k, v in weights.items()}
    return {k: v if v.float().isfinite().all() else weights[k] for k, v in short.items()}


def _opened(folder: Path) -> Predictor | Maker:
    name = str(read_card(folder)["config"]["model"]["name"])
    return Predictor(folder) if classifies(name) else Maker(folder)


def _same(whole: Predictor | Maker, short: Predictor | Maker, pictures: Pictures) -> bool:
    """Whether two nets give the same answers, or make the same pictures but for single shades."""
    if isinstance(whole, Maker) and isinstance(short, Maker):
        made = [net.sample(SAMPLES, seed=1).pictures.astype(int) for net in (whole, short)]
        return bool(abs(made[0] - made[1]).mean() <= SHADE)
    shown = pictures.test_images[:ASKED]
    nets = [net for net in (whole, short) if isinstance(net, Predictor)]
    answers = [net.logits(shown).argmax(1) for net in nets]
    return bool((answers[0] == answers[1]).float().mean() >= SAME)


def _see_to_room(name: str, fresh: Path) -> None:
    files = [path for path in zoo.FOLDER.rglob("*") if path.is_file()]
    old = [path for path in files if (zoo.FOLDER / name) in path.parents]
    size = sum(path.stat().st_size for path in files) - sum(path.stat().st_size for path in old)
    if size > ROOM:
        own = sum(path.stat().st_size for path in fresh.rglob("*") if path.is_file())
        raise ValueError(
            f"{name} takes {own / 1e6:.1f} MB and the zoo would grow to {size / 1e6:.1f} MB, "
            f"{ROOM / 1e6:.0f} MB at most: train a smaller net, or remove one from the zoo"
        )


def machine() -> str:
    """What a net was trained on: the card's or the processor's name."""
    if device().type == "cuda":
        return torch.cuda.get_device_name()
    try:
        told = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:  # only Linux has it
        told = ""
    found = re.search(r"^model name\s*:\s*(.+)$", told, re.MULTILINE)
    return found[1].strip() if found else platform.processor() or platform.machine()
