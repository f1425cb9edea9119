"""Taking in pictures: what arrives, what is left out and how it is told."""

import gzip
import tarfile
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core import imaging
from core.archives import members, originals
from core.data import info, installed, load
from core.datasets import DATASETS
from core.imports import ImportReport, import_set
from core.progress import progress
from tests.corpus import photo, saved
from tests.packing import GOOD, TAR, ZIP, classes, put, spread, tarred, tile, zipped


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home for each test: what an import leaves behind can be counted."""
    monkeypatch.setenv("PLAYGROUND_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def take(folder: Path, data: bytes, name: str = "set.zip") -> ImportReport:
    """Import these bytes as the set "mine"."""
    return import_set("mine", put(folder, name, data))


def test_import_and_prediction_see_the_same_pixels(tmp_path: Path) -> None:
    """What training packs is what `to_array` makes of the same file, number for number."""
    files = {f"{c}/{n}.jpg": saved(photo(50 + n, 70), "JPEG") for c in "ab" for n in range(5)}
    import_set("mine", spread(tmp_path / "pictures", files))
    pictures = load("mine")
    assert (pictures.channels, pictures.size) == (3, 64)
    packed = np.concatenate([pictures.train_images, pictures.test_images])
    expected = [imaging.to_array(imaging.open_picture(d, n), 3, 64) for n, d in files.items()]
    assert sorted(p.tobytes() for p in packed) == sorted(e.tobytes() for e in expected)


@pytest.mark.parametrize(("side", "size"), [(20, 28), (28, 28), (32, 32), (40, 32), (80, 64)])
def test_own_sets_get_the_size_near_their_pictures(side: int, size: int, tmp_path: Path) -> None:
    """The median side decides; grey pictures make a grey set."""
    picture = Image.new("L", (side, side + 9), 90)
    files = {f"{c}/{n}.png": saved(picture) for c in "ab" for n in range(5)}
    import_set("mine", spread(tmp_path / "pictures", files))
    assert (info("mine").channels, info("mine").size) == (1, size)


def test_train_and_test_folders_are_kept_apart(tmp_path: Path) -> None:
    """Named parts are used as they are; validation joins training when there is a test part."""
    files = classes({"train/a": 6, "train/b": 6, "test/a": 2, "Val/b": 3, "train/c": 5})
    report = take(tmp_path, zipped({f"deep/down/{name}": data for name, data in files.items()}))
    assert (report.classes, report.train, report.test) == (("a", "b", "c"), 20, 2)
    assert info("mine").train == (6, 9, 5) and info("mine").test == (2, 0, 0)


def test_split_is_stratified_and_seeded(tmp_path: Path) -> None:
    """A fifth of every class, the same one each time, and no picture on both sides."""
    data = zipped(classes({"a": 10, "b": 25, "c": 5}))
    take(tmp_path, data)
    first = load("mine")
    assert info("mine").train == (8, 20, 4) and info("mine").test == (2, 5, 1)
    take(tmp_path, data)
    second = load("mine")
    assert (first.test_images == second.test_images).all()
    sides = [
        {i.numpy().tobytes() for i in part} for part in (first.train_images, first.test_images)
    ]
    assert not sides[0] & sides[1]


def test_what_is_left_out_is_counted(tmp_path: Path) -> None:
    """Each kind of stray entry has its own count, and the good pictures come through."""
    stray = {
        "__MACOSX/cats/._0.png": b"x",
        "cats/.DS_Store": b"x",
        "cats/Thumbs.db": b"x",
        "cats/notes.txt": b"x",
        "cats/scan.tif": b"x",
        "cats/more.zip": ZIP,
        "cats/broken.png": tile(3)[:60],
        "cats/small.png": saved(photo(3, 3)),
        "readme.md": b"x",
        "cover.png": tile(9),
        "attic/": b"",
        "cats/sub/": b"",
    }
    report = take(tmp_path, zipped(GOOD | stray))
    assert report.skipped == {
        "system files": 3,
        "not pictures": 2,
        "other picture formats": 1,
        "archives inside": 1,
        "damaged or unsuitable pictures": 2,
        "pictures outside a class folder": 1,
    }
    assert report.train + report.test == 20 and report.classes == ("cats", "dogs")
    text = " | ".join(report.warnings)
    assert "the folder attic has no pictures" in text
    assert "the first: broken.png is incomplete or damaged" in text


def test_twins_become_one_class(tmp_path: Path) -> None:
    """Spellings that one disk tells apart and another does not are merged, and said."""
    files = classes({"Cafe\u0301": 5, "caf\u00e9": 5, "CAFÉ": 2, "tea": 5})
    report = take(tmp_path, zipped(files))
    assert len(report.classes) == 2 and info("mine").train == (10, 4)
    assert any("3 folders named" in warning for warning in report.warnings)


def test_same_entry_twice_counts_once(tmp_path: Path) -> None:
    """The first of two entries of one name is taken, the other is counted."""
    with tarfile.open(tmp_path / "twice.tar", "w") as archive:
        for _ in range(2):
            archive.add(put(tmp_path, "one.png", tile(99)), arcname="cats/extra.png")
        archive.add(spread(tmp_path / "pictures", GOOD), arcname=".")
    assert import_set("mine", tmp_path / "twice.tar").skipped == {"duplicate entries": 1}


def test_uneven_classes_and_repeated_pictures_are_warned_about(tmp_path: Path) -> None:
    """Both would make accuracy look better than it is; neither stops the import."""
    same = {f"few/{n}.png": tile(1) for n in range(10)}
    report = take(tmp_path, zipped(same | classes({"many": 100})))
    assert any("uneven: many has 100 pictures, few only 10" in w for w in report.warnings)
    assert any("test pictures are also among the training" in w for w in report.warnings)


def test_failed_import_keeps_the_older_set(tmp_path: Path) -> None:
    """A set is replaced by a whole one or not at all; open readers keep what they have."""
    take(tmp_path, ZIP)
    before, pictures = info("mine"), load("mine")
    with pytest.raises(ValueError, match="damaged"):
        take(tmp_path, ZIP[:-30])
    assert info("mine") == before
    take(tmp_path, zipped(classes({"x": 5, "y": 5, "z": 5})))
    assert info("mine").classes == ("x", "y", "z")
    assert int(pictures.train_images.sum()) > 0 and pictures.classes == ("cats", "dogs")


@pytest.mark.parametrize("name", ["", "../up", "a/b", "a b", ".hidden", "x" * 41, "a\nb", "a*"])
def test_names_of_sets_stay_inside_the_home(name: str, tmp_path: Path) -> None:
    """A name is never a path."""
    with pytest.raises(ValueError, match="cannot name a set"):
        import_set(name, put(tmp_path, "a.zip", ZIP))


def test_sets_of_the_house_are_not_overwritten(tmp_path: Path) -> None:
    """Built-in names are refused; a known set with other classes is refused by count."""
    with pytest.raises(ValueError, match="mnist-5k is built in"):
        import_set("mnist-5k", put(tmp_path, "a.zip", ZIP))
    with pytest.raises(ValueError, match="CIFAR-10 has 10 classes, here are 2"):
        import_set("cifar10", put(tmp_path, "a.zip", ZIP))
    others = put(tmp_path, "b.zip", zipped(classes({f"thing{n}": 5 for n in range(10)})))
    with pytest.raises(ValueError, match="thing0, thing1, … are not the classes of CIFAR-10"):
        import_set("cifar10", others)
    assert all(info.kind != "own" for info in installed())


@pytest.mark.parametrize("style", ["{name}", "{name} - x", "{index}"])
def test_known_sets_keep_their_own_order_of_classes(style: str, tmp_path: Path) -> None:
    """Whatever the folders are called in detail, label 0 of Fashion-MNIST is the T-shirt."""
    names = DATASETS["fashion-mnist"].classes
    folders = [style.format(name=name, index=index) for index, name in enumerate(names)]
    one = {f"{folder}/{n}.png": tile(at) for at, folder in enumerate(folders) for n in range(5)}
    report = import_set("fashion-mnist", put(tmp_path, "a.zip", zipped(one)))
    assert report.classes == names
    pictures = load("fashion-mnist")
    expected = imaging.to_array(imaging.open_picture(tile(7), "x"), 1, 28)
    sevens = pictures.train_images[pictures.train_labels == 7].numpy()
    assert (sevens == expected).all() and len(sevens) == 4


def test_progress_reaches_the_end(tmp_path: Path) -> None:
    """The listener hears a rising share; the note ends with the report."""
    heard: list[float] = []
    import_set("mine", put(tmp_path, "a.tar", TAR), lambda done, total: heard.append(done / total))
    assert heard == sorted(heard) and heard[-1] == 1.0
    note = progress("mine")
    assert note and note.state == "done" and note.report["train"] == 16


def test_real_mnist_files(real_mnist: Path) -> None:
    """The four original files are MNIST itself, pixel sums and all."""
    report = import_set("mnist", real_mnist)
    assert (report.train, report.test, report.classes) == (60_000, 10_000, tuple("0123456789"))
    pictures = load("mnist")
    assert pictures.label == "MNIST" and (pictures.channels, pictures.size) == (1, 28)
    assert pictures.mean == (0.13066,) and pictures.std == (0.308108,)
    assert pictures.train_labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert report.seconds < 10


def test_slice_of_real_cifar10(real_cifar10: Path, tmp_path: Path) -> None:
    """Real JPEGs in class folders under a known name get its classes in its order."""
    kept: dict[str, bytes] = {}
    seen: Counter[str] = Counter()
    for member in members(real_cifar10):
        folder = "/".join(member.parts[:-1])
        seen[folder] += 1
        if member.kind == "file" and seen[folder] <= 30:
            kept["/".join(member.parts)] = member.read() or b""
    report = import_set("cifar10", put(tmp_path, "slice.tar", tarred(kept)))
    assert (report.train, report.test, report.skipped) == (300, 300, {})
    assert report.classes == DATASETS["cifar10"].classes
    pictures = load("cifar10")
    assert pictures.train_images.shape == (300, 3, 32, 32) and pictures.label == "CIFAR-10"
    assert pictures.train_labels.bincount().tolist() == [30] * 10


def test_damaged_originals_are_refused(real_mnist: Path, tmp_path: Path) -> None:
    """A cut file, a wrong magic number and labels that do not match are all named."""
    for path in real_mnist.iterdir():
        put(tmp_path / "m", path.name, path.read_bytes())
    images, labels = (tmp_path / "m" / f"t10k-{n}-ubyte.gz" for n in ("images-idx3", "labels-idx1"))
    whole = labels.read_bytes()
    for bad, words in (
        (whole[:-500], "t10k-labels-idx1-ubyte.gz is damaged or not an idx file"),
        (gzip.compress(b"\0\0\x08\x01\0\0\0\x02ab"), "has 2 labels for 10000 pictures"),
        (gzip.compress(b"\0\0\x08\x01\xff\xff\xff\xff"), "announces 4294967295"),
        (images.read_bytes(), "t10k-labels-idx1-ubyte.gz is damaged or not an idx file"),
        (b"no gzip", "damaged"),
    ):
        labels.write_bytes(bad)
        with pytest.raises(ValueError, match=words):
            import_set("mnist", tmp_path / "m")
    labels.write_bytes(whole)
    with pytest.raises(ValueError, match="which is not CIFAR-10: import it under another name"):
        import_set("cifar10", tmp_path / "m")


def test_binary_cifar10_archive(tmp_path: Path) -> None:
    """The authors' own archive: a label byte and three planes a picture."""
    records = np.random.default_rng(0).integers(0, 256, (20, 3073), dtype=np.uint8)
    records[:, 0] %= 10
    names = [*originals.TRAIN_BATCHES, originals.TEST_BATCH]
    files = {f"cifar-10-batches-bin/{name}": records.tobytes() for name in names}
    path = put(tmp_path, "cifar-10-binary.tar.gz", gzip.compress(tarred(files)))
    report = import_set("cifar10", path)
    assert (report.train, report.test) == (100, 20)
    packed = load("cifar10").test_images.numpy()
    assert (packed.reshape(20, -1) == records[:, 1:]).all()
    del files["cifar-10-batches-bin/data_batch_3.bin"]
    put(tmp_path, "cifar-10-binary.tar.gz", gzip.compress(tarred(files)))
    with pytest.raises(ValueError, match="lacks data_batch_3.bin"):
        import_set("cifar10", path)
