"""Presets: settings that are known to work, per set of pictures; the last is the best."""

from dataclasses import dataclass, replace

from core.config import DataConfig, RunConfig
from core.rules import AdamConfig, AdamWConfig, MomentumConfig, MuonConfig, NesterovConfig
from core.schedules import ConstantConfig, CosineConfig, OneCycleConfig, TriangleConfig
from models import AAEConfig, CNNConfig, FastNetConfig, LSTMConfig, MLPConfig, ViTConfig


@dataclass(frozen=True)
class Preset:
    """A named RunConfig; `name` is a key of the catalogue of words."""

    name: str
    config: RunConfig


def _mlp(data: DataConfig, epochs: int) -> Preset:
    return Preset(
        "mlp",
        RunConfig(
            data=data,
            model=MLPConfig(),
            optimizer=AdamWConfig(lr=2e-3),
            schedule=OneCycleConfig(),
            epochs=epochs,
        ),
    )


def _cnn(
    data: DataConfig, epochs: int, model: CNNConfig, *, batch: int = 128, lr: float = 1e-2
) -> Preset:
    return Preset(
        "cnn",
        RunConfig(
            data=data,
            model=model,
            optimizer=AdamWConfig(lr=lr),
            schedule=OneCycleConfig(),
            epochs=epochs,
            batch=batch,
        ),
    )


def _lstm(data: DataConfig, epochs: int) -> Preset:
    return Preset(
        "lstm",
        RunConfig(
            data=data,
            model=LSTMConfig(),
            optimizer=AdamWConfig(lr=1e-2),
            schedule=OneCycleConfig(),
            epochs=epochs,
        ),
    )


def _vit(
    data: DataConfig, model: ViTConfig, epochs: int, *, batch: int = 128, smoothing: float = 0.0
) -> Preset:
    """Muon learns more from each epoch than AdamW: few pictures, no convolution to help."""
    return Preset(
        "vit",
        RunConfig(
            data=data,
            model=model,
            optimizer=MuonConfig(),
            schedule=OneCycleConfig(),
            epochs=epochs,
            batch=batch,
            smoothing=smoothing,
        ),
    )


def _aae(
    data: DataConfig,
    epochs: int,
    model: AAEConfig,
    *,
    name: str = "aae",
    fading: bool = True,
) -> Preset:
    """Encoder and judge chase each other: a small momentum keeps them from going round.

    The mean of the weights along the way lies where they would come to rest.
    """
    return Preset(
        name,
        RunConfig(
            data=data,
            model=model,
            optimizer=AdamConfig(lr=1e-3, beta1=0.5),
            schedule=CosineConfig() if fading else ConstantConfig(),
            epochs=epochs,
            average=0.998,
        ),
    )


def _fast(data: DataConfig, epochs: int) -> Preset:
    """The published recipe of FastNet: rate 11.5 and decay 0.0153 per 1024 pictures, momentum 0.85.

    Its rate is for losses summed over a batch, divided by 1024 · (1 + 1 / (1 − momentum)); for
    means that is 11.5 / (1 + 1 / 0.15) = 1.5, and the decay 0.0153 / 11.5 = 0.00133.
    """
    return Preset(
        "fast",
        RunConfig(
            data=data,
            model=FastNetConfig(),
            optimizer=NesterovConfig(lr=1.5, momentum=0.85, weight_decay=0.00133),
            schedule=TriangleConfig(),
            epochs=epochs,
            batch=1024,
            smoothing=0.2,
            average=0.98,
            mirror=True,
        ),
    )


def _deep(data: DataConfig, epochs: int) -> Preset:
    """The same paper's recipe for those with time: deeper, wider, shortcuts, rate 9 for 11.5."""
    config = _fast(data, epochs).config
    changed = {
        "model": FastNetConfig(widths=(96, 256, 256), depth=3),
        "optimizer": NesterovConfig(lr=1.17, momentum=0.85, weight_decay=0.00133),
    }
    return Preset("deep", config.model_copy(update=changed))


