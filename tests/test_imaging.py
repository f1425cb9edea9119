"""The door for pictures: what is let in, what is refused and how it is said, and the transform."""

import re
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from core.imaging import BadPicture, display_name, is_grey, open_picture, to_array
from tests.corpus import BAD_PICTURES, GIF, JPEG, PNG, WEBP, photo, saved
from tests.corpus_good import GOOD_PICTURES

# The product ignores these; tests turn all warnings into errors.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL.TiffImagePlugin")


@pytest.mark.parametrize("name", BAD_PICTURES)
def test_bad_picture_is_refused_in_one_sentence(name: str) -> None:
    """Refused within two seconds by a sentence that names the file and nothing inside the house."""
    make, words = BAD_PICTURES[name]
    data = make()
    begun = time.process_time()
    with pytest.raises(BadPicture, match=words) as caught:
        open_picture(data, name)
    sentence = str(caught.value)
    assert time.process_time() - begun < 2
    assert sentence.startswith(name)
    assert "\n" not in sentence and "BytesIO" not in sentence and len(sentence) < 200


@pytest.mark.parametrize("name", GOOD_PICTURES)
def test_good_picture_opens_plain(name: str) -> None:
    """Every odd but honest picture becomes L or RGB, with nothing but notes beside its pixels."""
    make, mode, size, notes = GOOD_PICTURES[name]
    picture = open_picture(make(), name)
    assert (picture.mode, picture.size) == (mode, size)
    assert picture.info == {"notes": notes}


def test_there_are_enough_cases() -> None:
    """The corpus is the promise."""
    assert len(BAD_PICTURES) >= 60 and len(GOOD_PICTURES) >= 30


def test_transparency_is_laid_on_white() -> None:
    """The colour under full transparency, red, never shows."""
    for name in ("rgba.png", "la.png"):
        assert np.asarray(open_picture(GOOD_PICTURES[name][0](), name)).min() == 255


def test_sixteen_bits_are_scaled_not_cut() -> None:
    """The ramp stays a ramp; Pillow's own conversion makes nearly all of it white."""
    pixels = np.asarray(open_picture(GOOD_PICTURES["sixteen.png"][0](), "x"))[0]
    assert pixels[0] == 0 and pixels[-1] == 255 and abs(float(pixels.mean()) - 127.5) < 2


@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_stand_upright(orientation: int) -> None:
    """The red corner lies where the camera's note says that it was."""
    corner = {1: (0, 0), 2: (0, -1), 3: (-1, -1), 4: (-1, 0)}
    corner |= {5: (0, 0), 6: (0, -1), 7: (-1, -1), 8: (-1, 0)}
    data = GOOD_PICTURES[f"turn-{orientation}.jpg"][0]()
    pixels = np.asarray(open_picture(data, "x.jpg"), dtype=int)
    red, green, _ = pixels[corner[orientation]]
    assert red > 200 and green < 60


def test_path_and_bytes_open_alike(tmp_path: Path) -> None:
    """A file on disk goes through the same door."""
    (tmp_path / "a.png").write_bytes(PNG)
    one, two = open_picture(tmp_path / "a.png", "a.png"), open_picture(PNG, "a.png")
    assert one.tobytes() == two.tobytes()
    with pytest.raises(BadPicture, match="^b.png cannot be read: No such file"):
        open_picture(tmp_path / "b.png", "b.png")
    with pytest.raises(BadPicture, match="cannot be read"):
        open_picture(tmp_path, "folder")


