"""The Predict page without a browser: nothing there, ways in, sliders, bad files, many at once."""

import io
import json
import shutil
import zipfile

import pytest
from PIL import Image

from core import study, zoo
from core.asks import ASKS
from core.data import load
from pages.ui import asking
from tests import asking as cages
from tests.corpus import BAD_PICTURES, photo, saved
from tests.stage import address, element, page, sound

cage, empty, fresh, quick_zoo = cages.cage, cages.empty, cages.fresh, cages.quick_zoo
SEVEN = [{"w": 80, "p": [250, 200, 720, 200, 450, 850]}]


@pytest.fixture
def unstudied(cage, tmp_path, monkeypatch):
    """The same nets, whose studies are made while they are asked."""
    shutil.copytree(cage, tmp_path / "zoo", ignore=shutil.ignore_patterns(study.FILE))
    monkeypatch.setattr(zoo, "FOLDER", tmp_path / "zoo")


def drawn(at, strokes=SEVEN):
    at.session_state["predict.strokes"] = strokes
    return sound(at.run())


def bars(at):
    return element(at, "predict.bars")


def png(index: int) -> bytes:
    return saved(Image.fromarray(load("mnist-5k").test_images[index, 0].numpy()))


def test_with_nothing_there_is_one_sentence_and_the_ways_on(empty):
    at = sound(page("predict"))
    assert len(at.info) == 1 and "no net here" in at.info[0].value
    assert len(at.button) == 2 and not bars(at)


def test_the_empty_pad_shows_the_nets_and_no_answer(cage):
    at = sound(page("predict"))
    told = bars(at)
    assert [net["name"] for net in told["nets"]] == ["MLP", "CNN"]
    assert [net["answer"] for net in told["nets"]] == ["–", "–"]
    assert len(told["nets"][0]["rows"]) == 10


def test_a_drawn_seven_is_a_seven(cage):
    told = bars(drawn(page("predict")))
    assert told["verdict"] == "All 2 say 7." and told["tone"] == "good"
    for net in told["nets"]:
        assert net["answer"] == "7" and net["size"] == "28×28, grey" and not net["warning"]
        assert [row["name"] for row in net["rows"]] == [*"0123456789"]
        assert net["rows"][7]["place"] == "first"
        assert sum(row["share"] for row in net["rows"]) == pytest.approx(1)
    at = drawn(page("predict"))
    bench = element(at, "predict.bench")
    assert len(bench["fitted"]) == 4 and bench["mass"] == pytest.approx([0.52, 0.52], abs=0.03)


def test_the_address_holds_the_drawing(cage):
    at = drawn(page("predict"))
    word = address(at, "drawn")
    other = sound(page("predict", drawn=word))
    assert bars(other)["nets"] == bars(at)["nets"] and address(other, "drawn") == word
    assert element(other, "predict.pad")["strokes"] == SEVEN
    assert "drawn" not in drawn(other, []).query_params
    broken = sound(page("predict", drawn="x"))
    assert len(broken.warning) == 1 and "drawn" not in broken.query_params
    assert bars(broken)["nets"][0]["answer"] == "–"


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_what_the_pad_asks_directly_is_what_the_page_then_tells(cage, lang):
    at = page("predict", lang=lang)
    at.session_state["predict.threshold"] = 90
    at.session_state["predict.how"] = {"rotate": 20, "box": [0, 0, 0.5, 0.2]}
    empty = bars(sound(at.run()))
    name = empty["ask"]
    known = ASKS.ask(name, json.dumps({"strokes": SEVEN}))
    seen = known.pop("bench")
    told = bars(drawn(at))
    assert known | {"ask": name} == told != empty
    assert seen.items() <= element(at, "predict.bench").items()
    how = {"rotate": 90}
    known = ASKS.ask(name, json.dumps({"how": how}))
    del known["bench"]
    at.session_state["predict.how"] = how
    assert known | {"ask": name} == bars(sound(at.run())) != told
    assert ASKS.ask(name, '{"strokes": []}')["nets"][0]["answer"] == "–"
    assert ASKS.ask(name, "{}")["nets"] == bars(at)["nets"]  # nothing moves
    for forged in (
        "",
        "[]",
        '{"strokes": null}',
        '{"strokes": [{"w": 80, "p": [1]}]}',
        '{"strokes": [NaN]}',
    ):
        with pytest.raises(ValueError):
            ASKS.ask(name, forged)


@pytest.mark.parametrize("strokes", ["x", [{"w": 1}], [{"w": 80, "p": [1]}]])
def test_a_forged_drawing_is_one_sentence(cage, strokes):
    at = drawn(page("predict"), strokes)
    assert len(at.error) == 1 and bars(at)["nets"][0]["answer"] == "–"
    assert not sound(at.run()).error


