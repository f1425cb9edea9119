"""The Train page tells the net before the click: its drawing, its layers, its code, its limits."""

import ast
import json
import re

import pytest

from core import memory
from core.catalog import MODELS, OPTIMIZERS, SCHEDULES
from core.config import RunConfig, parse
from core.presets import presets
from core.script import excerpt, script
from core.store import Row, Store
from core.summary import summarise
from pages.ui import anatomy, code
from pages.ui.words import LANGUAGES, catalogue
from tests.house import ROOT
from tests.stage import page, sound, trained

JS = {name: (code.FOLDER / f"{name}.js").read_text(encoding="utf-8") for name in ("way", "code")}


@pytest.fixture
def store(fresh_home):
    opened = Store()
    yield opened
    opened.dispose()


def element(at, key):
    """What a drawn element was told, None where it is not drawn."""
    found = [e.proto for e in at.get("bidi_component") if e.proto.id.endswith(f"-{key}")]
    return json.loads(found[0].json) if found else None


def form(**address):
    """The form, the net unfolded."""
    at = page("train", **address)
    at.session_state["anatomy.form"] = True
    return at.run()


def marked(at):
    return [x["text"].strip() for x in element(at, "code.lines")["lines"] if x["marked"]]


# The net --------------------------------------------------------------------------------------


def test_the_net_is_worked_out_only_when_it_is_unfolded(store, monkeypatch):
    asked = []
    monkeypatch.setattr(anatomy, "_found", lambda *which: asked.append(which))
    at = sound(page("train"))
    assert element(at, "anatomy.form.way") is None and not asked


@pytest.mark.parametrize("model", MODELS)
def test_every_net_is_drawn_from_picture_to_classes(store, model):
    at = sound(form(data="shapes", model=model))
    steps = element(at, "anatomy.form.way")["stages"]
    assert steps[0]["shape"] == "3 × 32 × 32"
    assert steps[0]["picture"]["source"].startswith("data:image/png;base64,")
    assert steps[-1]["shape"] == "10" and len(steps[-1]["classes"]) == 10
    assert all(0 <= share["part"] <= 1 for step in steps[1:] for share in step["shares"])
    assert sum(step["shares"][1]["part"] for step in steps[1:]) == pytest.approx(1)
    assert {step["form"] for step in steps[1:]} <= set(re.findall(r"\w+", JS["way"]))


@pytest.mark.parametrize(
    ("model", "cut"),
    [("vit", (7, 7)), ("lstm", (28, 1)), ("cnn", (1, 1)), ("mlp", (1, 1))],
)
def test_the_picture_is_cut_as_the_net_cuts_it(store, model, cut):
    steps = element(form(data="mnist-5k", model=model), "anatomy.form.way")["stages"]
    assert (steps[0]["picture"]["down"], steps[0]["picture"]["across"]) == cut


def test_the_table_is_the_summary_with_its_sums(store):
    at = sound(form())
    config = presets("mnist-5k")[-1].config
    layers = summarise(config.model, channels=1, image=28, classes=10)
    frame = at.dataframe[0].value
    assert list(frame["Layer"]) == [row.name for row in layers]
    assert list(frame["Parameters"]) == [row.parameters for row in layers]
    assert list(frame["Multiply-adds"]) == [row.multiply_adds for row in layers]
    assert list(frame["Output"])[0] == "16 × 28 × 28"
    (total,) = [m.value for m in at.markdown if "multiply-adds per picture" in m.value]
    numbers = [int(n.replace(",", "")) for n in re.findall(r"\*\*([\d,]+)\*\*", total)]
    sums = sum(row.multiply_adds for row in layers)
    assert numbers == [len(layers), sum(row.parameters for row in layers), sums]
    assert at.metric[0].value == f"{numbers[1]:,}"


