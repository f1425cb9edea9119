"""Maker: a trained autoencoder by its source; codes, pictures, samples, the judge, the command."""

import json

import numpy as np
import pytest
import torch
from PIL import Image

from core import measures, zoo, zookeeper
from core.__main__ import main
from core.checkpoint import read_card
from core.data import load
from core.home import run_folder
from core.inference import Predictor
from core.maker import Maker, menu, open_maker
from core.nets import menu as classifiers
from core.reader import reader
from core.store import Store
from core.training import Run
from core.transfer import menu as bases
from core.worker import execute
from tests.test_adversarial import VARIANTS, tiny


@pytest.fixture(scope="module")
def made(session_home, tmp_path_factory):
    """An opened autoencoder of each variant, trained a little."""
    found = {}
    with pytest.MonkeyPatch.context() as patch:  # no run is judged: it is the net that counts
        patch.setattr(zoo, "FOLDER", tmp_path_factory.mktemp("nowhere"))
        patch.setattr(measures, "floor", lambda _prior, _count: 1.0)
        for name, knobs in VARIANTS.items():
            folder = tmp_path_factory.mktemp(name) / "last"
            run = Run(tiny(knobs, epochs=1))
            list(run)
            run.save(folder)
            found[name] = Maker(folder)
    return found


def pictures(count=12):
    return load("mnist-5k").test_images[:count].numpy()


@pytest.mark.parametrize("variant", VARIANTS)
def test_codes_and_pictures_have_their_shapes_and_repeat_themselves(made, variant):
    maker, seen = made[variant], pictures()
    codes = maker.encode(seen, draws=3, seed=5)
    assert codes.z.shape == codes.spread.shape == (12, maker.code)
    assert codes.drawn.shape == (3, 12, maker.code)
    assert np.array_equal(codes.drawn, maker.encode(seen, draws=3, seed=5).drawn)
    noisy = variant in ("gaussian", "universal", "vae")
    assert (np.abs(codes.drawn[0] - codes.drawn[1]).max() > 1e-4) == noisy
    back = maker.decode(codes.z, codes.content)
    assert back.shape == seen.shape and back.dtype == np.uint8
    labels = np.arange(12) % 10 if variant == "supervised" else None
    assert maker.reconstruct(seen, labels).shape == seen.shape
    assert len(maker.names) == maker.content
    if codes.content is not None:
        assert codes.content.sum(1) == pytest.approx(np.ones(12), abs=1e-3)


@pytest.mark.parametrize("variant", VARIANTS)
def test_same_seed_same_samples(made, variant):
    maker = made[variant]
    one, again, other = (maker.sample(20, seed=seed) for seed in (3, 3, 4))
    assert np.array_equal(one.pictures, again.pictures) and np.array_equal(one.z, again.z)
    assert not np.array_equal(one.z, other.z)
    assert (one.content is None) == (maker.content == 0)
    assert np.array_equal(maker.decode(one.z, one.content), one.pictures)


def test_the_decoder_is_the_nets_own_and_keeps_what_it_is_told(made):
    maker = made["supervised"]
    z = maker.sample(1, seed=2).z
    each = maker.decode(z.repeat(10, 0), np.arange(10))
    alone = np.concatenate([maker.decode(z, label) for label in range(10)])
    assert np.abs(each.astype(int) - alone).max() <= 1
    assert len(np.unique(each.reshape(10, -1), axis=0)) == 10
    with torch.inference_mode():
        content = torch.nn.functional.one_hot(torch.arange(10), 10).float()
        direct = maker.model.decode(torch.from_numpy(z).repeat(10, 1), content)
    assert np.array_equal(each, ((direct + 1) * 127.5).round().clamp(0, 255).byte().numpy())
    with pytest.raises(ValueError, match="give a label"):
        maker.reconstruct(pictures())
    with pytest.raises(ValueError, match="this decoder has 0 to 9"):
        maker.decode(z, 10)


