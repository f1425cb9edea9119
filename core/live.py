"""Live: what pages poll about one run, as plain values."""

import json
from typing import Any

from core.home import run_folder
from core.store import RunRow, Store

TIMELINE = ("start", "timeline", "epoch")


def payload(store: Store, run_id: str, since: int) -> dict[str, Any]:
    """State and progress of a run and its metric rows after `since`.

    rows: [seq, step, epoch, name, value]; "next" is the cursor for the next call. The config comes
    with the first call only. When a run has ended, all its rows have come once `rows` is empty.

    Raises:
        LookupError: there is no such run.
    """
    # State first: whoever then sees it ended knows that no row was written after these.
    row = store.get(run_id)
    rows = store.metrics(run_id, since)
    answer = {
        "id": row.id,
        "name": row.name,
        "state": row.state,
        "error": row.error,
        "position": store.position(run_id) if row.state == "queued" else 0,
        "step": row.step,
        "total_steps": row.total_steps,
        "epoch": row.epoch,
        "epochs": row.config.get("epochs", 0),
        "speed": row.speed,
        "seconds": row.seconds,
        "best_validation": row.best_validation,
        "test_accuracy": row.test_accuracy,
        "rows": [metric[:5] for metric in rows],
        "next": rows[-1].seq if rows else since,
    }
    if since == 0:
        answer["config"] = row.config
    return answer


def views(store: Store, run_id: str, tag: str = "") -> dict[str, Any]:
    """The newest view of a run, or that of the checkpoint `tag`, and its timeline.

    {"view": as Run.view() or None, "timeline": [{"tag", "step", "epoch"}, …] by step}

    Raises:
        LookupError: there is no such run or checkpoint.
    """
    store.get(run_id)
    kept = store.artifacts(run_id)
    tags = {artifact.uri.rpartition("/")[2]: artifact for artifact in kept}
    timeline = [
        {"tag": name, "step": artifact.step, "epoch": artifact.epoch}
        for name, artifact in tags.items()
        if artifact.kind in TIMELINE
    ]
    if tag and tag not in tags:
        raise LookupError("there is no such checkpoint")
    path = run_folder(run_id) / (f"{tag}/card.json" if tag else "view.json")
    try:
        seen = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {"view": None, "timeline": timeline}
    return {"view": seen["view"] if tag else seen, "timeline": timeline}


def gallery_png(row: RunRow) -> bytes:
    """The gallery's pictures of a run side by side, three times as large.

    Raises:
        FileNotFoundError: its worker has not drawn them yet.
    """
    return (run_folder(row.id) / "gallery.png").read_bytes()
