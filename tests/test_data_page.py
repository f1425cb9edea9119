"""The Data page: every set, its pictures and numbers, bringing, fetching and deleting them."""

import os
import shutil
import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core import pack, progress
from core.data import DATASETS, ensure, info
from core.imports import import_set
from pages.ui import sets
from pages.ui.words import catalogue
from tests.packing import ZIP, classes, put, zipped
from tests.stage import address, page, sound


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The two sets that need no network, made once."""
    folder = tmp_path_factory.mktemp("stock")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLAYGROUND_HOME", str(folder))
        for name in ("mnist-5k", "shapes"):
            ensure(name)
    return folder


@pytest.fixture(autouse=True)
def own_home(stock: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home of this test's own; the two sets are linked into it."""
    shutil.copytree(stock, tmp_path / "home", copy_function=os.link)
    monkeypatch.setenv("PLAYGROUND_HOME", str(tmp_path / "home"))


def words(at: AppTest) -> str:
    """Everything that is written on the page."""
    blocks = (at.markdown, at.caption, at.error, at.warning, at.subheader)
    return "\n".join(str(element.value) for block in blocks for element in block)


def note(name: str, **changes: object) -> None:
    """What a task would have told."""
    fields = {"task": "download", "state": "running", "pid": 1, "updated": time.time()} | changes
    progress._write(name, progress.Progress(**fields))  # type: ignore[arg-type]


def submit(at: AppTest, name: str, path: str = "", upload: bytes = b"") -> AppTest:
    """Fill in the form and send it."""
    at.text_input(key="import.name.0").set_value(name)
    if path:
        at.text_input(key="import.path.0").set_value(path)
    if upload:
        at.file_uploader(key="import.file.0").set_value(("a b.zip", upload, "application/zip"))
    (button,) = [b for b in at.button if b.label == "Import"]
    return sound(button.click().run())


def test_every_set_has_its_card() -> None:
    """Ready ones can be looked at, absent ones can be fetched, and their size is said."""
    at = sound(page("data"))
    assert {b.key for b in at.button} >= {"look.mnist-5k", "look.shapes", "get.cifar10"}
    labels = [b.label for b in at.button]
    assert "Download 12 MB" in labels and "Download 170 MB" in labels
    assert all(spec.note in words(at) for spec in DATASETS.values())


def test_chosen_set_stands_in_the_url() -> None:
    """A click shows a set and its address; the address alone shows it too."""
    at = sound(page("data"))
    assert [m.value for m in at.metric] == ["4,000", "1,000", "28×28", "4.0 MB"]
    at.button(key="look.shapes").click().run()
    assert address(sound(at), "set") == "shapes"
    again = sound(page("data", set="shapes"))
    for shown in (at, again):
        assert [m.value for m in shown.metric][:3] == ["6,000", "1,000", "32×32"]
        assert "mean 0.446 · 0.445 · 0.444" in words(shown)


@pytest.mark.parametrize("name", ["nothing", "cifar10", "../x"])
def test_unknown_set_in_the_url_shows_the_first(name: str) -> None:
    """A wrong or absent name is no error."""
    assert sound(page("data", set=name)).subheader[0].value == "MNIST 5k"


def test_download_begins_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """The button starts it; what runs is shown with its numbers."""
    begun: list[str] = []
    monkeypatch.setattr(sets, "start_download", begun.append)
    at = sound(page("data"))
    at.button(key="get.mnist").click().run()
    assert begun == ["mnist"]
    note("mnist", done=3_000_000, total=11_600_000)
    at = sound(page("data"))
    assert "get.mnist" not in {b.key for b in at.button}
    assert "the download goes on" in words(at)


@pytest.mark.parametrize("reason", ["offline", "server", "checksum", "disk", "stopped"])
def test_failed_download_says_why_and_can_be_repeated(reason: str) -> None:
    """In the reader's own language, with the ways on."""
    note("mnist", state="failed", reason=reason, message="in English", done=5, total=9)
    for language in ("en", "ko"):
        at = sound(page("data", lang=language))
        sentence = catalogue()[f"data.failed.{reason}"][language].format(name="mnist")
        assert [w.value for w in at.warning] == [sentence]
        assert at.button(key="get.mnist")


