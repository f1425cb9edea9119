"""The latent studio without a browser: nothing there, every view, links, forged words, painting."""

import base64

import numpy as np
import pytest

from core import painting
from core.config import parse
from core.data import load
from core.maker import Maker
from core.store import Store
from pages.ui import asking
from pages.ui.studio import desk, paint, rivals, room
from tests import asking as cages
from tests import studios
from tests.stage import address, element, page, sound

studio_zoo, studio, empty = studios.studio_zoo, studios.studio, cages.empty
PLAIN, STYLE, LARGE = "zoo:mnist-aae", "zoo:mnist-aae-style", "zoo:mnist-large"
SEEN = [(source, view) for source in (PLAIN, STYLE) for view in room.VIEWS]
SEEN += zip(["zoo:mnist-conv", LARGE] * 5, room.VIEWS, strict=True)  # these two take turns


@pytest.fixture(autouse=True)
def fresh(fresh_home):
    """Caches of a process belong to one home."""
    asking.decoders.clear()
    opened = Store()
    yield
    opened.dispose()
    asking.decoders().close()
    asking.decoders.clear()


def stage(at):
    return element(at, "latent.stage")


def tell(at, **told):
    """What the plane would tell after a drag."""
    at.session_state[desk.AT] = desk._read(told, at.session_state[desk.AT])
    return sound(at.run())


def test_with_nothing_there_is_one_sentence_and_the_way_on(empty):
    at = sound(page("latent"))
    assert len(at.info) == 1 and "no autoencoder here" in at.info[0].value
    assert len(at.button) == 1 and stage(at) is None


def test_the_first_visit_shows_a_space_a_picture_and_a_manifold(studio):
    at = sound(page("latent"))
    told = stage(at)
    assert told["judges"] and told["names"] == [*"0123456789"] and told["count"] == 2
    assert told["mode"] == "grid" and told["decoded"] is None
    grid = element(at, "latent.tiles.grid")
    assert grid["count"] == 256 and grid["columns"] == 16 and grid["code"] == 2
    assert not at.error and not at.warning


@pytest.mark.parametrize(("source", "view"), SEEN)
def test_every_view_of_every_net_stands(studio, source, view):
    at = sound(page("latent", net=source, view=view))
    assert stage(at) is not None and not at.error
    assert at.session_state[room.VIEW] == view
    assert len(at.expander) == 1, "formula, code and paper"


@pytest.mark.parametrize(
    ("source", "metrics", "said"),
    [
        (PLAIN, {"test.spread": 0.05}, "Collapse"),
        (STYLE, {"spread": 0.9, "mmd": 0.7, "floor": 0.07}, "10.0 times"),
        (PLAIN, {"test.spread": 0.9, "test.mmd": 0.1, "test.floor": 0.07}, ""),
    ],
)
def test_what_ails_a_trained_net_is_said(studio, monkeypatch, source, metrics, said):
    read = Maker.__init__

    def opened(maker, folder):
        read(maker, folder)
        maker.card["metrics"] = metrics

    monkeypatch.setattr(Maker, "__init__", opened)
    at = sound(page("latent", net=source))
    told = [one.value for one in at.caption if "troubleshoot" in one.value]
    assert [said in sentence for sentence in told] == [True] * bool(said)


def test_the_sliders_of_wide_codes_reach_as_far_as_their_pictures(studio):
    at = sound(page("latent", net=STYLE))
    codes = np.abs(np.asarray(stage(at)["at"]["z"]))
    assert stage(at)["reach"] >= max(4.0, float(codes.max()))


def test_an_unknown_net_or_view_is_said_and_another_one_shown(studio):
    at = sound(page("latent", net="zoo:none", view="<b>", when="x"))
    assert len(at.warning) == 1 and "zoo" in at.warning[0].value
    assert stage(at)["mode"] == "grid"


def test_a_link_restores_point_ends_box_seed_and_view(studio):
    told = {"z": "0.5,-1.25", "a": "1,1", "b": "-1,0.5", "box": "-1,-1,2,2", "view": "line"}
    at = sound(page("latent", net=PLAIN, seed="7", way="circle", **told))
    shown = stage(at)["at"]
    assert shown["z"] == [0.5, -1.25] and shown["line"] == [[1, 1], [-1, 0.5]]
    assert shown["box"] == [-1, -1, 2, 2] and stage(at)["mode"] == "line"
    strip = element(at, "latent.tiles.line")
    assert strip["captions"][0] == "0.00" and strip["captions"][-1] == "1.00"
    at.session_state[room.VIEW] = "samples"
    assert sound(at.run()).number_input(key="latent.seed").value == 7


@pytest.mark.parametrize(
    "bad", ["1", "1,2,3", "nan,1", "1,inf", "a,b", "", "1e9,1", "1," * 900 + "1"]
)
def test_a_broken_link_shows_what_anybody_sees(studio, bad):
    usual = stage(sound(page("latent", net=PLAIN)))["at"]
    shown = stage(sound(page("latent", net=PLAIN, z=bad, a=bad, box=bad, content=bad)))["at"]
    if bad == "1e9,1":
        assert shown["z"] == [desk.FURTHEST, 1]
    else:
        assert shown == usual


@pytest.mark.parametrize(
    "told",
    [{}, {"z": "x"}, {"z": [1]}, {"z": [True, 1]}, {"z": [1, float("nan")], "line": 3},
     {"line": [[1, 2]], "box": [1, 1, 0, 0], "content": "3"}],
)  # fmt: skip
def test_a_forged_word_of_the_plane_changes_nothing(studio, told):
    at = sound(page("latent", net=PLAIN))
    before = at.session_state[desk.AT]
    assert tell(at, **told).session_state[desk.AT] == before


