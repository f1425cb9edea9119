"""Downloads against a server that cuts, stalls, lies and fails: whole files or one sentence."""

import gzip
import hashlib
import os
import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from core import download as downloads
from core import pack, progress
from core.data import info, load
from core.download import MIRROR, Remote, download, remotes
from core.fetch import FetchError, fetch
from tests.faulty import BODY, MD5, Server, serving


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server of this test's own, and an empty home."""
    monkeypatch.setenv("PLAYGROUND_HOME", str(tmp_path / "home"))
    with serving() as made:
        yield made


def bring(server: Server, target: Path, *faults: str, tries: int = 2) -> list[int]:
    """Fetch through mirrors with these faults; gives what the listener heard."""
    heard: list[int] = []
    urls = [server.url(fault) for fault in faults]
    fetch(
        urls, target, size=len(BODY), md5=MD5, tick=heard.append, tries=tries, timeout=0.4, pause=0
    )
    return heard


def test_whole_file_arrives(server: Server, tmp_path: Path) -> None:
    """Right bytes under the right name, nothing beside them; a second call asks nobody."""
    heard = bring(server, tmp_path / "a.gz", "fine")
    assert (tmp_path / "a.gz").read_bytes() == BODY and heard[-1] == len(BODY)
    assert not (tmp_path / "a.gz.part").exists()
    bring(server, tmp_path / "a.gz", "500")
    assert len(server.seen) == 1


def test_cut_connections_are_resumed(server: Server, tmp_path: Path) -> None:
    """Every try goes on where the last one was cut, and none repeats a byte."""
    heard = bring(server, tmp_path / "a.gz", "cut", "cut", "fine", tries=1)
    assert (tmp_path / "a.gz").read_bytes() == BODY
    assert [asked for _, asked in server.seen] == [None, "bytes=150000-", "bytes=225000-"]
    assert heard == sorted(heard)


def test_part_of_an_earlier_day_is_used(server: Server, tmp_path: Path) -> None:
    """What a stopped process left is not fetched again."""
    (tmp_path / "a.gz.part").write_bytes(BODY[:200_000])
    bring(server, tmp_path / "a.gz", "fine")
    assert server.seen == [("fine", "bytes=200000-")]
    assert (tmp_path / "a.gz").read_bytes() == BODY


@pytest.mark.parametrize("fault", ["norange", "shifted"])
def test_server_that_does_not_resume_starts_over(
    server: Server, tmp_path: Path, fault: str
) -> None:
    """Bytes from the wrong place are never appended."""
    (tmp_path / "a.gz.part").write_bytes(BODY[:200_000])
    bring(server, tmp_path / "a.gz", fault, "fine")
    assert (tmp_path / "a.gz").read_bytes() == BODY


def test_spoiled_part_is_thrown_away(server: Server, tmp_path: Path) -> None:
    """A part that cannot be the beginning of the file fails the sum once, then all is new."""
    (tmp_path / "a.gz.part").write_bytes(bytes(1_000))
    bring(server, tmp_path / "a.gz", "fine")
    assert (tmp_path / "a.gz").read_bytes() == BODY and len(server.seen) == 2


@pytest.mark.parametrize("fault", ["404", "403", "500", "503", "stall", "drip", "wrong", "longer"])
def test_next_mirror_helps(server: Server, tmp_path: Path, fault: str) -> None:
    """Whatever is wrong with the first address, the second one is enough."""
    bring(server, tmp_path / "a.gz", fault, "fine")
    assert (tmp_path / "a.gz").read_bytes() == BODY


@pytest.mark.parametrize(
    ("fault", "reason", "words"),
    [
        ("404", "server", "answered 404 for a.gz"),
        ("503", "server", "answered 503 for a.gz"),
        ("wrong", "checksum", "wrong checksum"),
        ("longer", "checksum", "wrong checksum"),
        ("stall", "offline", "no connection to"),
        ("drip", "offline", "no connection to"),
    ],
)
def test_failure_is_named(
    server: Server, tmp_path: Path, fault: str, reason: str, words: str
) -> None:
    """No file under the final name; wrong bytes are not kept, honest parts are."""
    with pytest.raises(FetchError, match=words) as caught:
        bring(server, tmp_path / "a.gz", fault)
    assert caught.value.reason == reason and not (tmp_path / "a.gz").exists()
    assert (tmp_path / "a.gz.part").exists() == (reason == "offline")