def test_upload_becomes_a_set() -> None:
    """From the form, through a process of its own, to a card with its report."""
    stray = {"cats/x.txt": b"x", "__MACOSX/a": b"x"}
    at = submit(page("data"), "pets", upload=zipped(classes({"cats": 60, "dogs": 5}) | stray))
    deadline = time.monotonic() + 60
    while (found := progress.progress("pets")) and found.state == "running":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    at = sound(page("data", set="pets"))
    assert at.subheader[0].value == "pets" and info("pets").source == "imported from a_b.zip"
    text = words(at)
    assert "52 pictures to train and 13 to test" in text
    assert "files that are no pictures (1)" in text and "system files (1)" in text
    assert "uneven" in text and r"Imported from a\_b\.zip" in text


def test_form_says_what_is_in_the_way(tmp_path: Path) -> None:
    """Each fault has its sentence, and nothing is started."""
    path = str(put(tmp_path, "a.zip", ZIP))
    import_set("mine", Path(path))
    for name, where, sentence in (
        ("", path, "Give the set a name"),
        ("x", "", "Choose a file"),
        ("mine", path, "A set named mine is here already"),
        ("a/b", path, "cannot name a set"),
        ("shapes", path, "A set named shapes is here already"),
    ):
        at = submit(page("data"), name, where)
        assert len(at.error) == 1 and sentence in at.error[0].value
    both = submit(page("data"), "x", path, ZIP)
    assert "Choose either" in both.error[0].value
    note("busy", task="import")
    assert "being worked on" in submit(page("data"), "busy", path).error[0].value
    assert set(progress.tasks()) == {"mine", "busy"}


def test_failed_import_stays_until_it_is_read() -> None:
    """What went wrong, with markup of a stranger's file name shown letter by letter."""
    note("bad", task="import", state="failed", message="![x](http://e.vil) is damaged")
    at = sound(page("data"))
    assert r"\!\[x\]\(http\:" in at.error[0].value
    at.button(key="dismiss.bad").click().run()
    assert not sound(at).error and progress.progress("bad") is None


def test_deleting_asks_first() -> None:
    """The question names set, size and way back; then the disk is free."""
    at = sound(page("data", set="shapes"))
    assert any("It is made again" in m.value for m in at.markdown)
    at.button(key="delete.yes").click().run()
    assert sound(at).subheader[0].value == "MNIST 5k"


def test_a_shared_server_reads_no_paths_and_deletes_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In a class, visitors bring files but name no paths, and leave the sets of others alone."""
    monkeypatch.setenv("PLAYGROUND_MODE", "class")
    at = sound(page("data"))
    assert "import.path.0" not in {field.key for field in at.text_input}
    assert "delete.yes" not in {button.key for button in at.button}


def test_damaged_set_is_said_and_can_be_deleted(tmp_path: Path) -> None:
    """A cut file does not take the page down."""
    import_set("mine", put(tmp_path, "a.zip", ZIP))
    path = pack.pack_folder("mine") / "train_images.npy"
    path.write_bytes(path.read_bytes()[:-50])
    at = sound(page("data", set="mine"))
    assert "damaged on disk" in words(at)
    at.button(key="delete.yes").click().run()
    assert "look.mine" not in {button.key for button in sound(at).button}


@pytest.mark.parametrize(
    ("count", "text"),
    [(4_200, "4 kB"), (950_000, "0.9 MB"), (3_961_366, "4.0 MB"), (11_594_722, "12 MB")]
    + [(170_052_171, "170 MB"), (2_340_000_000, "2.3 GB")],
)
def test_sizes_are_said_as_people_say_them(count: int, text: str) -> None:
    """Two digits are enough."""
    assert sets.human(count) == text
