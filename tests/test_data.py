"""Sets of pictures: built once by whoever is first, opened by map, never half there."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from core import pack
from core.data import DATASETS, ensure, info, installed, load, remove, sample
from core.datasets import stratified


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home for each test."""
    monkeypatch.setenv("PLAYGROUND_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def tiny(value: int = 0) -> pack.Arrays:
    """Twelve train and four test pictures of two classes."""
    chance = np.random.default_rng(value)

    def pictures(n: int) -> np.ndarray:
        return chance.integers(0, 256, (n, 3, 8, 8), dtype=np.uint8)

    def labels(n: int) -> np.ndarray:
        return np.arange(n, dtype=np.int64) % 2

    return pack.Arrays(pictures(12), labels(12), pictures(4), labels(4))


def write(value: int = 0, replace: bool = True) -> pack.Card:
    """Pack the tiny set as "mine"."""
    return pack.write("mine", "Mine", ("a", "b"), tiny(value), "a test", replace=replace)


def test_digits_are_there_without_a_network() -> None:
    """The default set: 4,000 and 1,000 real digits, every class alike, nothing on both sides."""
    pictures = load("mnist-5k")
    assert pictures.train_images.shape == (4_000, 1, 28, 28)
    assert pictures.train_images.dtype == torch.uint8 and pictures.train_labels.dtype == torch.int64
    assert (pictures.channels, pictures.size, pictures.classes) == (1, 28, tuple("0123456789"))
    assert pictures.train_labels.bincount().tolist() == [400] * 10
    assert pictures.test_labels.bincount().tolist() == [100] * 10
    sides = [
        {i.numpy().tobytes() for i in p} for p in (pictures.train_images, pictures.test_images)
    ]
    assert len(sides[0]) == 4_000 and not sides[0] & sides[1]


@pytest.mark.parametrize("name", ["mnist-5k", "shapes"])
def test_mean_and_deviation_are_those_of_the_train_pictures(name: str) -> None:
    """Per channel, in 0..1; the histogram's shortcut equals the long way."""
    pictures = load(name)
    scaled = pictures.train_images.double() / 255
    assert torch.allclose(scaled.mean((0, 2, 3)), torch.tensor(pictures.mean).double(), atol=1e-6)
    long_way = scaled.transpose(0, 1).flatten(1).std(1, correction=0)
    assert torch.allclose(long_way, torch.tensor(pictures.std).double(), atol=1e-6)


def test_opening_is_quick_and_shared() -> None:
    """Under five milliseconds, on a map of the file that no stray write can reach."""
    load("mnist-5k")
    times = []
    for _ in range(9):
        begun = time.process_time()
        pictures = load("mnist-5k")
        times.append(time.process_time() - begun)
    assert sorted(times)[4] < 0.005
    path = pack.pack_folder("mnist-5k") / "train_images.npy"
    assert str(path) in Path("/proc/self/maps").read_text()
    pictures.train_images[0] = 7
    assert load("mnist-5k").train_images[0].max() > 7


def test_listing_needs_no_heavy_library(own_home: Path) -> None:
    """Pages and the command line list sets without torch, pandas and the like."""
    code = (
        "import sys; from core.data import installed; installed();"
        "print(sorted({'torch','torchvision','sklearn','pandas'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_stratified_parts_are_disjoint_and_even() -> None:
    """Each class gives its share; tiny classes still give one to either side."""
    labels = np.repeat([0, 1, 2], [50, 10, 2])
    train, test = stratified(labels, 0.2, seed=3)
    assert sorted([*train, *test]) == list(range(62))
    assert np.bincount(labels[test]).tolist() == [10, 2, 1]
    again = stratified(labels, 0.2, seed=3)[1]
    assert (again == test).all() and (stratified(labels, 0.2, seed=4)[1] != test).any()


def test_installed_describes_before_and_after() -> None:
    """The menu's counts are promised before a set is built and found afterwards."""
    before = {i.name: i for i in installed()}
    assert list(before) == list(DATASETS)
    assert before["mnist"].state == "absent" and before["shapes"].state == "ready"
    load("mnist-5k")
    after = info("mnist-5k")
    assert after.train == before["mnist-5k"].train and after.test == before["mnist-5k"].test
    assert after.bytes > 3_900_000 and after.mean and not before["mnist-5k"].mean
    write()
    assert installed()[-1].name == "mine" and installed()[-1].kind == "own"


def test_samples_show_every_class() -> None:
    """[classes, n, h, w, c], chosen by seed, from the right class."""
    write()
    shown = sample("mine", per_class=3, seed=1)
    assert shown.shape == (2, 3, 8, 8, 3)
    assert (sample("mine", per_class=3, seed=1) == shown).all()
    assert sample("mine", per_class=99).shape[1] == 6
    ours = {p.transpose(1, 2, 0).tobytes() for p in tiny().train_images[::2]}
    assert {p.tobytes() for p in shown[0]} <= ours


@pytest.mark.parametrize("name", ["mnist", "fashion-mnist", "cifar10"])
def test_absent_set_says_the_ways_on(name: str) -> None:
    """One sentence: how to download it, and what to use meanwhile."""
    with pytest.raises(ValueError, match=f"data download {name}.*mnist-5k or shapes"):
        load(name)


@pytest.mark.parametrize("name", ["unknown", "../data", "a/b", "", ".x"])
def test_unknown_set_is_refused(name: str) -> None:
    """With the choices, or with what a name may be."""
    with pytest.raises(ValueError, match="choose one of|cannot name a set"):
        load(name)


@pytest.mark.parametrize("part", [*pack.PARTS, "card"])
@pytest.mark.parametrize("fault", ["cut", "gone", "empty", "noise"])
def test_damaged_set_is_named(part: str, fault: str) -> None:
    """A cut, lost, empty or foreign file never gives pictures."""
    write()
    path = pack.pack_folder("mine") / (pack.CARD if part == "card" else f"{part}.npy")
    if fault == "gone":
        path.unlink()
    else:
        data = {"cut": path.read_bytes()[:-9], "empty": b"", "noise": os.urandom(300)}[fault]
        path.write_bytes(data)
    with pytest.raises(ValueError, match="is damaged: delete it|no set is called"):
        load("mine")
    assert not pack.is_whole("mine")


def test_damaged_bundled_set_is_made_again() -> None:
    """What can be built without a network mends itself; a damaged card hides no other set."""
    for part, data in (("test_labels.npy", b"x"), (pack.CARD, b"{}"), (pack.CARD, b"\xff")):
        load("mnist-5k")
        write()
        for name in ("mnist-5k", "mine"):
            (pack.pack_folder(name) / part).write_bytes(data)
        assert {"mnist-5k", "shapes", "cifar10"} <= {i.name for i in installed()}
        assert len(load("mnist-5k").test_labels) == 1_000


def test_removed_set_comes_back_when_bundled() -> None:
    """Deleting gives the disk back; open readers keep what they have."""
    pictures = load("mnist-5k")
    remove("mnist-5k")
    assert info("mnist-5k").bytes == 0
    assert int(pictures.train_images.sum()) > 0
    assert len(load("mnist-5k").train_labels) == 4_000
    with pytest.raises(ValueError, match="no set 'mine' to delete"):
        remove("mine")


BUILD = """
import sys
from core.data import ensure
print("ready", flush=True)
sys.stdin.readline()
print(ensure("mnist-5k").sha256["train_images"])
"""


def test_two_processes_may_build_at_once(own_home: Path) -> None:
    """Both get the same whole set, and nothing is left over."""
    pipe = subprocess.PIPE
    workers = [
        subprocess.Popen([sys.executable, "-c", BUILD], stdin=pipe, stdout=pipe, text=True)
        for _ in range(2)
    ]
    for worker in workers:
        assert worker.stdout and worker.stdout.readline() == "ready\n"
    for worker in workers:
        assert worker.stdin
        worker.stdin.write("go\n")
        worker.stdin.flush()
    sums = {worker.communicate(timeout=60)[0] for worker in workers}
    assert len(sums) == 1 and len(sums.pop().strip()) == 64
    assert [p.name for p in (own_home / "data").iterdir()] == ["mnist-5k"]


def test_first_writer_wins_unless_replacing() -> None:
    """Two builders of one set: the later one drops its work; an import replaces."""
    write(1)
    write(2, replace=False)
    assert (pack.open_arrays("mine").train_images == tiny(1).train_images).all()
    write(3)
    assert (pack.open_arrays("mine").train_images == tiny(3).train_images).all()
    assert [p.name for p in pack.data_folder().iterdir()] == ["mine"]


def test_full_disk_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A write that fails half-way is one sentence and no folder; the older set stays."""
    write(1)

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ValueError, match="could not be written .No space left"):
        write(2)
    assert [p.name for p in pack.data_folder().iterdir()] == ["mine"]
    assert (pack.open_arrays("mine").train_images == tiny(1).train_images).all()


def test_leftovers_of_dead_processes_are_swept() -> None:
    """Old unfinished folders go with the next write; those of the living stay."""
    old, young = (pack.data_folder() / f".x.{age}.tmp" for age in ("old", "young"))
    for folder in (old, young):
        folder.mkdir()
    os.utime(old, (0, 0))
    write()
    assert not old.exists() and young.exists()
    shutil.rmtree(young)


def test_card_tells_the_sums_of_its_files() -> None:
    """The card's SHA-256 are those of the files, so a set can be checked years later."""
    card = write()
    assert json.loads((pack.pack_folder("mine") / pack.CARD).read_text())["sha256"] == card.sha256
    for part, expected in card.sha256.items():
        data = (pack.pack_folder("mine") / f"{part}.npy").read_bytes()
        assert hashlib.sha256(data).hexdigest() == expected
    assert ensure("mine") == card
