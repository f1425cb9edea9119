"""The menu of architectures: name → ModelSpec. A new one is one file and one line here."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import nn

from models.aae import AAE
from models.aae_settings import AAEConfig
from models.cnn import CNN, CNNConfig
from models.fastnet import FastNet, FastNetConfig
from models.knobs import Knobs
from models.lstm import LSTM, LSTMConfig
from models.mlp import MLP, MLPConfig
from models.resnet import ResNet, ResNetConfig
from models.transfer import Transfer, TransferConfig
from models.vit import ViT, ViTConfig

__all__ = [
    "AAE",
    "CNN",
    "LSTM",
    "MLP",
    "MODELS",
    "AAEConfig",
    "CNNConfig",
    "FastNet",
    "FastNetConfig",
    "LSTMConfig",
    "MLPConfig",
    "ModelSpec",
    "ResNet",
    "ResNetConfig",
    "Transfer",
    "TransferConfig",
    "ViT",
    "ViTConfig",
    "build",
    "classifies",
]


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
    signed: bool = False  # takes pictures in −1…1, not with mean 0 and deviation 1
    trained: bool = False  # begins from weights that it is handed, see `Transfer.begin_from`


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
    "lstm": ModelSpec(
        "LSTM",
        LSTMConfig,
        LSTM,
        "Reads a picture line by line and decides what to remember and what to forget.",
        "Hochreiter & Schmidhuber 1997, Long short-term memory",
        bfloat16=True,
    ),
    "vit": ModelSpec(
        "ViT",
        ViTConfig,
        ViT,
        "Cuts the picture into patches, and each patch asks all others what they know.",
        "Dosovitskiy et al. 2020, An image is worth 16x16 words, arXiv 2010.11929",
        bfloat16=True,
    ),
    "resnet": ModelSpec(
        "ResNet",
        ResNetConfig,
        ResNet,
        "Each block adds a correction to what came in, so that depth can do no harm.",
        "He et al. 2015, Deep residual learning for image recognition, arXiv 1512.03385",
        bfloat16=True,
    ),
    "fastnet": ModelSpec(
        "FastNet",
        FastNetConfig,
        FastNet,
        "A small net tuned for speed: good after few epochs, thanks to a whitened first layer.",
        "Jordan 2024, 94% on CIFAR-10 in 3.29 seconds on a single GPU, arXiv 2404.00498",
        bfloat16=True,
    ),
    "transfer": ModelSpec(
        "Transfer",
        TransferConfig,
        Transfer,
        "Takes a net that has already learned to see, and teaches it these classes.",
        "Yosinski et al. 2014, How transferable are features in deep neural networks?, "
        "arXiv 1411.1792",
        bfloat16=True,
        trained=True,
    ),
    "aae": ModelSpec(
        "AAE",
        AAEConfig,
        AAE,
        "Presses pictures into a few numbers and out again, while a judge sees to it that these "
        "numbers take a wished-for shape.",
        "Makhzani et al. 2015, Adversarial autoencoders, arXiv 1511.05644",
        objective="adversarial",
        signed=True,
    ),
}


def classifies(name: str) -> bool:
    """Whether nets of this architecture name pictures; what is unknown is taken to do so."""
    return name not in MODELS or MODELS[name].objective == "classify"


def build(config: Any, *, channels: int, image: int, classes: int) -> nn.Module:
    """Build the module that a model config describes, for `channels`×`image`×`image` pictures.

    Raises:
        ValueError: the settings do not fit the picture (for example too many poolings).
    """
    knobs = config.model_dump(exclude={"name"})
    return MODELS[config.name].build(**knobs, channels=channels, image=image, classes=classes)