def test_a_disturbance_reaches_every_net(cage):
    at = drawn(page("predict"))
    before = bars(at)
    at.session_state["predict.how"] = {"rotate": 180, "box": [0, 0, 0.5, 1]}
    after = bars(sound(at.run()))
    for old, new in zip(before["nets"], after["nets"], strict=True):
        assert old["seen"] != new["seen"] and old["rows"] != new["rows"]


def test_temperature_and_threshold(cage):
    at = drawn(page("predict"))
    sharp = bars(at)["nets"][0]["rows"][7]["share"]
    at.select_slider(key="predict.temperature").set_value(8.0).run()
    soft = bars(at)["nets"][0]
    assert soft["rows"][7]["share"] < sharp and soft["answer"] == "I don't know"
    at.slider(key="predict.threshold").set_value(0).run()
    assert bars(sound(at))["nets"][0]["answer"] == "7"


def test_a_moment_of_training_asks_the_earlier_net(cage):
    at = drawn(page("predict"))
    late = bars(at)["nets"][0]["rows"]
    slider = at.select_slider(key="predict.when")
    slider.set_value(slider.options and 0.3333).run()
    assert bars(sound(at))["nets"][0]["rows"] != late


def test_a_sample_has_its_class_and_an_address(cage):
    at = sound(page("predict", sample="mnist-5k:5"))
    truth = str(int(load("mnist-5k").test_labels[5]))
    assert f"It is {truth}." in bars(at)["verdict"]
    assert element(at, "predict.picks")["chosen"] == "mnist-5k:5"
    at = sound(page("predict", sample="../../x:1"))
    at.session_state["predict.way"] = "samples"
    assert len(element(sound(at.run()), "predict.picks")["pictures"]) == 20


def test_a_link_chooses_the_nets(cage):
    at = sound(page("predict", nets="zoo:mnist-mlp,zoo:none"))
    assert [net["name"] for net in bars(at)["nets"]] == ["MLP"]


def brought(at, files):
    at.session_state["predict.way"] = "upload"
    at.run()
    at.file_uploader(key="predict.files").set_value(files).run()
    return sound(at)


def test_several_files_and_one_of_them_broken(cage):
    bad = BAD_PICTURES["half.png"][0]()
    files = [("a.png", png(0), "image/png"), ("b.png", bad, "image/png")]
    files += [("../../c.png", png(1), "image/png")]
    at = brought(page("predict"), files)
    assert [e.value for e in at.error] == [
        r"b\.png is incomplete or damaged\: save it again and upload that"
    ]
    told = element(at, "predict.brought")
    assert [one["note"] for one in told["pictures"]] == ["a.png", "c.png"]
    assert bars(at)["nets"][0]["answer"] == told["pictures"][0]["text"]


def test_a_photograph_given_to_digit_nets_is_warned_of(unstudied):
    at = brought(page("predict"), [("cat.jpg", saved(photo(300, 200), "JPEG"), "image/jpeg")])
    asking.studies().close()  # both nets are studied now
    told = bars(sound(at.run()))
    assert all("Unlike anything" in net["warning"] for net in told["nets"])
    assert any("test pictures" in c.value and "answer" in c.value for c in at.caption)


def test_a_zip_with_class_folders_becomes_a_table(cage):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for n in range(30):
            archive.writestr(f"{int(load('mnist-5k').test_labels[n])}/{n}.png", png(n))
        archive.writestr("3/bad.png", b"no")
    at = page("predict")
    at.session_state["predict.way"] = "many"
    at.run()
    at.file_uploader(key="predict.zip").set_value(("d.zip", buffer.getvalue(), "")).run()
    sound(at)
    names = [metric.label for metric in at.metric]
    assert names[:3] == ["Pictures", "MLP right", "CNN right"] and at.metric[0].value == "30"
    assert list(at.dataframe[0].value.columns) == [
        "File", "True class", "MLP", "MLP sure", "CNN", "CNN sure",
    ]  # fmt: skip
    assert at.dataframe[1].value.to_numpy().sum() == 30
    assert any("bad\\.png" in m.value for m in at.markdown)
    at.file_uploader(key="predict.zip").set_value(("d.zip", b"PK\x03\x04no", "")).run()
    assert len(sound(at).error) == 1 and "damaged" in at.error[0].value


def test_reliability_is_drawn_when_it_is_asked_for(unstudied):
    at = page("predict")
    asking.studies().close()
    assert element(sound(at.run()), "predict.diagram") is None
    at.session_state["predict.sure"] = True
    told = element(sound(at.run()), "predict.diagram")
    assert sum(told["count"]) == 1000
