"""Encoded test pictures: of the set itself, of one that stands in, or none."""

import numpy as np

from core import encoded
from core.data import load
from core.maker import open_maker
from tests import studios

studio_zoo, studio, plain = studios.studio_zoo, studios.studio, studios.plain


def test_the_cloud_holds_test_pictures_and_their_own_codes(plain):
    cloud = encoded.cloud(plain)
    assert cloud is not None and cloud.data == "mnist-5k" and len(cloud) == 1000 and not cloud.few
    pictures = load("mnist-5k")
    assert (cloud.pictures == pictures.test_images.numpy()[cloud.which]).all()
    assert (cloud.labels == pictures.test_labels.numpy()[cloud.which]).all()
    assert np.allclose(cloud.codes[:5], plain.encode(cloud.pictures[:5]).z, atol=1e-5)
    assert len(encoded.cloud(plain, 30)) == 30


def test_digits_at_hand_stand_in_for_digits_that_are_not(plain):
    plain.data = "mnist"
    cloud = encoded.cloud(plain)
    assert cloud is not None and cloud.data == "mnist-5k"


def test_a_few_pictures_came_along_with_the_zoo_for_a_set_that_is_not_here(fresh_home):
    maker = open_maker("zoo:cifar10-aae")
    cloud = encoded.cloud(maker)
    assert cloud is not None and cloud.few and cloud.data == "cifar10"
    assert cloud.pictures.shape == (40, 3, 32, 32) and set(cloud.labels) == set(range(10))
    assert np.allclose(cloud.codes, maker.encode(cloud.pictures).z, atol=1e-5)
    maker.data = "fashion-mnist"
    assert encoded.cloud(maker) is None


def test_there_is_nothing_for_pictures_of_a_kind_that_is_not_here(plain):
    plain.data, plain.classes = "cifar10", tuple("abcdefghij")
    assert encoded.cloud(plain) is None
    assert encoded.known("../../etc", ("0",), 1, 28) is None
