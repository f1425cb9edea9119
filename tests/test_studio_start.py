"""A run that the studio starts learns from pictures that are here, and the page says which."""

import pytest

from core.config import parse
from pages.ui import asking
from pages.ui.studio import start
from tests import asking as cages
from tests import studios
from tests.stage import page, sound

studio_zoo, studio, empty = studios.studio_zoo, studios.studio, cages.empty
BUTTONS = {"paint": "latent.paint.train", "rivals": "latent.rivals.train.vae"}


@pytest.fixture(autouse=True)
def fresh(fresh_home):
    asking.decoders.clear()
    yield
    asking.decoders().close()
    asking.decoders.clear()


@pytest.mark.parametrize(
    ("name", "here"),
    [("mnist-5k", "mnist-5k"), ("shapes", "shapes"), ("mnist", "mnist-5k"), ("cifar10", None)],
)
def test_a_set_that_is_not_here_is_stood_in_for_or_nothing_is_trained(name, here):
    config = parse({"data": {"name": name}, "model": {"name": "aae"}, "epochs": 7})
    found = start.trainable(config)
    assert (found and found.data.name) == here
    if found:
        assert found.model == config.model and found.epochs == 7
        assert found.data == config.data.model_copy(update={"name": here})


@pytest.mark.parametrize("view", BUTTONS)
@pytest.mark.parametrize("name", ["mnist", "cifar10", "gone"])
def test_what_is_missing_is_said_before_the_click(studio, monkeypatch, view, name):
    trainable = start.trainable

    def of_another(config):
        return trainable(config.model_copy(update={"data": config.data.model_copy(update=named)}))

    named = {"name": name}
    monkeypatch.setattr(start, "trainable", of_another)
    at = sound(page("latent", net="zoo:mnist-aae", view=view))
    offered = [one.key for one in at.button]
    assert (BUTTONS[view] in offered) == (name == "mnist")
    assert any("so nothing can be trained" in one.value for one in at.caption) == (name != "mnist")
