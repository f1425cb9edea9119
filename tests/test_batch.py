"""Many pictures at once, and test pictures to try: counted right, refused one by one, bounded."""

import csv
import io
import time
import zipfile
from functools import cache

import numpy as np
import pytest
from PIL import Image

from core import batch, samples
from core.archives import BadArchive
from core.batch import Brought, in_archive, judge, table
from core.data import Pictures, load
from core.decode import Decoders
from core.imaging import open_picture
from core.inference import open_predictor
from core.study import study_of
from tests import asking
from tests.corpus import photo, saved

cage, empty, quick_zoo = asking.cage, asking.empty, asking.quick_zoo


@cache
def digits() -> Pictures:
    return load("mnist-5k")


def png(index: int) -> bytes:
    return saved(Image.fromarray(digits().test_images[index, 0].numpy()))


def truth(index: int) -> str:
    return str(int(digits().test_labels[index]))


def zipped(tmp_path, files: dict[str, bytes]):
    path = tmp_path / "pictures.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


@pytest.fixture
def nets(cage):
    return [(open_predictor(f"zoo:{name}"), None) for name in ("mnist-cnn", "mnist-mlp")]


def test_class_folders_are_counted_as_evaluation_counts_them(nets, tmp_path):
    files = {f"digits/{truth(n)}/{n}.png": png(n) for n in range(150)}
    files |= {"digits/3/bad.png": b"no", "__MACOSX/3/._1.png": b"x", "digits/readme.txt": b"hi"}
    report = judge(nets, in_archive(zipped(tmp_path, files)), open_picture)
    assert len(report.rows) == 150 and report.left == 0
    assert report.refused == (
        "bad.png is not a JPEG, PNG, WebP, GIF or BMP picture: save it as one of these",
    )
    pictures = load("mnist-5k")
    for number, (net, _) in enumerate(nets):
        score = net.evaluate(pictures.test_images[:150], pictures.test_labels[:150])
        assert np.array_equal(report.confusion[number], score.confusion.numpy())
        assert report.accuracy(number) == pytest.approx(score.means["accuracy"])
    assert report.rows[0].truth == truth(0) and 0 < report.rows[0].answers[0][1] <= 1


def test_a_folder_without_classes_has_no_confusion(nets, tmp_path):
    for n in range(3):
        (tmp_path / f"{n}.png").write_bytes(png(n))
    report = judge(nets[:1], in_archive(tmp_path), open_picture)
    assert [row.truth for row in report.rows] == ["", "", ""]
    assert report.confusion is None and report.accuracy(0) == 0


def test_a_study_tells_which_are_strange(cage):
    net = open_predictor("zoo:mnist-cnn")
    known = study_of(net, cage / "mnist-cnn")
    brought = [Brought("a.png", "", png(0)), Brought("b.png", "", saved(photo()))]
    usual, strange = judge([(net, known)], brought, open_picture).rows
    assert usual.answers[0][2] < 1.25 < strange.answers[0][2]


def test_more_than_the_limit_is_said_and_not_read(nets, monkeypatch):
    monkeypatch.setattr(batch, "MOST", 5)
    told = []
    brought = (Brought(f"{n}.png", "", png(0)) for n in range(9))
    report = judge(nets[:1], brought, open_picture, told.append)
    assert (len(report.rows), report.left, told) == (5, 4, [5])


def test_nets_of_other_classes_are_not_asked_together(nets):
    with pytest.raises(ValueError, match="same classes"):
        judge([], [], open_picture)


def test_damaged_archives_are_one_sentence(nets, tmp_path):
    path = zipped(tmp_path, {"a.png": png(0)})
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(BadArchive, match=r"^pictures.zip is damaged"):
        judge(nets, in_archive(path), open_picture)


def test_the_table_reads_back_and_computes_nothing(nets):
    evil = "=1+2"
    report = judge(nets, [Brought(f"{evil}.png", "7", png(0))], open_picture)
    data = table(report, ["A", "=B"])
    assert data.startswith(b"\xef\xbb\xbf")  # spreadsheets read it as UTF-8
    heads, row = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    assert heads == ["file", "class", "A", "A probability", "'=B", "'=B probability"]
    assert row[0] == "'=1+2.png" and row[1] == "7"
    assert row[2] == report.rows[0].answers[0][0] and float(row[3]) > 0


def test_a_thousand_small_pictures_are_quick(nets, tmp_path):
    """Through the decoding child, out of a zip; five seconds on a machine of one's own."""
    files = {f"{truth(n)}/{n}.png": png(n) for n in range(1_000)}
    path = zipped(tmp_path, files)
    decoders = Decoders(1)
    try:
        decoders.warm_up()
        begun = time.process_time()
        report = judge(nets[:1], in_archive(path), decoders.open)
        assert time.process_time() - begun < 5
    finally:
        decoders.close()
    assert len(report.rows) == 1_000 and report.confusion[0].sum() == 1_000


# Test pictures to try -------------------------------------------------------------------------

DIGITS = tuple("0123456789")


def test_samples_take_turns_and_links_find_them_again(fresh_home):
    first = samples.some("mnist-5k", DIGITS, 20)
    assert [one.truth for one in first] == [*DIGITS] * 2
    assert [one.name for one in samples.some("mnist-5k", DIGITS, 20)] == [o.name for o in first]
    assert first[0].name != samples.some("mnist-5k", DIGITS, 20, seed=1)[0].name
    again = samples.find(first[3].name, DIGITS)
    assert again.truth == "3" and np.array_equal(again.picture, first[3].picture)
    expected = load("mnist-5k").test_images[first[3].index].numpy()
    assert np.array_equal(again.picture, expected)


@pytest.mark.parametrize(
    "name", ["", "x", "mnist-5k:", "mnist-5k:99999", "../x:1", "none:1", "a:-1", "mnist-5k:1:2"]
)
def test_links_to_nothing_are_nothing(fresh_home, name):
    assert samples.find(name, DIGITS) is None


def test_where_the_set_is_missing_the_study_shows_its_own(cage, monkeypatch):
    known = study_of(open_predictor("zoo:mnist-cnn"), cage / "mnist-cnn")
    monkeypatch.setattr(samples, "_opened", lambda data: None)
    assert samples.some("mnist-5k", DIGITS, 20) == []
    first = samples.some("mnist-5k", DIGITS, 20, known=known)
    assert [one.truth for one in first] == [*DIGITS] * 2
    assert samples.find(first[4].name, DIGITS, known).truth == "4"
    assert samples.find("mnist-5k:999999", DIGITS, known) is None
    assert len(samples.some("mnist-5k", DIGITS, 20, seed=3, known=known)) == 20
