"""Handles: which process holds a run, in words that another process can check."""

import os
import platform

KINDS = ("pool", "here")


def handle(kind: str) -> str:
    """This process as a handle: "pool" for a runner's worker, "here" for one that stands alone."""
    return f"{platform.node()}:{os.getpid()}:{kind}"


def process_id(holder: str) -> int:
    """The process that a handle names."""
    return int(holder.split(":")[1])


def alone(holder: str) -> bool:
    """Whether the holder was started by a person, so that no runner may take its run over."""
    return holder.endswith(":here")


def gone(holder: str) -> bool:
    """Whether the process is known to be dead; of other machines nothing is known."""
    node, number, _ = holder.split(":")
    if node != platform.node() or os.name == "nt":  # asking Windows this way would end the process
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
