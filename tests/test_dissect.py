"""Dissection: each phase's numbers are those of the same step done by hand."""

import base64
import io
import json
import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image

from core.dissect import PHASES, SHOWN
from core.looks import Looks
from core.notes import DISSECTION, HEALTH, Notes, read
from core.training import Run
from tests.test_health import lengths, tiny

CLOSE = {"rel": 1e-3}  # the record keeps four digits


def dissected(run, step):
    """Take a run to `step`, that step taken apart; its record."""
    for metrics in run:
        if metrics.step == step - 1:
            run.looks.until = step
        if metrics.step == step:
            return run.looks.record
    raise AssertionError(f"the run has no step {step}")


def at(config, step):
    """The same run, standing just before `step`, and the batch that comes next."""
    run = Run(config)
    next(m for m in run if m.step == step - 1)
    return run


@pytest.fixture
def batch(monkeypatch):
    """The batches that a run's objective is given, in order."""
    seen = []
    step = Run._batch

    def note(run, indices):
        seen.append((run.normalise(run.images[indices]), run.labels[indices]))
        return step(run, indices)

    monkeypatch.setattr(Run, "_batch", note)
    return seen


@pytest.fixture
def step(batch):
    """The third step of a run, taken apart, and its twin: (phases, net before it, x, labels)."""
    config = tiny(clip=0.5)
    record = dissected(Run(config), 3)
    x, labels = batch[2]
    return record["phases"], at(config, 3), x, labels


def pairs_of(net):
    """Weight and bias of each layer."""
    return [list(net[i].parameters()) for i in (1, 3, 5)]


def test_zero_grad_tells_what_was_left_and_that_it_is_gone(step):
    phases, twin, _, _ = step
    left = [lengths([p.grad for p in pair]) for pair in pairs_of(twin.model)]
    assert phases["zero_grad"]["before"] == pytest.approx(left, **CLOSE)
    assert phases["zero_grad"]["after"] == [None, None, None]


def test_forward_tells_pictures_logits_and_the_best_guesses(step):
    phases, twin, x, _ = step
    phase, logits = phases["forward"], twin.model(x)[:SHOWN].detach()
    assert np.array(phase["logits"]) == pytest.approx(logits.numpy(), rel=1e-3)
    best = logits.softmax(1).topk(3)
    for row, indices, shares in zip(phase["top"], best.indices, best.values, strict=True):
        assert [index for index, _ in row] == indices.tolist()
        assert [share for _, share in row] == pytest.approx(shares.tolist(), **CLOSE)
    picture = Image.open(io.BytesIO(base64.b64decode(phase["pictures"])))
    original = twin.normalise.undo(x[0])[0].numpy()
    assert (np.asarray(picture.convert("L"))[:56:2, :56:2] == original).all()


def test_loss_tells_minus_log_of_the_true_share_and_the_mean_of_the_batch(step):
    phases, twin, x, labels = step
    phase = phases["loss"]
    each = -twin.model(x).log_softmax(1)[torch.arange(64), labels].detach()
    assert phase["labels"] == labels[:SHOWN].tolist()
    assert phase["each"] == pytest.approx(each[:SHOWN].tolist(), **CLOSE)
    told = [phase[name] for name in ("mean", "least", "most")]
    expected = [each.mean().item(), each.min().item(), each.max().item()]
    assert told == pytest.approx(expected, **CLOSE)


def test_backward_and_step_tell_the_gradient_the_clipped_one_and_how_far_it_moved(step):
    phases, twin, x, labels = step
    net, pairs = twin.model, pairs_of(twin.model)
    before = [lengths([p.detach() for p in pair]) for pair in pairs]
    net.zero_grad()
    F.cross_entropy(net(x), labels).backward()
    gradient = [lengths([p.grad for p in pair]) for pair in pairs]
    whole = math.sqrt(sum(g**2 for g in gradient))
    assert phases["backward"]["gradient"] == pytest.approx(gradient, **CLOSE)
    assert phases["backward"]["total"] == pytest.approx(whole, **CLOSE) and whole > 0.5

    phase, share = phases["step"], 0.5 / whole  # plain SGD: rate × clipped gradient
    moves = [0.1 * share * g for g in gradient]
    ratio = [move / weight for move, weight in zip(moves, before, strict=True)]
    with torch.no_grad():
        after = [lengths([p - 0.1 * share * p.grad for p in pair]) for pair in pairs]
    assert phase["clipped"] == pytest.approx([g * share for g in gradient], **CLOSE)
    assert phase["before"] == pytest.approx(before, **CLOSE)
    assert phase["update"] == pytest.approx(moves, **CLOSE)
    assert phase["ratio"] == pytest.approx(ratio, **CLOSE)
    assert phase["after"] == pytest.approx(after, **CLOSE) and phase["after"] != phase["before"]


