"""Every fault of the clinic shows its symptom, its cure takes it away, and nobody can read it."""

import ast
import json
from collections.abc import Iterator
from dataclasses import asdict
from functools import cache
from pathlib import Path

import pytest
import torch
from torch import nn

from core import batches, objectives
from core.__main__ import main
from core.branch import branch, origin
from core.clinic import cured, patient
from core.config import RunConfig, parse
from core.export import differs, script_of
from core.faults import FAULTS
from core.findings import Curves
from core.home import run_folder
from core.inference import Predictor
from core.live import health, payload
from core.store import Row, Store
from core.symptoms import Seen
from core.training import Run
from core.worker import execute
from models import AAEConfig
from tests.workshop import settings

pytestmark = pytest.mark.filterwarnings("ignore:dropout2d")  # torch's own word on that fault
SEED = 3
SMALL = {"epochs": 1, "data": {"name": "mnist-5k", "limit": 256, "validation": 0.02}}


@pytest.fixture
def store(fresh_home: Path) -> Iterator[Store]:
    opened = Store()
    yield opened
    opened.dispose()


def shortened(name: str) -> RunConfig:
    """A patient that is done in a blink, its symptom aside."""
    return parse(patient(name, SEED).model_dump() | SMALL)


@cache
def recorded(settings: str) -> Seen:
    """What a run leaves behind; cures are shared by the faults that they are the cure of."""
    run = Run(RunConfig.model_validate_json(settings))
    rows: list[Row] = []
    error = ""
    try:
        for metrics in run:
            rows += [
                Row(len(rows), metrics.step, metrics.epoch, name, value, 0.0)
                for name, value in metrics.values.items()
            ]
    except ValueError as problem:
        error = str(problem)
    points = [asdict(point) for point in run.looks.points]
    return Seen(Curves(rows), {"points": points}, {} if error else run.view(), error)


# The bugs -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_shows_its_symptom_and_its_cure_takes_it_away(name: str) -> None:
    sick = patient(name, SEED)
    sign = FAULTS[name].sign
    with_it, without = (recorded(config.model_dump_json()) for config in (sick, cured(sick)))
    numbers = sign.measure(with_it), sign.measure(without)
    assert None not in numbers
    assert (sign.shows(with_it), sign.shows(without)) == (True, False), numbers


def test_only_the_run_that_torch_stops_ends_early() -> None:
    assert recorded(patient("in_place", SEED).model_dump_json()).error.startswith(
        "RuntimeError: one of the variables needed for gradient computation has been modified"
    )
    others = (recorded(patient(name, SEED).model_dump_json()) for name in FAULTS)
    assert sum(bool(seen.error) for seen in others) == 1


def test_the_loss_of_a_second_softmax_has_the_floor_that_is_told() -> None:
    floor = nn.functional.cross_entropy(torch.eye(10), torch.arange(10)).item()
    seen = recorded(patient("double_softmax", SEED).model_dump_json())
    assert 1.4611 < floor < 1.4612 < min(seen.curves["train.loss"])
    top = [entry["top"][0][1] for entry in seen.view["gallery"]]
    assert 0.2 < max(top) <= 0.2321


def test_a_mask_leaves_the_class_token_alone_and_only_it() -> None:
    run = Run(shortened("mask"))
    weights = run.model.blocks[0].attention.attend(torch.randn(2, 4, 5, 5))
    assert torch.equal(weights[..., 0, :], torch.eye(5)[0].expand(2, 4, 5))
    assert torch.allclose(weights.sum(-1), torch.ones(2, 4, 5))
    assert (weights[..., 4, :] > 0).all()


def test_what_torch_drops_with_the_dropout_of_maps_is_whole_tokens() -> None:
    run = Run(shortened("dropout2d"))
    tokens = run.model.train().dropout(torch.ones(64, 5, 8))
    whole = tokens.flatten(0, 1)
    assert {len(set(token)) for token in whole.tolist()} == {1}
    assert 0.2 < (whole == 0).float().mean() < 0.6


def test_rows_of_a_mixed_batch_hold_other_pictures() -> None:
    flatten = Run(shortened("mixed_batch")).model.head[0]
    x = torch.zeros(4, 3, 2, 2)
    other = x.clone()
    other[1] = 1
    assert flatten(x).shape == (4, 12)
    assert (flatten(other) != flatten(x)).any(1).sum() > 1


# Where it is planted --------------------------------------------------------------------------


def test_a_run_without_a_fault_is_as_it_was() -> None:
    run = Run(parse(settings(1)))
    assert run.order is batches.epoch_order and run.objective.hits is objectives.right
    assert run.objective.judged is run.model and run.shown is run.labels
    assert not run.model._forward_hooks
    assert "zero_grad" not in vars(run.model) and "step" not in vars(run.objective)


