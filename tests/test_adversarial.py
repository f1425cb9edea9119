"""Adversarial autoencoders: whose weights each step moves, on what, and what comes out."""

import math
from functools import cache

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from core import measures, zoo
from core.adversarial import Adversarial
from core.config import parse
from core.training import Run
from core.verdicts import told_apart
from core.watch import Watcher

TINY = {
    "data": {"name": "mnist-5k", "limit": 300},
    "model": {"name": "aae", "width": 32},
    "optimizer": {"name": "adam", "lr": 0.002},
    "epochs": 2,
    "batch": 64,
}
VARIANTS = {
    "plain": {},
    "guided": {"guided": True, "prior": "mixture", "labels": 100},
    "supervised": {"variant": "supervised", "code": 4},
    "semi": {"variant": "semi", "code": 4, "labels": 50},
    "clustering": {"variant": "clustering", "code": 4, "clusters": 12},
    "alone": {"variant": "clustering", "code": 4, "clusters": 12, "agreement": 0.0},
    "autoencoder": {"variant": "autoencoder"},
    "vae": {"variant": "vae"},
    "gaussian": {"encoder": "gaussian"},
    "universal": {"encoder": "universal"},
    "conv": {"net": "conv", "width": 64},
}


def tiny(knobs, **changes):
    return parse(TINY | {"model": TINY["model"] | knobs} | changes)


def told(run):
    return [(m.step, dict(m.values)) for m in run if "train.loss" in m.values]


def without_speed(rows, *others):
    return [(s, {k: x for k, x in row.items() if k not in ("speed", *others)}) for s, row in rows]


@cache
def undisturbed(variant):
    """What the steps of a run tell that goes on to its end at once."""
    return without_speed(told(Run(tiny(VARIANTS[variant], precision="fp32"))), "train.caught")


@pytest.fixture
def unread(monkeypatch, tmp_path):
    """No classifier reads samples, and the prior is not held against itself: only steps count."""
    monkeypatch.setattr(zoo, "FOLDER", tmp_path / "nowhere")
    monkeypatch.setattr(measures, "floor", lambda _prior, _count: 1.0)


class Frozen(Watcher):
    """Copies the weights after every step of a batch, and says which part each step moved."""

    def __init__(self, model):
        self.model, self.moves = model, {}

    def begins(self):
        self.last = {name: p.detach().clone() for name, p in self.model.named_parameters()}

    def took(self, step, loss):
        now = dict(self.model.named_parameters())
        moved = {n.partition(".")[0] for n, p in now.items() if not torch.equal(p, self.last[n])}
        self.moves[step] = moved
        self.begins()


EXPECTED = {
    "reconstruct": {"encoder", "decoder"},
    "discriminate": {"discriminator", "sorter"},
    "fool": {"encoder"},
    "label": {"encoder"},
    "agree": {"encoder"},
}
STEPS = ["reconstruct", "discriminate", "fool"]
FOURTH = {"semi": ["label"], "clustering": ["agree"]}


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_step_moves_its_own_weights_only(variant):
    run = Run(tiny(VARIANTS[variant]))
    watcher = run.objective.watcher = Frozen(run.model)
    run.rates.set(0.3)
    chosen = run.train[:64]
    run.objective.step(run.ready(run.images[chosen]), run.shown[chosen])
    parts = {name.partition(".")[0] for name, _ in run.model.named_parameters()}
    steps = [*STEPS, *FOURTH.get(variant, [])] if run.model.judges else STEPS[:1]
    assert list(watcher.moves) == steps
    assert watcher.moves == {step: EXPECTED[step] & parts for step in steps}
    assert all(p.requires_grad for p in run.model.parameters())


@pytest.mark.parametrize(
    ("error", "first", "last"),
    [
        ("squared", F.mse_loss, F.mse_loss),
        ("absolute", F.l1_loss, F.l1_loss),
        ("both", F.mse_loss, F.l1_loss),
    ],
)
def test_the_error_is_the_one_that_was_asked_for_and_when(error, first, last):
    run = Run(tiny({"error": error, "variant": "autoencoder", "dropout": 0.0}, epochs=5))
    x = run.ready(run.images[run.train[:64]])
    for epoch, kind in enumerate([first, first, last, last, last]):
        run.objective.epoch = epoch
        again = run.model.decode(run.model.encode(x).z)  # in training mode, as the step does
        assert run.objective.step(x, run.shown[run.train[:64]])["loss"] == pytest.approx(
            kind(again, x).item(), rel=1e-4
        )
        assert run.model.error is last


def test_a_run_tells_its_objective_which_epoch_goes_on(unread):
    run = Run(tiny({}, epochs=3))
    seen = {(run.objective.epoch, m.epoch) for m in run if "train.loss" in m.values}
    assert seen == {(epoch, epoch) for epoch in range(3)}


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_run_of_every_variant_learns_and_repeats_itself(variant, request):
    first = Run(tiny(VARIANTS[variant], epochs=4))
    rows = told(first)
    losses = [values["train.loss"] for _, values in rows]
    assert sum(losses[-4:]) < 0.9 * sum(losses[:4])
    score = first.score
    assert {"loss", "mmd", "floor", "spread", "samples", "balance"} <= set(score.means)
    assert ("accuracy" in score.means) == (variant in ("semi", "clustering", "alone"))
    assert math.isfinite(score.good)
    assert ("train.caught" in rows[-1][1]) == first.model.judges
    request.getfixturevalue("unread")
    again = told(Run(tiny(VARIANTS[variant], epochs=4)))
    assert without_speed(rows) == without_speed(again)


