"""Checkpoints: whole or not there, checked, and loaded all or nothing."""

import json
import os

import pytest
import torch
from torch import nn

from core import checkpoint
from core.draft import save_checkpoint


def saved(folder, value=1.0, note="a"):
    tensors = {"w": torch.full((2, 3), value), "n": torch.tensor(7)}
    return save_checkpoint(folder, {"note": note}, {"model": tensors})


def test_round_trip_is_exact_for_any_stride(tmp_path):
    last = torch.randn(4, 3, 5, 5).to(memory_format=torch.channels_last)
    card = save_checkpoint(tmp_path, {"step": 3}, {"model": {"k": last}})
    assert checkpoint.read_card(tmp_path) == card and card["step"] == 3
    assert torch.equal(checkpoint.load_part(tmp_path, "model")["k"], last)


def test_a_new_checkpoint_replaces_the_old_and_leaves_no_litter(tmp_path):
    saved(tmp_path, 1.0)
    saved(tmp_path, 2.0)
    assert checkpoint.load_part(tmp_path, "model")["w"].unique().item() == 2.0
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("nth", range(4))
def test_a_failure_at_any_write_leaves_the_old_checkpoint(tmp_path, monkeypatch, nth):
    saved(tmp_path, 1.0, "old")
    calls, replace = [], os.replace

    def failing(source, target):
        calls.append(target)
        if len(calls) > nth:
            raise OSError(28, "No space left on device")
        return replace(source, target)

    monkeypatch.setattr(os, "replace", failing)
    try:
        saved(tmp_path, 2.0, "new")
    except OSError as problem:
        assert problem.errno == 28
        assert checkpoint.read_card(tmp_path)["note"] == "old"
        assert checkpoint.load_part(tmp_path, "model")["w"].unique().item() == 1.0
    else:
        assert checkpoint.read_card(tmp_path)["note"] == "new"
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_a_flipped_bit_is_noticed(tmp_path):
    card = saved(tmp_path)
    file = tmp_path / card["files"]["model"]["file"]
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)
    with pytest.raises(ValueError, match="damaged: use another checkpoint, or train"):
        checkpoint.load_part(tmp_path, "model")


def test_missing_and_damaged_cards_are_said(tmp_path):
    with pytest.raises(ValueError, match="there is no checkpoint 'last'"):
        checkpoint.read_card(tmp_path / "last")
    (tmp_path / "card.json").write_text("{")
    with pytest.raises(ValueError, match="damaged: use another checkpoint, or train"):
        checkpoint.read_card(tmp_path)


def test_no_path_in_a_card_leads_out_of_its_folder(tmp_path):
    card = saved(tmp_path / "a")
    outside = tmp_path / "secret.safetensors"
    outside.write_bytes((tmp_path / "a" / card["files"]["model"]["file"]).read_bytes())
    card["files"]["model"]["file"] = "../secret.safetensors"
    (tmp_path / "a" / "card.json").write_text(json.dumps(card))
    with pytest.raises(ValueError, match="damaged: use another checkpoint, or train"):
        checkpoint.load_part(tmp_path / "a", "model")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: t.pop("bias"), "bias is None"),
        (lambda t: t.update(more=torch.zeros(1)), "more is"),
        (lambda t: t.update(bias=torch.zeros(9)), r"bias is \(9,\), needed is \(2,\)"),
        (lambda t: t.update(weight=torch.full((2, 3), float("nan"))), "not finite, in weight"),
    ],
)
def test_weights_that_do_not_fit_leave_the_model_untouched(change, words):
    model = nn.Linear(3, 2)
    before = {k: v.clone() for k, v in model.state_dict().items()}
    tensors = {k: v + 1 for k, v in before.items()}
    change(tensors)
    with pytest.raises(ValueError, match=words):
        checkpoint.load_model(model, tensors)
    assert all(torch.equal(v, before[k]) for k, v in model.state_dict().items())