@pytest.mark.parametrize("model", MODELS)
def test_every_kind_that_costs_something_has_its_formula(store, model):
    at = sound(form(data="shapes", model=model))
    frame = at.dataframe[0].value
    costly = set(frame["Kind"][(frame["Parameters"] > 0) | (frame["Multiply-adds"] > 0)])
    assert costly <= {kind for kinds in anatomy.FORMULAE.values() for kind in kinds}
    (table,) = [m.value for m in at.markdown if m.value.startswith("| ")]
    for name, kinds in anatomy.FORMULAE.items():
        said = catalogue()[f"anatomy.formula.{name}_name"]["en"] in table
        assert said == bool(set(frame["Kind"]).intersection(kinds))


def test_the_drawing_says_every_word_in_korean_too(store):
    steps = element(form(lang="ko"), "anatomy.form.way")["stages"]
    assert steps[0]["title"] == "그림" and steps[1]["title"] == "합성곱"


def test_counts_have_three_digits_and_a_unit():
    said = {0: "0", 7: "7", 999: "999", 4672: "4.67k", 999_600: "1M", 86_567_656: "86.6M"}
    assert {count: anatomy._short(count) for count in said} == said


# What cannot be -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "knob", "value", "said"),
    [
        ("vit", "heads", 5, "5 heads do not divide a width of 96: the nearest number"),
        ("vit", "patch", 5, "patches of 5 pixels do not tile a 28×28 picture: the nearest side"),
        ("cnn", "widths", "8,8,8,8,8", "5 blocks halve a 28×28 picture to nothing: use at most 4"),
        ("fastnet", "widths", "8,8,8,8,8", "5 stages halve a 28×28 picture to nothing: use at"),
        ("mlp", "widths", "9999", "use at most 12 layers of 1 to 4096 units"),
    ],
)
def test_what_does_not_fit_is_said_before_the_click(store, model, knob, value, said):
    at = form(data="mnist-5k", model=model)
    (widget,) = [w for w in [*at.slider, *at.text_input] if w.key == f"train.model.{model}.{knob}"]
    widget.set_value(value).run()
    assert any(said in problem.value for problem in sound(at).error)
    assert at.button(key="train.go").disabled
    assert element(at, "anatomy.form.way") is None and element(at, "code.lines") is None


def test_what_does_not_fit_into_memory_is_said_before_the_click(store, monkeypatch):
    monkeypatch.setattr(memory, "capacity", lambda: 60_000_000)
    at = page("train", data="mnist-5k", model="cnn")
    at.select_slider(key="train.batch").set_value(1024).run()
    (problem,) = sound(at).error
    said = re.search(r"need 0\.\d GB .* has 0\.1 GB: use a batch of at most (\d+)", problem.value)
    assert 128 < int(said[1]) < 1024
    assert at.button(key="train.go").disabled
    at.select_slider(key="train.batch").set_value(128).run()
    assert not sound(at).error and not at.button(key="train.go").disabled


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
    assert any("no line is needed" in c.value and "otat" in c.value for c in at.caption)


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
                continue
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


def test_a_transfer_has_no_script_and_says_so(store):
    at = sound(page("train", model="transfer"))
    assert element(at, "code.lines") is None and not at.get("download_button")
    assert any("no script can hold" in c.value for c in at.caption)


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


# The browser's side ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", JS)
def test_the_elements_write_text_and_never_markup(name):
    assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(", JS[name])


def test_the_words_of_the_drawing_are_in_every_language():
    for key, entry in catalogue().items():
        if key.startswith(("anatomy.", "code.")):
            assert set(entry) == set(LANGUAGES)


def test_no_sentence_of_the_net_or_the_code_is_left_unsaid():
    texts = [(ROOT / "pages" / "ui" / f"{n}.py").read_text("utf-8") for n in ("anatomy", "code")]
    said = {
        node.value
        for text in texts
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    kinds = ("anatomy.kind.", "anatomy.formula.")
    columns = {f"anatomy.{part}" for part in ("layer", "sort", "setting", "output")}
    keys = {k for k in catalogue() if k.startswith(("anatomy.", "code."))}
    assert {k for k in keys if not k.startswith(kinds)} - said <= columns
    formulae = {
        k.removeprefix("anatomy.formula.").rpartition("_")[0] for k in keys if kinds[1] in k
    }
    assert formulae == set(anatomy.FORMULAE)
