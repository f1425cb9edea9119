"""Export: what a run has made, as files that other programs read."""

from collections.abc import Iterator
from pathlib import Path

from core import zoo
from core.branch import begun
from core.checkpoint import load_part, packed, read_card, write_whole
from core.config import parse
from core.home import home, run_folder
from core.store import Store


def export(store: Store, run_id: str, form: str, out: Path, tag: str = "") -> int:
    """Write the weights or the script of a run, or of `zoo:NAME`, to `out`; its size in bytes.

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

    if run_id.startswith(zoo.PREFIX):
        return script(parse(read_card(zoo.checkpoint_of(run_id))["config"]))
    run_folder(run_id)  # refuses what is no id
    return script(parse(store.get(run_id).config))


def _weights(store: Store, run_id: str, tag: str) -> bytes:
    """A checkpoint's whole model, checked against its SHA-256."""
    if run_id.startswith(zoo.PREFIX):
        return packed(load_part(zoo.checkpoint_of(run_id, tag or zoo.LAST), "model"))
    run_folder(run_id)
    store.get(run_id)
    return packed(load_part(home() / store.checkpoint(run_id, tag).uri, "model"))


def differs(store: Store, run_id: str) -> Iterator[str]:
    """Why a run's script would not go through the run's own numbers; nothing when it would."""
    if run_id.startswith(zoo.PREFIX):
        return
    if (origin := begun(run_id)) is not None:
        yield (
            f"the run goes on from checkpoint {origin['tag']} of run {origin['run']}, the script "
            "begins anew"
        )
    if store.get(run_id).config.get("fault"):
        yield "a bug was planted into the run, the script is without it"
    turned = {row.step for row in store.metrics(run_id, limit=10**9) if row.name[:4] == "set."}
    if turned:
        steps = ", ".join(map(str, sorted(turned)))
        yield f"rates were set by hand at step {steps}, the script keeps to the schedule"
