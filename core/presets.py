"""Presets: settings that are known to work, per set of pictures; the last is the best."""

from dataclasses import dataclass, replace

from core.config import DataConfig, RunConfig
from core.rules import AdamWConfig, MomentumConfig
from core.schedules import OneCycleConfig
from models import CNNConfig, MLPConfig


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


SMALL = CNNConfig()
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
    "mnist-5k": [FIRST, _mlp(DataConfig(), 10), _cnn(DataConfig(shift=2), 10, SMALL)],
    "shapes": [
        _mlp(DataConfig(name="shapes"), 10),
        _cnn(DataConfig(name="shapes", flip=True), 12, DEEP, batch=64),
    ],
    "mnist": [
        _mlp(DataConfig(name="mnist"), 10),
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
    ],
}


def presets(data: str) -> list[Preset]:
    """The presets of a set; an imported set gets an MLP and a CNN of its own."""
    if data in PRESETS:
        return PRESETS[data]
    mine = DataConfig(name=data, flip=True)
    return [_mlp(mine, 10), _cnn(mine, 10, CNNConfig(widths=(32, 64, 128)))]
