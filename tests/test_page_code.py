"""The Train page shows the code beside the control: the last move marked, and a script to keep."""

import pytest

from core.catalog import MODELS, OPTIMIZERS, SCHEDULES
from core.config import RunConfig, parse
from core.presets import presets
from core.script import excerpt, script
from core.store import Row, Store
from pages.ui import code
from tests.stage import element, page, sound, trained


@pytest.fixture
def store(fresh_home):
    opened = Store()
    yield opened
    opened.dispose()


def marked(at):
    return [x["text"].strip() for x in element(at, "code.lines")["lines"] if x["marked"]]


# The code -------------------------------------------------------------------------------------


def test_the_code_is_the_excerpt_of_the_form_and_nothing_is_marked_at_first(store):
    at = sound(page("train"))
    told = element(at, "code.lines")
    expected = excerpt(presets("mnist-5k")[-1].config)
    assert [x["text"] for x in told["lines"]] == [line.text for line in expected]
    assert marked(at) == []


def test_the_lines_of_the_last_moved_control_are_marked_until_another_moves(store):
    at = page("train", data="mnist-5k", model="cnn")
    at.number_input(key="train.epochs").set_value(3).run()
    assert marked(at) == ["EPOCHS = 3", "for epoch in range(EPOCHS):"]
    at.run()
    assert marked(at) == ["EPOCHS = 3", "for epoch in range(EPOCHS):"]
    at.slider(key="train.model.cnn.dropout").set_value(0.3).run()
    assert marked(at) == ["dropout=0.3,"]
    at.slider(key="train.data.rotate").set_value(10).run()
    assert marked(at) == [
        "share = 2 * torch.rand(len(pictures)) - 1",
        "pictures = turn(pictures, share * 10)",
    ]


def test_another_choice_of_a_menu_marks_all_that_it_brings(store):
    at = page("train", data="mnist-5k", model="cnn", optimizer="adam")
    at.selectbox(key="train.optimizer").set_value("sgd").run()
    assert marked(at)[:2] == ["LR = 0.1", "optimizer = torch.optim.SGD("]
    at.selectbox(key="train.model").set_value("vit").run()
    assert {"model = ViT(", "patch=4,", "heads=4,"} <= set(marked(at))
    assert not any("optim" in line for line in marked(at))


def test_a_control_without_a_line_is_named(store):
    at = page("train", data="mnist-5k", model="cnn")
    at.slider(key="train.data.rotate").set_value(10).run()
    at.slider(key="train.data.rotate").set_value(0).run()
    assert marked(at) == []
    assert any("no line is needed" in c.value and "turn" in c.value for c in at.caption)


def changed(config: RunConfig, path: str, value: object) -> RunConfig:
    values = config.model_dump(mode="json")
    *parts, name = path.split(".")
    place = values
    for part in parts:
        place = place[part]
    place[name] = value
    return parse(values)


SWITCHED = {
    "data.flip": True,
    "data.alternate": True,
    "data.limit": 500,
    "data.shift": 2,
    "data.rotate": 10,
    "data.erase": 3,
    "data.mixup": 0.4,
    "data.validation": 0.2,
    "clip": 1.0,
    "smoothing": 0.1,
    "average": 0.9,
    "patience": 3,
    "mirror": True,
    "precision": "bf16",
    "seed": 5,
    "epochs": 2,
    "batch": 32,
}


def test_every_knob_that_does_something_has_a_line(session_home):
    """Whatever moves, something is marked."""
    start = parse({"data": {"flip": True}})
    for path, value in SWITCHED.items():
        after = changed(start, path, value)
        assert path in {k for line in excerpt(after) for k in line.knobs}, path
    for part, table in {"model": MODELS, "optimizer": OPTIMIZERS, "schedule": SCHEDULES}.items():
        for name, spec in table.items():
            if getattr(spec, "trained", False):
                continue  # no script can hold its weights
            told = excerpt(parse({part: {"name": name}}))
            knobs = {k for line in told for k in line.knobs}
            wanted = {f"{part}.{k}" for k in spec.config.model_fields}
            assert wanted <= knobs, (name, wanted - knobs)


def test_moves_are_what_differs():
    before = {"a": 1, "model.name": "cnn", "model.depth": 2, "optimizer.lr": 0.1}
    assert code.moves(before, before) == set()
    assert code.moves(before, before | {"a": 2}) == {"a"}
    after = before | {"model.name": "mlp"}
    assert code.moves(before, after) == {"model.name", "model.depth"}


def test_the_script_is_made_at_the_click(store, monkeypatch):
    made = []
    monkeypatch.setattr(code, "script", lambda config: made.append(config) or script(config))
    at = sound(page("train", data="mnist-5k", model="mlp"))
    (button,) = at.get("download_button")
    assert button.proto.label == "Download script" and not made


def test_what_has_no_script_says_so(store):
    at = sound(page("train", model="transfer"))
    assert element(at, "code.lines") is None and not at.get("download_button")
    assert any("no script can hold" in c.value for c in at.caption)


def test_an_autoencoder_shows_its_steps_and_a_moved_weight_is_marked(store):
    at = sound(page("train", data="mnist-5k", model="aae"))
    told = [x["text"].strip() for x in element(at, "code.lines")["lines"]]
    heads = [line.split(":")[0] for line in told if line.startswith("# ")]
    assert heads == ["# Reconstruct", "# Discriminate", "# Fool"]
    assert len(at.get("download_button")) == 1
    at.selectbox(key="train.model.aae.prior").set_value("ring").run()
    assert 'prior = Ring("ring", code=2, parts=10)' in marked(at)


# A run ----------------------------------------------------------------------------------------


def opened(run_id):
    at = page("train", run=run_id)
    assert element(at, f"code.{run_id}.lines") is None
    at.session_state[f"code.{run_id}"] = True
    at.session_state[f"anatomy.{run_id}"] = True
    return sound(at.run())


@pytest.mark.parametrize("state", ["finished", "running", "queued", "diverged"])
def test_a_run_shows_its_code_and_its_net(store, state):
    run_id = trained(store, state, model={"name": "mlp", "widths": [32]})
    at = opened(run_id)
    told = element(at, f"code.{run_id}.lines")
    assert "    widths=(32,)," in [x["text"] for x in told["lines"]]
    assert not any(x["marked"] for x in told["lines"])
    assert [s["shape"] for s in element(at, f"anatomy.{run_id}.way")["stages"]][1:] == ["32", "10"]
    assert len(at.get("download_button")) == 1
    assert not any("will not repeat" in c.value for c in at.caption)


def test_a_run_whose_rates_were_turned_says_what_its_script_does_not_repeat(store):
    run_id = trained(store)
    store.append(run_id, [Row(9, 4, 1, "set.lr", 0.01, 1.0)])
    said = [c.value for c in opened(run_id).caption if "will not repeat" in c.value]
    assert len(said) == 1 and "step 4" in said[0]


def test_a_run_whose_pictures_are_gone_has_no_net_and_says_why_it_has_no_script(store):
    run_id = trained(store, data={"name": "gone"})
    at = page("train", run=run_id)
    at.session_state[f"code.{run_id}"] = True
    at.run()
    assert element(sound(at), f"code.{run_id}.lines") is None
    assert any("gone" in c.value for c in at.caption)
