"""Attention being born: frames hold what the walk found, films are even, GIFs play."""

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from core import gaze, patches, rollout
from core.born import frame
from core.film import MOST, VIEWS, film, gif
from core.journey import walk
from core.surgery import Surgery
from tests.glass import net, picture
from tests.vits import KINDS, make, shown, twin


@pytest.fixture(params=KINDS)
def of(request):
    return make(request.param)


@pytest.mark.parametrize("surgery", [Surgery(), Surgery(cut=(3,))], ids=["whole", "changed"])
def test_a_frame_holds_the_same_views_as_the_walk(of, surgery):
    way = walk(of, shown(of), surgery)
    found = frame(of, shown(of), 6, "step 8", surgery)
    assert found.label == "step 8"
    assert np.array_equal(found.looks[2, 1], way.looks(2, 1, 6))
    assert np.array_equal(found.rolled, rollout.rollout(way.maps, token=6))
    assert np.array_equal(found.positions, patches.position_grid(of, surgery))
    assert np.array_equal(found.filters, patches.projection(of).pictures)
    assert np.array_equal(found.distances, gaze.distance(way))
    assert np.array_equal(found.probabilities, way.probabilities)
    read = frame(of, shown(of), surgery=surgery)
    mean = way.maps[1, 0, 0] if way.cls else way.maps[1, 0].mean(0)
    assert np.allclose(read.looks[1, 0], way.on_grid(mean))
    assert np.array_equal(read.rolled, rollout.rollout(way.maps))
    with pytest.raises(ValueError, match=f"token {way.tokens} is unknown"):
        frame(of, shown(of), way.tokens)


def training(of, moments=3):
    """A net whose weights grow from moment to moment."""
    found = []
    for step in range(moments):
        later = twin(of)
        for weights in later.model.parameters():
            weights.data *= 1 + 0.3 * step
        found.append(frame(later, shown(of), 0, f"step {8**step}"))
    return found


@pytest.mark.parametrize("view", VIEWS)
def test_a_film_has_pictures_of_one_size_that_move(of, view):
    frames = training(of)
    seen = walk(of, shown(of)).shown
    found = film(frames, view, seen)
    assert len(found) == 3 and len({one.shape for one in found}) == 1
    assert found[0].dtype == np.uint8 and found[0].shape[2] == 3
    assert max(found[0].shape) < 900 and found[0].std() > 5
    inside = slice(0, len(found[0]) - 30)  # above the label
    moved = view not in ("positions", "filters")  # larger weights point the same way
    assert np.array_equal(found[0][inside], found[2][inside]) != moved
    assert not np.array_equal(found[0], found[2])


def test_one_scale_serves_all_moments():
    of = net("vit")
    first = frame(of, picture(), 0)
    quiet = replace(first, looks=first.looks * 0.01)
    alone, beside = film([quiet], "heads")[0], film([quiet, first], "heads")[0]
    assert alone[:300].mean() > 1.5 * beside[:300].mean()
    assert np.array_equal(film([first, quiet], "heads")[0][:300], film([first], "heads")[0][:300])


def test_the_picture_stands_beside_its_maps():
    of = net("vit")
    frames = [frame(of, picture(), 0)]
    bare, with_it = film(frames, "heads")[0], film(frames, "heads", walk(of, picture()).shown)[0]
    extra = with_it.shape[1] - bare.shape[1]
    assert extra > 150
    assert np.array_equal(with_it[: len(bare) - 30, extra:], bare[: len(bare) - 30])


def test_a_gif_plays_every_moment_and_the_last_one_stays():
    of = make("vit-cls")
    pictures = film(training(of), "heads")
    data = gif(pictures, 120)
    image = Image.open(io.BytesIO(data))
    assert image.format == "GIF" and image.n_frames == 3 and image.info["loop"] == 0
    lasting = []
    for number, wanted in enumerate(pictures):
        image.seek(number)
        lasting.append(image.info["duration"])
        drawn = np.asarray(image.convert("RGB")).astype(int)
        assert np.abs(drawn - wanted).mean() < 4
    assert lasting == [120, 120, 480] and len(data) < 200_000


def test_what_cannot_be_filmed_is_one_sentence():
    of = net("vit")
    one = frame(of, picture())
    for frames in ([], [one] * (MOST + 1)):
        with pytest.raises(ValueError, match=f"{len(frames)} moments: a film has 1 to 200"):
            film(frames, "heads")
    with pytest.raises(ValueError, match="view 'sound' is unknown"):
        film([one], "sound")
    with pytest.raises(ValueError, match="this net has no positions"):
        film([replace(one, positions=None)], "positions")
    with pytest.raises(ValueError, match="at least one picture"):
        gif([])