def test_first_frame_of_a_long_animation_is_quick() -> None:
    """1,500 frames cost no more than one."""
    first, *rest = [Image.new("L", (8, 8), n % 256) for n in range(1_500)]
    data = saved(first, "GIF", save_all=True, append_images=rest)
    begun = time.process_time()
    assert open_picture(data, "long.gif").info["notes"] == ("animated",)
    assert time.process_time() - begun < 0.2


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/x.png", "x.png"),
        ("C:\\pictures\\x.png", "x.png"),
        ("a\u202egnp.exe", "agnp.exe"),
        ("nul\0\n.png", "nul.png"),
        ("x" * 5_000, "x" * 60),
        ("", "the file"),
    ],
)
def test_names_are_made_fit_to_be_shown(name: str, shown: str) -> None:
    """No folder, no control or direction signs, no five thousand letters."""
    assert display_name(name) == shown


def test_to_array_leaves_a_fitting_picture_alone() -> None:
    """28×28 in, the same 784 numbers out."""
    pixels = np.random.default_rng(0).integers(0, 256, (28, 28), dtype=np.uint8)
    assert (to_array(Image.fromarray(pixels), 1, 28)[0] == pixels).all()


def test_to_array_takes_the_middle() -> None:
    """A wide picture loses its sides, not its shape."""
    wide = Image.new("RGB", (90, 30), "red")
    wide.paste(Image.new("RGB", (30, 30), "blue"), (30, 0))
    assert (to_array(wide, 3, 30).transpose(1, 2, 0) == (0, 0, 255)).all()


def test_to_array_averages_when_it_shrinks() -> None:
    """A fine checkerboard becomes grey, not a coarse checkerboard."""
    board = ((np.indices((256, 256)).sum(0) % 2) * 255).astype(np.uint8)
    small = to_array(Image.fromarray(board), 1, 32)
    assert abs(small.astype(int) - 127).max() <= 3


def test_to_array_greys_by_luma_and_colours_by_copying() -> None:
    """Green weighs most; grey becomes three equal channels."""
    values = [int(to_array(Image.new("RGB", (9, 9), c), 1, 9)[0, 0, 0]) for c in ("red", "lime")]
    assert values == [76, 150]
    planes = to_array(photo(20, 20, "L"), 3, 20)
    assert planes.shape == (3, 20, 20) and (planes == planes[0]).all()
    assert planes.flags.c_contiguous and planes.dtype == np.uint8


@pytest.mark.parametrize("mode", ["1", "P", "RGBA", "LA", "CMYK", "I;16", "HSV"])
def test_to_array_takes_any_mode(mode: str) -> None:
    """A drawing pad or a program may hand over what it likes."""
    source = Image.new("I;16", (12, 12), 40_000) if mode == "I;16" else photo(12, 12, mode)
    assert to_array(source, 3, 8).shape == (3, 8, 8)


@pytest.mark.parametrize(("channels", "size"), [(2, 28), (4, 28), (0, 28), (1, 0), (3, -1)])
def test_to_array_refuses_other_shapes(channels: int, size: int) -> None:
    """Wrong numbers are named."""
    with pytest.raises(ValueError, match=re.escape(f"{channels} channels of {size} pixels")):
        to_array(photo(), channels, size)


def test_grey_is_seen_through_jpeg() -> None:
    """A grey photo saved as colour is grey; one coloured spot is enough to be colour."""
    grey = open_picture(saved(photo(mode="L").convert("RGB"), "JPEG"), "x.jpg")
    assert grey.mode == "RGB" and is_grey(grey)
    assert not is_grey(open_picture(PNG, "x.png"))


@settings(max_examples=150)
@given(st.sampled_from([PNG, JPEG, GIF, WEBP]), st.data())
def test_mutated_pictures_never_surprise(good: bytes, data: st.DataObject) -> None:
    """Whatever is turned around or cut, the answer is a picture or one sentence."""
    changed = bytearray(good)
    for _ in range(data.draw(st.integers(1, 6))):
        changed[data.draw(st.integers(0, len(good) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(changed)) | st.just(len(changed)))
    try:
        assert open_picture(bytes(changed[:cut]), "x.png").mode in ("L", "RGB")
    except BadPicture as refused:
        assert str(refused).startswith("x.png ")
