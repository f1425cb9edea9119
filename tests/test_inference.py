"""Inference: uploads see the training transform, and one by one equals all at once."""

import numpy as np
import pytest
import torch
from PIL import Image

from core import scoring
from core.batches import batch_starts, cut
from core.inference import Predictor
from core.settings import assemble
from core.training import Run


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    run = Run(assemble("mnist-5k", "cnn", None, None, 2, 0, ["limit=1500", "widths=8,16"]))
    list(run)
    folder = tmp_path_factory.mktemp("run") / "last"
    run.save(folder)
    return run, folder


def as_picture(run, index):
    return Image.fromarray(run.pictures.test_images[index, 0].numpy())


def test_an_uploaded_test_picture_is_bit_for_bit_the_packed_one(trained):
    run, folder = trained
    predictor = Predictor(folder)
    for index in range(20):
        assert torch.equal(
            predictor.tensor(as_picture(run, index)), run.pictures.test_images[index]
        )


def test_all_at_once_equals_one_by_one(trained):
    run, folder = trained
    predictor = Predictor(folder)
    pictures = [as_picture(run, index) for index in range(8)]
    together = predictor.predict(pictures)
    for picture, answer in zip(pictures, together, strict=True):
        (alone,) = predictor.predict([picture])
        assert alone.names[0] == answer.names[0]
        assert np.allclose(alone.probabilities, answer.probabilities, atol=0.02)
        assert sum(answer.probabilities) == pytest.approx(1, abs=1e-4)
        assert list(answer.probabilities) == sorted(answer.probabilities, reverse=True)
        assert np.array_equal(answer.seen, np.asarray(picture)[..., None])
    assert predictor.predict([]) == []


def test_reported_test_accuracy_is_the_predictors(trained):
    run, folder = trained
    predictor = Predictor(folder)
    score = predictor.evaluate(run.pictures.test_images, run.pictures.test_labels)
    answers = predictor.logits(run.pictures.test_images).argmax(1)
    assert score.means["accuracy"] == pytest.approx(
        (answers == run.pictures.test_labels).float().mean().item()
    )
    assert score.confusion.sum() == len(answers)
    with pytest.raises(ValueError, match="1×28×28"):
        predictor.evaluate(torch.zeros(1, 3, 32, 32, dtype=torch.uint8), torch.zeros(1).long())


def test_class_folders_are_scored_and_bad_pictures_are_named(trained, tmp_path):
    run, folder = trained
    predictor = Predictor(folder)
    for index in range(6):
        sub = tmp_path / str(int(run.pictures.test_labels[index]))
        sub.mkdir(exist_ok=True)
        as_picture(run, index).save(sub / f"{index}.png")
    (tmp_path / "3").mkdir(exist_ok=True)
    (tmp_path / "3" / "bad.png").write_bytes(b"no picture")
    found = scoring.from_folders(predictor, tmp_path)
    assert len(found.labels) == 6
    assert len(found.skipped) == 1 and "bad.png" in found.skipped[0]
    (tmp_path / "cat").mkdir()
    with pytest.raises(ValueError, match="'cat' is no class of this net"):
        scoring.from_folders(predictor, tmp_path)
    with pytest.raises(ValueError, match="is not a folder"):
        scoring.from_folders(predictor, tmp_path / "nothing")


@pytest.mark.parametrize(("count", "batch"), [(10, 3), (9, 4), (8, 4), (5, 8), (2, 1)])
def test_batches_cover_everything_once_and_none_is_alone(count, batch):
    starts = batch_starts(count, batch)
    parts = [cut(torch.arange(count), starts, n).tolist() for n in range(len(starts))]
    assert sum(parts, []) == list(range(count))
    if batch > 1:
        assert min(map(len, parts)) > 1
