"""The command line: JSON on stdout, one sentence on stderr, 2 for bad input, never a traceback."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from core.__main__ import main
from core.data import load
from core.store import Store

QUICK = ["--model", "mlp", "--set", "widths=16", "limit=400", "batch=64"]


def lines(capsys):
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.fixture
def trained(fresh_home, capsys):
    assert (
        main(["train", "--data", "mnist-5k", "--epochs", "2", "--seed", "3", "--json", *QUICK]) == 0
    )
    return lines(capsys)


def test_list_shows_every_menu(capsys):
    assert main(["list", "--json"]) == 0
    found = lines(capsys)
    menus = {line["menu"] for line in found}
    assert menus == {"models", "datasets", "optimizers", "schedules"}
    names = {line["name"] for line in found}
    assert {"mlp", "cnn", "adam", "muon", "cosine", "mnist-5k", "cifar10"} <= names


def test_train_ends_with_the_promised_line(trained):
    last = trained[-1]
    assert set(last) == {"run", "test_accuracy", "images_per_second", "seconds", "device"}
    assert 0.3 < last["test_accuracy"] <= 1 and last["images_per_second"] > 0
    assert trained[-2]["test.accuracy"] == pytest.approx(last["test_accuracy"], abs=1e-5)


def test_the_same_seed_gives_the_same_accuracy(trained, capsys):
    assert (
        main(["train", "--data", "mnist-5k", "--epochs", "2", "--seed", "3", "--json", *QUICK]) == 0
    )
    again = lines(capsys)
    assert [line.get("val.loss") for line in again] == [line.get("val.loss") for line in trained]


def test_a_branch_goes_on_from_a_checkpoint(trained, capsys):
    run = trained[-1]["run"]
    assert main(["train", "--branch", f"{run}:epoch-001", "--json"]) == 0
    same = lines(capsys)
    assert [line["epoch"] for line in same[:-1]] == [2, 2]
    assert same[0]["val.loss"] == trained[1]["val.loss"]
    assert main(["train", "--branch", run, "--epochs", "3", "--set", "lr=0.5", "--json"]) == 0
    assert lines(capsys)[0]["epoch"] == 3
    made = Store().runs()[0]
    assert made.parent == run and made.config["optimizer"]["lr"] == 0.5
    for flags, words in (
        (["--branch", run], "ask for at least 3 epochs"),
        (["--branch", f"{run}:nothing"], "there is no such checkpoint"),
        (["--branch", run, "--data", "shapes"], "leave --data out"),
        (["--branch", run, "--epochs", "3", "--set", "widths=8"], "set model.widths back"),
    ):
        assert main(["train", *flags]) == 2
        assert words in capsys.readouterr().err


def test_evaluate_agrees_with_training(trained, capsys):
    run = trained[-1]["run"]
    assert main(["evaluate", run, "--json"]) == 0
    (line,) = lines(capsys)
    assert line["top1"] == pytest.approx(trained[-1]["test_accuracy"])
    assert line["n"] == 1000 and sum(map(sum, line["confusion"])) == 1000
    assert main(["runs", "--json"]) == 0
    (row,) = lines(capsys)
    assert row["id"] == run and row["state"] == "finished" and row["owner"] == "cli"


def test_predict_and_evaluate_pictures_from_files(trained, capsys, tmp_path):
    run, pictures = trained[-1]["run"], load("mnist-5k")
    files = []
    for index in range(3):
        folder = tmp_path / "set" / str(int(pictures.test_labels[index]))
        folder.mkdir(parents=True, exist_ok=True)
        files.append(folder / f"{index}.png")
        Image.fromarray(pictures.test_images[index, 0].numpy()).save(files[-1])
    assert main(["predict", run, *map(str, files), "--json"]) == 0
    found = lines(capsys)
    assert [line["file"] for line in found] == [str(file) for file in files]
    assert all(len(line["top"]) == 3 for line in found)
    assert found[0]["top"][0][1] >= found[0]["top"][1][1]
    assert main(["evaluate", run, "--folder", str(tmp_path / "set"), "--json"]) == 0
    (line,) = lines(capsys)
    right = sum(a["top"][0][0] == Path(a["file"]).parent.name for a in found)
    assert line["n"] == 3 and line["top1"] == pytest.approx(right / 3)
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"GIF89a but not really")
    assert main(["predict", run, str(bad), str(files[0])]) == 2
    captured = capsys.readouterr()
    assert "bad.png" in captured.err and "1 of 2 pictures" in captured.err
    assert str(files[0]) in captured.out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["train", "--data", "nowhere"], "nowhere"),
        (["train", "--model", "transformer9"], "transformer9"),
        (["train", "--epochs", "0"], "1 to 200 epochs"),
        (["train", "--set", "lr=nan", "--optimizer", "sgd"], "finite"),
        (["train", "--set", "batch=4096"], "use at most"),
        (["train", "--set", "widths=8,8,8,8,8,8,8,8"], "halve"),
        (["evaluate", "0123456789abcdef"], "unknown"),
        (["evaluate", "../../etc"], "16 hexadecimal"),
        (["predict", "zzz", "a.png"], "16 hexadecimal"),
        (["data", "import", "mine", "/nowhere/at/all"], "all does not exist"),
        (["data", "download", "nowhere"], "nowhere"),
        (["bench", "nothing"], "nothing"),
    ],
)
def test_bad_input_ends_with_one_sentence(fresh_home, capsys, words, sentence):
    assert main(words) == 2
    captured = capsys.readouterr()
    assert sentence in captured.err and captured.err.count("\n") == 1
    assert "Traceback" not in captured.err and not captured.out


def test_a_diverged_run_is_told_and_kept(fresh_home, capsys):
    words = ["train", "--optimizer", "sgd", "--schedule", "constant", "--model", "mlp"]
    words += [
        "--set",
        "lr=10",
        "norm=false",
        "widths=512,512,512,512",
        "limit=2000",
        "--epochs",
        "9",
    ]
    assert main(words) == 2
    assert "lower the learning rate" in capsys.readouterr().err
    (row,) = Store().runs()
    assert row.state == "diverged"


def test_it_runs_as_a_program(fresh_home):
    words = [sys.executable, "-m", "core", "data", "list", "--json"]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    found = {line["name"]: line["state"] for line in map(json.loads, done.stdout.splitlines())}
    assert found["mnist-5k"] == "ready"


def test_a_reader_who_leaves_early_is_no_error(fresh_home):
    """As in `python -m core list | head -1`."""
    words = [sys.executable, "-m", "core", "list"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as program:
        program.stdout.close()
        assert program.stderr.read() == b""
        assert program.wait(60) == 141


def test_a_set_that_is_not_here_leaves_no_run(fresh_home):
    assert main(["train", "--data", "mnist", "--model", "mlp"]) == 2
    assert Store().runs() == []


def test_bake_keeps_a_finished_run_small(trained, tmp_path):
    assert main(["bake", trained[-1]["run"], "--out", str(tmp_path / "a.json")]) == 0
    baked = json.loads((tmp_path / "a.json").read_text())
    assert baked["payload"]["state"] == "finished"
    names = {row[3] for row in baked["payload"]["rows"]}
    assert {"train.loss", "val.accuracy", "test.accuracy"} <= names
    assert [view["step"] for view in baked["views"]] == sorted(v["step"] for v in baked["views"])
    assert len(baked["views"][0]["gallery"]) == 24
    assert len(json.dumps(baked)) < 300_000
