"""The part that explains an answer, on a page of its own: each net, each choice, and the meter."""

import pytest
from streamlit.testing.v1 import AppTest

from core.explain import METHODS
from pages.ui import belief, why
from pages.ui.words import catalogue
from tests.glass import SMALL
from tests.stage import sound


def script() -> None:
    """A page with nothing but this part."""
    import streamlit as st

    from core.nets import Net
    from core.opinions import ask_packed
    from pages.ui import why
    from pages.ui.asking import Asked
    from tests import glass

    asked, opinions = [], []
    for kind in st.query_params["kinds"].split(","):
        of = glass.net(kind)
        net = Net(kind, "run", kind, "mnist-5k", kind, of.classes, 1, 28, None)
        asked.append(Asked(net, kind.upper(), of, None, False))
        opinions += ask_packed(of, glass.picture()[None])
    why.show(asked, opinions if "empty" not in st.query_params else [])


def page(*kinds, **state):
    at = AppTest.from_function(script, default_timeout=60)
    at.query_params["kinds"] = ",".join(kinds)
    for key, value in state.items():
        at.session_state[key] = value
    return at


def opened(*kinds, **state):
    return sound(page(*kinds, **{"why.open": True} | state).run())


def control(at, start):
    return next(e for e in at.get("button_group") if e.proto.id.split("-")[-1].startswith(start))


def said(at):
    return " ".join(e.value for e in [*at.markdown, *at.caption])


def pictures(at):
    return len(at.get("image"))


@pytest.fixture(autouse=True)
def forgotten():
    yield
    for cached in (why._means, why._explained, belief._judged):
        cached.clear()


def test_nothing_is_worked_out_before_it_is_unfolded(monkeypatch):
    monkeypatch.setattr(why, "_explained", pytest.fail)
    at = sound(page("cnn").run())
    assert pictures(at) == 0


def test_without_a_picture_it_says_what_to_expect():
    at = page("cnn", **{"why.open": True})
    at.query_params["empty"] = "1"
    sound(at.run())
    assert catalogue()["why.nothing"]["en"] in said(at) and pictures(at) == 0


@pytest.mark.parametrize(
    ("kind", "first"), [("cnn", "grad_cam"), ("vit-cls", "relevance"), ("mlp", "occlusion")]
)
def test_each_net_begins_with_what_suits_it(kind, first):
    at = opened(kind)
    assert pictures(at) == 2
    assert catalogue()[f"why.{first}.what"]["en"] in said(at)
    assert METHODS[first].formula in " ".join(e.value for e in at.latex)
    assert METHODS[first].arxiv in said(at)


@pytest.mark.parametrize("kind", SMALL)
def test_all_methods_of_a_net_stand_side_by_side_and_the_others_are_explained(kind):
    from core.explain import means
    from tests import glass

    offered = means(glass.net(kind))
    names = offered.methods()
    at = opened(kind, **{f"why.method.{'|'.join(names)}": "all"})
    assert pictures(at) == len(names)
    text = said(at)
    for name in METHODS:
        assert catalogue()[f"why.{name}.label"]["en"] in text, name
    assert ("Not for this net" in text) == (len(names) < len(METHODS))
    if kind in ("mlp", "lstm"):
        assert catalogue()[f"why.no_maps.{kind}"]["en"] in text


@pytest.mark.parametrize("method", METHODS)
def test_every_method_with_its_own_controls_and_the_meter(method):
    names = "|".join(METHODS)
    at = opened("vit-cls", **{f"why.method.{names}": method, "why.trust": True})
    assert pictures(at) == 2
    table = next(e.value for e in at.markdown if "| ---" in e.value)
    assert table.count("**") == 4 and "Shuffled net" in table
    assert len(at.success) + len(at.info) + len(at.warning) == 1
    assert at.get("plotly_chart")


def test_another_class_another_layer_and_another_net_change_the_map(monkeypatch):
    shown = []
    real = why._explained
    monkeypatch.setattr(why, "_explained", lambda *a: shown.append(a[-1]) or real(*a))
    at = opened("cnn", "mlp")
    at.selectbox(key="why.class.cnn").select(7).run()
    at.selectbox(key="why.layer.cnn").select("blocks.0.2").run()
    sound(at)
    assert [c.index for c in shown][1:] == [7, 7] and shown[0].layer == "blocks.1"
    assert shown[-1].layer == "blocks.0.2"
    at.session_state["why.which.CNN|MLP"] = "MLP"
    sound(at.run())
    assert shown[-1].method == "occlusion" and shown[-1].index != 7


def test_a_net_that_fails_is_said_in_a_sentence(monkeypatch):
    def refuse(*_):
        raise ValueError("the net has *no* layer")

    monkeypatch.setattr(why, "_explained", refuse)
    at = opened("cnn")
    assert at.error[0].value == "the net has \\*no\\* layer"


def test_the_meter_says_when_an_empty_picture_is_an_answer_already(monkeypatch):
    import numpy as np

    from core.trust import Curves, Trust

    flat = Curves(np.full(3, 0.9), np.full(3, 0.9))
    judged = Trust(np.linspace(0, 1, 3), flat, flat, flat, 0.95)
    monkeypatch.setattr(belief, "_judged", lambda *_: judged)
    at = opened("cnn", **{"why.trust": True})
    assert "Even an empty picture gets 90%" in said(at)
    assert (
        "shuffled weights gives nearly the same map (rank correlation 0.95)" in at.warning[0].value
    )
