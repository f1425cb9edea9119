"""The menu of architectures: name → ModelSpec. A new one is one file and one line here."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import nn

from models.cnn import CNN, CNNConfig
from models.knobs import Knobs
from models.mlp import MLP, MLPConfig

__all__ = ["CNN", "MLP", "MODELS", "CNNConfig", "MLPConfig", "ModelSpec", "build"]


@dataclass(frozen=True)
class ModelSpec:
    """What the rest of the house needs to know about an architecture."""

    label: str
    config: type[Knobs]
    build: Callable[..., nn.Module]
    theory: str
    paper: str
    objective: str = "classify"
    bfloat16: bool = False  # autocast pays on CPU: convolutions and attention yes, thin MLPs no


MODELS: dict[str, ModelSpec] = {
    "mlp": ModelSpec(
        "MLP",
        MLPConfig,
        MLP,
        "Layers of weighted sums: every pixel is joined to every hidden unit.",
        "Rumelhart, Hinton & Williams 1986, Learning representations by back-propagating errors",
    ),
    "cnn": ModelSpec(
        "CNN",
        CNNConfig,
        CNN,
        "Small kernels slide over the picture, so a stroke is found wherever it lies.",
        "LeCun et al. 1998, Gradient-based learning applied to document recognition",
        bfloat16=True,
    ),
}


def build(config: Any, *, channels: int, image: int, classes: int) -> nn.Module:
    """Build the module that a model config describes, for `channels`×`image`×`image` pictures.

    Raises:
        ValueError: the settings do not fit the picture (for example too many poolings).
    """
    knobs = config.model_dump(exclude={"name"})
    return MODELS[config.name].build(**knobs, channels=channels, image=image, classes=classes)