def test_nobody_there(tmp_path: Path) -> None:
    """A closed port and an unknown host are both: offline."""
    for url in ("http://127.0.0.1:9/a.gz", "http://nowhere.invalid/a.gz"):
        with pytest.raises(FetchError, match="no connection to") as caught:
            fetch([url], tmp_path / "a.gz", size=9, md5="", tick=lambda n: None, tries=1)
        assert caught.value.reason == "offline"


def idx(array: np.ndarray) -> bytes:
    """An array of bytes as a packed idx file."""
    head = struct.pack(">HBB", 0, 8, array.ndim) + struct.pack(f">{array.ndim}I", *array.shape)
    return gzip.compress(head + array.astype(np.uint8).tobytes())


@pytest.fixture
def small_mnist(server: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    """The server offers an MNIST of forty pictures; addresses and sums are its own."""
    images = np.random.default_rng(0).integers(0, 256, (40, 28, 28))
    labels = np.arange(40) % 10
    names = [r.name for r in remotes("mnist")]
    server.files = dict(zip(names, [idx(images), idx(labels)] * 2, strict=True))

    def ours(_name: str) -> tuple[Remote, ...]:
        fault = os.environ.get("FAULT", "fine")
        return tuple(
            Remote(n, (server.url(fault, n),), hashlib.md5(b).hexdigest(), len(b))
            for n, b in server.files.items()
        )

    monkeypatch.setattr(downloads, "remotes", ours)
    return server


def test_download_packs_the_set(small_mnist: Server) -> None:
    """Four files become one set; the files go, and a second call fetches nothing."""
    heard: list[tuple[int, int]] = []
    download("mnist", lambda done, total: heard.append((done, total)))
    total = sum(map(len, small_mnist.files.values()))
    assert heard[-1] == (total, total) and heard == sorted(heard)
    assert load("mnist").train_images.shape == (40, 1, 28, 28)
    assert info("mnist").state == "ready" and info("mnist").label == "MNIST"
    assert sorted(os.listdir(pack.data_folder())) == [".mnist.progress", "mnist"]
    download("mnist")
    assert len(small_mnist.seen) == 4


@pytest.mark.parametrize(("fault", "reason"), [("404", "server"), ("wrong", "checksum")])
def test_failed_download_says_the_ways_on(
    small_mnist: Server, monkeypatch: pytest.MonkeyPatch, fault: str, reason: str
) -> None:
    """One sentence with the cause and three ways on; the note says the same; no set appears."""
    monkeypatch.setenv("FAULT", fault)
    monkeypatch.setattr("core.fetch.time.sleep", lambda seconds: None)
    with pytest.raises(ValueError, match="MNIST could not be downloaded") as caught:
        download("mnist")
    sentence = str(caught.value)
    assert "mnist-5k or shapes" in sentence and "data import mnist PATH" in sentence
    assert "\n" not in sentence
    note = progress.progress("mnist")
    assert note and (note.state, note.message, note.reason) == ("failed", sentence, reason)
    assert info("mnist").state == "absent"
    monkeypatch.setenv("FAULT", "fine")
    download("mnist")
    assert info("mnist").state == "ready"


@pytest.mark.parametrize("name", ["mnist-5k", "shapes", "imagenet", "../x"])
def test_only_known_sets_are_downloaded(server: Server, name: str) -> None:
    """No address is ever made from what a user typed."""
    with pytest.raises(ValueError, match="choose one of mnist, fashion-mnist, cifar10"):
        download(name)


@pytest.mark.parametrize("name", downloads.SIZES)
def test_addresses_are_those_of_torchvision(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every file has an address, a sum and a length; the pickled CIFAR-10 is never asked for."""
    files = remotes(name)
    assert all(len(f.md5) == 32 and f.size > 4_000 and f.urls for f in files)
    assert not any("python" in url for f in files for url in f.urls)
    monkeypatch.setenv(MIRROR, "http://teacher.local:8000/sets/")
    assert remotes(name)[0].urls[0] == f"http://teacher.local:8000/sets/{name}/{files[0].name}"
    assert remotes(name)[0].urls[1:] == files[0].urls
