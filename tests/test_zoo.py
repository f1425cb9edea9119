"""The zoo: nets that came along answer like runs do; an empty zoo is no fault."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from core import transfer, zoo
from core.__main__ import main
from core.config import parse
from core.data import load
from core.inference import open_predictor
from core.maker import open_maker
from core.store import Store
from core.training import Run
from tests.workshop import settings


@pytest.fixture
def cage(fresh_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A zoo of one net, with one earlier checkpoint."""
    folder = tmp_path / "zoo"
    monkeypatch.setattr(zoo, "FOLDER", folder)
    run = Run(parse(settings(2, model={"name": "mlp", "widths": (32,)}, batch=16)))
    for metrics in run:
        if metrics.moment == "epoch" and metrics.epoch == 1:
            run.save(folder / "digits" / "epoch-001")
    run.save(folder / "digits")
    card = json.loads((folder / "digits" / "card.json").read_text())
    (folder / "digits" / "card.json").write_text(json.dumps(card | {"accuracy": 0.875}))
    return folder


@pytest.fixture
def empty(fresh_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zoo, "FOLDER", tmp_path / "nowhere")


def lines(capsys: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_line_per_net_with_its_facts(cage: Path, capsys: Any) -> None:
    assert main(["zoo", "--json"]) == 0
    (line,) = lines(capsys)
    wanted = {"name": "digits", "data": "mnist-5k", "model": "mlp", "accuracy": 0.875}
    assert line.items() >= wanted.items()
    net = open_predictor("zoo:digits").model
    assert line["parameters"] == sum(p.numel() for p in net.parameters())
    (file,) = (cage / "digits").glob("model-*.safetensors")
    assert line["bytes"] == file.stat().st_size
    assert main(["zoo"]) == 0 and "digits" in capsys.readouterr().out


def test_a_net_is_judged_and_asked_like_a_run(cage: Path, tmp_path: Path, capsys: Any) -> None:
    assert main(["evaluate", "zoo:digits", "--json"]) == 0
    (whole,) = lines(capsys)
    assert whole["n"] == 1000 and whole["top1"] > 0.3
    picture = tmp_path / "digit.png"
    Image.fromarray(load("mnist-5k").test_images[0, 0].numpy()).save(picture)
    assert main(["predict", "zoo:digits", str(picture), "--json"]) == 0
    (answer,) = lines(capsys)
    assert len(answer["top"]) == 3
    assert main(["evaluate", "zoo:digits", "--checkpoint", "epoch-001", "--json"]) == 0
    (early,) = lines(capsys)
    assert early["confusion"] != whole["confusion"]


def test_a_net_of_the_zoo_is_a_base(cage: Path) -> None:
    (found,) = (base for base in transfer.menu(Store()) if base.kind == "zoo")
    assert (found.name, found.accuracy, found.bytes) == ("zoo:digits", 0.875, 0)
    config = parse(settings(1, model={"name": "transfer", "base": found.name}))
    assert transfer.missing(config.model) is None
    run = Run(config)
    theirs = open_predictor(found.name).model.state_dict()
    first = next(name for name, value in theirs.items() if value.ndim == 2)
    assert torch.equal(run.model.state_dict()[f"base.{first}"], theirs[first])


def test_an_empty_zoo_is_no_fault(empty: None, capsys: Any) -> None:
    assert zoo.entries() == [] and main(["zoo", "--json"]) == 0
    assert capsys.readouterr().out == ""
    assert main(["evaluate", "zoo:digits"]) == 2
    assert capsys.readouterr().err.strip() == (
        "the zoo has no net 'digits': it is empty, so name a run instead"
    )
    assert {base.kind for base in transfer.menu(Store())} == {"imagenet"}


@pytest.mark.parametrize("name", ["", "other", "../digits", "digits/..", "x" * 300])
def test_names_never_leave_the_zoo(cage: Path, name: str) -> None:
    with pytest.raises(ValueError, match="choose one of digits") as caught:
        open_predictor(f"zoo:{name}")
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("tag", ["..", "../x", "a/b", ""])
def test_tags_never_leave_the_net(cage: Path, tag: str) -> None:
    with pytest.raises(ValueError, match="is unknown: use last, best or epoch-001"):
        open_predictor("zoo:digits", tag)


@pytest.mark.parametrize("card", ["{", "{}", '{"files": {}}', '{"files": {"model": {}}}'])
def test_a_damaged_net_is_left_out_and_the_others_stay(cage: Path, card: str) -> None:
    shutil.copytree(cage / "digits", cage / "broken")
    (cage / "broken" / "card.json").write_text(card)
    assert [entry.name for entry in zoo.entries()] == ["digits"]


def test_the_zoo_of_this_house_is_sound() -> None:
    """Every folder in it is a net that opens, and all together stay small."""
    entries = zoo.entries()
    assert [e.name for e in entries] == sorted(
        p.parent.name for p in zoo.FOLDER.glob("*/card.json")
    )
    assert sum(p.stat().st_size for p in zoo.FOLDER.rglob("*") if p.is_file()) <= 30e6
    for entry in entries:
        source = f"{zoo.PREFIX}{entry.name}"
        if entry.model == "aae":
            assert open_maker(source).sample(3).pictures.std() > 10
        else:
            assert entry.accuracy and open_predictor(source).classes