def test_the_judge_is_the_discriminator_and_heat_is_the_judge_on_a_grid(made):
    maker = made["guided"]
    heat = maker.heat((-2, -2, 2, 2), 4, label=3)
    assert heat.shape == (4, 4) and ((heat > 0) & (heat < 1)).all()
    corner = maker.judge(np.array([[-1.5, -1.5]]), 3)
    assert heat[0, 0] == pytest.approx(corner[0], abs=1e-6)
    assert maker.judge(np.zeros((1, 2)), 3) != maker.judge(np.zeros((1, 2)), None)
    with pytest.raises(ValueError, match="has no discriminator"):
        made["vae"].judge(np.zeros((1, 2)))
    with pytest.raises(ValueError, match="this net's codes 4"):
        made["supervised"].heat((-1, -1, 1, 1))


def test_wrong_sizes_are_refused_in_one_sentence(made):
    with pytest.raises(ValueError, match="takes 1×28×28 pictures, these are 3×32×32"):
        made["plain"].encode(np.zeros((1, 3, 32, 32), np.uint8))
    with pytest.raises(ValueError, match="the codes have 5 numbers and this net's 2"):
        made["plain"].decode(np.zeros((1, 5)))


def test_clusters_are_called_what_they_hold(made):
    maker = made["clustering"]
    assert set(maker.names) <= {*maker.classes, "–"} and len(set(maker.names)) > 1


@pytest.fixture
def cage(fresh_home, tmp_path, monkeypatch):
    monkeypatch.setattr(zoo, "FOLDER", tmp_path / "zoo")
    return tmp_path / "zoo"


def trained(**changes):
    store = Store()
    config = tiny(VARIANTS["guided"], **changes).model_dump(mode="json")
    run_id = store.create(config, state="running")
    execute(run_id, store.url)
    return store, run_id


def test_a_run_becomes_a_net_of_the_zoo_and_classifiers_menus_know_nothing_of_it(
    cage, capsys, tmp_path
):
    store, run_id = trained()
    assert store.get(run_id).state == "finished" and store.get(run_id).test_accuracy is None
    entry = zookeeper.add(store, run_id, "tiny-aae")
    assert entry.accuracy is None and entry.bytes < 2_000_000
    card = read_card(cage / "tiny-aae")
    assert {"test.loss", "test.mmd", "test.floor", "test.spread"} <= set(card["metrics"])
    assert card["mean"] == card["std"] == [0.5]
    assert [net.source for net in menu(store)] == ["zoo:tiny-aae", run_id]
    assert not classifiers(store)
    assert not [base for base in bases(store) if base.kind != "imagenet"]
    whole, kept = open_maker(run_id), open_maker("zoo:tiny-aae")
    gap = whole.sample(40).pictures.astype(int) - kept.sample(40).pictures
    assert np.abs(gap).mean() < 0.5  # kept in 16 bits
    with pytest.raises(ValueError, match="makes pictures and names none"):
        Predictor(run_folder(run_id) / "last")
    out = tmp_path / "samples.npz"
    words = ["sample", "zoo:tiny-aae", "--n", "30", "--component", "4", "--json"]
    assert main([*words, "--out", str(out)]) == 0
    assert json.loads(capsys.readouterr().out)["n"] == 30
    with np.load(out) as file:
        assert file["pictures"].shape == (30, 28, 28, 1) and file["z"].shape == (30, 2)
    assert main([*words, "--out", str(tmp_path / "samples.png")]) == 0
    assert Image.open(tmp_path / "samples.png").width > 200
    capsys.readouterr()
    assert main([*words, "--out", "samples.gif"]) == 2
    assert main(["evaluate", "zoo:tiny-aae"]) == 2
    assert main(["train", "--model", "transfer", "--set", "base=zoo:tiny-aae"]) == 2
    said = capsys.readouterr().err.splitlines()
    assert [line.split(":")[0] for line in said] == [
        "samples.gif",
        "tiny-aae makes pictures and names none",
        "base 'zoo",
    ]


def test_a_classifier_is_no_autoencoder(fresh_home):
    with pytest.raises(ValueError, match=r"mnist-cnn \(CNN\) names pictures: choose an autoencod"):
        open_maker("zoo:mnist-cnn")
    found = reader("mnist-5k")
    assert found is not None and found.name == "mnist-cnn"
    test = load("mnist-5k")
    said = found.read(test.test_images[:200]).argmax(1)
    assert (said == test.test_labels[:200]).float().mean() > 0.97
    reading = found.score(test.test_images[:200])
    assert reading.sure > 0.9 and reading.counts.sum() == 200
    assert (reading.counts > 10).all()
    assert reader("cifar10") is None or reader("cifar10").net.channels == 3
