"""What the presets reach on CIFAR-10, and how soon beside the script that most start from."""

from collections.abc import Iterator

from benchmarks import race
from benchmarks.accuracy import reached
from benchmarks.report import Figure
from core.config import DataConfig, RunConfig
from core.data import installed
from core.rules import MomentumConfig

SET = "cifar10"
FAST = 90.0
SEEDS = 3  # of the fast preset; the others are trained once: they take their time
OTHERS = {"cnn": 80.0, "vit": 78.0, "deep": 94.0}
# The ResNet-18 script that most people start from: github.com/kuangliu/pytorch-cifar,
# 200 epochs on a cosine; others reach 90 % in 15 epochs at the earliest.
USUAL_EPOCHS = 15


def figures() -> Iterator[Figure]:
    """The fast preset to 90 %, its time beside the usual script, and the presets with a goal."""
    if SET not in {info.name for info in installed() if info.state == "ready"}:
        return
    fast, seconds = reached(SET, "fast", FAST, SEEDS)
    yield fast
    if fast.met:
        yield _beside_script(fast.result, seconds)
    for name, goal in OTHERS.items():
        yield reached(SET, name, goal, 1)[0]


def _beside_script(percent: float, ours: float) -> Figure:
    """Seconds of the fast preset against an extrapolation of the usual script's."""
    script = RunConfig(data=DataConfig(name=SET), optimizer=MomentumConfig())
    speed = race.peers(script, "resnet18")[0]
    theirs = USUAL_EPOCHS * 50_000 / speed
    note = (
        f"{ours:.0f} s to {percent:.2f} %; the script's {speed:.0f} pictures/s × {USUAL_EPOCHS} "
        f"epochs would be {theirs:.0f} s (extrapolated)"
    )
    title = "cifar10 to 90 %: preset fast ÷ ResNet-18 with DataLoader"
    return Figure(title, [ours / theirs], "×", ("≤", 1 / 10), note=note)
