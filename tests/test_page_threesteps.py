"""A batch of an adversarial run taken apart on the Train page: its steps, and what they moved."""

import json

import pytest

from core.home import run_folder
from core.notes import DISSECTION
from core.store import Store
from core.training import Run
from tests.stage import page, sound, trained
from tests.test_adversarial import VARIANTS, tiny
from tests.test_dissect import dissected


@pytest.fixture
def store(fresh_home):
    opened = Store()
    yield opened
    opened.dispose()


@pytest.mark.parametrize("variant", ["guided", "semi", "vae"])
def test_every_step_is_walked_through_and_shows_whom_it_moved(store, variant):
    config = tiny(VARIANTS[variant])
    run_id = trained(store, "paused", **config.model_dump())
    record = dissected(Run(config), 2)
    store.update(run_id, {"step": 2})
    folder = run_folder(run_id)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / DISSECTION).write_text(json.dumps(record))
    at = sound(page("train", run=run_id))
    names = [step["name"] for step in record["steps"]]
    for number, name in enumerate(names):
        if number:
            at.button(key="substeps.next").click()
            sound(at.run())
        whole = " ".join(element.value for element in at.markdown)
        assert (f"**{name.capitalize()}.**" in whole) == (name != "batch")
        frames = [f.value for f in at.dataframe if "Change ÷ weights" in f.value.columns]
        assert len(frames) == (name != "batch")
        if frames:
            moved = frames[0][frames[0]["Change ÷ weights"] > 0]["Layer"]
            parts = {layer.partition(".")[0] for layer in moved}
            assert parts <= {
                "reconstruct": {"encoder", "decoder"},
                "discriminate": {"discriminator", "sorter"},
            }.get(name, {"encoder"})
            assert parts
    assert at.button(key="substeps.more")