def test_a_drag_goes_into_the_address_and_the_box_into_the_grid(studio):
    at = sound(page("latent", net=PLAIN))
    whole = element(at, "latent.tiles.grid")
    tell(at, z=[0.25, 1.0], box=[0.0, 0.0, 1.0, 1.0])
    assert address(at, "z") == "0.25,1" and address(at, "box") == "0,0,1,1"
    inside = element(at, "latent.tiles.grid")
    assert inside["source"] != whole["source"]
    at.button(key="latent.grid.no_box").click().run()
    assert stage(sound(at))["at"]["box"] is None
    assert element(at, "latent.tiles.grid")["source"] == whole["source"]


def test_the_content_is_what_is_painted(studio):
    at = sound(page("latent", net=STYLE, content="4"))
    assert stage(at)["at"]["content"] == 4 and stage(at)["contents"] == [*"0123456789"]
    four = element(at, "latent.tiles.grid")["source"]
    tell(at, content=7)
    assert element(at, "latent.tiles.grid")["source"] != four
    tell(at, content=70)
    assert stage(at)["at"]["content"] == 9


def test_a_large_decoder_is_asked_on_the_server(studio):
    at = sound(page("latent", net=LARGE))
    first = stage(at)["decoded"]
    assert first["shape"] == [28, 28, 1]
    tell(at, z=[3.0, 3.0])
    assert stage(at)["decoded"]["data"] != first["data"]


def test_samples_follow_seed_count_part_and_temperature(studio):
    at = sound(page("latent", net=PLAIN, view="samples", n="16"))
    first = element(at, "latent.tiles.samples")
    assert first["count"] == 16
    at.number_input(key="latent.seed").set_value(5).run()
    other = element(sound(at), "latent.tiles.samples")
    assert other["source"] != first["source"] and address(at, "seed") == "5"
    at.slider(key="latent.temperature").set_value(0.0).run()
    codes = np.frombuffer(base64.b64decode(
        element(sound(at), "latent.tiles.samples")["codes"]), "<f4")  # fmt: skip
    assert np.allclose(codes, 0)
    at.number_input(key="latent.seed").set_value(0)
    at.slider(key="latent.temperature").set_value(1.0).run()
    assert element(sound(at), "latent.tiles.samples")["source"] == first["source"]


def test_the_moment_of_training_moves_the_whole_studio(studio):
    at = sound(page("latent", net=PLAIN))
    late = element(at, "latent.tiles.grid")["source"]
    slider = at.select_slider(key=asking.WHEN)
    assert len(slider.options) == 2
    slider.set_value(0.125).run()
    assert element(sound(at), "latent.tiles.grid")["source"] != late
    assert address(at, "when") == "0.125"
    asking.timeline.clear()


def test_a_plane_of_wider_codes_is_flattened_both_ways(studio):
    for kind in ("pca", "tsne"):
        at = sound(page("latent", net=STYLE, plane=kind))
        assert stage(at)["judged"] is not None and stage(at)["count"] == 4
    assert address(at, "plane") == "tsne"


# Painting and rivals ----------------------------------------------------------------------------


def test_what_is_painted_becomes_a_prior_and_a_run(studio):
    at = sound(page("latent", net=PLAIN, view="paint"))
    cells = "0" * 276 + "3" * 24 + "0" * 276
    at.session_state[paint.PAINTED] = cells
    shown = element(sound(at.run()), "latent.still.painted")
    points = np.frombuffer(base64.b64decode(shown["points"]), "<f4").reshape(-1, 2)
    assert np.abs(points[:, 1] - 0.0).max() < 0.26 and np.ptp(points[:, 0]) > 5
    at.button(key="latent.paint.train").click().run()
    rows = Store().runs()
    assert len(rows) == 1 and rows[0].config["model"]["prior"] == "painted"
    assert painting.unpack(rows[0].config["model"]["painting"]).sum() == 24


def test_nothing_painted_is_one_sentence(studio):
    at = page("latent", net=PLAIN, view="paint")
    at.session_state[paint.PAINTED] = "0" * 576
    assert len(sound(at.run()).info) == 1 and "nothing is painted" in at.info[0].value
    assert element(at, "latent.still.painted") is None


@pytest.mark.parametrize("name", paint.SHAPES)
def test_every_ready_shape_is_a_painting(name):
    cells = paint.SHAPES[name]
    assert 0.1 < (cells > 0).mean() < 0.8
    assert (painting.unpack(painting.pack(cells / 3)) * 3 == cells).all()


@pytest.mark.parametrize("variant", rivals.AGAINST)
def test_a_rival_has_the_same_networks_and_another_way(studio, variant):
    config = Maker(studio / "mnist-aae").config
    other = rivals.rival(config, variant)
    assert other.model.variant == variant and parse(other.model_dump()) == other
    for name in ("net", "code", "width", "dropout"):
        assert getattr(other.model, name) == getattr(config.model, name)
    assert other.data == config.data and other.epochs == config.epochs


def test_a_picture_gives_its_code_to_the_plane_and_to_the_line(studio):
    at = sound(page("latent", net=PLAIN, view="rebuild", sample="mnist-5k:3"))
    at.button(key="latent.rebuild.take").click().run()
    one = load("mnist-5k").test_images.numpy()[3:4]
    code = desk.code(Maker(studio / "mnist-aae").encode(one).z[0])
    assert stage(sound(at))["at"]["z"] == pytest.approx(code)
    at = sound(page("latent", net=PLAIN, view="line", sample="mnist-5k:3"))
    at.button(key="latent.line.picture.B").click().run()
    assert stage(sound(at))["at"]["line"][1] == pytest.approx(code)
