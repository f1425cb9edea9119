"""Export: what a run has made, as files that other programs read."""

from collections.abc import Iterator
from pathlib import Path

from core.branch import begun
from core.checkpoint import file_of, load_part, read_card, write_whole
from core.config import parse
from core.home import home, run_folder
from core.store import Store


def export(store: Store, run_id: str, form: str, out: Path, tag: str = "") -> int:
    """Write a run's weights or its script to `out`; its size in bytes.

    tag: the checkpoint whose weights are wanted, the newest when left out.

    Raises:
        LookupError: there is no such run or checkpoint.
        ValueError: not a run's id, a damaged checkpoint, a set that is gone, or no place to write.
    """
    data = script_of(store, run_id).encode() if form == "script" else _weights(store, run_id, tag)
    try:
        write_whole(out, data)
    except OSError as problem:
        raise ValueError(
            f"{out} cannot be written ({problem.strerror}): choose a file in a folder that you "
            "may write to"
        ) from None
    return len(data)


def script_of(store: Store, run_id: str) -> str:
    """The script that goes through a run's numbers.

    Raises:
        LookupError, ValueError: as `export`.
    """
    from core.script import script

    run_folder(run_id)  # refuses what is no id
    return script(parse(store.get(run_id).config))


def _weights(store: Store, run_id: str, tag: str) -> bytes:
    """A checkpoint's model file, checked against its SHA-256."""
    run_folder(run_id)
    store.get(run_id)
    folder = home() / store.checkpoint(run_id, tag).uri
    card = read_card(folder)
    load_part(folder, "model", card)
    return (folder / file_of(folder, "model", card)["file"]).read_bytes()


def differs(store: Store, run_id: str) -> Iterator[str]:
    """Why a run's script would not go through the run's own numbers; nothing when it would."""
    if (origin := begun(run_id)) is not None:
        yield (
            f"the run goes on from checkpoint {origin['tag']} of run {origin['run']}, the script "
            "begins anew"
        )
    turned = {row.step for row in store.metrics(run_id, limit=10**9) if row.name[:4] == "set."}
    if turned:
        steps = ", ".join(map(str, sorted(turned)))
        yield f"rates were set by hand at step {steps}, the script keeps to the schedule"
