"""Who may do what with a run: one function, asked by every route, page and command."""

import os
from typing import Literal, Protocol

Action = Literal[
    "look", "clone", "command", "resume", "rename", "note", "delete", "restore", "download"
]
LOOKING: frozenset[str] = frozenset({"look", "clone"})
ACTING: frozenset[str] = frozenset(
    {"command", "resume", "rename", "note", "delete", "restore", "download"}
)
MODES = ("laptop", "class")


class Owned(Protocol):
    """What the rules need to know about a run."""

    @property
    def owner(self) -> str:
        """The visitor who started it, "" for the command line."""


def mode() -> str:
    """How this installation is shared, from PLAYGROUND_MODE: laptop (default) or class.

    Raises:
        ValueError: PLAYGROUND_MODE names neither.
    """
    chosen = os.environ.get("PLAYGROUND_MODE") or "laptop"
    if chosen not in MODES:
        raise ValueError(
            f"PLAYGROUND_MODE {chosen!r:.40} is not a mode: use laptop (one person) or class "
            "(everybody looks, only the owner acts)"
        )
    return chosen


def may(visitor: str, action: str, run: Owned) -> bool:
    """Whether `visitor` may do `action` to `run`.

    On a laptop everybody here owns everything; in a class all may look at a run and start their
    own with its settings, but only its owner acts on it.

    Raises:
        ValueError: no such action, or PLAYGROUND_MODE is wrong.
    """
    if action not in LOOKING | ACTING:
        known = ", ".join(sorted(LOOKING | ACTING))
        raise ValueError(f"{action!r:.40} is not something one does with a run: use {known}")
    return mode() == "laptop" or action in LOOKING or (visitor != "" and visitor == run.owner)
