"""What the shipped presets reach on the real test pictures, and how soon."""

import statistics
from collections.abc import Iterator

from benchmarks.loops import usual_example
from benchmarks.report import Figure
from core import heap
from core.config import RunConfig
from core.data import installed
from core.presets import presets
from core.training import Run
from models import ResNetConfig

GOALS = {
    ("mnist-5k", "cnn"): 97.0,
    ("mnist", "mlp"): 98.2,
    ("mnist", "cnn"): 99.3,
    ("mnist", "lstm"): 98.5,
    ("mnist", "vit"): 98.7,
}
SEEDS = 3
SOON = 0.99
HALVES = ("cnn", "resnet", "vit")


def trained(config: RunConfig) -> tuple[float, float]:
    """Test accuracy in percent and seconds of training, evaluation and start not counted."""
    heap.keep()  # as a worker does
    run = Run(config)
    last = [metrics for metrics in run if metrics.moment == "end"][-1]
    return 100 * last.values["test.accuracy"], run.seconds


def preset_of(data: str, name: str) -> RunConfig:
    return next(p.config for p in presets(data) if p.name == name)


def seeds(config: RunConfig, count: int) -> Iterator[RunConfig]:
    return (config.model_copy(update={"seed": seed}) for seed in range(count))


def reached(data: str, name: str, goal: float, count: int) -> tuple[Figure, float]:
    """What a preset reaches with so many seeds, and the median of the seconds that it takes."""
    config = preset_of(data, name)
    ends = [trained(each) for each in seeds(config, count)]
    seconds = statistics.median(took for _, took in ends)
    note = f"{config.epochs} epochs in {seconds:.0f} s"
    percents = [percent for percent, _ in ends]
    return Figure(f"{data}, preset {name}", percents, "%", ("≥", goal), note=note), seconds


def figures() -> Iterator[Figure]:
    """The presets with a goal; the race to 99 % on digits."""
    ready = {info.name for info in installed() if info.state == "ready"}
    for (data, name), goal in GOALS.items():
        if data in ready:
            yield reached(data, name, goal, SEEDS)[0]
    if "mnist" in ready:
        yield _digits()
        yield from _same()


def _digits() -> Figure:
    percent, ours = trained(preset_of("mnist", "sprint"))
    theirs, accuracy, epochs = usual_example(SOON)
    if percent < 100 * SOON or accuracy < SOON:
        raise RuntimeError(f"99 % was not reached: {percent:.2f} %, {100 * accuracy:.2f} %")
    note = f"{ours:.0f} s to {percent:.2f} %, {theirs:.0f} s ({epochs} epochs)"
    return Figure(
        "mnist to 99 %: preset sprint ÷ usual script", [ours / theirs], "×", ("≤", 1 / 8), note=note
    )


def _same() -> Iterator[Figure]:
    """What bfloat16 costs in accuracy: the mean over three seeds, both ways."""
    for name in HALVES:
        config = preset_of("mnist", "sprint")
        if name != config.model.name:
            config = preset_of("mnist", name) if name == "vit" else _small(name, config)
        config = config.model_copy(update={"epochs": 2})
        means = []
        for precision in ("bf16", "fp32"):
            told = config.model_copy(update={"precision": precision})
            means.append(statistics.fmean(trained(c)[0] for c in seeds(told, 3)))
        note = f"{means[0]:.2f} % and {means[1]:.2f} %, 3 seeds, 2 epochs of mnist"
        lost = abs(means[0] - means[1])
        yield Figure(f"{name}: bf16 against fp32", [lost], "points", ("≤", 0.3), note=note)


def _small(name: str, config: RunConfig) -> RunConfig:
    model = ResNetConfig(width=8, blocks=1)
    return config.model_copy(update={"model": model})