def test_a_record_says_where_it_was_taken_and_is_plain_json():
    run = Run(tiny(seed=3))
    record = dissected(run, 6)
    assert json.loads(json.dumps(record, allow_nan=False)) == record
    assert (record["step"], record["epoch"], record["lr"]) == (6, 1, 0.1)
    assert tuple(record["phases"]) == PHASES
    assert record["classes"] == list(run.pictures.classes)
    assert [layer["kind"] for layer in record["layers"]] == ["Linear"] * 3
    assert sum(layer["parameters"] for layer in record["layers"]) == run.parameters


def test_of_blended_pictures_the_blends_are_shown_and_both_labels_are_judged():
    data = {"name": "mnist-5k", "limit": 300, "mixup": 1.0}
    plain, mixed = dissected(Run(tiny()), 1), dissected(Run(tiny(data=data)), 1)
    one, other = (r["phases"]["forward"]["pictures"] for r in (plain, mixed))
    assert one != other
    run = Run(tiny(data=data))
    losses = [m.values["train.loss"] for m in run if m.step == 1 and m.values]
    assert mixed["phases"]["loss"]["mean"] == pytest.approx(losses[0], **CLOSE)


def test_the_first_step_has_no_gradients_to_clear_and_no_clipping_is_told_where_there_is_none():
    record = dissected(Run(tiny()), 1)
    assert record["phases"]["zero_grad"] == {"before": [None] * 3, "after": [None] * 3}
    assert "clipped" not in record["phases"]["step"]


def test_only_the_wished_steps_are_taken_apart_and_a_measured_one_is_a_point_as_well():
    run = Run(tiny())
    assert dissected(run, 4)["step"] == 4
    assert [point.step for point in run.looks.points] == [1, 2, 4]
    plain = Run(tiny())
    list(plain)
    assert run.looks.points[-1] == plain.looks.points[2]


# Notes


def noted(run, notes, until):
    """Train until a step, as the keeper does it: notes are taken now and then."""
    notes.begin(run)
    for metrics in run:
        if metrics.moment or metrics.step == until:
            notes.take(run)
        if metrics.step == until:
            return


def told_steps(folder):
    return [point["step"] for point in read(folder / HEALTH)["points"]]


def test_notes_survive_a_resume_without_the_points_after_the_checkpoint(tmp_path):
    config, folder = tiny(epochs=4), tmp_path / "run"
    first = Run(config)
    noted(first, Notes(folder), 3)
    first.save(tmp_path / "last")
    noted_on = Notes(folder)
    noted_on.begin(first)
    for metrics in first:  # comes to step 16 and is killed, its newest checkpoint being that of 3
        if metrics.step == 16:
            break
    noted_on.take(first)
    assert told_steps(folder) == [1, 2, 4, 8, 16]
    beyond = {p["step"]: p for p in read(folder / HEALTH)["points"]}
    again = Run(config, resume=tmp_path / "last")
    notes = Notes(folder)
    notes.begin(again)
    assert told_steps(folder) == [1, 2]
    noted(again, notes, 16)
    assert told_steps(folder) == [1, 2, 4, 8, 16]
    assert {p["step"]: p for p in read(folder / HEALTH)["points"]} == beyond  # the very same steps


def test_notes_of_a_full_disk_are_written_the_next_time(tmp_path, monkeypatch):
    run, notes = Run(tiny()), Notes(tmp_path / "run")
    notes.begin(run)
    next(m for m in run if m.step == 2)
    with monkeypatch.context() as full:
        full.setattr(Notes, "_write", lambda *_: (_ for _ in ()).throw(OSError(28, "no space")))
        with pytest.raises(OSError, match="no space"):
            notes.take(run)
    notes.take(run)
    assert told_steps(tmp_path / "run") == [1, 2]
    assert run.looks.points == []


def test_a_taken_apart_batch_is_written_once(tmp_path):
    run, notes = Run(tiny()), Notes(tmp_path)
    notes.begin(run)
    assert read(tmp_path / DISSECTION) is None
    dissected(run, 3)
    notes.take(run)
    assert read(tmp_path / DISSECTION)["step"] == 3
    assert run.looks.record is None
    assert Looks().until == 0
