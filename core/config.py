"""RunConfig: everything that defines a run, every knob declared once, refused when out of range."""

from typing import Annotated, Any, Literal, Self, Union

from pydantic import Field, ValidationError, field_validator, model_validator

from core.optim import OPTIMIZERS
from core.schedules import SCHEDULES
from models import MODELS, classifies
from models.knobs import Knobs, knob

AnyModel: Any = Annotated[
    Union[tuple(spec.config for spec in MODELS.values())],  # noqa: UP007
    Field(discriminator="name"),
]
AnyOptimizer: Any = Annotated[
    Union[tuple(spec.config for spec in OPTIMIZERS.values())],  # noqa: UP007
    Field(discriminator="name"),
]
AnySchedule: Any = Annotated[
    Union[tuple(spec.config for spec in SCHEDULES.values())],  # noqa: UP007
    Field(discriminator="name"),
]


class DataConfig(Knobs):
    """Which pictures, how they are split and how they are varied."""

    name: str = knob("mnist-5k", "Set of pictures to learn from.")
    validation: float = knob(
        0.1,
        "Share of the training pictures kept back to judge the run.",
        ge=0.01,
        le=0.5,
        step=0.01,
    )
    limit: int = knob(
        0, "Use only so many training pictures; 0 is all.", ge=0, unit="pictures", advanced=True
    )
    shift: int = knob(
        0, "Augmentation: moves each picture by up to so many pixels.", ge=0, le=8, unit="pixels"
    )
    flip: bool = knob(False, "Augmentation: mirrors half of the pictures.")
    alternate: bool = knob(
        False,
        "With mirroring on: each picture changes sides every epoch, instead of by chance.",
        advanced=True,
    )
    rotate: int = knob(
        0, "Augmentation: turns each picture by up to so many degrees.", ge=0, le=90, unit="degrees"
    )
    erase: int = knob(
        0,
        "Augmentation: paints over a square of this side in each picture.",
        ge=0,
        le=16,
        unit="pixels",
    )
    mixup: float = knob(
        0.0,
        "Blends pairs of pictures and their labels; higher blends more evenly, 0 is off.",
        ge=0,
        le=2,
        step=0.1,
    )

    @field_validator("name")
    @classmethod
    def _plain_name(cls, name: str) -> str:
        if not name or not all(c.isalnum() or c in "-_." for c in name) or len(name) > 40:
            raise ValueError("a set's name has up to 40 letters, digits and - _ .")
        return name


class RunConfig(Knobs):
    """One training run, complete: same config, same curve."""

    data: DataConfig = DataConfig()
    model: AnyModel = MODELS["cnn"].config()
    optimizer: AnyOptimizer = OPTIMIZERS["adam"].config()
    schedule: AnySchedule = SCHEDULES["onecycle"].config()
    epochs: int = knob(5, "Times that every training picture is seen.", ge=1, le=200, unit="epochs")
    batch: int = knob(
        128, "Pictures averaged into one step.", ge=1, le=4096, log=True, unit="pictures"
    )
    clip: float = knob(
        0.0,
        "Gradient clipping: longest gradient allowed, 0 is off.",
        ge=0,
        le=100,
        step=0.1,
        advanced=True,
    )
    smoothing: float = knob(
        0.0,
        "Label smoothing: share of the certainty that is spread over all classes.",
        ge=0,
        le=0.5,
        step=0.01,
        advanced=True,
    )
    average: float = knob(
        0.0,
        "Judges and keeps a moving average of the weights; share of it kept per step, 0 is off.",
        ge=0,
        le=0.9999,
        step=0.001,
        advanced=True,
    )
    patience: int = knob(
        0,
        "Early stopping: ends after so many epochs without a better validation, 0 is off.",
        ge=0,
        le=50,
        unit="epochs",
        advanced=True,
    )
    mirror: bool = knob(
        False, "Judges by the mean answer to a picture and to its mirror image.", advanced=True
    )
    seed: int = knob(
        0, "Same seed, same start, same order, same curve.", ge=0, le=2**31 - 1, advanced=True
    )
    precision: Literal["auto", "fp32", "bf16"] = knob(
        "auto",
        "Number format of the arithmetic; auto takes bf16 where the processor is faster with it.",
        advanced=True,
    )
    # No knob, and left out of dumps where there is none.
    fault: str = Field(
        default="",
        description="A bug that is planted into the run, for the fault clinic.",
        exclude_if=lambda name: not name,
    )

    @model_validator(mode="after")
    def _fault_known(self) -> Self:
        if self.fault:
            if not classifies(self.model.name):
                raise ValueError("a fault is for nets that name pictures: choose another net")
            from core.faults import check  # its table holds configs

            check(self)
        return self

    @model_validator(mode="after")
    def _answers_needed(self) -> Self:
        wanted = {"data.mixup": self.data.mixup, "mirror": self.mirror}
        for name, value in wanted.items():
            if value and not classifies(self.model.name):
                raise ValueError(
                    f"{name} blends answers, and {MODELS[self.model.name].label} gives none: "
                    "switch it off"
                )
        return self


_TAGS = {*MODELS, *OPTIMIZERS, *SCHEDULES}


def _bounds(error: Any) -> str:
    """The valid range of the faulty field with its unit, read from its declaration."""
    owner: Any = RunConfig
    for part in error["loc"][:-1]:
        if part in _TAGS:
            menus: dict[str, Any] = {**MODELS, **OPTIMIZERS, **SCHEDULES}
            owner = menus[part].config
        elif part == "data":
            owner = DataConfig
    field = owner.model_fields.get(str(error["loc"][-1]))
    if field is None:
        return ""
    limits = {
        key: getattr(m, key)
        for m in field.metadata
        for key in ("ge", "gt", "le")
        if hasattr(m, key)
    }
    unit = (field.json_schema_extra or {}).get("unit", "")
    if {"ge", "le"} <= limits.keys():
        return f" (valid: {limits['ge']:g} to {limits['le']:g} {unit}".rstrip() + ")"
    return ""


def _reason(error: Any) -> str:
    """One field's fault in words: the place, the value, what is wrong, the valid range."""
    if not error["loc"]:  # of the config as a whole
        return str(error["msg"].removeprefix("Value error, "))
    place = ".".join(str(part) for part in error["loc"] if part not in _TAGS)
    value = error.get("input")
    shown = "" if isinstance(value, dict) else f" {value!r:.60}"
    message = error["msg"].removeprefix("Value error, ").replace("Input", "it", 1)
    if error["type"] == "extra_forbidden":
        message = "there is no such setting"
    elif error["type"] == "union_tag_invalid":
        return f"{place} {error['ctx']['tag']!r} is unknown: choose {error['ctx']['expected_tags']}"
    elif error["type"] == "union_tag_not_found":
        message = "its name is missing"
    return f"{place}{shown}: {message}{_bounds(error)}"


def parse(values: dict[str, Any]) -> RunConfig:
    """Make a RunConfig from plain values.

    Raises:
        ValueError: one sentence that names every bad field, its value and its valid range.
    """
    model = values.get("model")
    if isinstance(model, dict) and model.get("name") == "transfer":
        from core.transfer import settled  # it reads checkpoints, which other nets can do without

        values = values | {"model": settled(model)}
    try:
        return RunConfig.model_validate(values)
    except ValidationError as problem:
        raise ValueError("; ".join(_reason(error) for error in problem.errors())) from None
