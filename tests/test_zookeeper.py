"""The zoo's keeper: a finished run becomes a small net that answers as the run did."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from core import study, zoo, zookeeper
from core.__main__ import main
from core.checkpoint import load_part, read_card
from core.data import load
from core.home import run_folder
from core.inference import open_predictor
from core.nets import moments
from core.store import Store
from core.worker import execute
from models import MODELS
from tests.workshop import settings


@pytest.fixture
def cage(fresh_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty zoo."""
    monkeypatch.setattr(zoo, "FOLDER", tmp_path / "zoo")
    return tmp_path / "zoo"


def trained(epochs: int = 4, **changes: Any) -> str:
    store = Store()
    changes = {"model": {"name": "mlp", "widths": (32,)}, "average": 0.9} | changes
    run_id = store.create(settings(epochs, batch=16, **changes), state="running")
    execute(run_id, store.url)
    return run_id


def said(capsys: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_run_becomes_a_net_that_answers_as_it_did(
    cage: Path, tmp_path: Path, capsys: Any
) -> None:
    run_id = trained()
    assert main(["zoo", "add", run_id, "digits", "--json"]) == 0
    (line,) = said(capsys)
    assert line["accuracy"] == pytest.approx(Store().get(run_id).test_accuracy)
    assert main(["evaluate", "zoo:digits", "--json"]) == 0
    assert said(capsys)[0]["top1"] == line["accuracy"] == zoo.find("digits").accuracy
    shown = load("mnist-5k").test_images[:100]
    net, run = open_predictor("zoo:digits"), open_predictor(run_id)
    assert torch.allclose(net.logits(shown), run.logits(shown), atol=0.02)  # kept in 16 bits
    card, source = read_card(cage / "digits"), read_card(run_folder(run_id) / "last")
    assert set(card["files"]) == {"model"} and card["config"] == source["config"]
    assert card["seconds"] == source["seconds"] > 0 and card["seed"] == source["config"]["seed"]
    assert study.read(cage / "digits", card["files"]["model"]["sha256"]) is not None
    assert card["machine"] == zookeeper.machine() and len(card["machine"]) > 2
    out = tmp_path / "net.safetensors"
    assert main(["export", "zoo:digits", "--format", "safetensors", "--out", str(out)]) == 0
    assert all(torch.equal(v, net.model.state_dict()[k]) for k, v in load_file(out).items())
    script = tmp_path / "net.py"
    assert main(["export", "zoo:digits", "--format", "script", "--out", str(script)]) == 0
    assert "BATCH = 16" in script.read_text()


def test_earlier_moments_come_along_short_and_right(cage: Path) -> None:
    run_id, store = trained(), Store()
    zookeeper.add(store, run_id, "digits")
    stops = moments(store, "zoo:digits")
    assert len(stops) == zookeeper.MOMENTS + 1
    assert (stops[0].tag, stops[0].step, stops[-1].tag) == ("start", 0, "last")
    shown = load("mnist-5k").test_images[:200]
    for stop in stops[:-1]:
        whole = load_part(run_folder(run_id) / stop.tag, "model")
        kept = load_part(cage / "digits" / stop.tag, "model")
        assert {v.dtype for k, v in kept.items() if whole[k].is_floating_point()} == {torch.half}
        told, right = (open_predictor(s, stop.tag).logits(shown) for s in ("zoo:digits", run_id))
        assert (told.argmax(1) == right.argmax(1)).float().mean() > 0.98
        assert read_card(cage / "digits" / stop.tag)["accuracy"] <= 1
    assert zoo.find("digits").accuracy == read_card(cage / "digits")["accuracy"]


def test_a_large_net_brings_fewer_moments(cage: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run_id, store = trained(), Store()
    size = zookeeper.add(store, run_id, "whole").bytes
    half, float8 = torch.half, torch.float8_e5m2
    cases = ((5.2, size, 4, half), (2.2, size // 2, 2, float8), (0.25, size // 2, 1, float8))
    for share, large, count, kind in cases:
        monkeypatch.setattr(zookeeper, "SHARE", int(size * share))
        monkeypatch.setattr(zookeeper, "LARGE", large)
        zookeeper.add(store, run_id, "digits")
        line = moments(store, "zoo:digits")
        assert len(line) == count + 1
        kept = load_part(cage / "digits" / line[0].tag, "model")
        assert {v.dtype for v in kept.values() if v.is_floating_point()} == {kind}
        whole = load_part(run_folder(run_id) / line[0].tag, "model")
        for name, value in whole.items():
            assert torch.allclose(kept[name].float(), value.float(), rtol=0.13, atol=1e-4)
        shown = load("mnist-5k").test_images[:20]
        assert open_predictor("zoo:digits", line[0].tag).logits(shown).isfinite().all()


def test_weights_that_sixteen_bits_cannot_hold_stay_long() -> None:
    weights = {"a": torch.tensor([1e6]), "b": torch.tensor([0.5]), "n": torch.tensor(70000)}
    short = zookeeper.shortened(weights)
    assert {name: value.dtype for name, value in short.items()} == {
        "a": torch.float32,
        "b": torch.half,
        "n": torch.int64,
    }
    assert all(torch.equal(short[name].to(value), value) for name, value in weights.items())


def test_a_net_that_would_answer_otherwise_stays_long(
    cage: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = trained(1)

    def kinds(folder: Path) -> set[torch.dtype]:
        return {v.dtype for v in load_part(folder, "model").values() if v.is_floating_point()}

    zookeeper.add(Store(), run_id, "short")
    monkeypatch.setattr(zookeeper, "_same", lambda *_: False)
    zookeeper.add(Store(), run_id, "long")
    assert kinds(cage / "short") == {torch.half} == kinds(cage / "long" / "start")
    assert kinds(cage / "long") == {torch.float32}


def test_a_net_is_replaced_by_one_that_fits_only(
    cage: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store()
    first, second = trained(1), trained(2)
    zookeeper.add(store, first, "digits")
    zookeeper.add(store, second, "digits")
    assert [entry.name for entry in zoo.entries()] == ["digits"]
    card = read_card(cage / "digits")
    assert card["epoch"] == 2
    monkeypatch.setattr(zookeeper, "ROOM", 200_000)
    with pytest.raises(ValueError, match=r"digits takes .* would grow to .* 0 MB at most"):
        zookeeper.add(store, first, "digits")
    assert read_card(cage / "digits") == card
    assert [path.name for path in cage.iterdir()] == ["digits"]


@pytest.mark.parametrize("name", ["", "../x", "A", "-x", "a.b", "a" * 41, ".x"])
def test_names_never_leave_the_zoo(cage: Path, name: str) -> None:
    with pytest.raises(ValueError, match="use at most 40 small letters"):
        zookeeper.add(Store(), "0" * 16, name)
    assert not cage.exists()


def test_what_has_not_finished_does_not_join(cage: Path, capsys: Any) -> None:
    run_id = Store().create(settings(2))
    assert main(["zoo", "add", run_id, "digits"]) == 2
    assert "is queued: only what has finished" in capsys.readouterr().err
    assert main(["zoo", "add", "0" * 16, "digits"]) == 2
    assert main(["zoo", "add", "x", "digits"]) == 2
    assert not cage.exists()


@pytest.mark.parametrize("name", zookeeper.RECIPES)
def test_every_recipe_is_a_preset_of_the_net_that_it_names(name: str) -> None:
    config = zookeeper.recipe(name)
    kind = "cnn" if config.model.name == "fastnet" else config.model.name
    assert name.startswith(f"{config.data.name}-{kind}") and config.model.name in MODELS


def test_nets_are_made_by_their_recipes(
    cage: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick = zookeeper.recipe("mnist-mlp").model_dump() | settings(1)
    quick = type(zookeeper.recipe("mnist-mlp")).model_validate(quick)
    monkeypatch.setattr(zookeeper, "recipe", lambda name: quick)
    assert zookeeper.wanted([]) == zookeeper.wanted(["all"]) == list(zookeeper.RECIPES)
    assert main(["zoo", "make", "mnist-mlp", "--json"]) == 0
    (line,) = said(capsys)
    assert line["name"] == "mnist-mlp" and line["accuracy"] > 0.1
    assert "mnist-mlp" not in zookeeper.wanted([]) and "mnist-mlp" in zookeeper.wanted(["all"])
    assert Store().runs()[0].name == "mnist-mlp"


def test_an_unknown_recipe_is_said_before_anything_is_trained(cage: Path, capsys: Any) -> None:
    assert main(["zoo", "make", "mnist-cnn", "mnist-perceiver"]) == 2
    assert "no recipe for 'mnist-perceiver': choose one of" in capsys.readouterr().err
    assert Store().runs() == []
