"""The one loop: same seed same curve, honest means, stop keeps, save and resume are exact."""

import itertools
import json
from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F

from core import checkpoint
from core.batches import Normalise
from core.config import parse
from core.inference import Predictor
from core.objectives import Tally
from core.settings import assemble
from core.training import Diverged, Run
from models import MODELS, classifies

TINY = {
    "data": {"name": "mnist-5k", "limit": 300},
    "model": {"name": "mlp", "widths": (16,)},
    "optimizer": {"name": "adam", "lr": 0.01},
    "epochs": 2,
    "batch": 64,
}

SLOW = ("vit", "resnet", "fastnet")  # to compute: they learn in fewer steps than the others


def tiny(**changes):
    return parse(TINY | changes)


def curve(run):
    return [m.values["train.loss"] for m in run if "train.loss" in m.values]


def test_same_seed_same_curve_other_seed_other_curve():
    first, again = curve(Run(tiny())), curve(Run(tiny()))
    assert len(first) == 10
    assert first == again
    assert first != curve(Run(tiny(seed=1)))


def test_moments_come_in_order():
    moments = [m.moment for m in Run(tiny())]
    assert moments[0] == "start" and moments[-1] == "end"
    assert moments.count("epoch") == 2
    assert moments.count("timeline") == 4  # steps 1, 2, 4, 8 of 10


def test_reported_means_equal_means_recomputed_picture_by_picture():
    run = Run(tiny(model={"name": "mlp", "widths": (16,), "dropout": 0.5}))
    last = [m for m in run if m.moment == "epoch"][-1]
    run.model.eval()
    losses, right = [], []
    for index in run.validation:
        x = run.normalise(run.images[index : index + 1])
        logits, label = run.model(x), run.labels[index : index + 1]
        losses.append(F.cross_entropy(logits, label).item())
        right.append(float(logits.argmax(1) == label))
    assert last.values["val.loss"] == pytest.approx(sum(losses) / len(losses), rel=1e-5)
    assert last.values["val.accuracy"] == pytest.approx(sum(right) / len(right))
    assert int(run.score.confusion.sum()) == len(run.validation)
    assert run.score.confusion.diag().sum() == sum(right)


def test_train_window_is_the_mean_over_pictures_not_over_batches():
    window = Tally()
    window.add({"loss": 1.0}, 200)
    window.add({"loss": 4.0}, 100)
    assert window.means() == {"loss": 2.0}
    run = Run(tiny(epochs=1, batch=120))
    run.stride = 3  # the first batch alone, then a window over one of 120 and one of 60
    run.objective.step = lambda x, labels: {"loss": float(len(x))}
    assert curve(run) == [120.0, (120 * 120 + 60 * 60) / 180]


def test_split_is_disjoint_and_shared_by_all_seeds():
    a, b = Run(tiny()), Run(tiny(seed=5))
    assert not set(a.train.tolist()) & set(a.validation.tolist())
    assert torch.equal(a.validation, b.validation)
    assert torch.equal(a.train, b.train)


def test_every_picture_is_seen_once_per_epoch():
    run = Run(tiny(epochs=1))
    seen = []
    step = run.objective.step
    run.objective.step = lambda x, labels: seen.append(x) or step(x, labels)
    list(run)
    pictures = torch.cat(seen).flatten(1).sum(1).sort().values
    expected = run.normalise(run.images[run.train]).flatten(1).sum(1).sort().values
    assert torch.allclose(pictures, expected)


@pytest.mark.parametrize(
    "model", [name for name in MODELS if not MODELS[name].trained and classifies(name)]
)
@pytest.mark.parametrize("data", ["mnist-5k", "shapes"])
def test_every_model_lowers_its_loss_and_reloads_to_identical_logits(model, data, tmp_path):
    few = ["limit=64", "batch=16", "validation=0.01"]  # each net can learn them by heart
    run = Run(assemble(data, model, None, None, 8 if model in SLOW else 16, 0, few))
    images, labels = run.pictures.test_images[:200], run.pictures.test_labels[:200]
    run.pictures = replace(run.pictures, test_images=images, test_labels=labels)
    metrics = list(run)
    losses = [m.values["train.loss"] for m in metrics if "train.loss" in m.values]
    assert sum(losses[-5:]) < 0.8 * sum(losses[:5])
    run.save(tmp_path / "last")
    predictor = Predictor(tmp_path / "last")
    pictures = images[:50]
    score = predictor.evaluate(images, labels)
    assert score.means["accuracy"] == pytest.approx(metrics[-1].values["test.accuracy"])
    again = Predictor(tmp_path / "last")
    assert torch.equal(predictor.logits(pictures), again.logits(pictures))
    run.model.eval()
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=run.half):
        x = run.normalise(pictures).contiguous(memory_format=torch.channels_last)
        direct = run.model(x).float()
    assert torch.equal(direct, predictor.logits(pictures))


