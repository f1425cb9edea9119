"""Surgery equals the net that was really changed so, and leaves nothing behind."""

import numpy as np
import pytest
import torch
from hypothesis import given as draw
from hypothesis import strategies as st

from core import rollout
from core.journey import walk
from core.operating import operate
from core.surgery import NONE, Row, Surgery, read, write
from tests.glass import marks, net, picture
from tests.vits import KINDS, inputs, make, outputs, placed, plain, shown, twin


@pytest.fixture(params=KINDS)
def of(request):
    return make(request.param)


def first(of):
    return len(placed(of)) - 16


def logits(of, surgery=NONE):
    return walk(of, shown(of), surgery).logits


def test_no_surgery_changes_nothing_to_the_last_bit_and_sets_no_hook(of):
    whole = logits(of)
    hooks = marks(of)[0]
    for nothing in (NONE, Surgery(seed=4), Surgery(cut=()), Surgery(temperature=1.0)):
        assert not nothing.changes and write(nothing) == ""
        assert np.array_equal(logits(of, nothing), whole)
        with operate(of.model, nothing):
            assert marks(of)[0] == hooks


def test_muting_a_head_is_zeroing_its_slice_of_the_output_projection(of):
    whole = logits(of)
    for muted in [((0, 1),), ((2, 0),), ((0, 0), (0, 1)), ((0, 1), (1, 0), (2, 1))]:
        changed = twin(of)
        for layer, head in muted:
            outputs(changed)[layer].data[:, head * 8 : head * 8 + 8] = 0
        found = logits(of, Surgery(muted))
        assert np.abs(found - logits(changed)).max() < 1e-5
        assert np.abs(found - whole).max() > 1e-3


def test_cutting_patches_is_going_on_without_their_tokens(of):
    whole = logits(of)
    for cut in [(0,), (5, 10), (3, 1, 15, 8, 3), tuple(range(1, 16))]:
        kept = [patch for patch in range(16) if patch not in cut]
        with torch.no_grad():
            wanted = plain(of, shown(of), kept)
        way = walk(of, shown(of), Surgery(cut=cut))
        assert np.abs(way.logits - wanted.logits.numpy()).max() < 2e-5
        assert np.abs(way.logits - whole).max() > 1e-3
        assert np.abs(way.maps.sum(-1) - 1).max() < 1e-5
        assert not way.maps[..., [patch + way.first for patch in cut]].any()
        rest = [*range(way.first), *(patch + way.first for patch in kept)]
        among = way.maps[..., rest, :][..., rest]
        assert np.abs(among - torch.stack(wanted.maps).numpy()).max() < 2e-5


def test_temperature_divides_the_scores_before_the_softmax(of):
    whole = walk(of, shown(of))
    for temperature in (0.25, 3.0):
        changed = twin(of)
        for weight, bias in inputs(changed):
            weight.data[:16] /= temperature
            bias.data[:16] /= temperature
        way = walk(of, shown(of), Surgery(temperature=temperature))
        assert np.abs(way.logits - logits(changed)).max() < 2e-5
        assert np.array_equal(way.scores(0, 0), whole.scores(0, 0))
        sharper = way.maps[0].max(-1).mean() > whole.maps[0].max(-1).mean()
        assert sharper == (temperature < 1)


def test_positions_are_removed_or_change_places(of):
    whole, changed = walk(of, shown(of)), twin(of)
    placed(changed).data.zero_()
    found = walk(of, shown(of), Surgery(positions="removed"))
    assert np.abs(found.logits - logits(changed)).max() < 2e-5 and not found.positions.any()
    moved = walk(of, shown(of), Surgery(positions="shuffled", seed=7))
    assert np.array_equal(moved.positions[: first(of)], whole.positions[: first(of)])
    rows = sorted(map(tuple, moved.positions[first(of) :].tolist()))
    assert rows == sorted(map(tuple, whole.positions[first(of) :].tolist()))
    changed = twin(of)
    placed(changed).data.copy_(torch.tensor(moved.positions))
    assert np.abs(moved.logits - logits(changed)).max() < 2e-5
    assert np.abs(moved.logits - whole.logits).max() > 1e-3
    other = logits(of, Surgery(positions="shuffled", seed=8))
    assert np.abs(other - moved.logits).max() > 1e-3
    assert np.array_equal(moved.logits, logits(of, Surgery(positions="shuffled", seed=7)))


def test_a_net_without_positions_gets_none_taken():
    from core.config import parse
    from models import build

    of = net("vit")
    config = parse({"model": {"name": "vit", "patch": 7, "width": 16, "positions": "none"}})
    of.model = build(config.model, channels=1, image=28, classes=10).eval()
    for how in ("removed", "shuffled"):
        assert np.array_equal(logits(of, Surgery(positions=how)), logits(of))


def test_an_edited_row_holds_what_was_asked_and_later_layers_see_it(of):
    whole = walk(of, shown(of))
    row = Row(1, 0, 2, ((5, 0.7), (6, 0.1)))
    way = walk(of, shown(of), Surgery(rows=(row,)))
    found, old = way.maps[1, 0, 2], whole.maps[1, 0, 2]
    assert found[5] == pytest.approx(0.7) and found[6] == pytest.approx(0.1)
    others = [token for token in range(way.tokens) if token not in (5, 6)]
    assert np.allclose(found[others], old[others] / old[others].sum() * 0.2, atol=1e-6)
    untouched = way.maps.copy(), whole.maps.copy()
    for maps in untouched:
        maps[1, 0, 2] = 0
    assert np.array_equal(untouched[0][:2], untouched[1][:2])
    assert not np.allclose(way.maps[2], whole.maps[2])
    assert not np.allclose(way.logits, whole.logits)
    answer = way.mixed(1, 0)[2] - whole.mixed(1, 0)[2]
    sent = outputs(of)[1].detach().numpy()[:, :8] @ answer
    assert np.array_equal(way.stream[1], whole.stream[1]) and np.abs(sent).max() > 1e-3
    still = np.delete(np.arange(way.tokens), 2)
    assert np.allclose(way.stream[2][still], whole.stream[2][still], atol=1e-5)


