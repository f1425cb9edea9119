"""A zoo of quick nets on the digits, trained once for all tests that ask nets something."""

from pathlib import Path

import pytest

from core import study, zoo
from core.config import parse
from core.inference import Predictor
from core.store import Store
from core.training import Run
from pages.ui import asking
from tests.once import once

QUICK = {
    "mnist-cnn": {"name": "cnn", "widths": [8, 16]},
    "mnist-mlp": {"name": "mlp", "widths": [64]},
}


def train(folder: Path, model: dict, epochs: int = 3, data: str = "mnist-5k") -> None:
    """Train a small net into a folder, with the first epoch as an earlier moment and its study."""
    values = {"data": {"name": data}, "model": model, "epochs": epochs, "batch": 64}
    run = Run(parse(values | {"optimizer": {"name": "adam", "lr": 0.003}}))
    for metrics in run:
        if metrics.moment == "epoch" and metrics.epoch == 1:
            run.save(folder / "epoch-001")
    run.save(folder)
    net = Predictor(folder)
    study.save(study.study(net, run.pictures, net.card["files"]["model"]["sha256"]), folder)


@pytest.fixture(scope="session")
def quick_zoo(session_home: Path) -> Path:
    def make(folder: Path) -> None:
        for name, model in QUICK.items():
            train(folder / name, model)

    return once(session_home, "quick", make)


@pytest.fixture
def cage(quick_zoo: Path, fresh_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The quick nets are the zoo."""
    monkeypatch.setattr(zoo, "FOLDER", quick_zoo)
    return quick_zoo


@pytest.fixture
def empty(fresh_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zoo, "FOLDER", tmp_path / "nowhere")


@pytest.fixture(autouse=True)
def fresh(fresh_home):
    """Caches of a process belong to one home; for every test of a file that imports this."""
    for cached in (asking.nets, asking.studies, asking.decoders):
        cached.clear()
    opened = Store()
    yield
    opened.dispose()
    asking.studies().close()
    asking.decoders().close()
    for cached in (asking.nets, asking.studies, asking.decoders):
        cached.clear()
