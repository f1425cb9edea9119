"""Transfer: what is frozen stays as it is to the bit, the head learns, and all can be put down."""

import itertools
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch

from core import transfer
from core.branch import branch, origin
from core.checkpoint import read_card
from core.config import RunConfig, parse
from core.inference import Predictor
from core.store import Store
from core.training import Run
from core.worker import execute
from models import build
from tests.workshop import settings

FEW = {"name": "mnist-5k", "limit": 256, "validation": 0.02}
CNN = {"name": "cnn", "widths": (4, 8, 16), "dropout": 0.0}


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory, session_home: Path) -> Path:
    """A home with one run: a small CNN that knows digits."""
    folder = tmp_path_factory.mktemp("base")
    (session_home / "data").mkdir(parents=True, exist_ok=True)
    (folder / "data").symlink_to(session_home / "data", target_is_directory=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLAYGROUND_HOME", str(folder))
        store = Store()
        data = {"name": "mnist-5k", "limit": 2000}
        run_id = store.create(
            settings(3, data=data, model=CNN, optimizer={"name": "adam", "lr": 0.01}),
            state="running",
        )
        execute(run_id, store.url)
        assert (store.get(run_id).test_accuracy or 0) > 0.8
        store.dispose()
    return folder


@pytest.fixture
def home(base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A copy of that home; the base's name."""
    folder = tmp_path / "home"
    shutil.copytree(base, folder, symlinks=True)
    monkeypatch.setenv("PLAYGROUND_HOME", str(folder))
    (run,) = (folder / "runs").iterdir()
    return f"run:{run.name}"


def config(base: str, epochs: int = 1, **changes: Any) -> RunConfig:
    """A transfer of eight steps an epoch."""
    model = {"name": "transfer", "base": base} | changes.pop("model", {})
    values = {"data": FEW, "batch": 32, "precision": "fp32", "epochs": epochs, "model": model}
    return parse(values | {"optimizer": {"name": "adam", "weight_decay": 0.01}} | changes)


def weights(run: Run) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in run.model.state_dict().items()}


def changed(before: dict[str, torch.Tensor], run: Run) -> set[str]:
    after = run.model.state_dict()
    return {name for name in before if not torch.equal(before[name], after[name])}


@pytest.mark.parametrize("optimizer", ["adam", "nesterov", "muon"])
@pytest.mark.parametrize("depth", [0, 1, 2, 3])
def test_frozen_is_bit_identical_after_training_and_the_rest_learns(home, depth, optimizer):
    run = Run(config(home, model={"freeze": depth}, optimizer={"name": optimizer}))
    before = weights(run)
    list(run)
    moved = changed(before, run)
    for stage in range(3):
        inside = {name for name in before if name.startswith(f"base.blocks.{stage}.")}
        learned = {name for name in inside if "num_batches" not in name}
        assert learned and (moved & inside == set() if stage < depth else learned <= moved)
    assert {"base.head.2.weight", "base.head.2.bias"} <= moved
    assert not any(name.startswith(("mean", "std", "base_")) for name in moved)


@pytest.mark.parametrize("depth", [0, 2, 40])
def test_no_optimiser_holds_what_is_frozen(home, depth):
    run = Run(config(home, model={"freeze": depth}))
    held = {id(p) for o in run.optimizers for group in o.param_groups for p in group["params"]}
    for name, parameter in run.model.named_parameters():
        frozen = any(name.startswith(f"base.blocks.{stage}.") for stage in range(depth))
        assert (id(parameter) in held) == (not frozen) == parameter.requires_grad
    list(itertools.islice(run, 3))
    assert all(p.grad is None for p in run.model.parameters() if not p.requires_grad)
    assert run.parameters == sum(p.numel() for p in run.model.parameters() if p.requires_grad)


def test_frozen_batch_norms_and_dropouts_stay_at_rest_and_thawed_ones_do_not(home):
    model = Run(config(home, model={"freeze": 2})).model.train()
    modes = [model.base.blocks[stage][1].training for stage in range(3)]
    assert modes == [False, False, True] and model.base.head.training
    assert not any(module.training for module in model.eval().modules())


@pytest.mark.parametrize("depth", [0, 40])
def test_a_short_transfer_is_right_above_chance(home, depth):
    """From digits to digits by a new head: few pictures are enough."""
    wanted = config(home, 3, model={"freeze": depth}, optimizer={"name": "adam", "lr": 0.02})
    *_, last = Run(wanted)
    assert last.values["test.accuracy"] > 0.5


def test_to_other_pictures_with_colour_size_and_classes(home):
    """A net for grey 28×28 digits learns coloured 32×32 shapes."""
    data = {"name": "shapes", "limit": 640, "validation": 0.02}
    rates = {"name": "adam", "lr": 0.02}
    run = Run(config(home, 3, data=data, model={"freeze": 1, "rate": 1.0}, optimizer=rates))
    assert run.model.side == 28 and run.model.channels == 1
    losses = [m.values["train.loss"] for m in run if "train.loss" in m.values]
    assert sum(losses[-5:]) < 0.9 * sum(losses[:5])


def test_a_checkpoint_needs_no_base_and_gives_identical_logits(home, tmp_path):
    run = Run(config(home, 2, model={"freeze": 2}, average=0.9))
    list(run)
    run.save(tmp_path / "last")
    shutil.rmtree(tmp_path / "home" / "runs")
    predictor = Predictor(tmp_path / "last")
    pictures = run.pictures.test_images[:40]
    run.judged.eval()
    with torch.inference_mode():
        x = run.normalise(pictures).contiguous(memory_format=torch.channels_last)
        direct = run.judged(x)
    assert torch.equal(predictor.logits(pictures), direct)
    again = parse(read_card(tmp_path / "last")["config"])
    assert again == run.config
    with pytest.raises(ValueError, match=r"run \w{16} is unknown here"):
        transfer.missing(again.model)


@pytest.mark.parametrize("optimizer", ["sgd", "adamw", "muon"])
def test_the_thawed_base_learns_at_its_share_of_the_rate_under_every_schedule(home, optimizer):
    run = Run(config(home, model={"freeze": 1, "rate": 0.25}, optimizer={"name": optimizer}))
    shares = {"muon": [1.0, 0.15, 0.25, 0.0375]}.get(optimizer, [1.0, 0.25])
    steps = iter(run)
    for dials in ({}, {"lr": 0.003, "weight_decay": 0.05}):
        run.change(**dials)
        list(itertools.islice(steps, 5))
        groups = [group for o in run.optimizers for group in o.param_groups]
        assert [group["lr"] / run.rates.lr for group in groups] == pytest.approx(shares)
    head = {p.numel() for p in run.model.base.head[2].parameters()}
    assert {p.numel() for p in groups[0]["params"] + groups[len(groups) // 2 - 1]["params"]} == head
    led = groups[::2] if optimizer == "muon" else groups
    assert [group["weight_decay"] for group in led] == [0.05, 0.05]


@pytest.mark.parametrize("stop", [3, 11])
def test_resume_continues_exactly_without_the_base(home, stop, tmp_path):
    wanted = config(home, 2, model={"freeze": 1})
    whole = [(m.step, m.values.get("train.loss")) for m in Run(wanted) if m.step > stop]
    run = Run(wanted)
    for _ in itertools.takewhile(lambda m: m.step < stop, run):
        pass
    run.save(tmp_path / "stop")
    shutil.rmtree(tmp_path / "home" / "runs")
    resumed = Run(wanted, resume=tmp_path / "stop")
    assert [(m.step, m.values.get("train.loss")) for m in resumed if m.step > stop] == whole


def test_a_branch_may_thaw_more(home):
    """Gradual thawing: the same weights go on, the optimiser begins to remember anew."""
    store = Store()
    wanted = config(home, model={"freeze": 40})
    run_id = store.create(wanted.model_dump(mode="json"), state="running")
    execute(run_id, store.url)
    values = wanted.model_dump() | {"epochs": 2}
    values["model"] |= {"freeze": 1}
    child = branch(store, origin(store, run_id), parse(values), state="running")
    execute(child, store.url)
    row = store.get(child)
    assert (row.state, row.error) == ("finished", "")
    store.dispose()


def test_a_transfer_can_be_the_base_of_a_transfer(home, tmp_path):
    store = Store()
    run_id = store.create(
        config(home, model={"freeze": 40}).model_dump(mode="json"), state="running"
    )
    execute(run_id, store.url)
    store.dispose()
    run = Run(config(f"run:{run_id}:last", model={"freeze": 2}))
    before = weights(run)
    list(run)
    moved = changed(before, run)
    assert moved and not any("blocks.0" in name or "blocks.1" in name for name in moved)
    assert any("blocks.2" in name for name in moved)
    names = {base.name for base in transfer.menu(Store()) if base.kind == "run"}
    assert names == {home, f"run:{run_id}"}


def test_a_kept_head_begins_as_right_as_the_base(home):
    run = Run(config(home, model={"head": "kept"}))
    (start,) = itertools.islice(run, 1)
    assert start.step == 0
    own = Predictor(transfer._folder(home)).evaluate(
        run.pictures.test_images[:500], run.pictures.test_labels[:500]
    )
    run.model.eval()
    with torch.inference_mode():
        said = run.model(run.normalise(run.pictures.test_images[:500])).argmax(1)
    right = (said == run.pictures.test_labels[:500]).float().mean().item()
    assert right == pytest.approx(own.means["accuracy"], abs=0.004)


def test_weights_that_do_not_fit_leave_the_net_as_it_was(home, tmp_path):
    """The base was replaced by another net since the run was settled: nothing is half loaded."""
    wanted = config(home)
    store = Store()
    wide = settings(1, model={"name": "cnn", "widths": (5, 8, 16)})
    other = store.create(wide, state="running")
    execute(other, store.url)
    store.dispose()
    runs = tmp_path / "home" / "runs"
    shutil.rmtree(runs / home.removeprefix("run:"))
    (runs / other).rename(runs / home.removeprefix("run:"))
    torch.manual_seed(0)
    net = build(wanted.model, channels=1, image=28, classes=10)
    before = {name: value.clone() for name, value in net.state_dict().items()}
    with pytest.raises(ValueError, match="the weights do not fit.*; begin with another"):
        transfer.begin(net, wanted.model, Run(parse(settings(1))).pictures)
    assert all(torch.equal(before[name], value) for name, value in net.state_dict().items())
