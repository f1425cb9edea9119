"""Small autoencoders on the digits, trained once for all tests of the latent studio."""

from pathlib import Path

import pytest

from core import zoo
from core.config import parse
from core.maker import Maker
from core.training import Run
from tests.once import once

NETS = {  # their settings, epochs and learning rate
    "mnist-aae": ({"prior": "mixture", "guided": True, "width": 128}, 8, 0.001),
    "mnist-aae-style": ({"variant": "supervised", "code": 4, "width": 256}, 4, 0.003),
    "mnist-conv": ({"net": "conv", "encoder": "gaussian", "width": 128}, 1, 0.001),
    "mnist-large": ({"width": 2048}, 0, 0.001),
}


def train(folder: Path, model: dict, epochs: int, lr: float) -> None:
    """Train into a folder, with the first epoch as an earlier moment."""
    values = {"data": {"name": "mnist-5k"}, "model": {"name": "aae", **model}, "batch": 64}
    run = Run(parse(values | {"epochs": max(1, epochs), "optimizer": {"name": "adam", "lr": lr}}))
    for metrics in run if epochs else ():
        if metrics.moment == "epoch" and metrics.epoch == 1:
            run.save(folder / "epoch-001")
    run.save(folder)


@pytest.fixture(scope="session")
def studio_zoo(session_home: Path) -> Path:
    def make(folder: Path) -> None:
        for name, (model, epochs, lr) in NETS.items():
            train(folder / name, model, epochs, lr)

    return once(session_home, "studio", make)


@pytest.fixture
def studio(studio_zoo: Path, fresh_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The small autoencoders are the zoo."""
    monkeypatch.setattr(zoo, "FOLDER", studio_zoo)
    return studio_zoo


@pytest.fixture
def plain(studio: Path) -> Maker:
    return Maker(studio / "mnist-aae")


@pytest.fixture
def styled(studio: Path) -> Maker:
    return Maker(studio / "mnist-aae-style")


@pytest.fixture
def conv(studio: Path) -> Maker:
    return Maker(studio / "mnist-conv")
