"""What may be hidden: fields and panels of the forms, by the names that lessons and links use."""

from typing import Any

from core.catalog import MODELS, OPTIMIZERS, SCHEDULES
from core.config import DataConfig, RunConfig

MENUS = ("data", "preset", "model", "optimizer", "schedule")
PANELS = ("shape", "advanced", "finder", "code", "anatomy", "dials")
TABLES: tuple[dict[str, Any], ...] = (MODELS, OPTIMIZERS, SCHEDULES)


def fields() -> frozenset[str]:
    """The names of all settings that some form shows."""
    configs = [DataConfig, RunConfig, *(spec.config for table in TABLES for spec in table.values())]
    return frozenset(
        name
        for config in configs
        for name, field in config.model_fields.items()
        if field.json_schema_extra and name not in ("name", *MENUS)
    )


HIDEABLE = frozenset(MENUS) | frozenset(PANELS) | fields()


def understood(text: str) -> tuple[frozenset[str], tuple[str, ...]]:
    """The names in a list with commas: those that can be hidden, and those that cannot."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    unknown = tuple(dict.fromkeys(name for name in names if name not in HIDEABLE))
    return frozenset(names) & HIDEABLE, unknown
