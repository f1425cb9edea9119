"""Pictures to take away: what is laid beside each other can be cut apart again."""

import io

import numpy as np
import pytest
from PIL import Image

from core import parcel


@pytest.mark.parametrize("channels", [1, 3])
def test_a_raster_holds_every_picture_pixel_by_pixel(channels):
    pictures = np.random.default_rng(0).integers(0, 256, (7, channels, 4, 4), dtype=np.uint8)
    image = np.asarray(Image.open(io.BytesIO(parcel.raster(pictures, 3))))
    assert image.shape[:2] == (12, 12)
    image = image.reshape(12, 12, channels)
    for n, picture in enumerate(pictures):
        top, left = n // 3 * 4, n % 3 * 4
        assert (image[top : top + 4, left : left + 4] == picture.transpose(1, 2, 0)).all()
    assert not image[8:, 4:].any()


def test_a_sheet_enlarges_every_pixel_to_a_square():
    pictures = np.full((4, 1, 28, 28), 7, np.uint8)
    image = Image.open(io.BytesIO(parcel.large(pictures, 2)))
    assert image.size == (2 * 84 + 3 * 6,) * 2
    assert (np.asarray(image)[6:90, 6:90] == 7).all()


def test_an_archive_gives_the_arrays_back():
    arrays = {"images": np.arange(6, dtype=np.uint8), "z": np.float32([[1, 2]])}
    with np.load(io.BytesIO(parcel.archive(arrays))) as kept:
        assert set(kept) == {"images", "z"}
        assert (kept["images"] == arrays["images"]).all() and kept["images"].dtype == np.uint8


def test_an_animation_goes_there_and_back():
    pictures = np.stack([np.full((1, 8, 8), n * 60, np.uint8) for n in range(4)])
    frames = parcel.there_and_back(pictures)
    assert [int(frame[0, 0, 0]) for frame in frames] == [0, 60, 120, 180, 120, 60]
    image = Image.open(io.BytesIO(parcel.animation(frames, [f"step {n}" for n in range(6)])))
    assert image.n_frames == 6 and image.size == (168, 168 + parcel.STRIP)
    with pytest.raises(ValueError, match="at least one"):
        parcel.animation([])
