"""A new run as its row: everything that a run begins with."""

import secrets
import time
from collections.abc import Mapping
from typing import Any

from core.store.names import plain
from core.store.tables import Artifact

BLANK = {"note": "", "handle": "", "error": "", "total_steps": 0, "seconds": 0.0}


def fresh(
    config: Mapping[str, Any],
    *,
    owner: str,
    name: str,
    parent: str | None = None,
    state: str = "queued",
    origin: Artifact | None = None,
) -> dict[str, Any]:
    """The columns of a run that begins now, or at the checkpoint `origin`, whose run_id is its id.

    Raises:
        ValueError: the name holds something that names may not hold, or the state is no beginning.
    """
    if state not in ("queued", "running"):
        raise ValueError(f"a run begins queued or running, not {state!r:.40}")
    now = time.time()
    return BLANK | {
        "id": origin.run_id if origin else secrets.token_hex(8),
        "owner": owner,
        "name": plain(name),
        "config": dict(config),
        "state": state,
        "seed": int(config.get("seed", 0)),
        "created": now,
        "queued": now,
        "heartbeat": now,
        "parent": parent,
        "resume": origin is not None,
        "step": origin.step if origin else 0,
        "epoch": origin.epoch if origin else 0,
    }
