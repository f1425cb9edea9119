"""What a classifier makes of decoded pictures; style and content are held apart by it."""

import numpy as np
import pytest

from core import latent, readable, zoo
from core.data import load
from core.maker import Maker
from tests import asking, studios

studio_zoo, studio = studios.studio_zoo, studios.studio
plain, styled, quick_zoo = studios.plain, studios.styled, asking.quick_zoo


@pytest.fixture
def judged(studio, quick_zoo, monkeypatch):
    """A zoo of classifiers beside the autoencoders that are already open."""
    return lambda: monkeypatch.setattr(zoo, "FOLDER", quick_zoo)


def test_real_digits_are_read_and_nothing_is_read_without_a_classifier(plain, judged):
    pictures = load("mnist-5k").test_images.numpy()[:200]
    assert readable.verdict(plain, pictures) is None and readable.read(plain, pictures) is None
    judged()
    share, counts = readable.verdict(plain, pictures)
    assert share > 0.6 and sum(counts) == 200 and min(counts) > 5
    found = readable.read(plain, pictures)
    assert (found == load("mnist-5k").test_labels.numpy()[:200]).mean() > 0.9


def test_the_style_desk_keeps_the_label(styled: Maker, judged):
    judged()
    hands = load("mnist-5k").test_images.numpy()[:30]
    codes = styled.encode(hands).z
    labels = np.tile(np.arange(10), len(hands))
    written = styled.decode(np.repeat(codes, 10, 0), labels)
    assert (readable.read(styled, written) == labels).mean() > 0.85


def test_a_guided_space_adds_and_subtracts_classes(plain: Maker, judged):
    judged()
    pictures = load("mnist-5k")
    codes, labels = plain.encode(pictures.test_images.numpy()).z, pictures.test_labels.numpy()
    middles = latent.means(codes, labels, 10)
    moved = np.concatenate([latent.moved(z, middles, 0, 1, (1,)) for z in codes[labels == 0][:50]])
    before = readable.read(plain, plain.decode(codes[labels == 0][:50]))
    after = readable.read(plain, plain.decode(moved))
    assert (after == 1).mean() > (before == 1).mean() + 0.5
