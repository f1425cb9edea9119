"""The generated set: the same each time, even, lively, and learnable but not by colour alone."""

import time

import numpy as np
import pytest

from core import shapes
from core.pack import Arrays


@pytest.fixture(scope="module")
def made() -> Arrays:
    """The whole set."""
    return shapes.make()


def test_it_has_the_announced_form(made: Arrays) -> None:
    """Ten classes, evenly filled, 32×32 in colour."""
    assert made.train_images.shape == (6_000, 3, 32, 32) and made.train_images.dtype == np.uint8
    assert made.test_images.shape == (1_000, 3, 32, 32) and made.test_labels.dtype == np.int64
    assert np.bincount(made.train_labels).tolist() == [600] * 10
    assert np.bincount(made.test_labels).tolist() == [100] * 10
    assert len(shapes.CLASSES) == 10


def test_it_is_seeded_and_quick(made: Arrays) -> None:
    """A second making gives the same bytes, in well under five seconds."""
    begun = time.process_time()
    again = shapes.make()
    assert time.process_time() - begun < 5
    assert (again.train_images == made.train_images).all()
    assert (again.test_labels == made.test_labels).all()


def test_no_picture_is_in_both_parts(made: Arrays) -> None:
    """All seven thousand differ."""
    both = np.concatenate([made.train_images, made.test_images])
    assert len({picture.tobytes() for picture in both}) == 7_000


def test_order_is_shuffled(made: Arrays) -> None:
    """The first pictures are not all of one class."""
    assert len(set(made.train_labels[:30].tolist())) >= 7


@pytest.mark.parametrize("name", shapes.CLASSES)
def test_every_figure_has_an_inside_and_stays_in_its_circle(name: str) -> None:
    """Negative somewhere, positive beyond the unit circle: nothing is cut by the picture's edge."""
    line = np.linspace(-1.5, 1.5, 121, dtype=np.float32)
    x, y = line[None, None, :], line[None, :, None]
    away = shapes.FIGURES[name](x + 0 * y, y + 0 * x)[0]
    inside = away < 0
    assert 0.02 < inside.mean() < 0.35
    assert not inside[np.hypot(x, y)[0] > 1.12].any()
    if name == "ring":
        assert away[60, 60] > 0 and away[60, 60 + 27] < 0


@pytest.mark.parametrize("name", shapes.CLASSES)
def test_distances_are_true_at_the_edge(name: str) -> None:
    """Where the edge is smooth, one step outwards adds one step of distance: edges are even."""
    line = np.linspace(-1.2, 1.2, 481, dtype=np.float32)
    x, y = np.broadcast_arrays(line[None, None, :], line[None, :, None])
    away = shapes.FIGURES[name](x.copy(), y.copy())[0]
    slope = np.hypot(*np.gradient(away, line, line))
    assert abs(float(np.median(slope[np.abs(away) < 0.02])) - 1) < 0.05


def test_colour_alone_tells_little(made: Arrays) -> None:
    """The mean colour of a picture names its class hardly better than a guess."""
    train, test = (a.mean(axis=(2, 3)) for a in (made.train_images, made.test_images))
    centres = np.stack([train[made.train_labels == k].mean(axis=0) for k in range(10)])
    nearest = ((test[:, None] - centres) ** 2).sum(axis=2).argmin(axis=1)
    assert (nearest == made.test_labels).mean() < 0.2


def test_figures_stand_out(made: Arrays) -> None:
    """No picture is flat."""
    assert made.train_images.std(axis=(1, 2, 3)).min() > 5
