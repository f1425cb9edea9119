"""From members of an archive to small arrays: decoded two at a time, in the order met."""

import hashlib
import statistics
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from core.archives import members
from core.imaging import BadPicture, is_grey, open_picture, to_array
from core.layout import Layout, Place
from core.progress import Tick

SURVEYED = 300  # pictures whose sides decide the size of an own set
MAX_PACKED = 2**30
WORKERS, WAITING = 2, 4  # threads that decode, batches that wait for them
BATCH, BATCH_BYTES = 64, 8 * 2**20

Item = tuple[Place, str, bytes]


@dataclass
class Gathered:
    """Pictures uint8 [c, h, w] in the order met, and the layout they were met in."""

    layout: Layout = field(default_factory=Layout)
    images: list[np.ndarray] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    digests: list[bytes] = field(default_factory=list)
    first_bad: str = ""

    def add(self, place: Place, result: np.ndarray | str) -> None:
        """Keep a picture, or count the sentence for why there is none."""
        if isinstance(result, str):
            self.layout.skip("damaged or unsuitable pictures")
            self.first_bad = self.first_bad or result
            return
        self.images.append(result)
        self.places.append(place)
        self.digests.append(hashlib.blake2b(result.tobytes(), digest_size=12).digest())

    def stack(self, rows: np.ndarray) -> np.ndarray:
        """The pictures of these rows. [n] -> uint8 [n, c, h, w]"""
        return np.stack([self.images[row] for row in rows])

    def warnings(self, train: np.ndarray, test: np.ndarray) -> list[str]:
        """What is odd about the pictures themselves, given the rows of both parts."""
        found = []
        if self.first_bad:
            found.append(f"pictures were left out; the first: {self.first_bad}")
        trained = {self.digests[row] for row in train}
        if both := sum(self.digests[row] in trained for row in test):
            found.append(
                f"{both} test pictures are also among the training pictures: the test accuracy "
                "will be too good"
            )
        return found


def survey(path: Path, tick: Tick) -> tuple[int, int]:
    """Channels and size that suit an own set: grey if every picture is; 28, 32 or 64 pixels.

    The size is the one nearest to the median side of the first pictures.

    Raises:
        BadArchive: as `members` does.
    """
    layout, sides, grey = Layout(), [], True
    for member in members(path, tick):
        if layout.place(member) is None or (data := member.read()) is None:
            continue
        try:
            picture = open_picture(data, member.parts[-1])
        except BadPicture:
            continue
        grey = grey and is_grey(picture)
        sides.append(min(picture.size))
        if not grey and len(sides) >= SURVEYED:
            break
    side = statistics.median(sides) if sides else 0
    return (1 if grey else 3), (28 if side < 30 else 32 if side < 48 else 64)


def gather(path: Path, tick: Tick, channels: int, size: int) -> Gathered:
    """Every picture of a source that lies in a class folder, as `channels`×`size`×`size`.

    Raises:
        BadArchive: as `members` does.
        ValueError: more pictures than can be packed.
    """
    found = Gathered()
    most = MAX_PACKED // (channels * size * size)
    with ThreadPoolExecutor(WORKERS) as pool:
        waiting: deque[Future[list[tuple[Place, np.ndarray | str]]]] = deque()
        for batch in _batches(path, tick, found):
            waiting.append(pool.submit(_decode, batch, channels, size))
            while len(waiting) >= WAITING:
                for place, result in waiting.popleft().result():
                    found.add(place, result)
            if len(found.images) > most:
                raise ValueError(
                    f"{path.name[:60]} holds more than {most:,} pictures of {size}×{size}, the "
                    "most that can be packed: take fewer"
                )
        for rest in waiting:
            for place, result in rest.result():
                found.add(place, result)
    found.layout.empty_folders()
    return found


def _batches(path: Path, tick: Tick, found: Gathered) -> Iterator[list[Item]]:
    """Undecoded pictures in small groups, limited in number and bytes."""
    batch: list[Item] = []
    held = 0
    for member in members(path, tick):
        if (place := found.layout.place(member)) is None:
            continue
        if (data := member.read()) is None:
            found.layout.skip("pictures above 20 MB")
            continue
        batch.append((place, member.parts[-1], data))
        held += len(data)
        if len(batch) >= BATCH or held >= BATCH_BYTES:
            yield batch
            batch, held = [], 0
    if batch:
        yield batch


def _decode(batch: list[Item], channels: int, size: int) -> list[tuple[Place, np.ndarray | str]]:
    """Arrays, or the sentence for each picture that could not be decoded."""
    done: list[tuple[Place, np.ndarray | str]] = []
    for place, name, data in batch:
        try:
            done.append((place, to_array(open_picture(data, name), channels, size)))
        except BadPicture as problem:
            done.append((place, str(problem)))
    return done