@pytest.mark.parametrize("stop", [3, 5, 7])
@pytest.mark.parametrize("optimizer", ["adam", "muon", "nesterov"])
def test_resume_continues_exactly_where_it_stopped(stop, optimizer, tmp_path):
    settings = {
        "model": {"name": "cnn", "widths": (4, 8), "dropout": 0.3},
        "optimizer": {"name": optimizer},
        "data": {"name": "mnist-5k", "limit": 300, "shift": 2, "flip": True},
        "precision": "fp32",
    }
    whole = [
        (m.step, m.values["train.loss"]) for m in Run(tiny(**settings)) if "train.loss" in m.values
    ]
    run = Run(tiny(**settings))
    for _ in itertools.takewhile(lambda m: m.step < stop, run):
        pass
    run.save(tmp_path)
    resumed = Run(tiny(**settings), resume=tmp_path)
    assert resumed.step == stop
    rest = [(m.step, m.values["train.loss"]) for m in resumed if "train.loss" in m.values]
    assert rest == whole[stop:]


def test_stopping_keeps_the_trained_weights(tmp_path):
    run = Run(tiny())
    start = {k: v.clone() for k, v in run.model.state_dict().items()}
    for m in run:
        if m.step == 4:
            break
    run.save(tmp_path)
    kept = checkpoint.load_part(tmp_path, "model")
    assert all(torch.equal(kept[k], v) for k, v in run.model.state_dict().items())
    assert not torch.equal(kept["1.weight"], start["1.weight"])


def test_a_loss_that_is_not_finite_stops_with_finite_weights():
    run = Run(
        tiny(
            optimizer={"name": "sgd", "lr": 10.0},
            epochs=50,
            model=TINY["model"] | {"norm": False, "widths": (64, 64, 64)},
        )
    )
    with pytest.raises(Diverged, match=r"diverged at step \d+: lower the learning rate"):
        run.model[1].weight.data[:] *= 1e18
        list(run)
    assert all(torch.isfinite(p).all() for p in run.model.parameters())


def test_live_changes_act_on_the_next_step_and_survive_a_checkpoint(tmp_path):
    run = Run(tiny(schedule={"name": "constant"}))
    for m in run:
        if m.step == 2:
            run.change(lr=0.001, momentum=0.5, weight_decay=0.1)
        if m.step == 3:
            break
    assert m.values["lr"] == 0.001
    group = run.optimizers[0].param_groups[0]
    assert (group["lr"], group["betas"][0], group["weight_decay"]) == (0.001, 0.5, 0.1)
    run.save(tmp_path)
    resumed = Run(tiny(schedule={"name": "constant"}), resume=tmp_path)
    assert resumed.rates.lr == 0.001
    with pytest.raises(ValueError, match="lr -1"):
        run.change(lr=-1)
    with pytest.raises(ValueError, match="no momentum"):
        Run(tiny(optimizer={"name": "adagrad"})).change(momentum=0.5)


def test_batches_larger_than_the_set_are_refused():
    with pytest.raises(ValueError, match="use at most 300"):
        Run(tiny(batch=301))


def test_view_holds_predictions_that_are_the_models_own():
    run = Run(tiny())
    list(run)
    view = run.view()
    assert len(view["gallery"]) == 24
    assert {entry["label"] for entry in view["gallery"]} == set(range(10))
    assert run.model.training
    entry = view["gallery"][3]
    run.model.eval()
    shares = run.model(run.normalise(run.images[entry["index"]][None])).softmax(1)[0]
    assert entry["top"][0][0] == int(shares.argmax())
    assert entry["top"][0][1] == pytest.approx(shares.max().item(), abs=1e-4)
    assert entry["index"] in run.validation.tolist()


def test_the_view_of_a_net_that_overflows_is_still_made_of_numbers():
    run = Run(tiny(model={"name": "mlp", "widths": (16,), "norm": False}))
    with torch.no_grad():
        for p in run.model.parameters():
            p.fill_(1e30)
    view = run.view()
    assert json.loads(json.dumps(view, allow_nan=False)) == view


def test_normalise_and_its_inverse():
    pictures = torch.randint(0, 256, (5, 3, 4, 4), dtype=torch.uint8)
    normalise = Normalise((0.4, 0.5, 0.6), (0.2, 0.3, 0.25))
    x = normalise(pictures)
    mean = torch.tensor([0.4, 0.5, 0.6]).view(3, 1, 1)
    std = torch.tensor([0.2, 0.3, 0.25]).view(3, 1, 1)
    assert torch.allclose(x, (pictures / 255 - mean) / std, atol=1e-5)
    assert torch.equal(normalise.undo(x), pictures)
