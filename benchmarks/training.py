"""Training speed: the worker against the hand-written loop, the usual loop, and itself."""

from collections.abc import Iterator

from benchmarks import place, race
from benchmarks.report import Figure
from core.config import DataConfig, RunConfig
from core.data import installed
from core.presets import PRESETS
from core.rules import AdamWConfig
from core.store import Store
from models import MODELS

ROUNDS = 3
SECONDS = 3.0
LOADER_GOALS = {"mlp": 8.0, "cnn": 2.5}
HALVES = ("cnn", "resnet", "vit")  # nets that bfloat16 is for


def nets() -> dict[str, RunConfig]:
    """Two nets on real MNIST, without augmentation, long enough to be measured."""
    data = DataConfig(name="mnist", validation=0.01)
    first = PRESETS["mnist-5k"][0].config.model_copy(update={"data": data, "epochs": 60})
    cnn = RunConfig(data=data, model=MODELS["cnn"].config(), optimizer=AdamWConfig(), epochs=20)
    return {"mlp": first, "cnn": cnn}


def everything() -> dict[str, RunConfig]:
    """Every architecture as it comes, on CIFAR-10 where it is at hand."""
    ready = {info.name for info in installed() if info.state == "ready"}
    data = DataConfig(name="cifar10" if "cifar10" in ready else "mnist", validation=0.01)
    plain = RunConfig(data=data, optimizer=AdamWConfig(), epochs=20)
    return {
        name: plain.model_copy(update={"model": spec.config()})
        for name, spec in MODELS.items()
        if name not in ("transfer", "aae")  # another one's net; a race of its own
    }


def figures() -> Iterator[Figure]:
    """Worker ÷ hand, worker ÷ loader, precision, and two and four runs at once ÷ one."""
    with place.runner(4) as store:
        for name, config in everything().items():
            pairs = [race.against(store, config, "hand") for _ in range(ROUNDS)]
            speed = f"worker {max(mine for mine, _ in pairs):,.0f} pictures/s"
            ratios = [mine / hand for mine, hand in pairs]
            title = f"{name}: worker ÷ hand-written loop"
            yield Figure(title, ratios, "×", ("≥", 0.95), note=speed)
            if name in HALVES:
                halves = [race.peers(config, "hand", "plain") for _ in range(ROUNDS)]
                gains = [half / plain for half, plain in halves]
                yield Figure(f"{name}: bf16 and its layout ÷ fp32", gains, "×", ("≥", 1.5))
        yield from _adversaries(store)
        for name, config in nets().items():
            yield from _usual(store, name, config)
            yield from _many(store, name, config)


def _adversaries(store: Store) -> Iterator[Figure]:
    """The plain autoencoder on MNIST, all three steps, by the notes' own layers."""
    data = DataConfig(name="mnist", validation=0.01)
    config = RunConfig(data=data, model=MODELS["aae"].config(), epochs=20)
    for loop, goal, told in (("aae-hand", 0.95, "hand-written"), ("aae-loader", 5.0, "DataLoader")):
        pairs = [race.against(store, config, loop) for _ in range(ROUNDS)]
        speed = f"worker {max(mine for mine, _ in pairs):,.0f} pictures/s"
        ratios = [mine / theirs for mine, theirs in pairs]
        yield Figure(f"aae: worker ÷ {told} loop", ratios, "×", ("≥", goal), note=speed)


def _usual(store: Store, name: str, config: RunConfig) -> Iterator[Figure]:
    pairs = [race.against(store, config, "loader") for _ in range(ROUNDS)]
    usual = [mine / loader for mine, loader in pairs]
    yield Figure(f"{name}: worker ÷ DataLoader loop", usual, "×", ("≥", LOADER_GOALS[name]))


def _many(store: Store, name: str, config: RunConfig) -> Iterator[Figure]:
    for many in (2, 4):
        joint = []
        for _ in range(ROUNDS):
            one = place.speeds(store, [config], SECONDS)[0]
            joint.append(sum(place.speeds(store, [config] * many, SECONDS)) / one)
        yield Figure(f"{name}: {many} runs at once ÷ one", joint, "×", ("≥", 0.9))
