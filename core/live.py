"""Live: what pages poll about one run, as plain values."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, NamedTuple

from core.home import home, run_folder
from core.store import Artifact, RunRow, Store

# What a reader travels to; of checkpoints at one step the one furthest back in this list.
TIMELINE = ("best", "start", "origin", "timeline", "epoch")
COLUMNS = 8  # filters beside each other
TALL = 48  # pixels of one filter on the sheet


class Sheet(NamedTuple):
    """First-layer filters as a PNG, and what is on it; no png where the net has none to show."""

    digest: str
    png: bytes = b""
    kind: str = ""
    shown: int = 0
    among: int = 0
    reach: float = 0.0


def payload(store: Store, run_id: str, since: int) -> dict[str, Any]:
    """State and progress of a run and its metric rows after `since`.

    rows: [seq, step, epoch, name, value, seconds of training]; "next" is the cursor for the next
    call. The config, and the effort that goes with it, come with the first call only. When a run
    has ended, all its rows have come once `rows` is empty.

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
        "rows": [(*metric[:5], round(metric.t, 4)) for metric in rows],
        "next": rows[-1].seq if rows else since,
    }
    if since == 0:
        answer["config"] = shown(row.config)
        answer["effort"] = _effort(row.config)
    return answer


def shown(config: Mapping[str, Any]) -> dict[str, Any]:
    """A run's config as anybody may see it: a bug that was planted is for its finder to name."""
    return {name: value for name, value in config.items() if name != "fault"}


def _effort(config: Mapping[str, Any]) -> dict[str, int] | None:
    """What the axes of pictures and multiply-adds are worked out from."""
    from core.effort import known_effort

    known = known_effort(config)
    if known is None:
        return None
    return {"pictures": known.pictures, "multiply_adds": known.training}


def views(store: Store, run_id: str, tag: str = "") -> dict[str, Any]:
    """The newest view of a run, or that of the checkpoint `tag`, and its timeline.

    {"view": as Run.view() or None, "timeline": as `timeline`, "saved": step of the newest
    checkpoint or None}

    Raises:
        LookupError: there is no such run or checkpoint.
    """
    store.get(run_id)
    kept = store.artifacts(run_id)
    if tag and tag not in {artifact.tag for artifact in kept}:
        raise LookupError("there is no such checkpoint")
    answer = {"timeline": timeline(kept), "saved": kept[-1].step if kept else None}
    path = run_folder(run_id) / (f"{tag}/card.json" if tag else "view.json")
    try:
        seen = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {"view": None} | answer
    return {"view": seen["view"] if tag else seen} | answer


def timeline(kept: Sequence[Artifact]) -> list[dict[str, Any]]:
    """The checkpoints to travel between, one per step: [{"tag", "step", "epoch", "best"}, …]."""
    stops: dict[int, Artifact] = {}
    for artifact in kept:
        there = stops.get(artifact.step)
        if artifact.kind in TIMELINE and (
            there is None or TIMELINE.index(there.kind) <= TIMELINE.index(artifact.kind)
        ):
            stops[artifact.step] = artifact
    best = {artifact.step for artifact in kept if artifact.kind == "best"}
    return [
        {"tag": stop.tag, "step": step, "epoch": stop.epoch, "best": step in best}
        for step, stop in sorted(stops.items())
    ]


def filters(store: Store, row: RunRow, tag: str = "", known: str = "") -> Sheet:
    """The first-layer filters of a run at a checkpoint, at its newest when `tag` is left out.

    known: the digest of a sheet that the asker has; nothing is drawn if it is still the right one.

    Raises:
        LookupError: there is no such checkpoint.
        ValueError: it is damaged.
    """
    from core.checkpoint import WAY_ON, load_tensor, read_card
    from core.filters import draw, first_of
    from core.sheets import sheet

    folder = home() / store.checkpoint(row.id, tag).uri
    card = read_card(folder)
    digest = str(card["files"]["model"]["sha256"])
    if digest == known:
        return Sheet(digest)
    channels, size = int(card["channels"]), int(card["size"])
    layer = first_of(json.dumps(card["config"]), channels, size, len(card["classes"]))
    if layer is None:
        return Sheet(digest)
    try:
        weight = load_tensor(folder, "model", layer.tensor, card).float().numpy()
    except FileNotFoundError:
        if read_card(folder)["files"] == card["files"]:
            raise ValueError(f"checkpoint {folder.name!r} lost its weights{WAY_ON}") from None
        return filters(store, row, tag, known)  # saved anew between card and weights
    drawn = draw(weight, layer.kind, channels=channels, size=size)
    if drawn is None:
        return Sheet(digest)
    columns = 1 if drawn.kind == "gates" else COLUMNS
    png = sheet(drawn.pictures, columns, TALL)
    return Sheet(digest, png, drawn.kind, len(drawn.pictures), drawn.count, drawn.reach)


def health(store: Store, row: RunRow) -> dict[str, Any]:
    """What was measured inside a run's steps, and what ails it.

    {"layers": [[name, kind], …], "bends": [[name, kind], …], "points": as `health.Point`,
    "finding": {"key", "values"} or None for a run that only tests rates, or has a planted bug}
    """
    from core.diagnosis import diagnose
    from core.notes import HEALTH, read

    told = read(run_folder(row.id) / HEALTH)
    found = None
    tests_rates = row.config.get("schedule", {}).get("name") == "range"
    if not tests_rates and not row.config.get("fault"):
        rate = row.config["optimizer"]["lr"]
        found = asdict(diagnose(store.metrics(row.id), row.state, told, rate))
    return (told or {"layers": [], "bends": [], "points": []}) | {"finding": found}


def health_mark(row: RunRow) -> str:
    """Changes whenever `health` would say something else."""
    from core.notes import HEALTH

    try:
        written = (run_folder(row.id) / HEALTH).stat().st_mtime_ns
    except FileNotFoundError:
        written = 0
    return f"{written:x}-{row.epoch}-{row.state}"


def gallery_png(row: RunRow) -> bytes:
    """The gallery's pictures of a run side by side, three times as large.

    Raises:
        FileNotFoundError: its worker has not drawn them yet.
    """
    return (run_folder(row.id) / "gallery.png").read_bytes()
