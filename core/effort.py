"""Effort: what a run has spent at a step, counted in pictures and in multiply-adds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from core.config import DataConfig, RunConfig, parse
from core.data import info

if TYPE_CHECKING:
    from core.summary import Layer


@dataclass(frozen=True)
class Effort:
    """pictures: training pictures of one epoch. The others are the net's.

    multiply_adds: of one picture's way forward. training: of one picture in a training step.
    """

    pictures: int
    parameters: int
    multiply_adds: int
    training: int


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
def _net(name: str, settings: str, channels: int, image: int, classes: int) -> tuple[int, int, int]:
    """Parameters and multiply-adds of a net, forward and in training, worked out once."""
    from core.summary import summarise
    from models import MODELS

    config = MODELS[name].config.model_validate_json(settings)
    layers = summarise(config, channels=channels, image=image, classes=classes)
    parameters = sum(row.parameters for row in layers)
    often: Mapping[str, int] = getattr(config, "passes", {})
    training = _passed(layers, often) if often else _training(layers)
    return parameters, sum(row.multiply_adds for row in layers), training


def _passed(layers: Sequence["Layer"], often: Mapping[str, int]) -> int:
    """The same for a net whose parts are gone through more than once, each so many times."""
    return sum(often[row.name.partition(".")[0]] * row.multiply_adds for row in layers)


def _training(layers: Sequence["Layer"]) -> int:
    """Multiply-adds of one picture in a training step; layers in the order of the data's way.

    A layer that learns costs a pass forward and two of the same size backward, one for its weights
    and one for its input. A frozen one costs the pass forward, and where something before it
    learns also the one that hands the gradient on.
    """
    total, learning = 0, False
    for layer in layers:
        learning |= layer.parameters > 0
        still = layer.frozen > 0 and not layer.parameters
        passes = 1 if not learning else 2 if still else 3
        total += passes * layer.multiply_adds
    return total


def pictures_at(step: int, *, steps_per_epoch: int, batch: int, pictures: int) -> int:
    """Training pictures seen by a step; an epoch's last batch may be smaller than the others."""
    epochs, rest = divmod(step, max(1, steps_per_epoch))
    return epochs * pictures + min(rest * batch, pictures)
