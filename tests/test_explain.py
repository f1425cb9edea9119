"""The menu of explanations: what each net can have, why not, and that nothing of it stays."""

import threading

import numpy as np
import pytest
import torch

from core import explain, probe
from core.explain import METHODS, Choice
from tests.glass import ATTENTIVE, CONVOLUTIONAL, SMALL, marks, net, picture

ANY = {"saliency", "integrated", "occlusion"}
MAPS = {"grad_cam", "eigen_cam", "score_cam"}
ATTENTION = {"rollout", "relevance"}


def can(kind):
    return (
        ANY
        | (MAPS if kind in (*CONVOLUTIONAL, *ATTENTIVE) else set())
        | (ATTENTION if kind in ATTENTIVE else set())
    )


@pytest.mark.parametrize("kind", SMALL)
def test_each_net_has_its_methods_and_one_sentence_for_the_others(kind):
    of = net(kind)
    before = marks(of)
    offered = explain.means(of)
    assert set(offered.methods()) == can(kind) and offered.kind == kind.removesuffix("-cls")
    for method in METHODS:
        if method in can(kind):
            found = explain.explain(of, picture(), Choice(method, 3))
            values = found.values
            assert values.dtype == np.float32 and values.ndim == 2 and np.isfinite(values).all()
            assert found.signed or values.min() >= 0
            assert offered.lack(method) == ""
        else:
            with pytest.raises(ValueError) as refused:
                explain.explain(of, picture(), Choice(method, 3))
            sentence = offered.lack(method)
            assert sentence.startswith(METHODS[method].label) and "\n" not in str(refused.value)
        assert marks(of) == before


@pytest.mark.parametrize("kind", ["mlp", "lstm"])
def test_the_sentence_says_what_is_missing(kind):
    sentence = explain.means(net(kind)).lack("grad_cam")
    assert {"mlp": "an MLP joins", "lstm": "an LSTM reads"}[kind] in sentence


@pytest.mark.parametrize("kind", SMALL)
def test_flags_and_hooks_are_as_before_also_of_a_net_in_training(kind):
    of = net(kind)
    of.model.train()
    list(of.model.children())[0].eval()
    next(of.model.parameters()).requires_grad_(False)
    before, state = marks(of), {k: v.clone() for k, v in of.model.state_dict().items()}
    for method in can(kind):
        explain.explain(of, picture(), Choice(method, 3))
        assert marks(of) == before, method
    assert all(torch.equal(v, state[k]) for k, v in of.model.state_dict().items())


@pytest.mark.parametrize("kind", SMALL)
def test_flags_and_hooks_are_as_before_when_the_net_fails(kind):
    of = net(kind)
    of.model.train()
    (of.model[-1] if kind == "mlp" else of.model.head).forward = fail
    before, gradients = marks(of), torch.is_grad_enabled()
    for method in METHODS:
        with pytest.raises((RuntimeError, ValueError)):
            explain.explain(of, picture(), Choice(method, 3))
        assert marks(of) == before, method
    assert torch.is_grad_enabled() == gradients and not torch.is_inference_mode_enabled()


def fail(*_inputs):
    raise RuntimeError("the net fails")


def test_a_picture_of_another_shape_and_unknown_names_are_refused():
    of = net("cnn")
    before = marks(of)
    for method in can("cnn"):
        with pytest.raises(ValueError, match="the net takes 1×28×28 pictures"):
            explain.explain(of, picture(3), Choice(method))
    with pytest.raises(ValueError, match="method 'why' is unknown"):
        explain.explain(of, picture(), Choice("why"))
    with pytest.raises(ValueError, match="no layer 'nowhere'"):
        explain.explain(of, picture(), Choice("grad_cam", layer="nowhere"))
    assert marks(of) == before


def test_explanations_work_where_gradients_are_switched_off_around_them():
    of = net("vit")
    expected = explain.explain(of, picture(), Choice("relevance", 2)).values
    with torch.inference_mode():
        found = explain.explain(of, picture(), Choice("relevance", 2)).values
    assert np.array_equal(found, expected)


def test_others_who_ask_meanwhile_get_their_usual_answers():
    of = net("cnn")
    asked = torch.from_numpy(picture())[None]
    expected, wrong, done = of.logits(asked), [], threading.Event()

    def ask():
        while not done.is_set():
            if not torch.equal(of.logits(asked), expected):
                wrong.append(1)

    thread = threading.Thread(target=ask)
    thread.start()
    maps = [explain.explain(of, picture(), Choice("score_cam", 2)).values for _ in range(20)]
    done.set()
    thread.join()
    assert not wrong
    assert all(np.array_equal(found, maps[0]) for found in maps)


def test_a_bfloat16_net_is_explained_in_float32():
    of = net("cnn")
    expected = explain.explain(of, picture(), Choice("grad_cam", 2)).values
    of.half = True
    assert np.array_equal(explain.explain(of, picture(), Choice("grad_cam", 2)).values, expected)


def test_choices_reach_their_method():
    of, vit = net("cnn"), net("vit")
    shape = {
        name: explain.explain(of, picture(), Choice("grad_cam", 2, layer=name)).values.shape
        for name in ("blocks.0", "blocks.0.2")
    }
    assert shape == {"blocks.0": (14, 14), "blocks.0.2": (28, 28)}
    pairs = [
        (of, Choice("occlusion", 2, side=3), Choice("occlusion", 2, side=9)),
        (of, Choice("integrated", 2), Choice("integrated", 2, ground="black")),
        (vit, Choice("rollout"), Choice("rollout", fusion="max")),
        (vit, Choice("rollout"), Choice("rollout", discard=0.8)),
        (vit, Choice("relevance", 2), Choice("relevance", 3)),
    ]
    for asked, one, other in pairs:
        first, second = (explain.explain(asked, picture(), c).values for c in (one, other))
        assert not np.allclose(first, second)


def test_the_usual_layer_is_fine_enough_to_show_places():
    sides = [probe.Layer("a", "ReLU", 8, 28), probe.Layer("b", "ReLU", 8, 7)]
    coarse = probe.Layer("c", "MaxPool2d", 8, 3)
    assert probe.default([*sides, coarse]).name == "b"
    assert probe.default([coarse]).name == "c"
