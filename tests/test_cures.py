"""Cures against overfitting: averaging, early stopping, mirror judging; all survive a resume."""

import itertools
from functools import cache

import pytest
import torch
from torch import nn

from core import checkpoint
from core.average import Average
from core.config import parse
from core.inference import Predictor
from core.objectives import answers
from core.patience import Patience
from core.training import Diverged, Run

TINY = {
    "data": {"name": "mnist-5k", "limit": 300},
    "model": {"name": "cnn", "widths": (4, 8), "dropout": 0.3},
    "optimizer": {"name": "nesterov", "lr": 0.05},
    "epochs": 2,
    "batch": 64,
    "precision": "fp32",
}
EVERYTHING = {
    "data": TINY["data"]
    | {"flip": True, "alternate": True, "shift": 2, "rotate": 10, "erase": 5, "mixup": 0.3},
    "smoothing": 0.1,
    "average": 0.9,
    "patience": 5,
    "mirror": True,
    "clip": 1.0,
}


def tiny(**changes):
    return parse(TINY | changes)


def told(run):
    """All that a run reports, without clocks."""
    return [
        (m.step, m.moment, {k: v for k, v in m.values.items() if k != "speed"})
        for m in run
        if m.values
    ]


def stopped_at(run, step):
    for _ in itertools.takewhile(lambda m: m.step < step, run):
        pass
    return run


def test_average_is_the_formula_by_hand():
    net = nn.BatchNorm1d(1)
    average = Average(net, decay=0.5)
    by_hand, weights = 1.0, [3.0, -2.0, 5.0, 0.5, 1.5, 8.0, 2.0, 4.0, 7.0, 6.0]
    for step, value in enumerate(weights, start=1):
        net.weight.data.fill_(value)
        net.running_var.fill_(value)
        average.take(step)
        decay = min(0.5, (1 + step) / (10 + step))
        by_hand = decay * by_hand + (1 - decay) * value
    assert average.model.weight.item() == pytest.approx(by_hand, rel=1e-5)
    assert average.model.running_var.item() == pytest.approx(by_hand, rel=1e-5)
    assert net.weight.item() == 6.0
    checkpoint.load_model(net, {k: torch.full_like(v, 9) for k, v in net.state_dict().items()})
    average.take(10**6)
    assert average.model.weight.item() == pytest.approx((by_hand + 9) / 2, rel=1e-5)


def test_the_average_is_judged_and_kept_while_the_raw_weights_train_on(tmp_path):
    plain, averaged = Run(tiny()), Run(tiny(average=0.95))
    losses = [[m.values["train.loss"] for m in told_of(run)] for run in (plain, averaged)]
    assert losses[0] == losses[1]
    averaged.save(tmp_path)
    predictor, kept = Predictor(tmp_path), averaged.judged.state_dict()
    assert all(torch.equal(kept[k], v) for k, v in predictor.model.state_dict().items())
    raw = averaged.model.state_dict()
    assert all(torch.equal(raw[k], v) for k, v in plain.model.state_dict().items())
    assert not torch.equal(raw["head.2.weight"], kept["head.2.weight"])
    score = predictor.evaluate(plain.images[plain.validation], plain.labels[plain.validation])
    assert score.means["loss"] == pytest.approx(averaged.score.means["loss"])


def told_of(run):
    return [m for m in run if "train.loss" in m.values]


@cache
def cured():
    """What a run with every cure tells."""
    return told(Run(tiny(**EVERYTHING)))


def test_same_seed_same_curve_with_every_cure():
    assert cured() == told(Run(tiny(**EVERYTHING)))
    assert cured() != told(Run(tiny(**EVERYTHING, seed=1)))


@pytest.mark.parametrize("stop", [3, 5, 8])
def test_resume_is_exact_with_every_cure(stop, tmp_path):
    stopped_at(Run(tiny(**EVERYTHING)), stop).save(tmp_path)
    rest = told(Run(tiny(**EVERYTHING), resume=tmp_path))
    assert rest == cured()[-len(rest) :]
    assert sum("train.loss" in values for _, _, values in rest) == 10 - stop


