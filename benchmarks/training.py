"""Training speed: the worker against the hand-written loop, the usual loop, and itself."""

import json
import subprocess
import sys
from collections.abc import Iterator

from benchmarks import place
from benchmarks.report import Figure
from core.config import DataConfig, RunConfig
from core.presets import PRESETS

ROUNDS = 3
SECONDS = 3.0
LOADER_GOALS = {"mlp": 8.0, "cnn": 2.5}


def nets() -> dict[str, RunConfig]:
    """The presets' nets on real MNIST, without augmentation, long enough to be measured."""
    data = DataConfig(name="mnist", validation=0.01)
    first = PRESETS["mnist-5k"][0].config.model_copy(update={"data": data, "epochs": 60})
    found = {p.name: p.config for p in PRESETS["mnist"]}
    cnn = found["cnn"].model_copy(update={"data": data, "epochs": 8})
    return {"mlp": first, "cnn": cnn}


def peer(loop: str, config: RunConfig) -> float:
    """Pictures per second of a peer loop in its own process, all threads."""
    words = [sys.executable, "-m", "benchmarks.child", loop, str(SECONDS), config.model_dump_json()]
    done = subprocess.run(words, cwd=place.ROOT, capture_output=True, text=True, check=True)
    return float(json.loads(done.stdout))


def figures() -> Iterator[Figure]:
    """Worker ÷ hand, worker ÷ loader, and two and four runs at once ÷ one."""
    with place.runner(4) as store:
        for name, config in nets().items():
            alone, hand, loader = [], [], []
            for _ in range(ROUNDS):
                hand.append(peer("hand", config))
                alone += place.speeds(store, [config], SECONDS)
                loader.append(peer("loader", config))
            ratios = [a / h for a, h in zip(alone, hand, strict=True)]
            speed = f"worker {max(alone):,.0f} pictures/s, loader {max(loader):,.0f}"
            yield Figure(
                f"{name}: worker ÷ hand-written loop", ratios, "×", ("≥", 0.95), note=speed
            )
            usual = [a / u for a, u in zip(alone, loader, strict=True)]
            goal = ("≥", LOADER_GOALS[name])
            yield Figure(f"{name}: worker ÷ DataLoader loop", usual, "×", goal)
            for many in (2, 4):
                joint = []
                for _ in range(ROUNDS):
                    one = place.speeds(store, [config], SECONDS)[0]
                    joint.append(sum(place.speeds(store, [config] * many, SECONDS)) / one)
                yield Figure(f"{name}: {many} runs at once ÷ one", joint, "×", ("≥", 0.9))
