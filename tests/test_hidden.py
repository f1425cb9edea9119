"""Hidden controls: not drawn, holding their values, by a link or a lesson, on every form."""

import pytest

from core.config import parse
from core.home import home
from core.store import Store
from tests.pupils import HEAD, STEP, written
from tests.stage import page, sound, trained

ALL = "data,preset,model,optimizer,schedule,shape,advanced,finder,code,anatomy,lr,epochs,batch"
LINK = {"data": "shapes", "model": "mlp", "optimizer": "adam", "schedule": "cosine"}
SET = "epochs=3;lr=0.02;model.dropout=0.35;data.shift=2;patience=4"


@pytest.fixture
def store(fresh_home):
    opened = Store()
    yield opened
    opened.dispose()


def drawn(at) -> set[str]:
    kinds = [at.selectbox, at.pills, at.slider, at.select_slider, at.number_input, at.button]
    kinds += [at.text_input, at.segmented_control, at.toggle]
    return {str(one.key) for kind in kinds for one in kind if str(one.key).startswith("train.")}


def test_what_is_hidden_is_not_drawn_and_the_run_has_it_all_the_same(store) -> None:
    at = sound(page("train", hide=ALL, set=SET, **LINK))
    assert drawn(at) == {"train.go"}
    assert not at.expander
    at.button(key="train.go").click().run()
    config = parse(store.runs()[0].config)
    assert (config.data.name, config.data.shift) == ("shapes", 2)
    assert (config.model.name, config.model.dropout) == ("mlp", 0.35)
    assert (config.optimizer.name, config.optimizer.lr) == ("adam", 0.02)
    assert (config.schedule.name, config.epochs, config.patience) == ("cosine", 3, 4)


@pytest.mark.parametrize(
    ("name", "slot"),
    [
        ("optimizer", "train.optimizer"),
        ("schedule", "train.schedule"),
        ("model", "train.model"),
        ("data", "train.data.name"),
        ("preset", "train.preset"),
        ("lr", "train.optimizer.adamw.lr"),
        ("epochs", "train.epochs"),
        ("finder", "train.find_rate"),
        ("shape", "train.model.cnn.widths"),
        ("dropout", "train.model.cnn.dropout"),
        ("advanced", "train.seed"),
        ("shift", "train.data.shift"),
    ],
)
def test_each_name_hides_its_own_and_nothing_else(store, name, slot) -> None:
    everything = drawn(sound(page("train")))
    at = sound(page("train", hide=name))
    gone = everything - drawn(at)
    assert slot in gone
    if name not in ("shape", "advanced"):
        assert len(gone) == 1
    assert any("hides some controls" in one.value for one in at.caption)


def test_show_all_brings_them_back(store) -> None:
    at = page("train", hide="optimizer,lr")
    at.button(key="hide.off").click().run()
    assert "train.optimizer" in drawn(sound(at)) and "hide" not in at.query_params


def test_a_link_hides_on_other_pages_too_until_it_is_taken_back(store) -> None:
    at = page("frame", hide="optimizer").switch_page("train.py").run()
    assert "train.optimizer" not in drawn(sound(at))
    at.switch_page("runs.py").run()
    at.switch_page("train.py").run()
    assert "train.optimizer" not in drawn(at)
    at.button(key="hide.off").click().run()
    assert "train.optimizer" in drawn(sound(at))


@pytest.mark.parametrize("wish", ["nonsense", "<b>x</b>", "lr,../..", "x" * 500])
def test_names_that_cannot_be_hidden_are_told(store, wish) -> None:
    at = sound(page("train", hide=wish))
    assert at.warning[0].value.startswith("The link wants to hide what is not there")
    assert "<b>" not in at.warning[0].value


def test_dials_of_a_run_can_be_hidden(store) -> None:
    run_id = trained(store, "running", optimizer={"name": "momentum"})
    assert len(page("train", run=run_id).slider) == 1
    assert not sound(page("train", run=run_id, hide="momentum")).slider
    at = sound(page("train", run=run_id, hide="dials"))
    assert not at.slider and not at.select_slider


def test_a_lesson_hides_while_it_is_on(store) -> None:
    (home() / "lessons").mkdir()
    written(home() / "lessons", HEAD + 'hide = ["optimizer", "advanced"]\n' + STEP, "mine")
    at = page("frame", lesson="mine").switch_page("train.py").run()
    assert "train.optimizer" not in drawn(sound(at))
    assert any("lesson keeps some controls" in one.value for one in at.caption)
    at.sidebar.button(key="lesson.leave").click().run()
    assert "train.optimizer" in drawn(sound(at))


@pytest.mark.parametrize("wish", ["epochs=0", "nothing=1", "epochs", "model.dropout=x", "=;;="])
def test_a_link_with_settings_that_cannot_be_gets_the_usual_form_and_a_sentence(
    store, wish
) -> None:
    at = sound(page("train", data="mnist-5k", model="mlp", set=wish))
    assert at.warning[0].value.startswith("The settings in this link cannot be used")
    assert not at.button(key="train.go").disabled


def test_settings_of_a_link_stay_in_the_address_until_the_form_says_otherwise(store) -> None:
    at = page("train", set="epochs=3;model.widths=8,4", model="mlp")
    assert at.number_input(key="train.epochs").value == 3
    assert at.text_input(key="train.model.mlp.widths").value == "8, 4"
    assert "set" in at.run().query_params
    at.number_input(key="train.epochs").set_value(4).run()
    assert "set" not in sound(at).query_params
