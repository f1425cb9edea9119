"""A ViT to walk through, for tests of its page: nets in place of the zoo, what the page is told."""

from pathlib import Path

import pytest

from core import zoo
from core.data import load
from pages.ui import asking, belief
from pages.ui.walk import attend, begin, beside, born, decide, feed, scene
from tests.asking import train
from tests.stage import element, sound

VIT = {"name": "vit", "patch": 7, "width": 24, "depth": 2, "heads": 2, "pooling": "cls"}
CNN = {"name": "cnn", "widths": [8, 16]}
HOW = {"muted": [], "cut": [], "rows": [], "temperature": 0}
CACHES = [
    attend._supported,
    beside._boxes,
    beside._fields,
    beside._portrait,
    begin._points,
    begin._same,
    belief._judged,
    born._frame,
    decide._importance,
    feed._journey,
    feed._kept_alike,
    scene._walked,
    asking.nets,
    asking.studies,
    asking.decoders,
    asking.timeline,
]


@pytest.fixture(scope="module")
def trained(session_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ViT with an earlier moment, and a CNN beside it."""
    folder = tmp_path_factory.mktemp("walk") / "zoo"
    train(folder / "mnist-vit", VIT, epochs=2)
    train(folder / "mnist-cnn", CNN, epochs=1)
    return folder


@pytest.fixture(autouse=True)
def shown(trained: Path, fresh_home: Path, monkeypatch: pytest.MonkeyPatch):
    """These nets are the zoo, and nothing is remembered."""
    monkeypatch.setattr(zoo, "FOLDER", trained)
    load("mnist-5k")
    yield
    asking.studies().close()
    for cached in CACHES:
        cached.clear()


def fed(at, name: str = "journey"):
    return element(at, f"vit.feed.{name}")["told"]


def told(at, panel: str, what: str, value):
    """The panel tells the page something."""
    at.session_state[f"vit.{panel}"] = {what: value}
    return sound(at.run())


def operated(at, **change):
    turn = element(at, "vit.operate")["turn"]
    return told(at, "operate", "how", HOW | change | {"turn": turn})
