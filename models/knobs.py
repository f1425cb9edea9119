"""Knob and Knobs: a setting declared once, with its range, its unit and its help."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Knobs(BaseModel):
    """A frozen set of settings; unknown keys are refused, not ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, str_max_length=200)


def knob(
    default: Any,
    help: str,
    *,
    ge: float | None = None,
    gt: float | None = None,
    le: float | None = None,
    unit: str = "",
    log: bool = False,
    step: float | None = None,
    advanced: bool = False,
) -> Any:
    """Declare one setting; forms, command-line flags and messages are made from this.

    Args:
        default: value used when nothing is chosen.
        help: one sentence for the person who moves the control.
        ge, gt, le: bounds; a bounded number becomes a slider.
        unit: what the number counts ("images", "epochs"); shown in forms and messages.
        log: the slider moves in powers of ten.
        step: distance between two slider positions.
        advanced: folded away until asked for.
    """
    extra: Any = {"unit": unit, "log": log, "step": step, "advanced": advanced}
    # Python's True is 1 and pydantic reads "3" as 3; a number must have been meant as one.
    bounded = (ge, gt, le) != (None, None, None)
    strict = isinstance(default, bool) or bounded or None
    return Field(
        default, description=help, strict=strict, ge=ge, gt=gt, le=le, json_schema_extra=extra
    )
