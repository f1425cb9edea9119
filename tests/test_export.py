"""Exports: the files hold what the run has made, and say when a script would not repeat it."""

import ast
import json
import os

import pytest
import torch
from safetensors.torch import load_file

from core.__main__ import main
from core.config import parse
from core.export import differs, export, script_of
from core.store import Row, Store
from models import build
from tests.stage import trained as stored

QUICK = ["train", "--data", "mnist-5k", "--model", "mlp", "--epochs", "2", "--json"]
SET = ["--set", "widths=8", "limit=300", "batch=100"]


@pytest.fixture
def run(fresh_home, capsys):
    assert main([*QUICK, *SET]) == 0
    return json.loads(capsys.readouterr().out.splitlines()[-1])["run"]


def said(capsys):
    return json.loads(capsys.readouterr().out)


def test_a_script_is_python_and_tells_the_runs_settings(run, tmp_path, capsys):
    out = tmp_path / "run.py"
    assert main(["export", run, "--format", "script", "--out", str(out), "--json"]) == 0
    assert said(capsys) == {
        "run": run,
        "format": "script",
        "out": str(out),
        "bytes": out.stat().st_size,
    }
    text = out.read_text(encoding="utf-8")
    assert "main" in {getattr(node, "name", "") for node in ast.parse(text).body}
    assert "BATCH = 100" in text
    assert text == script_of(Store(), run)


def test_weights_are_those_of_the_checkpoint(run, tmp_path, capsys):
    last, first = tmp_path / "last.safetensors", tmp_path / "first.safetensors"
    assert main(["export", run, "--format", "safetensors", "--out", str(last), "--json"]) == 0
    assert said(capsys)["bytes"] == last.stat().st_size
    words = ["--checkpoint", "start", "--out", str(first)]
    assert main(["export", run, "--format", "safetensors", *words]) == 0
    store = Store()
    config = store.get(run).config
    net = build(parse(config).model, channels=1, image=28, classes=10)
    missing = net.load_state_dict(load_file(last), strict=True)
    assert not missing.missing_keys
    before, after = load_file(first), load_file(last)
    assert before.keys() == after.keys()
    assert any(not torch.equal(before[name], after[name]) for name in before)
    store.dispose()


@pytest.mark.parametrize("form", ["script", "safetensors"])
@pytest.mark.parametrize(
    ("name", "sentence"), [("0123456789abcdef", "no such run"), ("../../etc", "16 hexadecimal")]
)
def test_an_unknown_run_is_one_sentence_and_no_file(
    fresh_home, tmp_path, capsys, form, name, sentence
):
    out = tmp_path / "out"
    assert main(["export", name, "--format", form, "--out", str(out)]) == 2
    captured = capsys.readouterr()
    assert sentence in captured.err and captured.err.count("\n") == 1
    assert not out.exists()


def test_an_unknown_checkpoint_is_one_sentence(run, tmp_path, capsys):
    words = ["--checkpoint", "epoch-099", "--out", str(tmp_path / "out")]
    assert main(["export", run, "--format", "safetensors", *words]) == 2
    captured = capsys.readouterr()
    assert captured.err.count("\n") == 1 and "Traceback" not in captured.err


@pytest.mark.parametrize("form", ["script", "safetensors"])
@pytest.mark.parametrize("place", ["no/such/folder/out", "a-folder"])
def test_a_place_that_cannot_be_written_is_one_sentence(run, tmp_path, capsys, form, place):
    (tmp_path / "a-folder").mkdir()
    (tmp_path / "no").write_text("a file where a folder is needed")
    out = tmp_path / place
    assert main(["export", run, "--format", form, "--out", str(out)]) == 2
    captured = capsys.readouterr()
    assert "cannot be written" in captured.err and captured.err.count("\n") == 1
    assert os.listdir(tmp_path / "a-folder") == []


def test_damaged_weights_are_not_handed_on(run, fresh_home, tmp_path, capsys):
    folder = fresh_home / Store().checkpoint(run, "").uri
    file = next(folder.glob("model*.safetensors"))
    whole = bytearray(file.read_bytes())
    whole[-1] ^= 255
    file.chmod(0o600)
    file.write_bytes(whole)
    out = tmp_path / "out"
    assert main(["export", run, "--format", "safetensors", "--out", str(out)]) == 2
    assert "Traceback" not in capsys.readouterr().err and not out.exists()


def test_a_plain_run_is_repeated_by_its_script(run):
    assert list(differs(Store(), run)) == []


def test_rates_turned_by_hand_are_told(fresh_home, tmp_path, capsys):
    store = Store()
    run_id = stored(store)
    store.append(run_id, [Row(9, 4, 1, "set.lr", 0.01, 1.0), Row(10, 7, 1, "set.lr", 0.1, 2.0)])
    (reason,) = differs(store, run_id)
    assert "step 4, 7" in reason and "keeps to the schedule" in reason
    assert export(store, run_id, "script", tmp_path / "run.py") > 1000
    assert main(["export", run_id, "--format", "script", "--out", str(tmp_path / "b.py")]) == 0
    assert reason in capsys.readouterr().err
    store.dispose()


def test_a_branch_is_told(run, tmp_path, capsys):
    assert main(["train", "--branch", f"{run}:epoch-001", "--json"]) == 0
    child = json.loads(capsys.readouterr().out.splitlines()[-1])["run"]
    (reason,) = differs(Store(), child)
    assert f"checkpoint epoch-001 of run {run}" in reason
