"""The run store: runs, their metrics, commands and checkpoints; the only place with SQL."""

from core.store.database import StoreBusy, StoreFull
from core.store.store import Store
from core.store.tables import Artifact, Columns, Command, DuelRow, Row, RunRow

__all__ = [
    "Artifact",
    "Columns",
    "Command",
    "DuelRow",
    "Row",
    "RunRow",
    "Store",
    "StoreBusy",
    "StoreFull",
]