def scripted(run, accuracies):
    """The run validates as told; its weights are those of honest training."""
    script = iter(accuracies)
    take = run.patience.take
    run.patience.take = lambda epoch, accuracy, model: take(epoch, next(script), model)
    return run


PATIENT = {"epochs": 9, "patience": 2, "batch": 150}
SCRIPT = [0.3, 0.7, 0.6, 0.7]


@cache
def ended_early(average):
    """What a run tells that ends early, and was not stopped before."""
    return told(scripted(Run(tiny(**PATIENT, average=average)), SCRIPT))


def test_early_stopping_ends_early_with_the_best_weights():
    run = scripted(Run(tiny(**PATIENT)), SCRIPT)
    kept, epochs = {}, []
    for m in run:
        if m.moment == "epoch":
            epochs.append((m.epoch, m.best))
            kept[m.epoch] = {k: v.clone() for k, v in run.model.state_dict().items()}
    assert epochs == [(1, True), (2, True), (3, False), (4, False)]
    assert m.moment == "end" and m.step == 8
    final = run.model.state_dict()
    assert all(torch.equal(final[k], v) for k, v in kept[2].items())
    assert any(not torch.equal(final[k], v) for k, v in kept[4].items())
    run.model.eval()
    x, labels = run.normalise(run.pictures.test_images), run.pictures.test_labels
    share = (run.model(x).argmax(1) == labels).float().mean().item()
    assert m.values["test.accuracy"] == pytest.approx(share)


@pytest.mark.parametrize("average", [0.0, 0.9])
@pytest.mark.parametrize("stop", [5, 6, 8])
def test_a_resumed_early_stop_equals_the_uninterrupted_one(stop, average, tmp_path):
    config, whole = tiny(**PATIENT, average=average), ended_early(average)
    run = scripted(Run(config), SCRIPT)
    for m in run:
        if m.step == stop and (stop % 2 or m.moment == "epoch"):
            break
    run.save(tmp_path)
    resumed = scripted(Run(config, resume=tmp_path), SCRIPT[stop // 2 :])
    rest = told(resumed)
    assert rest == whole[-len(rest) :] and rest[-1][0] == 8
    resumed.save(tmp_path / "end")
    assert told(Run(config, resume=tmp_path / "end")) == whole[-1:]


def test_without_patience_a_run_goes_to_its_end_and_keeps_its_last_weights():
    run = scripted(Run(tiny(epochs=4, batch=300)), [0.9, 0.1, 0.1, 0.1])
    *_, end = run
    assert end.epoch == 4 and run.patience.weights is None
    assert not Patience(0).over(100)


def test_mirror_judges_by_the_mean_of_both_answers(tmp_path):
    run = Run(tiny(mirror=True, epochs=1))
    *_, end = run
    run.save(tmp_path)
    x = run.normalise(run.pictures.test_images)
    run.model.eval()
    with torch.inference_mode():
        logits = (run.model(x) + run.model(x.flip(3))) / 2
        assert torch.equal(answers(run.model, x, mirror=True), logits)
        assert not torch.allclose(answers(run.model, x, mirror=False), logits)
    share = (logits.argmax(1) == run.pictures.test_labels).float().mean().item()
    assert end.values["test.accuracy"] == pytest.approx(share, abs=1e-3)
    found = Predictor(tmp_path).logits(run.pictures.test_images[:20])
    assert torch.allclose(found, logits[:20], atol=1e-4)


def test_a_diverged_average_falls_back_with_its_model(tmp_path):
    run = Run(tiny(average=0.5))
    stopped_at(run, 3)
    for parameter in run.model.parameters():
        parameter.data.fill_(float("inf"))
    run.average.take(3)
    with pytest.raises(Diverged):
        list(run)
    run.save(tmp_path)
    for part in ("model", "raw"):
        kept = checkpoint.load_part(tmp_path, part)
        assert all(torch.isfinite(v).all() for v in kept.values())


def test_a_config_stored_before_the_cures_still_loads():
    old = tiny().model_dump(mode="json")
    for name in ("smoothing", "average", "patience", "mirror"):
        del old[name]
    for name in ("alternate", "rotate", "erase", "mixup"):
        del old["data"][name]
    assert parse(old) == tiny()
