"""Configs: every knob has help, every bad value gets one sentence with the valid range."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.config import DataConfig, RunConfig, parse
from core.optim import OPTIMIZERS
from core.presets import PRESETS, presets
from core.rates import Rates
from core.schedules import SCHEDULES
from core.settings import assemble
from models import MODELS

MENUS = {"model": MODELS, "optimizer": OPTIMIZERS, "schedule": SCHEDULES}
CONFIGS = [
    RunConfig,
    DataConfig,
    *(spec.config for menu in MENUS.values() for spec in menu.values()),
]
BAD = [
    ({"epochs": 0}, "1 to 200 epochs"),
    ({"epochs": 10**9}, "1 to 200 epochs"),
    ({"batch": 0}, "1 to 4096 pictures"),
    ({"batch": 2.5}, "1 to 4096 pictures"),
    ({"batch": True}, "batch True"),
    ({"batch": "64"}, "batch '64'"),
    ({"optimizer": {"name": "adam", "lr": 0}}, "optimizer.lr 0: .* 1e-06 to 10"),
    ({"optimizer": {"name": "adam", "lr": -1}}, "1e-06 to 10"),
    ({"optimizer": {"name": "adam", "lr": float("inf")}}, "finite"),
    ({"optimizer": {"name": "adam", "lr": float("nan")}}, "finite"),
    ({"optimizer": {"name": "adam", "lr": "fast"}}, "optimizer.lr 'fast'"),
    ({"optimizer": {"name": "adam", "warp": 9}}, "optimizer.warp 9: there is no such setting"),
    ({"model": {"name": "cnn", "dropout": 1.5}}, "0 to 0.9"),
    ({"model": {"name": "transformer9"}}, "'transformer9' is unknown: choose 'mlp'"),
    ({"model": {}}, "model: its name is missing"),
    ({"turbo": 1}, "turbo 1: there is no such setting"),
    ({"data": {"name": "../../etc"}}, "letters, digits"),
    ({"data": {"shift": 99}}, "0 to 8 pixels"),
]


@pytest.mark.parametrize(("values", "words"), BAD)
def test_bad_values_are_refused_in_one_sentence(values, words):
    with pytest.raises(ValueError, match=words) as caught:
        parse(values)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("config", CONFIGS, ids=lambda c: c.__name__)
def test_every_knob_has_a_help_and_its_default_is_in_range(config):
    for name, field in config.model_fields.items():
        if name in ("name", *MENUS, "data") and config is not DataConfig:
            continue
        assert (field.description or "").endswith("."), name
    assert config.model_validate(config().model_dump()) == config()


@pytest.mark.parametrize("part", MENUS)
def test_every_menu_entry_makes_a_run_config(part):
    for name in MENUS[part]:
        config = parse({part: {"name": name}})
        assert json.loads(config.model_dump_json())[part]["name"] == name
        assert parse(json.loads(config.model_dump_json())) == config


def test_configs_are_frozen_and_work_as_keys():
    config = RunConfig()
    with pytest.raises(ValueError):
        config.epochs = 3
    assert {config: 1}[parse({})] == 1


@given(st.dictionaries(st.text(max_size=8), st.one_of(st.integers(), st.text(), st.floats())))
def test_any_dict_is_parsed_or_refused_with_a_sentence(values):
    try:
        assert isinstance(parse(values), RunConfig)
    except ValueError as problem:
        assert str(problem)


@pytest.mark.parametrize("data", [*PRESETS, "my-own"])
def test_presets_belong_to_their_set(data):
    for preset in presets(data):
        assert preset.config.data.name == data
        assert parse(preset.config.model_dump(mode="json")) == preset.config
    assert len({preset.name for preset in presets(data)}) == len(presets(data))


def test_settings_of_the_command_line_reach_their_knob():
    config = assemble(
        "shapes", "mlp", "sgd", "step", 3, 7,
        ["lr=0.5", "widths=64,32", "batch=32", "gamma=0.5", "model.dropout=0", "norm=false"],
    )  # fmt: skip
    assert (config.data.name, config.epochs, config.seed, config.batch) == ("shapes", 3, 7, 32)
    assert (config.optimizer.name, config.optimizer.lr) == ("sgd", 0.5)
    assert (config.model.widths, config.model.norm, config.model.dropout) == ((64, 32), False, 0)
    assert (config.schedule.name, config.schedule.gamma) == ("step", 0.5)
    assert assemble("mnist", "mlp", None, None, None, 0, ["widths=9"]).model.widths == (9,)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("mnist", "transformer9", None, None, None, 0, []), "model 'transformer9' is unknown"),
        (("mnist", "mlp", "magic", None, None, 0, []), "optimizer 'magic' is unknown"),
        (("mnist", "mlp", None, None, None, 0, ["lr"]), "write key=value"),
        (("mnist", "mlp", None, None, None, 0, ["warp=9"]), "'warp' is unknown"),
        (("mnist", "mlp", None, None, None, 0, ["optimizer.name=sgd"]), "unknown"),
        (("mnist", "mlp", None, None, None, 0, ["epochs=0"]), "1 to 200 epochs"),
    ],
)
def test_wrong_settings_are_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        assemble(*arguments)


def test_rates_follow_the_schedule_and_keep_the_ratio_of_groups():
    import torch

    config = parse({"optimizer": {"name": "muon", "lr": 0.02}, "schedule": {"name": "cosine"}})
    net = torch.nn.Linear(3, 3)
    optimizers = OPTIMIZERS["muon"].build(net.parameters(), config.optimizer)
    rates = Rates(config, optimizers)
    ratio = optimizers[1].param_groups[0]["lr"] / 0.02
    rates.set(0.5)
    assert optimizers[0].param_groups[0]["lr"] == pytest.approx(0.01)
    assert optimizers[1].param_groups[0]["lr"] == pytest.approx(0.01 * ratio)
    rates.change(lr=0.2, weight_decay=0.3)
    rates.set(0.5)
    assert rates.lr == pytest.approx(0.1)
    assert optimizers[0].param_groups[0]["weight_decay"] == 0.3
