"""Scripts as tests run them: what they print, and runs of an autoencoder that have one."""

import runpy
import subprocess
import sys
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np

from core.config import RunConfig, parse
from core.pack import pack_folder
from core.painting import SIDE, pack
from core.script import script

INK = np.zeros((SIDE, SIDE))
INK[3:9, 4:20] = 1.0
INK[14:20, 6:10] = 1 / 3
PAINTING = pack(INK)
ALL = {"flip": True, "rotate": 10, "shift": 2, "erase": 5}

# Every variant, encoder, prior and net, and every setting that a step says, at least once.
AUTOENCODERS: dict[str, dict[str, Any]] = {
    "plain": {},
    "guided": {"guided": True, "prior": "mixture", "labels": 100},
    "guided-by-all": {"guided": True, "prior": "swiss", "encoder": "universal"},
    "guided-square": {"guided": True, "prior": "square", "code": 5},
    "supervised": {"variant": "supervised", "code": 4, "encoder": "gaussian"},
    "semi": {"variant": "semi", "code": 4, "labels": 50},
    "semi-of-all": {"variant": "semi", "prior": "ring", "encoder": "universal", "updates": 2},
    "clustering": {"variant": "clustering", "prior": "square", "code": 3, "clusters": 12},
    "clustering-clouds": {"variant": "clustering", "encoder": "gaussian", "net": "conv"},
    "clustering-weighed": {"variant": "clustering", "agreement": 0.5, "code": 4},
    "clustering-alone": {"variant": "clustering", "agreement": 0.0, "encoder": "universal"},
    "autoencoder": {"variant": "autoencoder", "reconstruction": 2.0},
    "vae": {"variant": "vae"},
    "vae-weighed": {"variant": "vae", "code": 6, "reconstruction": 0.5, "regulariser": 2.0},
    "gaussian": {"encoder": "gaussian", "prior": "ring"},
    "universal": {"encoder": "universal", "prior": "swiss"},
    "painted": {"prior": "painted", "painting": PAINTING},
    "painted-guided": {"prior": "painted", "painting": PAINTING, "guided": True},
    "left-over": {"prior": "mixture", "painting": PAINTING},
    "conv": {"net": "conv", "width": 64, "error": "absolute"},
    "weighed": {"reconstruction": 3.0, "regulariser": 0.3, "updates": 3},
    "rates": {"rate_discriminator": 0.3, "rate_fooling": 2.7},
}
CHANGES: dict[str, dict[str, Any]] = {  # of the run as a whole
    "both": {"model": {"error": "both"}, "epochs": 4},
    "clip": {"clip": 0.2, "smoothing": 0.1, "model": {"variant": "semi"}},
    "smoothing-of-sorts": {"smoothing": 0.2, "model": {"variant": "clustering"}},
    "average": {"average": 0.8, "model": {"variant": "clustering"}},
    "patience": {"patience": 1, "epochs": 5, "optimizer": {"name": "sgd", "lr": 0.5}},
    "patience-by-names": {"patience": 1, "epochs": 5, "model": {"variant": "clustering"}},
    "bf16": {"precision": "bf16", "model": {"variant": "semi", "encoder": "gaussian"}},
    "augmented": {"data": ALL},
    "augmented-labels": {"data": ALL, "model": {"variant": "semi", "labels": 40}},
    "alternate": {
        "data": {"flip": True, "alternate": True},
        "model": {"variant": "semi", "labels": 40},
    },
    "colour": {"data": {"name": "shapes"}, "model": {"net": "conv", "width": 64}},
    "muon": {"optimizer": {"name": "muon"}, "model": {"rate_fooling": 0.5}},
    "constant": {"schedule": {"name": "constant"}, "model": {"rate_discriminator": 0.7}},
}

# Torch takes seconds to load: one Python runs script after script, each as if it were alone.
ONE_BY_ONE = r"""
import runpy, sys
words = sys.argv[1:]
for file, pack in zip(words[::2], words[1::2]):
    sys.argv = [file, "--pack", pack]
    runpy.run_path(file, run_name="__main__")
    print("\f")
"""


def autoencoder(knobs: dict[str, Any], **changes: Any) -> RunConfig:
    """A run of an autoencoder that takes a second."""
    values: dict[str, Any] = {"epochs": 2, "batch": 64, "seed": 3, "precision": "fp32"} | changes
    values["data"] = {"name": "mnist-5k", "limit": 300} | changes.get("data", {})
    values["model"] = {"name": "aae", "width": 32} | knobs | changes.get("model", {})
    return parse(values)


def output(wanted: RunConfig, folder: Path) -> str:
    """What a config's script prints; it runs in this process, for torch is here."""
    file = folder / "run.py"
    file.write_text(script(wanted), encoding="utf-8")
    before, said = sys.argv, StringIO()
    sys.argv = [str(file), "--pack", str(pack_folder(wanted.data.name))]
    try:
        with redirect_stdout(said):
            runpy.run_path(str(file), run_name="__main__")
    finally:
        sys.argv = before
    return said.getvalue()


def alone(wanted: list[RunConfig], folder: Path) -> list[str]:
    """What each prints far from the house: in a Python that sees neither it nor this process."""
    words = [sys.executable, "-I", "-c", ONE_BY_ONE]
    for number, one in enumerate(wanted):
        file = folder / f"{number}.py"
        file.write_text(script(one), encoding="utf-8")
        words += [str(file), str(pack_folder(one.data.name))]
    done = subprocess.run(words, capture_output=True, text=True, cwd=folder, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.split("\f")[:-1]
