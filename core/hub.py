"""The hub: torchvision's ImageNet weights, fetched once, checked, and kept as safetensors."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import torch

from core.checkpoint import Tensors, load_part, read_card
from core.download import MIRROR
from core.draft import save_checkpoint
from core.fetch import FetchError, fetch, has_sums
from core.home import home
from core.progress import Progress, Reporter, Tick, progress, start
from models import bases

MENU = (  # from quick to thorough
    "mobilenet_v3_small",
    "resnet18",
    "efficientnet_b0",
    "resnet50",
    "convnext_tiny",
    "vit_b_16",
)
FIRST = "resnet18"
State = Literal["ready", "file", "absent"]


@dataclass(frozen=True)
class Weights:
    """The weights of one of torchvision's nets; bytes are about, sum begins the file's SHA-256.

    state: "ready" is kept in the home, "file" lies in torch's own cache, "absent" is neither.
    """

    name: str
    url: str
    file: Path
    sum: str
    bytes: int
    parameters: int
    state: State


def weights(name: str) -> Weights:
    """What is known of a base's weights, and whether they are here.

    Raises:
        ValueError: torchvision has no such classifier.
    """
    listed = bases.listed(name)
    file = Path(torch.hub.get_dir()) / "checkpoints" / Path(urlsplit(listed.url).path).name
    found = re.search(r"-([0-9a-f]{8,})\.", file.name)
    size = round(listed.meta["_file_size"] * 2**20)
    state: State = "file" if file.is_file() else "absent"
    if (_kept(file) / "card.json").exists():
        state = "ready"
    sum = found[1] if found else ""
    return Weights(name, listed.url, file, sum, size, listed.meta["num_params"], state)


def menu() -> Iterator[Weights]:
    """The usual bases, and whichever others are here already."""
    yield from (weights(name) for name in MENU)
    for card in sorted((home() / "weights").glob("*/card.json")):
        try:
            name = str(read_card(card.parent)["base"])
            if name not in MENU:
                yield weights(name)
        except (KeyError, ValueError):
            continue  # damaged, or of another torchvision: `load` will say so


def load(name: str) -> Tensors:
    """A base's weights by torchvision's names; read from torch's cache the first time.

    Raises:
        ValueError: not here, damaged, or not what the file's name promises; says the way on.
    """
    known = weights(name)
    if known.state == "absent":
        raise ValueError(
            f"the weights of {name} are not here: fetch them with `hub download {name}`, put "
            f"{known.file.name} into {known.file.parent} by hand, or begin with a net of your own"
        )
    if known.state == "file":
        return _take_in(known)
    try:
        return load_part(_kept(known.file), "model")
    except ValueError:  # our copy is damaged: torch's file is taken in again, or asked for
        (_kept(known.file) / "card.json").unlink(missing_ok=True)
        return load(name)


def download(name: str, tick: Tick | None = None) -> None:
    """Fetch a base's weights into torch's cache, check and keep them; goes on where it was cut.

    `tick(bytes done, bytes total)`. Weights that are here are left alone.

    Raises:
        ValueError: offline, wrong bytes, disk full; says the way on.
    """
    known = weights(name)
    if known.state == "ready":
        return
    with Reporter(f"weights:{name}", "download", tick) as reporter:
        if known.state == "absent":
            _fetch(known, reporter)
        _take_in(known)


def start_download(name: str) -> None:
    """Begin or resume a download in a process of its own; `noted(name)` tells how far it is.

    Raises:
        ValueError: torchvision has no such classifier.
    """
    weights(name)
    start(f"weights:{name}", "download", ["hub", "download", name])


def noted(name: str) -> Progress | None:
    """The newest note on the download of a base's weights."""
    return progress(f"weights:{name}")


def _fetch(known: Weights, reporter: Reporter) -> None:
    urls = [known.url]
    if mirror := os.environ.get(MIRROR):
        urls.insert(0, f"{mirror.rstrip('/')}/weights/{known.file.name}")

    def tick(here: int) -> None:
        reporter(min(here, known.bytes), known.bytes)

    try:
        known.file.parent.mkdir(parents=True, exist_ok=True)
        fetch(urls, known.file, sha256=known.sum, tick=tick)
    except FetchError as problem:
        raise FetchError(problem.reason, _ways_on(known, str(problem))) from None
    except OSError as problem:
        raise FetchError("disk", _ways_on(known, problem.strerror or "not writable")) from None
    reporter(known.bytes, known.bytes)


def _ways_on(known: Weights, what: str) -> str:
    return (
        f"the weights of {known.name} could not be fetched ({what}): start again later, put "
        f"{known.file.name} from {known.url} into {known.file.parent} by hand, or begin with a "
        "net of your own, which needs no network"
    )


def _kept(file: Path) -> Path:
    """Where the safetensors copy of a file lies; its name holds its sum, so it never grows old."""
    return home() / "weights" / file.stem


def _take_in(known: Weights) -> Tensors:
    """Read torch's file and keep a copy that needs no unpickling."""
    file = known.file
    if not has_sums(file, {"sha256": known.sum}):
        raise ValueError(
            f"{file} is not what its name promises (wrong checksum): delete it, then fetch it with "
            f"`hub download {known.name}`"
        )
    try:
        # The only file that torch itself reads here. It is torchvision's own by address and sum,
        # and weights_only keeps torch to tensors: a pickle that asks for more is refused.
        tensors: Tensors = bases.listed(known.name).get_state_dict(
            progress=False, check_hash=True, weights_only=True, map_location="cpu"
        )
        tensors = {name: value.detach() for name, value in tensors.items()}
    except Exception as problem:  # whatever torch's reader stumbles over
        raise ValueError(
            f"{file} holds no weights that torch can read ({type(problem).__name__}): delete it, "
            f"then fetch it with `hub download {known.name}`"
        ) from None
    card = {"base": known.name, "url": known.url}
    try:
        save_checkpoint(_kept(file), card, {"model": tensors})
    except OSError as problem:
        raise FetchError(
            "disk",
            f"the weights of {known.name} cannot be kept ({problem.strerror}): make room, then "
            "try again",
        ) from None
    return tensors