def test_configs_without_a_fault_say_nothing_of_it() -> None:
    whole = RunConfig().model_dump(mode="json")
    assert "fault" not in whole and "fault" not in RunConfig().model_dump_json()
    assert parse(whole) == RunConfig()
    assert parse(patient("mask", 1).model_dump(mode="json")).fault == "mask"
    assert cured(patient("mask", 1)).model_dump() == FAULTS["mask"].config.model_dump() | {
        "seed": 1
    }


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"fault": "measles"}, r"fault 'measles' is unknown: choose one of no_zero_grad, "),
        ({"fault": "mask"}, "fault mask is one of vit nets: choose such a net"),
        ({"fault": "leak", "model": AAEConfig().model_dump()}, "nets that name pictures"),
        ({"fault": 3}, "fault 3"),
    ],
)
def test_a_fault_that_cannot_be_is_one_sentence(values: dict, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        parse(values)


@pytest.mark.parametrize(
    ("name", "model", "sentence"),
    [
        ("dropout_kept", {"dropout": 0.0}, "no Dropout"),
        ("dead_relu", {"activation": "gelu"}, "no ReLU"),
        ("dead_relu", {"norm": True}, "batch norm have no bias"),
    ],
)
def test_a_net_without_a_place_for_the_fault_is_refused(
    name: str, model: dict, sentence: str
) -> None:
    values = shortened(name).model_dump()
    with pytest.raises(ValueError, match=sentence):
        Run(parse(values | {"model": values["model"] | model}))


RESUMED = ["no_shuffle", "rate_100", "shifted_labels", "lost_labels", "heavy_decay", "mixed_batch"]


@pytest.mark.parametrize("name", RESUMED)
def test_a_run_that_goes_on_keeps_its_fault_to_the_last_bit(name: str, tmp_path: Path) -> None:
    config = shortened(name)
    whole, begun = Run(config), Run(config)
    for _ in whole:
        continue
    for metrics in begun:
        if metrics.step == 2:
            break
    begun.save(tmp_path / "half")
    resumed = Run(config, resume=tmp_path / "half")
    for _ in resumed:
        continue
    pairs = zip(whole.model.parameters(), resumed.model.parameters(), strict=True)
    assert resumed.step == whole.step == 4 and all(torch.equal(a, b) for a, b in pairs)
    well = Run(cured(config))
    for _ in well:
        continue
    pairs = zip(whole.model.parameters(), well.model.parameters(), strict=True)
    assert not all(torch.equal(a, b) for a, b in pairs)


@pytest.fixture
def trained(store: Store) -> str:
    """A finished run of two short epochs whose net takes a softmax too many."""
    config = shortened("double_softmax").model_dump(mode="json") | {"epochs": 2}
    run_id = store.create(config, state="running")
    execute(run_id)
    assert store.get(run_id).state == "finished"
    return run_id


def test_checkpoint_branch_and_predictor_keep_the_fault(store: Store, trained: str) -> None:
    source = origin(store, trained, "epoch-001")
    assert source.config.fault == "double_softmax"
    child = branch(store, source, source.config)
    assert store.get(child).config["fault"] == "double_softmax"
    net = Predictor(run_folder(trained) / "last")
    answers = net.logits(torch.zeros(2, 1, 28, 28, dtype=torch.uint8))
    assert torch.allclose(answers.sum(1), torch.ones(2))


# Who may know ---------------------------------------------------------------------------------


def test_nothing_that_a_browser_or_a_shell_gets_names_the_fault(
    store: Store, trained: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    row, out = store.get(trained), tmp_path / "baked.json"
    capsys.readouterr()
    assert main(["runs", "--json"]) == 0
    assert main(["runs"]) == 0
    assert main(["bake", trained, "--out", str(out)]) == 0
    told = [capsys.readouterr().out, out.read_text(encoding="utf-8"), script_of(store, trained)]
    told += [json.dumps(part) for part in (payload(store, trained, 0), health(store, row))]
    assert not any("fault" in text or "double_softmax" in text for text in told)
    assert health(store, row)["points"] and health(store, row)["finding"] is None
    well = store.create(cured(parse(row.config)).model_dump(mode="json"))
    assert script_of(store, trained) == script_of(store, well)
    assert list(differs(store, trained)) == [
        "a bug was planted into the run, the script is without it"
    ]
    assert list(differs(store, well)) == []


# The table ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FAULTS)
def test_both_sides_of_an_entry_are_python_and_differ(name: str) -> None:
    fault = FAULTS[name]
    lines = [ast.unparse(ast.parse(text)) for text in (fault.bad, fault.good)]
    assert lines[0] != lines[1]
    assert fault.net or fault.run
    assert not fault.config.fault and fault.config.precision == "fp32"
    assert max(len(line) for text in (fault.bad, fault.good) for line in text.splitlines()) < 80
