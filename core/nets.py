"""The nets that can be asked: the menu, the moments of their training, and opened ones kept."""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Literal

from core import zoo
from core.checkpoint import read_card
from core.home import home, run_folder
from core.live import timeline
from models import classifies

if TYPE_CHECKING:
    from core.inference import Predictor
    from core.store import Store

PREFIX = "imagenet:"
MOST_RUNS = 40  # own runs on the menu, the newest
MOST_OPEN = 24
MOST_BYTES = 1_500_000_000  # of weights held open


@dataclass(frozen=True)
class Net:
    """A net on the menu; bytes are those still to be fetched, 0 when it is here.

    source names it to `Nets.open`; data is the set that it has learned, model its architecture,
    accuracy 0..1 on test pictures.
    """

    source: str
    kind: Literal["zoo", "run", "imagenet"]
    label: str
    data: str
    model: str
    classes: tuple[str, ...]
    channels: int
    size: int
    accuracy: float | None
    bytes: int = 0


@dataclass(frozen=True)
class Moment:
    """A checkpoint of a net's training, by its tag; step and epoch say when."""

    tag: str
    step: int
    epoch: int


def menu(store: "Store") -> list[Net]:
    """The classifiers of the zoo, then the newest runs that have ended with one.

    ImageNet's are in `imagenet`, autoencoders in `maker`.
    """
    return [net for net in everything(store) if classifies(net.model)]


def everything(store: "Store") -> list[Net]:
    """The same with nets that name nothing."""
    return [*_zoo(), *_runs(store)]


def imagenet() -> list[Net]:
    """torchvision's classifiers, those whose weights are here first; imports torchvision."""
    from core import hub

    found = []
    for known in hub.menu():
        missing = known.bytes if known.state == "absent" else 0
        found.append(
            Net(
                PREFIX + known.name,
                "imagenet",
                known.name,
                "imagenet",
                known.name,
                (),
                3,
                224,
                None,
                missing,
            )
        )
    return sorted(found, key=lambda net: net.bytes > 0)


def _zoo() -> Iterator[Net]:
    for entry in zoo.entries():
        yield _net(zoo.PREFIX + entry.name, "zoo", entry.name, entry.folder, entry.accuracy)


def _runs(store: "Store") -> Iterator[Net]:
    ended = [row for row in store.runs() if row.state in ("finished", "stopped")]
    for row in ended[:MOST_RUNS]:
        folder = run_folder(row.id) / zoo.LAST
        try:
            yield _net(row.id, "run", row.name, folder, row.test_accuracy)
        except (KeyError, TypeError, ValueError):
            continue  # it ended before its first checkpoint, or that is damaged


def _net(
    source: str, kind: Literal["zoo", "run"], label: str, folder: Path, accuracy: float | None
) -> Net:
    card = read_card(folder)
    config = card["config"]
    return Net(
        source,
        kind,
        label,
        str(config["data"]["name"]),
        str(config["model"]["name"]),
        tuple(map(str, card["classes"])),
        int(card["channels"]),
        int(card["size"]),
        accuracy,
    )


def moments(store: "Store", source: str) -> list[Moment]:
    """The checkpoints of a net's training from first to last; none for nets of ImageNet.

    Raises:
        ValueError: there is no such net.
    """
    if source.startswith(PREFIX):
        return []
    if not source.startswith(zoo.PREFIX):
        stops = timeline(store.artifacts(source))
        return [Moment(stop["tag"], stop["step"], stop["epoch"]) for stop in stops]
    folder = zoo.find(source.removeprefix(zoo.PREFIX)).folder
    found = []
    for place, tag in [
        (folder, zoo.LAST),
        *((path.parent, path.parent.name) for path in folder.glob("*/card.json")),
    ]:
        try:
            card = read_card(place)
            found.append(Moment(tag, int(card["step"]), int(card["epoch"])))
        except (KeyError, TypeError, ValueError):
            continue
    return sorted(found, key=lambda moment: moment.step)


@dataclass
class _Slot:
    """A place for one opened net; whoever comes while it is being opened waits for it."""

    lock: Lock = field(default_factory=Lock)
    net: "Predictor | None" = None
    version: tuple[int, str] = (0, "")


class Nets:
    """Opened nets, shared by all pages and bounded; the longest unused one goes first.

    A checkpoint that was written anew is opened anew. Each net has a lock of its own, so asking
    one never waits for another.
    """

    def __init__(self, most: int = MOST_OPEN, weights: int = MOST_BYTES) -> None:
        self.most, self.weights = most, weights
        self._lock = Lock()
        self._slots: OrderedDict[tuple[str, str, str], _Slot] = OrderedDict()
        self._folders: dict[tuple[str, str, str], Path] = {}

    def open(self, source: str, tag: str = zoo.LAST) -> "Predictor":
        """The net `zoo:NAME`, `imagenet:NAME` or that of a run, at one of its checkpoints.

        Raises:
            ValueError: there is none, or it is damaged; says the way on.
        """
        key = (str(home()), source, tag)
        with self._lock:
            slot = self._slots.setdefault(key, _Slot())
            self._slots.move_to_end(key)
        try:
            with slot.lock:
                net = self._opened(slot, key)
        except BaseException:
            with self._lock:
                self._slots.pop(key, None)
                self._folders.pop(key, None)
            raise
        self._make_room(key)
        return net

    def _opened(self, slot: _Slot, key: tuple[str, str, str]) -> "Predictor":
        from core.inference import Predictor

        _, source, tag = key
        if source.startswith(PREFIX):
            if slot.net is None:
                from core.imagenet import ImageNet

                slot.net = ImageNet(source.removeprefix(PREFIX))
            return slot.net
        folder = self._folders.get(key)
        if folder is None:
            folder = self._folders[key] = zoo.checkpoint_of(source, tag)
        try:
            changed = (folder / "card.json").stat().st_mtime_ns
        except OSError:
            changed = 0  # the reader of cards says what is wrong
        if slot.net is None or slot.version[0] != changed:
            sha = str(read_card(folder).get("files", {}).get("model", {}).get("sha256", ""))
            if slot.net is None or slot.version[1] != sha:
                slot.net = Predictor(folder)
            slot.version = (changed, sha)
        return slot.net

    def _make_room(self, key: tuple[str, str, str]) -> None:
        """Forget what has not been used for longest, never the one just opened."""
        with self._lock:
            held = {k: size_of(slot.net) for k, slot in self._slots.items() if slot.net}
            for old in list(held):
                if len(held) <= self.most and sum(held.values()) <= self.weights:
                    break
                if old != key:
                    del self._slots[old], held[old]
                    self._folders.pop(old, None)

    def __len__(self) -> int:
        return len(self._slots)


def size_of(net: "Predictor") -> int:
    """Bytes of a net's weights."""
    return sum(p.numel() * p.element_size() for p in net.model.parameters())
