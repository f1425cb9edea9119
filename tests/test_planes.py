"""Planes: PCA gives back the checkpoints' coordinates, random filters are as long as the net's."""

import numpy as np
import pytest

from core.planes import filtered, principal


def flat(places: list[tuple[float, float]], d: int = 500) -> tuple[np.ndarray, np.ndarray]:
    """Points that lie on one plane of a space of d weights, and that plane's axes."""
    chance = np.random.default_rng(2)
    axes = np.linalg.qr(chance.standard_normal((d, 2)))[0].T
    return (5 + np.array(places) @ axes).astype(np.float32), axes


PLACES = [(0.0, 0.0), (1.0, 0.2), (2.0, 1.0), (4.0, 1.5), (7.0, 1.0)]


def test_points_of_a_plane_are_given_back_exactly() -> None:
    points, _ = flat(PLACES)
    plane = principal([points])
    for point, place in zip(points, plane.places[0], strict=True):
        np.testing.assert_allclose(plane.at(*place), point, atol=1e-4)
    assert sum(plane.shares) == pytest.approx(1, abs=1e-6)
    np.testing.assert_allclose(plane.axes @ plane.axes.T, np.eye(2), atol=1e-5)
    between = np.linalg.norm(points[3] - points[1])  # lengths on the map are lengths of weights
    drawn = np.linalg.norm(plane.places[0][3] - plane.places[0][1])
    assert drawn == pytest.approx(between, rel=1e-5)


def test_the_plane_is_sklearns_and_so_are_variance_and_coordinates() -> None:
    from sklearn.decomposition import PCA

    points = np.random.default_rng(1).standard_normal((9, 400)).cumsum(0).astype(np.float32)
    plane, other = principal([points]), PCA(2).fit(points)
    np.testing.assert_allclose(plane.shares, other.explained_variance_ratio_, rtol=1e-4)
    signs = np.sign((plane.axes * other.components_).sum(1))
    np.testing.assert_allclose(
        plane.places[0], other.transform(points) * signs, rtol=1e-3, atol=1e-3
    )


def test_several_runs_share_one_plane_and_the_first_goes_right_and_up() -> None:
    points, _ = flat([*PLACES, (0.0, 0.0), (-1.0, 3.0), (-2.0, 5.0)])
    plane = principal([points[:5], points[5:]])
    one, other = plane.places
    assert len(one) == 5 and len(other) == 3
    np.testing.assert_allclose(one[0], other[0], atol=1e-4)  # both begin at the same weights
    assert (one[-1] > one[0]).all()
    left, right, bottom, top = plane.reach
    assert (right - left) / (top - bottom) == pytest.approx(4 / 3)
    for x, y in np.concatenate(plane.places):
        assert left < x < right and bottom < y < top


def test_what_lies_off_the_plane_lessens_its_share() -> None:
    points, _ = flat(PLACES)
    bent = points.copy()
    bent[1, :40] += 2.0
    bent[3, 40:80] += 2.0
    assert sum(principal([bent]).shares) < 0.99


def test_checkpoints_that_do_not_differ_are_one_sentence() -> None:
    with pytest.raises(ValueError, match="all the same"):
        principal([np.ones((4, 30), np.float32)])


def test_random_filters_are_as_long_as_the_nets_and_vectors_stay() -> None:
    chance = np.random.default_rng(3)
    shapes = [(4, 3, 3), (4,), (2, 4)]
    rows = chance.standard_normal((3, 36 + 4 + 8)).astype(np.float32)
    plane = filtered([rows], shapes, seed=1)
    net = rows[-1]
    assert (plane.centre == net).all() and (plane.places[0][-1] == 0).all()
    for axis in plane.axes:
        ours = np.linalg.norm(axis[:36].reshape(4, -1), axis=1)
        np.testing.assert_allclose(ours, np.linalg.norm(net[:36].reshape(4, -1), axis=1), rtol=1e-5)
        assert not axis[36:40].any()
        ours = np.linalg.norm(axis[40:].reshape(2, -1), axis=1)
        np.testing.assert_allclose(ours, np.linalg.norm(net[40:].reshape(2, -1), axis=1), rtol=1e-5)
    assert plane.reach[3] == pytest.approx(1) and plane.reach[1] == pytest.approx(4 / 3)
    assert (filtered([rows], shapes, seed=1).axes == plane.axes).all()
    assert (filtered([rows], shapes, seed=2).axes != plane.axes).any()


def test_coordinates_on_random_directions_are_those_of_least_squares() -> None:
    chance = np.random.default_rng(4)
    rows = chance.standard_normal((6, 48)).astype(np.float32)
    plane = filtered([rows], [(6, 8)], seed=5)
    wanted = np.linalg.lstsq(plane.axes.T, (rows - rows[-1]).T, rcond=None)[0].T
    np.testing.assert_allclose(plane.places[0], wanted, atol=1e-4)
    assert 0 < sum(plane.shares) < 1
