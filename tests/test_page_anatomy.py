"""The Train page tells the net before the click: its drawing, its layers, its code, its limits."""

import ast
import re
from functools import cache

import pytest

from core import memory
from core.catalog import MODELS
from core.presets import presets
from core.store import Store
from core.summary import summarise
from pages.ui import anatomy, code
from pages.ui.words import LANGUAGES, catalogue
from tests.house import ROOT
from tests.stage import element, page, sound

JS = {name: (code.FOLDER / f"{name}.js").read_text(encoding="utf-8") for name in ("way", "code")}


@pytest.fixture
def store(fresh_home):
    opened = Store()
    yield opened
    opened.dispose()


def form(**address):
    """The form, the net unfolded."""
    at = page("train", **address)
    at.session_state["anatomy.form"] = True
    return at.run()


@cache
def unfolded(model):
    """The form of a net, for tests that only look at it."""
    return sound(form(data="shapes", model=model))


# The net --------------------------------------------------------------------------------------


def test_the_net_is_worked_out_only_when_it_is_unfolded(store, monkeypatch):
    asked = []
    monkeypatch.setattr(anatomy, "_found", lambda *which: asked.append(which))
    at = sound(page("train"))
    assert element(at, "anatomy.form.way") is None and not asked


@pytest.mark.parametrize("model", MODELS)
def test_every_net_is_drawn_from_picture_to_classes(store, model):
    steps = element(unfolded(model), "anatomy.form.way")["stages"]
    assert steps[0]["shape"] == "3 × 32 × 32"
    assert steps[0]["picture"]["source"].startswith("data:image/png;base64,")
    if model == "aae":
        assert steps[-1]["shape"] == "1" and "classes" not in steps[-1]
    else:
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
    at = unfolded(model)
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
