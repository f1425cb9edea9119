"""What is frozen is written once, shared by all checkpoints of a run, and copied nowhere."""

import itertools
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from core import transfer
from core.branch import branch, origin
from core.checkpoint import FROZEN, load_part, load_tensor, names_in, read_card
from core.config import RunConfig, parse
from core.export import export
from core.frozen import at_rest
from core.home import run_folder
from core.inference import Predictor
from core.store import Store
from core.training import Run
from core.worker import execute
from models import build

BASE = "run:0000000000000000"
NET = {"name": "cnn", "widths": (4, 8), "dropout": 0.1}
OWN = {"of": BASE, "model": json.dumps(NET), "classes": 10, "channels": 1, "image": 28}
OWN |= {"mean": (0.1,), "std": (0.3,)}


@pytest.fixture(autouse=True)
def unlearned(fresh_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The base's weights are as they were drawn: what is frozen need not be good."""
    monkeypatch.setattr(transfer, "begin", lambda net, config, pictures: None)


def config(freeze: int = 40, epochs: int = 2, **changes: Any) -> RunConfig:
    """A transfer of eight steps an epoch."""
    data = {"name": "mnist-5k", "limit": 256, "validation": 0.02}
    model = {"name": "transfer", "base": BASE, "freeze": freeze, "net": OWN}
    values = {"data": data, "model": model, "batch": 32, "epochs": epochs, "precision": "fp32"}
    return parse(values | {"optimizer": {"name": "adam", "lr": 0.01}} | changes)


def trained(store: Store, wanted: RunConfig) -> str:
    run_id = store.create(wanted.model_dump(mode="json"), state="running")
    execute(run_id, store.url)
    assert store.get(run_id).state == "finished", store.get(run_id).error
    return run_id


def equal_parts(one: Path, other: Path, part: str = "model") -> bool:
    told, kept = load_part(one, part), load_part(other, part)
    return told.keys() == kept.keys() and all(torch.equal(told[k], kept[k]) for k in told)


def files(folder: Path) -> set[int]:
    """Which files on the disk the checkpoints in a folder share what is frozen by."""
    cards = [
        card for card in folder.glob("*/card.json") if FROZEN in read_card(card.parent)["files"]
    ]
    assert len(cards) == len(list(folder.glob("*/card.json"))) > 1
    names = [card.parent / read_card(card.parent)["files"][FROZEN]["file"] for card in cards]
    return {name.stat().st_ino for name in names}


@pytest.mark.parametrize("cures", [{}, {"average": 0.9, "patience": 2}])
def test_all_checkpoints_of_a_run_share_one_file(cures: dict[str, Any], tmp_path: Path) -> None:
    store = Store()
    folder = run_folder(trained(store, config(**cures)))
    assert len(files(folder)) == 1
    last = folder / "last"
    card = read_card(last)
    for part in set(card["files"]) - {FROZEN, "optimizer"}:
        own = names_in(last, part, card)
        assert {"base.head.2.weight", "mean"} <= own and not any("blocks" in name for name in own)
        assert load_part(last, part).keys() == own | names_in(last, FROZEN, card)
    # One that was moved elsewhere stands alone.
    shutil.move(last, tmp_path / "moved")
    before = load_part(folder / "start", "model")
    shutil.rmtree(folder)
    net = Predictor(tmp_path / "moved").model.state_dict()
    for name, value in before.items():
        assert torch.equal(net[name], value) == (not name.startswith("base.head.2."))
    first = load_tensor(tmp_path / "moved", "model", "base.blocks.0.0.weight", card)
    assert torch.equal(first, before["base.blocks.0.0.weight"])


def test_what_is_exported_is_whole(tmp_path: Path) -> None:
    store = Store()
    run_id = trained(store, config())
    export(store, run_id, "safetensors", tmp_path / "net.safetensors")
    net = build(config().model, channels=1, image=28, classes=10)
    told = net.load_state_dict(load_file(tmp_path / "net.safetensors"), strict=True)
    assert not told.missing_keys and not told.unexpected_keys


@pytest.mark.parametrize("how", ["lost", "damaged"])
def test_a_file_that_is_lost_or_damaged_is_noticed(how: str, tmp_path: Path) -> None:
    Run(config()).save(tmp_path / "last")
    (file,) = (tmp_path / "last").glob(f"{FROZEN}-*")
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.unlink()
    if how == "damaged":
        file.write_bytes(data)
    with pytest.raises(ValueError, match=f"{how} its model|{FROZEN} file .* is {how}"):
        load_part(tmp_path / "last", "model")


def test_a_resumed_run_goes_on_with_the_file(tmp_path: Path) -> None:
    run = Run(config())
    list(itertools.islice(run, 4))
    run.save(tmp_path / "last")
    again = Run(config(), resume=tmp_path / "last")
    again.save(tmp_path / "next")
    assert len(files(tmp_path)) == 1
    shutil.rmtree(tmp_path / "next")  # with it goes the name that the run knew the file by
    again.save(tmp_path / "other")
    assert equal_parts(tmp_path / "last", tmp_path / "other")


def test_a_disk_without_links_gets_copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Path) -> None:
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr("os.link", refuse)
    run = Run(config())
    for tag in ("start", "last"):
        run.save(tmp_path / tag)
    assert len(files(tmp_path)) == 2
    assert load_part(tmp_path / "last", "model").keys() == run.model.state_dict().keys()


@pytest.mark.parametrize(("before", "after"), [(40, 1), (40, 0), (0, 40), (1, 2)])
def test_a_branch_that_freezes_otherwise_keeps_every_weight(before: int, after: int) -> None:
    """Also the average and the best ones, which may differ where the parent still learned."""
    store = Store()
    cures = {"average": 0.9, "patience": 5}
    source = origin(store, trained(store, config(before, 2, **cures)), "epoch-001")
    child = branch(store, source, config(after, 3, **cures), state="running")
    run = Run(config(after, 3, **cures), resume=run_folder(child) / "origin")
    run.save(run_folder(child) / "again")
    for part in ("model", "raw", "best"):
        assert equal_parts(source.folder, run_folder(child) / "again", part)
    execute(child, store.url)
    assert store.get(child).state == "finished", store.get(child).error


def test_copies_hold_what_learns_alone() -> None:
    run = Run(config(1, patience=2))
    kept, now = run.frozen.copy(run.judged), run.judged.state_dict()
    shared = {name for name in now if kept[name].data_ptr() == now[name].data_ptr()}
    assert shared == set(run.frozen.tensors)
    assert all(torch.equal(kept[name], now[name]) for name in now)


def test_at_rest_is_what_training_leaves_as_it_is() -> None:
    run = Run(config(1))
    before = {name: value.clone() for name, value in run.model.state_dict().items()}
    resting = set(at_rest(run.model))
    list(run)
    moved = {n for n, v in run.model.state_dict().items() if not torch.equal(before[n], v)}
    constants = {"mean", "std", "base_mean", "base_std"}
    assert resting.isdisjoint(moved) and resting | moved | constants == before.keys()
    assert any("running_mean" in name for name in resting)
    assert any("running_mean" in name for name in moved)


def test_a_net_without_frozen_parts_has_no_such_file(tmp_path: Path) -> None:
    run = Run(parse({"data": {"name": "mnist-5k", "limit": 256}, "model": NET, "batch": 32}))
    assert set(run.save(tmp_path)["files"]) == {"model", "optimizer"}
