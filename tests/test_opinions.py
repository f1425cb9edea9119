"""Nets asked side by side: as one by one, with what they saw, how strange it is, who agrees."""

import threading
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from core import study as studies
from core import zoo
from core.centre import centre
from core.data import load
from core.inference import open_predictor
from core.nets import Nets, menu, moments
from core.opinions import Opinion, ask, ask_packed, compare
from core.perturb import Disturbance
from core.store import Store
from core.strokes import Stroke, paint
from tests import asking
from tests.corpus import photo

cage, empty, quick_zoo = asking.cage, asking.empty, asking.quick_zoo


@pytest.fixture
def store(fresh_home):
    opened = Store()
    yield opened
    opened.dispose()


def digit(index: int) -> Image.Image:
    return Image.fromarray(load("mnist-5k").test_images[index, 0].numpy())


# The menu and what is kept open ---------------------------------------------------------------


def test_the_menu_is_the_zoo_and_its_moments(cage, store):
    found = menu(store)
    assert [net.source for net in found] == ["zoo:mnist-cnn", "zoo:mnist-mlp"]
    assert {(net.data, net.channels, net.size) for net in found} == {("mnist-5k", 1, 28)}
    assert found[0].classes == tuple("0123456789")
    first, last = moments(store, "zoo:mnist-cnn")
    assert (first.tag, last.tag) == ("epoch-001", "last") and first.step < last.step


def test_an_empty_house_has_an_empty_menu(empty, store):
    assert menu(store) == []


def test_a_net_is_opened_once_even_by_many_at_once(cage, monkeypatch):
    nets, opened = Nets(), []
    from core.inference import Predictor

    class Counted(Predictor):
        def __init__(self, folder):
            opened.append(folder)
            super().__init__(folder)

    monkeypatch.setattr("core.inference.Predictor", Counted)
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(nets.open("zoo:mnist-cnn"))) for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 1 and len({id(net) for net in found}) == 1
    assert nets.open("zoo:mnist-cnn", "epoch-001") is not found[0]


def test_the_longest_unused_net_goes_first(cage):
    nets = Nets(most=2)
    cnn = nets.open("zoo:mnist-cnn")
    nets.open("zoo:mnist-mlp")
    nets.open("zoo:mnist-cnn")
    nets.open("zoo:mnist-cnn", "epoch-001")
    assert len(nets) == 2 and nets.open("zoo:mnist-cnn") is cnn
    assert len(Nets(weights=1)) == 0
    small = Nets(weights=1)
    small.open("zoo:mnist-cnn")
    small.open("zoo:mnist-mlp")
    assert len(small) == 1  # one net larger than the bound is still asked


def test_a_checkpoint_written_anew_is_opened_anew(cage, tmp_path, monkeypatch):
    import shutil

    shutil.copytree(cage, tmp_path / "zoo")
    monkeypatch.setattr(zoo, "FOLDER", tmp_path / "zoo")
    nets, folder = Nets(), tmp_path / "zoo" / "mnist-cnn"
    before = nets.open("zoo:mnist-cnn")
    (folder / "card.json").touch()
    assert nets.open("zoo:mnist-cnn") is before  # the same weights
    for file in (folder / "epoch-001").iterdir():
        shutil.copy(file, folder)
    assert nets.open("zoo:mnist-cnn") is not before


@pytest.mark.parametrize("source", ["zoo:none", "zoo:../x", "0" * 16, "x", "", "imagenet:none"])
def test_what_is_not_there_is_one_sentence_and_leaves_nothing(cage, source):
    nets = Nets()
    with pytest.raises(ValueError) as caught:
        nets.open(source)
    assert "\n" not in str(caught.value) and len(nets) == 0


# Opinions -------------------------------------------------------------------------------------


def test_side_by_side_equals_one_by_one(cage):
    nets = [open_predictor("zoo:mnist-cnn"), open_predictor("zoo:mnist-mlp")]
    for index in range(6):
        for net in nets:
            opinion, (answer,) = ask(net, digit(index)), net.predict([digit(index)])
            assert opinion.answer == answer.names[0]
            assert opinion.probabilities().sum() == pytest.approx(1)
            assert opinion.top(3)[0][2] == pytest.approx(answer.probabilities[0], abs=1e-3)
            assert np.array_equal(opinion.seen, answer.seen)
    packed = load("mnist-5k").test_images[:6].numpy()
    together = ask_packed(nets[0], packed)
    for index, opinion in enumerate(together):
        alone = ask(nets[0], digit(index))
        assert np.allclose(opinion.logits, alone.logits, atol=0.15)  # bfloat16 sums differ


def test_a_look_leaves_no_hook_behind_also_after_a_fault(cage):
    net = open_predictor("zoo:mnist-cnn")
    head = studies._head(net)
    ask(net, digit(0))
    assert not head._forward_pre_hooks
    with pytest.raises(RuntimeError):
        studies.look(net, torch.zeros(1, 1, 3, 3, dtype=torch.uint8))
    assert not head._forward_pre_hooks and not net.lock.locked()
    assert not net.model.training


