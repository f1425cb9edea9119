"""`key=value` settings of the command line → one RunConfig."""

from typing import Any

from core.config import RunConfig, parse
from core.optim import OPTIMIZERS
from core.presets import presets
from core.schedules import SCHEDULES
from models import MODELS

PARTS = ("data", "model", "optimizer", "schedule")


def _named(menu: dict[str, Any], name: str, what: str) -> dict[str, Any]:
    if name not in menu:
        raise ValueError(f"{what} {name!r} is unknown: choose one of {', '.join(menu)}")
    return {"name": name}


def _value(text: str) -> Any:
    """Numbers, true/false and comma lists as what they are; everything else as text."""
    if "," in text:
        return tuple(_value(part.strip()) for part in text.split(",") if part.strip())
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _home_of(key: str, values: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """The dict and the field that `key` means: "epochs", "model.dropout" or just "dropout"."""
    part, _, leaf = key.rpartition(".")
    if part in PARTS and leaf != "name":
        return values[part], leaf
    fields = RunConfig.model_fields
    if not part and key in fields and key not in PARTS:
        return values, key
    owners = [p for p in PARTS if not part and key in _fields(p, values[p]["name"])]
    if len(owners) == 1:
        return values[owners[0]], key
    if owners:
        choices = " or ".join(f"{owner}.{key}" for owner in owners)
        raise ValueError(f"setting {key!r} is ambiguous: write {choices}")
    raise ValueError(f"setting {key!r} is unknown: `list --json` shows every model's settings")


def _fields(part: str, name: str) -> set[str]:
    menus: dict[str, Any] = {"model": MODELS, "optimizer": OPTIMIZERS, "schedule": SCHEDULES}
    config = menus[part][name].config if part in menus else type(RunConfig().data)
    return set(config.model_fields) - {"name"}


def assemble(
    data: str,
    model: str,
    optimizer: str | None,
    schedule: str | None,
    epochs: int | None,
    seed: int,
    settings: list[str],
) -> RunConfig:
    """The preset of this set and model, changed by the given choices.

    Raises:
        ValueError: unknown names or settings, or values out of range.
    """
    base = next((p.config for p in reversed(presets(data)) if p.config.model.name == model), None)
    values = (base or RunConfig()).model_dump() | {"seed": seed}
    values["data"] = values["data"] | {"name": data}
    if base is None:
        values["model"] = _named(MODELS, model, "model")
    return amend(values, optimizer, schedule, epochs, settings)


def amend(
    values: dict[str, Any],
    optimizer: str | None,
    schedule: str | None,
    epochs: int | None,
    settings: list[str],
) -> RunConfig:
    """A config's values with the given choices in their place.

    Raises:
        ValueError: unknown names or settings, or values out of range.
    """
    if optimizer and optimizer != values["optimizer"]["name"]:
        values["optimizer"] = _named(OPTIMIZERS, optimizer, "optimizer")
    if schedule and schedule != values["schedule"]["name"]:
        values["schedule"] = _named(SCHEDULES, schedule, "schedule")
    if epochs is not None:
        values["epochs"] = epochs
    for setting in settings:
        key, equals, text = setting.partition("=")
        if not equals:
            raise ValueError(f"setting {setting!r} has no value: write key=value")
        owner, field = _home_of(key.strip(), values)
        owner[field] = _value(text.strip())
    if isinstance(widths := values["model"].get("widths"), int):
        values["model"]["widths"] = (widths,)
    return parse(values)
