"""The exported script: runs alone, reads well, and goes through the very numbers of the run."""

import ast
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.catalog import MODELS, OPTIMIZERS, SCHEDULES
from core.config import RunConfig, parse
from core.script import excerpt, script
from core.training import Run
from tests.telling import AUTOENCODERS, CHANGES, alone, autoencoder, output

ROOT = Path(__file__).resolve().parents[1]
SMALL = {
    "mlp": {"widths": [16, 8]},
    "cnn": {"widths": [4, 8], "depth": 2},
    "lstm": {"width": 12, "depth": 2},
    "vit": {"patch": 7, "width": 16, "depth": 2, "heads": 2, "pooling": "cls", "dropout": 0.1},
    "resnet": {"width": 4, "blocks": 1, "shortcut": "project"},
    "fastnet": {"widths": [8, 8], "depth": 3},
}
WHOLE = [  # nets that begin from nothing and name pictures
    name for name, spec in MODELS.items() if not spec.trained and spec.objective == "classify"
]
CURES: dict[str, dict[str, Any]] = {
    "plain": {},
    "smoothing": {"smoothing": 0.1},
    "average": {"average": 0.9, "mirror": True},
    "patience": {"patience": 1, "epochs": 4, "optimizer": {"name": "sgd", "lr": 1e-6}},
    "patience-of-an-average": {"patience": 1, "average": 0.8, "epochs": 3},
    "clip": {"clip": 0.5},
    "bf16": {"precision": "bf16", "model": {"name": "cnn", "widths": [4, 8]}},
    "auto": {"precision": "auto", "model": {"name": "cnn", "widths": [4, 8]}},
    "flip": {"data": {"flip": True}},
    "alternate": {"data": {"flip": True, "alternate": True}},
    "all": {
        "data": {"flip": True, "rotate": 10, "shift": 2, "erase": 5, "mixup": 0.4, "limit": 500},
        "smoothing": 0.05,
        "average": 0.95,
        "clip": 1.0,
        "mirror": True,
    },
}


def config(**changes: Any) -> RunConfig:
    """A run of a few seconds."""
    values: dict[str, Any] = {"epochs": 2, "batch": 128, "seed": 7, "precision": "fp32"}
    values["model"] = {"name": "mlp", "widths": [16], "dropout": 0.2}
    values |= changes
    values["data"] = {"name": "mnist-5k", "limit": 700} | changes.get("data", {})
    return parse(values)


def curve(wanted: RunConfig) -> list[float]:
    """Losses as the run tells them, in the order in which the script prints them."""
    told = []
    for metrics in Run(wanted):
        for name in ("train.loss", "val.loss", "test.loss"):
            if name in metrics.values:
                told.append(metrics.values[name])
    return told


def spoken(text: str) -> list[float]:
    """The losses in what a script prints."""
    return [float(number) for number in re.findall(r"loss ([\d.]+)", text)]


@pytest.fixture
def printed(tmp_path: Path) -> Callable[[RunConfig], list[float]]:
    """What a config's script prints, as numbers."""
    return lambda wanted: spoken(output(wanted, tmp_path))


Printed = Callable[[RunConfig], list[float]]


def agree(ours: list[float], theirs: list[float]) -> None:
    """Same number of losses, each the same to 1e-6."""
    assert len(ours) == len(theirs) > 3
    assert theirs == pytest.approx(ours, abs=1e-6)


@pytest.mark.parametrize("model", WHOLE)
def test_the_script_of_every_model_repeats_its_run(model: str, printed: Printed) -> None:
    shape = SMALL.get(model, {})
    data = {"name": "shapes" if model in ("resnet", "fastnet") else "mnist-5k", "limit": 300}
    wanted = config(model={"name": model, **shape}, data=data, batch=100, epochs=1)
    agree(curve(wanted), printed(wanted))


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_the_script_of_every_optimiser_repeats_its_run(optimizer: str, printed: Printed) -> None:
    wanted = config(optimizer={"name": optimizer})
    agree(curve(wanted), printed(wanted))


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_the_script_of_every_schedule_repeats_its_run(schedule: str, printed: Printed) -> None:
    wanted = config(schedule={"name": schedule})
    agree(curve(wanted), printed(wanted))


@pytest.mark.parametrize("cure", CURES)
def test_the_script_of_every_cure_repeats_its_run(cure: str, printed: Printed) -> None:
    wanted = config(**CURES[cure])
    agree(curve(wanted), printed(wanted))


def test_scripts_stand_alone(tmp_path: Path) -> None:
    """Run far from the house, by a Python that sees neither it nor this process."""
    wanted = [config(data={"flip": True, "shift": 1}, average=0.9)]
    wanted += [autoencoder(AUTOENCODERS["painted-guided"])]
    for one, text in zip(wanted, alone(wanted, tmp_path), strict=True):
        agree(curve(one), spoken(text))


def test_a_net_that_begins_from_learned_weights_has_no_script() -> None:
    wanted = config(model={"name": "transfer"})
    for telling in (script, excerpt):
        with pytest.raises(ValueError, match="no script can hold"):
            telling(wanted)


EVERY = [config(model={"name": model, **SMALL.get(model, {})}) for model in WHOLE]
EVERY += [config(optimizer={"name": optimizer}) for optimizer in OPTIMIZERS]
EVERY += [config(schedule={"name": schedule}) for schedule in SCHEDULES]
EVERY += [config(**cure) for cure in CURES.values()]
EVERY += [autoencoder(knobs) for knobs in AUTOENCODERS.values()]
EVERY += [autoencoder({}, **change) for change in CHANGES.values()]


@pytest.fixture(scope="module")
def everything() -> list[str]:
    """A script with each line that there is."""
    return [script(wanted) for wanted in EVERY]


def test_every_script_needs_torch_and_torchvision_only(everything: list[str]) -> None:
    for text in everything:
        for node in ast.walk(ast.parse(text)):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                top = name.split(".")[0]
                assert top in {"torch", "torchvision", *sys.stdlib_module_names}, name


def test_no_name_is_given_twice_in_a_script(everything: list[str]) -> None:
    """Two modules' constants of one name would overwrite each other."""
    for text in everything:
        names = []
        for node in ast.parse(text).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                names.append(node.name)
            elif isinstance(node, ast.Assign):
                names += [
                    part.id for part in ast.walk(node.targets[0]) if isinstance(part, ast.Name)
                ]
        assert len(names) == len(set(names)), sorted(names)


def test_every_script_is_written_as_the_house_writes(everything: list[str], tmp_path: Path) -> None:
    """No spare import, no name that is missing, no line too long, laid out as ruff does."""
    for number, text in enumerate(everything):
        (tmp_path / f"{number}.py").write_text(text, encoding="utf-8")
    for verb in (["check"], ["format", "--check"]):
        words = [sys.executable, "-m", "ruff", *verb, "--config", str(ROOT / "pyproject.toml")]
        done = subprocess.run([*words, str(tmp_path)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[-3000:]
