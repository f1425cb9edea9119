"""A finished run as one small file, so that the first screen shows a real one before any click."""

import base64
import json
from typing import Any

import core.live as live
from core.home import run_folder
from core.store import Store

ROWS = 400  # points kept per curve


def bake(store: Store, run_id: str) -> dict[str, Any]:
    """Payload, views along the timeline and the picture sprite of a finished run.

    Raises:
        LookupError: no such run.
        ValueError: the run has not finished.
    """
    row = store.get(run_id)
    if row.state != "finished":
        raise ValueError(f"run {run_id} is {row.state}: only a finished run can be baked")
    payload = live.payload(store, run_id, 0)
    payload["rows"] = _thinned(payload["rows"])
    folder = run_folder(run_id)
    views = []
    for card in sorted(folder.glob("*/card.json")):
        view = json.loads(card.read_bytes())["view"]
        if card.parent.name not in ("best", "last"):
            views.append(view)
    views.sort(key=lambda view: (view["step"], view["epoch"]))
    gallery = base64.b64encode((folder / "gallery.png").read_bytes()).decode()
    return {"payload": payload, "views": views, "gallery": gallery}


def _thinned(rows: list[Any]) -> list[Any]:
    """At most ROWS points per name, first and last kept; values to five digits."""
    by_name: dict[str, list[Any]] = {}
    for row in rows:
        by_name.setdefault(row[3], []).append([*row[:4], float(f"{row[4]:.5g}")])
    kept = []
    for series in by_name.values():
        every = max(1, len(series) // ROWS)
        kept += series[::every] + ([] if (len(series) - 1) % every == 0 else series[-1:])
    return sorted(kept)
