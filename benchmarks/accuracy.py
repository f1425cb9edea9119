"""What the shipped presets reach on the real test pictures, and how soon."""

from collections.abc import Iterator

from benchmarks.loops import usual_example
from benchmarks.report import Figure
from core.config import RunConfig
from core.data import installed
from core.presets import presets
from core.training import Run

GOALS = {
    ("mnist-5k", "cnn"): 97.0,
    ("mnist", "mlp"): 98.2,
    ("mnist", "cnn"): 99.3,
    ("cifar10", "cnn"): 80.0,
}
SOON = 0.99


def _trained(config: RunConfig) -> tuple[float, float]:
    """Test accuracy in percent and seconds of training (evaluation not counted)."""
    run = Run(config)
    last = [metrics for metrics in run if metrics.moment == "end"][-1]
    return 100 * last.values["test.accuracy"], run.seconds


def figures() -> Iterator[Figure]:
    """One run per preset with a goal; the race to 99 % against the usual example script."""
    ready = {info.name for info in installed() if info.state == "ready"}
    for (data, name), goal in GOALS.items():
        if data in ready:
            config = next(p.config for p in presets(data) if p.name == name)
            percent, seconds = _trained(config)
            note = f"{config.epochs} epochs in {seconds:.0f} s"
            yield Figure(f"{data}, preset {name}", [percent], "%", ("≥", goal), note=note)
    if "mnist" in ready:
        sprint = next(p.config for p in presets("mnist") if p.name == "sprint")
        percent, ours = _trained(sprint)
        theirs, accuracy, epochs = usual_example(SOON)
        if percent < 100 * SOON or accuracy < SOON:
            raise RuntimeError(f"99 % was not reached: {percent:.2f} %, {100 * accuracy:.2f} %")
        note = f"{ours:.0f} s to {percent:.2f} %, {theirs:.0f} s ({epochs} epochs)"
        name = "mnist to 99 %: preset sprint ÷ usual script"
        yield Figure(name, [ours / theirs], "×", ("≤", 1 / 8), note=note)
