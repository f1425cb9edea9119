"""The Train page with transfer: its bases, what is missing, the download, the stages."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
from torchvision.models import ResNet18_Weights

from core import hub, progress, transfer, zoo
from core.config import parse
from core.progress import Progress
from core.store import Store
from core.worker import execute
from pages.ui import bases
from tests.stage import page, sound
from tests.workshop import settings

KEY = "train.model.transfer"


@pytest.fixture
def store(fresh_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A home without runs, no zoo, and an empty cache of torch's."""
    monkeypatch.setattr(zoo, "FOLDER", tmp_path / "nowhere")
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    opened = Store()
    yield opened
    opened.dispose()


@pytest.fixture
def own(store: Store) -> str:
    """A finished run to begin with."""
    run_id = store.create(settings(1, model={"name": "cnn", "widths": (4, 8)}), name="my digits")
    store.update(run_id, {"state": "running"})
    execute(run_id, store.url)
    store.update(run_id, {"state": "finished"})
    return f"run:{run_id}"


def spoken(at: Any) -> str:
    return " ".join(e.value for e in [*at.caption, *at.info, *at.warning, *at.error])


def test_a_base_that_is_not_here_is_said_before_the_click_and_can_be_fetched(store, monkeypatch):
    started: list[str] = []
    monkeypatch.setattr(hub, "start_download", started.append)
    at = sound(page("train", model="transfer"))
    assert at.selectbox(key=f"{KEY}.base").value == "resnet18"
    assert "resnet18 is not on this machine yet" in spoken(at).replace("\\", "")
    assert "11,176,512 more are frozen" in spoken(at)
    assert at.button(key="train.go").disabled
    labels = at.selectbox(key=f"{KEY}.base").options
    assert "resnet18 · ImageNet · 47 MB to download" in labels
    at.button(key="fetch.resnet18").click().run()
    assert started == ["resnet18"]


@pytest.mark.parametrize(
    ("reason", "words"),
    [("offline", "No connection to the server"), ("checksum", "not the right file")],
)
def test_a_failed_download_says_why_and_how_to_go_on(store, monkeypatch, reason, words):
    note = Progress("download", "failed", 5, 10, "a sentence", reason)
    monkeypatch.setattr(hub, "noted", lambda name: note)
    at = sound(page("train", model="transfer"))
    assert words in spoken(at) and "By hand" in spoken(at)
    assert at.button(key="fetch.resnet18").label == "Go on downloading"


def test_a_download_that_runs_is_watched(store, monkeypatch):
    note = Progress("download", "running", 5_000_000, 10_000_000)
    monkeypatch.setattr(hub, "noted", lambda name: note)
    at = sound(page("train", model="transfer"))
    assert "the download goes on" in spoken(at)
    assert "fetch.resnet18" not in {button.key for button in at.button}


def test_a_file_in_torchs_cache_lets_it_start(store, tmp_path):
    file = hub.weights("resnet18").file
    file.parent.mkdir(parents=True)
    file.write_bytes(b"weights")
    at = sound(page("train", model="transfer"))
    assert "resnet18 · ImageNet · here already" in at.selectbox(key=f"{KEY}.base").options
    assert not at.button(key="train.go").disabled
    assert file.name == Path(ResNet18_Weights.DEFAULT.url).name
    digest = hashlib.sha256(b"weights").hexdigest()
    assert not digest.startswith(hub.weights("resnet18").sum)


def test_an_own_net_is_offered_first_and_starts_with_the_stages_chosen(store, own):
    at = sound(page("train", model="transfer"))
    assert at.selectbox(key=f"{KEY}.base").value == own
    assert at.selectbox(key=f"{KEY}.base").options[0].startswith("Your run: my digits · mnist-5k")
    freeze = at.slider(key=f"{KEY}.freeze")
    assert (freeze.value, freeze.max) == (2, 2)
    assert "only the new last layer learns" in spoken(at)
    assert not [s for s in at.slider if s.key == f"{KEY}.side"]
    freeze.set_value(1).run()
    assert "1 of 2 stages stay as they are, from the picture on; the rest learn" in spoken(at)
    at.button(key="train.go").click().run()
    row = sound(at) and store.runs()[0]
    model = parse(row.config).model
    assert (model.base, model.freeze, model.net.of, model.net.image) == (own, 1, own, 28)


def test_another_base_begins_with_all_its_stages_frozen(store, own):
    at = sound(page("train", model="transfer"))
    at.slider(key=f"{KEY}.freeze").set_value(0).run()
    at.selectbox(key=f"{KEY}.base").set_value("mobilenet_v3_small").run()
    freeze = sound(at).slider(key=f"{KEY}.freeze")
    assert (freeze.value, freeze.max) == (14, 14)


@pytest.mark.parametrize(
    ("address", "words"),
    [("swin_t", "side 96: swin_t takes pictures of at least 224"), ("resnet17", "is unknown")],
)
def test_what_cannot_be_begun_with_is_one_sentence(store, monkeypatch, address, words):
    monkeypatch.setattr(bases, "_base", lambda key: address)
    at = sound(page("train", model="transfer"))
    assert words in spoken(at) and at.button(key="train.go").disabled


def test_a_base_that_is_gone_is_said(store, own):
    at = sound(page("train", model="transfer"))
    at.button(key="train.go").click().run()
    config = parse(store.runs()[0].config)
    folder = transfer._folder(own)
    (folder / "card.json").unlink()
    assert config.model.net.of == own
    with pytest.raises(ValueError, match="there is no checkpoint 'last'"):
        transfer.missing(config.model)


def test_notes_on_weights_do_not_reach_the_data_page(store):
    with progress.Reporter("weights:resnet18", "download") as report:
        report(1, 2)
    assert not any("resnet18" in name for name in progress.tasks()) and hub.noted("resnet18")
