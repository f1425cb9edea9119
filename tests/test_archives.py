"""The door for archives: hostile ones leave nothing, honest ones all give the same set."""

import bz2
import lzma
import os
import tarfile
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.archives import BadArchive, members, tars
from core.data import load
from core.imports import import_set
from core.progress import progress
from tests.corpus_archives import BAD_ARCHIVES
from tests.corpus_archives import sparse as sparse_tar
from tests.packing import GOOD, TAR, ZIP, classes, put, spread, tarred, zipped


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home for each test: what an import leaves behind can be counted."""
    monkeypatch.setenv("PLAYGROUND_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.mark.parametrize("name", BAD_ARCHIVES)
def test_bad_archive_is_refused_and_leaves_nothing(
    name: str, tmp_path: Path, own_home: Path
) -> None:
    """One sentence, within two seconds, and no file but the note that says why."""
    make, words = BAD_ARCHIVES[name]
    path = put(tmp_path, name, make())
    begun = time.process_time()  # of work: the machine may be busy with others
    with pytest.raises(ValueError, match=words) as caught:
        import_set("mine", path)
    assert time.process_time() - begun < 2
    assert "\n" not in str(caught.value) and str(tmp_path) not in str(caught.value)
    assert sorted(os.listdir(own_home / "data")) == [".mine.progress"]
    note = progress("mine")
    assert note and (note.state, note.message) == ("failed", str(caught.value))


def test_there_are_enough_cases() -> None:
    """The corpus is the promise."""
    assert len(BAD_ARCHIVES) >= 60


@pytest.mark.parametrize("pack", ["zip", "stored.zip", "tar", "tar.gz", "tar.bz2", "tar.xz", "dir"])
def test_every_kind_of_source_gives_the_same_set(pack: str, tmp_path: Path) -> None:
    """Folder, zip and tars are told apart by content; the suffix here lies on purpose."""
    if pack == "dir":
        source = spread(tmp_path / "pictures", GOOD)
    elif pack.endswith("zip"):
        method = zipfile.ZIP_STORED if pack == "stored.zip" else zipfile.ZIP_DEFLATED
        source = put(tmp_path, "pictures.bin", zipped(GOOD, method))
    else:
        mode = pack.removeprefix("tar").replace(".", ":")
        source = tmp_path / "pictures.bin"
        with tarfile.open(source, f"w{mode}") as archive:  # type: ignore[call-overload]
            archive.add(spread(tmp_path / "pictures", GOOD), arcname="wrapped")
    report = import_set("mine", source)
    assert (report.classes, report.train, report.test) == (("cats", "dogs"), 16, 4)
    assert (report.skipped, report.warnings) == ({}, ())
    pictures = load("mine")
    assert pictures.train_images.shape == (16, 3, 28, 28) and pictures.name == "mine"
    both = np.concatenate([pictures.train_images, pictures.test_images])
    assert len({image.tobytes() for image in both}) == 20


def test_tar_headers_are_not_hoarded(tmp_path: Path) -> None:
    """Streams of several xz or bz2 pieces are read to the end."""

    half = len(TAR) // 2
    for pack in (bz2.compress, lzma.compress):
        path = put(tmp_path, "pieces", pack(TAR[:half]) + pack(TAR[half:]))
        assert sum(m.kind == "file" and m.read() is not None for m in members(path)) == 20
    assert tars.MAX_NOTE < 10**6


@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from([ZIP, TAR]), st.data())
def test_mutated_archives_never_surprise(tmp_path: Path, good: bytes, data: st.DataObject) -> None:
    """Whatever is turned around, the answer is entries or one sentence."""
    changed = bytearray(good)
    for _ in range(data.draw(st.integers(1, 5))):
        changed[data.draw(st.integers(0, len(good) - 1))] = data.draw(st.integers(0, 255))
    path = put(tmp_path, "mutant", bytes(changed))
    try:
        for member in members(path):
            member.read()
    except BadArchive as refused:
        assert str(refused).startswith("mutant ")


def test_missing_path_is_named(tmp_path: Path) -> None:
    """A typing error in a path says so."""
    with pytest.raises(BadArchive, match="^nowhere.zip does not exist"):
        import_set("mine", tmp_path / "nowhere.zip")


def test_links_are_not_followed(tmp_path: Path) -> None:
    """Neither a linked file nor a linked folder brings in what lies outside."""
    folder = spread(tmp_path / "pictures", GOOD)
    outside = spread(tmp_path / "outside", classes({"secret": 9}))
    (folder / "linked").symlink_to(outside / "secret", target_is_directory=True)
    (folder / "cats" / "link.png").symlink_to(outside / "secret" / "0.png")
    report = import_set("mine", folder)
    assert report.skipped == {"links": 2} and report.classes == ("cats", "dogs")


def test_pipes_and_holes_are_not_read(tmp_path: Path) -> None:
    """A pipe would block for ever; a hole is longer than its bytes."""
    folder = spread(tmp_path / "pictures", GOOD)
    os.mkfifo(folder / "cats" / "pipe.png")
    assert import_set("mine", folder).skipped == {"devices and other special files": 1}
    report = import_set("mine", put(tmp_path, "holes.tar", sparse_tar()))
    assert report.skipped == {"devices and other special files": 1}


def test_large_pictures_are_counted_not_read(tmp_path: Path) -> None:
    """Above 20 MB a picture is left out, from any source."""
    heavy = os.urandom(2**16) * 340
    files = GOOD | {"cats/heavy.png": heavy}
    for data in (zipped(files, zipfile.ZIP_STORED), tarred(files)):
        assert import_set("mine", put(tmp_path, "heavy", data)).skipped == {
            "pictures above 20 MB": 1
        }
    assert import_set("mine", spread(tmp_path / "f", files)).skipped == {"pictures above 20 MB": 1}