SMALL = CNNConfig()
FLOWER = AAEConfig(prior="mixture", guided=True, width=256, dropout=0.0, error="both")
STYLE = AAEConfig(
    variant="supervised", code=4, width=256, dropout=0.0, error="absolute", rate_fooling=0.3
)
SEMI = AAEConfig(variant="semi", net="conv", labels=1000, code=10, width=256, dropout=0.0)
SORTS = AAEConfig(variant="clustering", net="conv", code=10, width=256, dropout=0.0)
PLACES = AAEConfig(net="conv", code=16, width=256, dropout=0.0)
TINY = ViTConfig(pooling="cls")
PHOTO = ViTConfig(width=128)
WIDE = CNNConfig(widths=(24, 48, 96))
DEEP = CNNConfig(widths=(16, 32, 64, 128))
FIRST = Preset(
    "first",
    RunConfig(
        data=DataConfig(),
        model=MLPConfig(widths=(128,), dropout=0.0, norm=False),
        optimizer=MomentumConfig(),
        epochs=10,
    ),
)

PRESETS: dict[str, list[Preset]] = {
    "mnist-5k": [
        FIRST,
        _mlp(DataConfig(), 10),
        _lstm(DataConfig(), 10),
        _vit(DataConfig(shift=1), TINY, 15),
        _aae(DataConfig(), 30, STYLE, name="aae-style"),
        _aae(DataConfig(), 60, SORTS, name="aae-clusters"),
        _aae(DataConfig(), 60, FLOWER),
        _cnn(DataConfig(shift=2), 10, SMALL),
    ],
    "shapes": [
        _mlp(DataConfig(name="shapes"), 10),
        _cnn(DataConfig(name="shapes", flip=True), 12, DEEP, batch=64),
    ],
    "mnist": [
        _mlp(DataConfig(name="mnist"), 10),
        _lstm(DataConfig(name="mnist", shift=2), 8),
        _vit(DataConfig(name="mnist", shift=2), TINY, 16),
        _aae(DataConfig(name="mnist", shift=2), 10, SEMI, name="aae-semi"),
        _aae(DataConfig(name="mnist"), 8, SORTS, name="aae-clusters"),
        _aae(DataConfig(name="mnist"), 12, STYLE, name="aae-style"),
        _aae(DataConfig(name="mnist"), 40, FLOWER),
        replace(_cnn(DataConfig(name="mnist", shift=1), 2, SMALL), name="sprint"),
        _cnn(DataConfig(name="mnist", shift=2), 8, WIDE),
    ],
    "fashion-mnist": [
        _mlp(DataConfig(name="fashion-mnist"), 10),
        _cnn(DataConfig(name="fashion-mnist"), 8, SMALL),
    ],
    "cifar10": [
        _mlp(DataConfig(name="cifar10", flip=True), 10),
        _cnn(
            DataConfig(name="cifar10", flip=True, shift=3),
            12,
            CNNConfig(widths=(32, 64, 128), depth=2),
            lr=5e-3,
        ),
        _vit(
            DataConfig(name="cifar10", validation=0.02, flip=True, shift=3),
            PHOTO,
            36,
            batch=256,
            smoothing=0.1,
        ),
        # In longer trainings, or at rates that fade, the judge wins and codes leave the prior.
        _aae(DataConfig(name="cifar10", flip=True), 6, PLACES, fading=False),
        _deep(
            DataConfig(
                name="cifar10", validation=0.02, flip=True, alternate=True, shift=4, erase=12
            ),
            64,
        ),
        _fast(DataConfig(name="cifar10", validation=0.02, flip=True, alternate=True, shift=2), 16),
    ],
}


def presets(data: str) -> list[Preset]:
    """The presets of a set; an imported set gets an MLP and a CNN of its own."""
    if data in PRESETS:
        return PRESETS[data]
    mine = DataConfig(name=data, flip=True)
    return [_mlp(mine, 10), _cnn(mine, 10, CNNConfig(widths=(32, 64, 128)))]