def test_a_row_as_it_was_changes_nothing_and_a_whole_row_can_be_given(of):
    whole = walk(of, shown(of))
    same = tuple(enumerate(map(float, whole.maps[0, 1, 3])))
    assert np.abs(logits(of, Surgery(rows=(Row(0, 1, 3, same),))) - whole.logits).max() < 1e-4
    even = tuple((token, 1 / whole.tokens) for token in range(whole.tokens))
    way = walk(of, shown(of), Surgery(rows=(Row(0, 1, 3, even), Row(0, 1, 4, ((2, 1.0),)))))
    assert np.allclose(way.maps[0, 1, 3], 1 / whole.tokens)
    assert np.allclose(way.maps[0, 1, 4], np.eye(whole.tokens)[2])


def test_where_the_others_had_nothing_they_divide_what_is_left():
    of = net("vit")
    cut = tuple(range(1, 16))  # patch 0 has all of every row
    way = walk(of, picture(), Surgery(cut=cut, rows=(Row(0, 0, 2, ((0, 0.25),)),)))
    assert np.allclose(way.maps[0, 0, 2], [0.25, *[0.05] * 15])


def test_everything_at_once_is_undone_also_after_an_error(of):
    all_of_it = Surgery(((0, 1),), (3, 5), (Row(1, 0, 2, ((8, 0.5),)),), 0.5, "shuffled", 3)
    before, whole = (marks(of), [type(m) for m in of.model.modules()]), logits(of)
    assert np.abs(logits(of, all_of_it) - whole).max() > 1e-3
    with pytest.raises(RuntimeError, match="mid-way"), operate(of.model, all_of_it):
        raise RuntimeError("mid-way")
    assert (marks(of), [type(m) for m in of.model.modules()]) == before
    assert np.array_equal(logits(of), whole)
    looked = rollout.relevance(of, shown(of), 3, all_of_it)
    assert np.abs(looked - rollout.relevance(of, shown(of), 3)).max() > 0
    assert not looked.ravel()[[3, 5]].any()  # nobody could look at them
    assert (marks(of), [type(m) for m in of.model.modules()]) == before


shares = st.floats(0, 0.3).map(lambda share: round(share, 5))
some = st.integers(0, 99)
pairs = st.tuples(some, shares)
surgeries = st.builds(
    Surgery,
    st.lists(st.tuples(some, some), max_size=4).map(tuple),
    st.lists(some, max_size=4).map(tuple),
    st.lists(
        st.builds(
            Row,
            some,
            some,
            some,
            st.lists(st.tuples(some, shares), min_size=1, max_size=3).map(tuple),
        ),
        max_size=2,
    ).map(tuple),
    st.integers(1, 400).map(lambda hundredths: hundredths / 20),
    st.sampled_from(["kept", "removed"]),
) | st.builds(Surgery, positions=st.just("shuffled"), seed=st.integers(0, 99_999))


@draw(surgeries)
def test_a_link_brings_back_the_same_surgery(surgery):
    text = write(surgery)
    assert read(text) == surgery and "/" not in text and "&" not in text and " " not in text
    assert read("") == NONE


@pytest.mark.parametrize(
    "text", ["x", "m", "m1", "m1.2,", "c-1", "c1..2", "t", "tnan", "t1e999", "ps", "r1.2:3=1", "~"]
)
def test_a_link_that_nobody_wrote_is_refused_in_a_sentence(text):
    with pytest.raises(ValueError, match="is none: use a link as this page wrote it"):
        read(text)


@pytest.mark.parametrize(
    ("surgery", "sentence"),
    [
        (Surgery(((3, 0),)), "head 0 of layer 3 is unknown: the net has layers 0 to 2"),
        (Surgery(((0, 2),)), "head 2 of layer 0 is unknown"),
        (Surgery(cut=(16,)), "patch 16 is unknown: the net cuts 0 to 15"),
        (Surgery(cut=tuple(range(16))), "all 16 patches are cut: leave one"),
        (Surgery(temperature=0.0), "temperature 0: use 0.05 to 20"),
        (Surgery(temperature=float("nan")), "temperature nan: use 0.05 to 20"),
        (Surgery(positions="gone"), "positions 'gone': use one of kept, removed, shuffled"),
        (Surgery(seed=-1), "seed -1 of the shuffling: use 0 to 99999"),
        (Surgery(rows=(Row(0, 0, 16, ((0, 1.0),)),)), "token 16 is unknown: the net has 0 to 15"),
        (Surgery(rows=(Row(0, 0, 1, ((0, 0.7), (1, 0.7))),)), "a row is shared out from 0 to 1"),
        (Surgery(rows=(Row(0, 0, 1, ((0, -0.2),)),)), "a row is shared out from 0 to 1"),
        (Surgery(rows=(Row(0, 0, 1, tuple((k, 0.01) for k in range(16))),)), "must sum to 1"),
    ],
)
def test_what_the_net_does_not_have_is_refused_in_a_sentence(surgery, sentence):
    of = net("vit")
    before = marks(of)
    with pytest.raises(ValueError, match=sentence):
        walk(of, picture(), surgery)
    assert marks(of) == before
