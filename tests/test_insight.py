"""The command `attention`: the promised arrays in a file, or one sentence."""

import json

import numpy as np
import pytest
import torch
from PIL import Image

from core import rollout
from core.__main__ import main
from core.config import parse
from core.data import load
from core.inference import open_predictor
from core.training import Run


@pytest.fixture(params=["mean", "cls"])
def run(request, fresh_home):
    """A run of one epoch, as the command line would have kept it."""
    model = {"name": "vit", "patch": 7, "width": 16, "depth": 2, "heads": 2}
    data = {"name": "mnist-5k", "limit": 200}
    started = Run(parse({"data": data, "model": model | {"pooling": request.param}, "epochs": 1}))
    list(started)
    started.save(fresh_home / "runs" / "0123456789abcdef" / "last")
    return "0123456789abcdef"


@pytest.fixture
def file(tmp_path, fresh_home):
    digit = load("mnist-5k").test_images[5, 0].numpy()
    Image.fromarray(digit).save(tmp_path / "digit.png")
    return tmp_path / "digit.png"


def test_maps_rollout_and_relevance_are_kept_as_promised(run, file, capsys):
    out = file.with_name("sub") / "found.npz"
    assert main(["attention", run, str(file), "--out", str(out), "--json"]) == 0
    line = json.loads(capsys.readouterr().out)
    with np.load(out) as kept:
        found = {name: kept[name] for name in kept.files}
    assert {name: list(values.shape) for name, values in found.items()} == {
        name: line[name] for name in ("maps", "rollout", "relevance")
    }
    net = open_predictor(run)
    tokens = 17 if net.config.model.pooling == "cls" else 16
    assert found["maps"].shape == (2, 2, tokens, tokens)
    assert np.allclose(found["maps"].sum(-1), 1, atol=1e-5)
    assert found["rollout"].shape == found["relevance"].shape == (4, 4)
    assert np.allclose(found["rollout"], rollout.rollout(found["maps"]))
    packed = net.tensor(Image.open(file)).numpy()
    answer = int(net.logits(torch.from_numpy(packed)[None]).argmax())
    assert line["class"] == net.classes[answer]
    assert np.allclose(found["relevance"], rollout.relevance(net, packed, answer))

    other = net.classes[(answer + 1) % 10]
    words = ["attention", run, str(file), "--out", str(out), "--class", other, "--json"]
    assert main(words) == 0 and json.loads(capsys.readouterr().out)["class"] == other
    with np.load(out) as kept:
        assert not np.allclose(kept["relevance"], found["relevance"])


def test_what_cannot_be_is_one_sentence(run, file, capsys):
    nowhere = str(file / "found.npz")
    for words, sentence in [
        ([run, str(file), "--out", "x.npz", "--class", "cat"], "class 'cat' is unknown"),
        ([run, str(file.with_name("no.png")), "--out", "x.npz"], "no.png cannot be read"),
        ([run, str(file), "--out", nowhere], "cannot be written"),
        (["zoo:nobody", str(file), "--out", "x.npz"], "the zoo has no net 'nobody'"),
    ]:
        assert main(["attention", *words]) == 2
        told = capsys.readouterr()
        assert sentence in told.err and told.err.count("\n") == 1 and not told.out


def test_a_net_without_attention_says_so(fresh_home, file, capsys):
    model = {"name": "mlp", "widths": [8]}
    started = Run(parse({"data": {"name": "mnist-5k", "limit": 200}, "model": model, "epochs": 1}))
    list(started)
    started.save(fresh_home / "runs" / "0123456789abcdef" / "last")
    assert main(["attention", "0123456789abcdef", str(file), "--out", str(file) + ".npz"]) == 2
    assert "MLP has no attention to watch" in capsys.readouterr().err
