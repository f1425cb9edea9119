"""Keeper: what a run leaves on disk, by a timeline: checkpoints, views, the gallery's pictures."""

import io
import json
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from core.checkpoint import read_card, write_whole
from core.home import home
from core.store import Store
from core.training import Metrics, Run

LAST = 5.0  # seconds between saves of "last"
EPOCHS = 20  # so many epochs at most are kept one by one
ROOM = 1_000_000_000  # bytes of timeline that one run may take
ZOOM = 3


class Keeper:
    """Saves one run's checkpoints into `folder` and records them in the store."""

    def __init__(self, store: Store, run_id: str, folder: Path) -> None:
        self.store, self.run_id, self.folder = store, run_id, folder
        self.saved = time.monotonic()
        self.newest: tuple[int, str] = (-1, "")  # step and tag of what was saved last
        self.room = ROOM

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
        view = None
        for tag in self._tags(run, metrics):
            view = self._save(run, tag)
        write_whole(self.folder / "view.json", json.dumps(view or run.view()).encode())

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

    def last(self, run: Run) -> None:
        """Save where the run stands now.

        Raises:
            OSError: disk full; the earlier "last" stays whole.
        """
        self._save(run, "last")
        self.saved = time.monotonic()

    def due(self) -> bool:
        """Whether "last" has become old."""
        return time.monotonic() - self.saved >= LAST

    def _save(self, run: Run, tag: str) -> dict[str, Any]:
        """Save under a tag and record it; what the net says now is returned."""
        folder = self.folder / tag
        self._borrow(run.step, folder)
        card = run.save(folder)
        self.newest = (run.step, tag)
        size = sum(entry["bytes"] for entry in card["files"].values())
        kind = {"step": "timeline"}.get(tag.split("-")[0], tag.split("-")[0])
        if kind in ("timeline", "epoch"):
            self.room -= size
        uri = folder.relative_to(home()).as_posix()
        digest = card["files"]["model"]["sha256"]
        self.store.add_artifact(self.run_id, kind, run.step, uri, size, digest, run.epoch)
        return dict(card["view"])

    def _borrow(self, step: int, folder: Path) -> None:
        """Link the files of a checkpoint of the same step: saving then finds them in place."""
        at, tag = self.newest
        if at != step:
            return
        folder.mkdir(parents=True, exist_ok=True)
        for entry in read_card(self.folder / tag)["files"].values():
            target = folder / entry["file"]
            if not target.exists():
                try:
                    os.link(self.folder / tag / entry["file"], target)
                except OSError:  # no hard links here: it is written once more
                    return

    def begin(self, run: Run) -> None:
        """Write the gallery's pictures as one row, and clear what a killed writer left half done.

        Raises:
            OSError: disk full.
        """
        for litter in self.folder.rglob(".*"):
            litter.unlink(missing_ok=True)
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
