"""Keeper: what a run leaves on disk, by a timeline: checkpoints, views, the gallery's pictures."""

import io
import json
import shutil
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from core import snapshot
from core.checkpoint import FROZEN, give, write_whole
from core.draft import Draft
from core.home import home
from core.notes import Notes
from core.store import Store, StoreBusy
from core.training import Metrics, Run

LAST = 5.0  # seconds between saves of "last"
EPOCHS = 20  # so many epochs at most are kept one by one
ROOM = 1_000_000_000  # bytes of timeline that one run may take
ZOOM = 3
KINDS = {"step": "timeline", "epoch": "epoch"}


class Keeper:
    """Saves one run's checkpoints into `folder` and records them in the store.

    They are taken down at rest and written by a thread of its own while the run learns on. What
    that meets is raised by the next call.
    """

    def __init__(self, store: Store, run_id: str, folder: Path) -> None:
        self.store, self.run_id, self.folder = store, run_id, folder
        self.saved = time.monotonic()
        self.room = ROOM
        self.notes = Notes(folder)
        self._hand = ThreadPoolExecutor(1, thread_name_prefix="keeper")
        self._writing: Future[None] | None = None

    def resume_point(self) -> Path | None:
        """The checkpoint furthest along, None when nothing was saved yet."""
        for found in reversed(self.store.artifacts(self.run_id)):
            folder = home() / found.uri
            if (folder / "card.json").exists():
                return folder
        return None

    def moment(self, run: Run, metrics: Metrics) -> None:
        """Save what this moment of the run is worth.

        Raises:
            OSError: disk full.
        """
        self.settle()
        if tags := list(self._tags(run, metrics)):
            self._begin_to_write(run, tags)
        else:
            self._show(run.view())
        self.notes.take(run)
        if metrics.moment == "end":
            self.settle()

    def settle(self) -> None:
        """Wait until everything is written.

        Raises:
            OSError: disk full; what was being written is lost, what was there before is whole.
        """
        writing, self._writing = self._writing, None
        if writing is not None:
            writing.result()

    def _begin_to_write(self, run: Run, tags: Sequence[str]) -> None:
        self._writing = self._hand.submit(self._write, snapshot.take(run), tags)
        self.saved = time.monotonic()

    def _write(self, draft: Draft, tags: Sequence[str]) -> None:
        tag, *others = tags
        card = draft.write(self.folder / tag)
        with suppress(StoreBusy):  # it lies there all the same, and the next one is recorded
            self._record(card, tag)
            for other in others:
                self._name_again(card, tag, other)
        self._show(card["view"])

    def _tags(self, run: Run, metrics: Metrics) -> Iterator[str]:
        stride = -(-run.config.epochs // EPOCHS)
        if metrics.moment == "start":
            yield "start"
        elif metrics.moment == "timeline" and self.room > 0:
            yield f"step-{metrics.step:06d}"
        elif metrics.moment == "epoch" and metrics.epoch % stride == 0 and self.room > 0:
            yield f"epoch-{metrics.epoch:03d}"
        elif metrics.moment == "end":
            yield "last"
        if metrics.best:
            yield "best"

    def keep_up(self, run: Run) -> None:
        """Save where the run stands now, while it goes on.

        Raises:
            OSError: disk full; the earlier "last" stays whole.
        """
        self.settle()
        self._begin_to_write(run, ["last"])
        self.notes.take(run)

    def last(self, run: Run) -> None:
        """Save where the run stands now, and wait until it is written.

        Raises:
            OSError: disk full; the earlier "last" stays whole.
        """
        self.keep_up(run)
        self.settle()

    def due(self) -> bool:
        """Whether "last" has become old, or something could not be written."""
        writing = self._writing
        failed = writing is not None and writing.done() and writing.exception() is not None
        return failed or time.monotonic() - self.saved >= LAST

    def _record(self, card: dict[str, Any], tag: str) -> None:
        size = sum(entry["bytes"] for entry in card["files"].values())
        kind = KINDS.get(tag.split("-")[0], tag)
        if kind in KINDS.values():  # what is frozen is linked and takes none
            self.room -= size - card["files"].get(FROZEN, {"bytes": 0})["bytes"]
        uri = (self.folder / tag).relative_to(home()).as_posix()
        digest = card["files"]["model"]["sha256"]
        self.store.add_artifact(
            self.run_id, kind, card["step"], uri, size, digest, epoch=card["epoch"]
        )

    def _name_again(self, card: dict[str, Any], tag: str, other: str) -> None:
        """Give a checkpoint just saved a second name: linked, not written once more."""
        folder = self.folder / other
        folder.mkdir(parents=True, exist_ok=True)
        files = {entry["file"] for entry in card["files"].values()}
        for file in files:
            if not (folder / file).exists():
                give(self.folder / tag / file, folder / file)
        write_whole(folder / "card.json", json.dumps(card).encode())
        for old in folder.glob("*.safetensors"):
            if old.name not in files:
                old.unlink(missing_ok=True)
        self._record(card, other)

    def _show(self, view: dict[str, Any]) -> None:
        """Replace what pages see; it need not survive a power cut, so no disk is waited for."""
        fresh = self.folder / ".view.json"
        fresh.write_text(json.dumps(view))
        fresh.replace(self.folder / "view.json")

    def begin(self, run: Run) -> None:
        """Write the gallery's pictures as one row, and clear what a killed writer left half done.

        Raises:
            OSError: disk full.
        """
        for litter in self.folder.rglob(".*"):
            litter.unlink(missing_ok=True)
        self.notes.begin(run)
        path = self.folder / "gallery.png"
        if not path.exists():
            write_whole(path, sprite(run.gallery.images.numpy()))


def sprite(pictures: np.ndarray[Any, Any]) -> bytes:
    """Pictures side by side as a PNG, three times as large. (n, c, h, w) uint8"""
    n, c, h, w = pictures.shape
    row = pictures.transpose(2, 0, 3, 1).reshape(h, n * w, c)
    image = Image.fromarray(row[..., 0] if c == 1 else np.ascontiguousarray(row))
    out = io.BytesIO()
    larger = image.resize((n * w * ZOOM, h * ZOOM), Image.Resampling.NEAREST)
    larger.save(out, format="PNG", optimize=False)
    return out.getvalue()


def free_megabytes() -> int:
    """Room left on the disk of the home."""
    return shutil.disk_usage(home()).free // 1_000_000
