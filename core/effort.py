"""Effort: what a run has spent at a step, counted in pictures and in multiply-adds."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from core.config import DataConfig, RunConfig, parse
from core.data import info

PASSES = 3  # a training step is one pass forward and two of the same size backward


@dataclass(frozen=True)
class Effort:
    """pictures: training pictures of one epoch. The others are the net's.

    multiply_adds: of one picture's way forward; training costs PASSES times as many.
    """

    pictures: int
    parameters: int
    multiply_adds: int


def effort(config: RunConfig) -> Effort:
    """The effort of a run.

    Raises:
        ValueError: there is no such set, or the net does not fit its pictures.
    """
    known = info(config.data.name)
    settings = config.model.model_dump_json()
    net = _net(config.model.name, settings, known.channels, known.size, len(known.classes))
    return Effort(trained_on(sum(known.train), config.data), *net)


def known_effort(config: Mapping[str, Any]) -> Effort | None:
    """The effort of a run as stored; None where its pictures are gone or its net is unknown."""
    try:
        return effort(parse(dict(config)))
    except ValueError:
        return None


def trained_on(count: int, config: DataConfig) -> int:
    """How many of a set's `count` training pictures a run learns from, as `batches.split` does."""
    kept = count - max(1, round(count * config.validation))
    return min(kept, config.limit or kept)


@lru_cache(maxsize=256)
def _net(name: str, settings: str, channels: int, image: int, classes: int) -> tuple[int, int]:
    """Parameters and multiply-adds of a net, worked out once."""
    from core.summary import summarise
    from models import MODELS

    config = MODELS[name].config.model_validate_json(settings)
    layers = summarise(config, channels=channels, image=image, classes=classes)
    return sum(row.parameters for row in layers), sum(row.multiply_adds for row in layers)


def pictures_at(step: int, *, steps_per_epoch: int, batch: int, pictures: int) -> int:
    """Training pictures seen by a step; an epoch's last batch may be smaller than the others."""
    epochs, rest = divmod(step, max(1, steps_per_epoch))
    return epochs * pictures + min(rest * batch, pictures)
