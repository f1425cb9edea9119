"""The costs shown before the click: right for parameters, sane for the rest, quick for all."""

import time

import pytest

from core.config import DataConfig, RunConfig
from core.estimate import LARGE, essence, estimate
from core.optim import OPTIMIZERS
from models import MODELS, CNNConfig, MLPConfig, build

PICTURES = {"channels": 1, "size": 28, "classes": 10, "train_count": 4000}


@pytest.mark.parametrize("name", MODELS)
def test_parameters_are_those_of_the_built_net(name: str) -> None:
    config = RunConfig(model=MODELS[name].config())
    net = build(config.model, channels=1, image=28, classes=10)
    found = estimate(config, **PICTURES)
    assert found.parameters == sum(p.numel() for p in net.parameters() if p.requires_grad)
    assert found.images_per_second > 0
    assert found.seconds_per_epoch > 0


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_memory_holds_weights_gradients_and_states(name: str) -> None:
    config = RunConfig(model=MLPConfig(), optimizer=OPTIMIZERS[name].config(), batch=2)
    found = estimate(config, **PICTURES)
    states = {"sgd": 0, "momentum": 1, "nesterov": 1, "adagrad": 1, "rmsprop": 1, "muon": 1}
    copies = 3 + states.get(name, 2)
    assert found.memory_bytes == pytest.approx(4 * found.parameters * copies, rel=0.05)


def test_memory_grows_with_the_batch_by_the_activations() -> None:
    model = CNNConfig(widths=(8,), norm=False, dropout=0.0)
    small, large = (
        estimate(RunConfig(model=model, batch=batch), **PICTURES).memory_bytes
        for batch in (64, 128)
    )
    per_picture = (large - small) / 64
    one_map = 4 * 8 * 28 * 28  # bytes of what the convolution hands on; ReLU and pooling keep more
    assert one_map < per_picture < 5 * one_map


def test_a_large_net_is_counted_and_not_built() -> None:
    config = RunConfig(model=MLPConfig(widths=(4096,) * 8))
    start = time.perf_counter()
    found = estimate(config, **PICTURES)
    assert time.perf_counter() - start < 2
    assert found.parameters > 10 * LARGE
    small = estimate(RunConfig(model=MLPConfig()), **PICTURES)
    assert found.images_per_second < small.images_per_second / 20


def test_less_data_takes_less_time() -> None:
    whole = RunConfig(model=MLPConfig())
    part = whole.model_copy(update={"data": DataConfig(limit=300)})
    long, short = (estimate(c, **PICTURES).seconds_per_epoch for c in (whole, part))
    assert short < long / 2


@pytest.mark.parametrize(
    ("config", "words"),
    [
        (RunConfig(model=CNNConfig(widths=(8,) * 6)), "use at most 4"),
        (RunConfig(model=MLPConfig(widths=(0,))), "1 to 4096"),
        (RunConfig(batch=4096), "use at most 3600"),
    ],
)
def test_what_cannot_be_trained_is_refused_with_the_remedy(config: RunConfig, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        estimate(config, **PICTURES)


def test_essence_forgets_what_costs_nothing() -> None:
    config = RunConfig(model=MLPConfig(), seed=7, epochs=3, clip=2.5, batch=64)
    faster = config.optimizer.model_copy(update={"lr": 0.5})
    same = config.model_copy(update={"seed": 8, "epochs": 9, "clip": 0.5, "optimizer": faster})
    assert essence(config) == essence(same)
    for change in ({"batch": 32}, {"model": CNNConfig()}, {"clip": 0.0}):
        assert essence(config) != essence(config.model_copy(update=change))