def test_what_is_shown_is_what_the_net_was_given(cage):
    net = open_predictor("zoo:mnist-cnn")
    how = Disturbance(rotate=40, noise=0.1, box=(0, 0, 0.5, 0.5))
    opinion = ask(net, digit(3), how)
    seen = torch.from_numpy(opinion.seen.transpose(2, 0, 1).copy())[None]
    assert np.allclose(net.logits(seen)[0].numpy(), opinion.logits, atol=1e-4)
    mean = round(255 * net.card["mean"][0])
    assert (opinion.seen[:14, :14] == mean).all()


def of(*rows: list[float]) -> list[Opinion]:
    seen = np.zeros((2, 2, 1), dtype=np.uint8)
    return [Opinion(("a", "b"), np.log(np.array(row)), seen, None) for row in rows]


def test_the_verdict_counts_answers():
    found = compare(of([0.9, 0.1], [0.8, 0.2], [0.3, 0.7]))
    assert found.answers == (("a", 2), ("b", 1)) and not found.unanimous
    assert compare(of([0.9, 0.1], [0.6, 0.4])).unanimous
    assert compare(of([0.9, 0.1], [0.9, 0.1])).alike == pytest.approx(1)
    assert compare(of([0.9, 0.1])) is None
    other = Opinion(("x", "y"), np.zeros(2), np.zeros((2, 2, 1), dtype=np.uint8), None)
    assert compare([*of([0.9, 0.1]), other]) is None


def test_temperature_changes_how_sure_not_what():
    (opinion,) = of([0.9, 0.1])
    assert opinion.top(2)[0][1:] == ("a", pytest.approx(0.9))
    assert opinion.top(1, 5)[0][1] == "a" and opinion.top(1, 5)[0][2] < 0.7
    assert opinion.bits() == pytest.approx(0.469, abs=0.001) and opinion.bits(1e3) > 0.999


# Familiarity ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def studied(quick_zoo: Path, session_home: Path):
    from core.inference import Predictor

    net = Predictor(quick_zoo / "mnist-cnn")
    return net, studies.study_of(net, quick_zoo / "mnist-cnn")


def test_digits_are_familiar_and_other_things_are_not(studied):
    net, known = studied
    pictures = load("mnist-5k").test_images[:400].numpy()
    usual = [o.strange for o in ask_packed(net, pictures, known)]
    assert np.mean(usual) < 0.02
    chance = np.random.default_rng(0)
    strange = {
        "photo": photo(80, 80),
        "noise": Image.fromarray(chance.integers(0, 255, (28, 28), dtype=np.uint8)),
        "white": Image.new("L", (28, 28), 255),
        "negative": Image.fromarray(255 - pictures[0, 0]),
        "half": Image.fromarray(np.repeat([[0] * 14 + [255] * 14], 28, 0).astype(np.uint8)),
    }
    for name, picture in strange.items():
        assert ask(net, picture, known=known).strange, name
    assert ask(net, strange["photo"]).strangeness is None


def test_a_drawn_digit_is_familiar(studied):
    """Ink of a mouse is not that of a pen, and still a digit."""
    net, known = studied
    one = paint((Stroke(80, ((520, 150), (480, 850))),))
    seven = paint((Stroke(80, ((250, 200), (720, 200), (450, 850))),))
    zero = [(500 + 220 * np.cos(a), 500 + 330 * np.sin(a)) for a in np.linspace(0, 6.4, 40)]
    for ink, truth in ((one, "1"), (seven, "7"), (paint((Stroke(80, tuple(zero)),)), "0")):
        opinion = ask(net, Image.fromarray(centre(ink).picture), known=known)
        assert opinion.answer == truth and not opinion.strange


def test_a_study_comes_along_or_is_made_or_is_none(studied, quick_zoo, tmp_path, monkeypatch):
    import shutil

    net, known = studied
    folder = tmp_path / "net"
    shutil.copytree(quick_zoo / "mnist-cnn", folder)
    studies.save(known, folder)
    assert (folder / studies.FILE).stat().st_size < 400_000
    monkeypatch.setattr(studies, "load", lambda name: (_ for _ in ()).throw(ValueError("gone")))
    kept = studies.study_of(net, folder)
    for name in ("logits", "labels", "features", "limits", "shown", "which", "what"):
        assert np.array_equal(getattr(kept, name), getattr(known, name)), name
    assert studies.read(folder, "other weights") is None
    (folder / studies.FILE).write_bytes((folder / studies.FILE).read_bytes()[:-900])
    assert studies.study_of(net, folder) is None
    (folder / studies.FILE).unlink()
    assert studies.study_of(net, folder) is None


def test_a_study_shows_each_class_in_turn(studied):
    _, known = studied
    assert known.what[:20].tolist() == [*range(10)] * 2
    test = load("mnist-5k")
    assert np.array_equal(known.shown[7], test.test_images[int(known.which[7])].numpy())
    assert int(test.test_labels[int(known.which[7])]) == known.what[7]