@pytest.mark.parametrize("variant", ["guided", "semi", "gaussian", "conv"])
@pytest.mark.parametrize("stop", [3, 7])
def test_resume_continues_exactly_where_it_stopped(variant, stop, unread, tmp_path):
    config = tiny(VARIANTS[variant], precision="fp32")
    run = Run(config)
    for metrics in run:
        if metrics.step == stop:
            break
    run.save(tmp_path)
    rest = without_speed(told(Run(config, resume=tmp_path)), "train.caught")
    assert rest == undisturbed(variant)[stop:]


def test_the_discriminator_sees_codes_and_never_pictures():
    run = Run(tiny(VARIANTS["guided"]))
    seen = []
    run.model.discriminator.register_forward_pre_hook(lambda _m, given: seen.append(given[0].shape))
    chosen = run.train[:64]
    run.objective.step(run.ready(run.images[chosen]), run.shown[chosen])
    assert seen == [(128, 2 + 11), (64, 2 + 11)]  # code, ten classes and "unlabelled"


def test_losses_on_logits_equal_those_of_sigmoids_and_stay_finite():
    said = torch.tensor([3.0, -2.0, 0.5, -0.1])
    share = said.sigmoid()
    by_hand = -(share[:2].log().sum() + (1 - share[2:]).log().sum()) / 4
    assert float(told_apart(said)) == pytest.approx(float(by_hand), rel=1e-5)
    wild = torch.tensor([-200.0, -200.0, 200.0, 200.0])
    assert float(told_apart(wild)) == pytest.approx(200)


def test_smoothing_asks_the_discriminator_for_a_little_less():
    said = torch.tensor([2.0, -1.0])
    truth = torch.tensor([0.9, 0.0])
    expected = F.binary_cross_entropy_with_logits(said, truth)
    assert torch.equal(told_apart(said, 0.1), expected)


def test_hidden_labels_are_hidden_and_the_known_ones_are_of_every_class():
    run = Run(tiny(VARIANTS["semi"]))
    known = run.shown[run.train]
    assert int((known >= 0).sum()) == 50
    assert torch.equal(torch.bincount(known[known >= 0]), torch.full((10,), 5))
    assert (run.shown[run.validation] == -1).all()
    x, labels = run.objective.taught.draw(64)
    assert len(x) == len(labels) == 50 and (labels >= 0).all()
    other = Run(tiny(VARIANTS["semi"], seed=3))
    assert torch.equal(run.shown, other.shown)


def test_looking_at_a_run_changes_nothing_in_it(unread):
    config = tiny(VARIANTS["gaussian"])
    plain = without_speed(told(Run(config)))
    run, watched = Run(config), []
    run.looks.until = 10**6
    for metrics in run:
        run.view()
        if "train.loss" in metrics.values:
            watched.append((metrics.step, dict(metrics.values)))
    assert without_speed(watched) == plain
    record = run.looks.record
    assert [entry["name"] for entry in record["steps"]] == ["batch", *STEPS]
    kinds = {layer["name"].partition(".")[0] for layer in record["layers"]}
    assert kinds == {"encoder", "decoder", "discriminator"}
    discriminate = record["steps"][2]
    for layer, far in zip(record["layers"], discriminate["update"], strict=True):
        assert bool(far) == layer["name"].startswith("discriminator")


def test_the_film_strip_shows_the_same_noise_all_along():
    run = Run(tiny(VARIANTS["supervised"]))
    start = run.view()
    list(run)
    end = run.view()
    assert start["kind"] == "adversarial" and len(end["plane"]["codes"]) == 400
    assert start["gallery"] == end["gallery"] and start["plane"]["prior"]
    assert start["strip"]["samples"] != end["strip"]["samples"]
    assert end == run.view() and end["plane"]["axes"] == "pca"


def test_only_answers_can_be_blended():
    for changes in ({"mirror": True}, {"data": {"mixup": 0.4}}):
        with pytest.raises(ValueError, match="blends answers, and AAE gives none: switch it off"):
            parse({"model": {"name": "aae"}} | changes)


def test_a_loss_that_is_not_finite_moves_nothing():
    run = Run(tiny({}))
    with torch.no_grad():
        run.model.decoder.layers[0].bias.fill_(math.nan)
    before = {n: p.clone() for n, p in run.model.encoder.named_parameters()}
    values = run.objective.step(run.ready(run.images[run.train[:8]]), run.labels[run.train[:8]])
    assert math.isnan(values["loss"])
    assert all(torch.equal(p, before[n]) for n, p in run.model.encoder.named_parameters())


def test_an_average_of_the_weights_is_what_is_judged(unread):
    run = Run(tiny({}, average=0.9))
    list(run)
    assert isinstance(run.objective, Adversarial) and run.objective.judged is run.average.model
    assert not any(isinstance(m, nn.BatchNorm1d) for m in run.model.discriminator.modules())
