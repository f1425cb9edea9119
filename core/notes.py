"""Notes: what was seen inside a run's steps, as JSON in its folder, for pages to read."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.health import names

if TYPE_CHECKING:
    from core.training import Run

HEALTH, DISSECTION = "health.json", "dissect.json"


class Notes:
    """Writes a run's health and its last dissected batch into `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.told: dict[str, Any] = {"points": []}

    def begin(self, run: "Run") -> None:
        """Take up what an earlier worker wrote, as far as `run` has come."""
        before = read(self.folder / HEALTH) or {"points": []}
        kept = [point for point in before["points"] if point["step"] <= run.step]
        self.told = names(run.model) | {"points": kept}
        if len(kept) < len(before["points"]):
            self._write(HEALTH, self.told)

    def take(self, run: "Run") -> None:
        """Write what is new; a power cut may cost the newest, so no disk is waited for.

        Raises:
            OSError: disk full; the notes are kept for the next time.
        """
        looks = run.looks
        if looks.points:
            new = [asdict(point) for point in looks.points]
            self._write(HEALTH, self.told | {"points": self.told["points"] + new})
            self.told["points"] += new
            looks.points.clear()
        if looks.record is not None:
            self._write(DISSECTION, looks.record)
            looks.record = None

    def _write(self, name: str, told: dict[str, Any]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        fresh = self.folder / f".{name}"
        fresh.write_text(json.dumps(told, separators=(",", ":")))
        fresh.replace(self.folder / name)


def read(path: Path) -> dict[str, Any] | None:
    """What such a file says; None where there is none yet."""
    try:
        told: dict[str, Any] = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    return told
