"""Terrain: the loss on the plane is the net's own loss, and a real run lies where it should."""

import json
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from core import checkpoint, surveys, terrain
from core.config import parse
from core.surveys import Survey, Surveys, pictures_of
from core.terrain import Ground, Terrain, Trail, read, spread, survey, write
from core.training import Run

SMALL = {
    "data": {"name": "mnist-5k", "limit": 400},
    "schedule": {"name": "constant"},
    "batch": 100,
    "epochs": 3,
}
NETS = {
    "mlp": {"name": "mlp", "widths": [12], "norm": True, "dropout": 0.5},
    "cnn": {"name": "cnn", "widths": [4, 8]},
}


def trained(folder: Path, name: str, optimizer: str = "sgd") -> Trail:
    """A short run with a checkpoint after every third step."""
    run = Run(parse({**SMALL, "model": NETS[name], "optimizer": {"name": optimizer}, "seed": 1}))
    folders, steps = [], []
    for metrics in run:
        if metrics.step % 3 == 0 and metrics.step not in steps:
            place = folder / f"{optimizer}-{name}" / f"step-{metrics.step:06d}"
            run.save(place)
            folders.append(place)
            steps.append(metrics.step)
    return Trail(optimizer, tuple(folders), tuple(steps))


@pytest.fixture(scope="module")
def trails(tmp_path_factory: pytest.TempPathFactory) -> list[Trail]:
    folder = tmp_path_factory.mktemp("terrain")
    return [trained(folder, "mlp", name) for name in ("sgd", "adam")]


@pytest.fixture(scope="module")
def known(trails: list[Trail]) -> Terrain:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(terrain, "LEVELS", ((5, 4), (9, 7)))
        *_, last = survey(trails)
    return last


def test_the_loss_is_that_of_the_net_with_these_weights(trails: list[Trail]) -> None:
    """By a net of its own: dropout off, batch norm by the pictures, plain cross-entropy."""
    ground = Ground(trails[0].folders[-1], 100)
    net = Run(parse(checkpoint.read_card(trails[0].folders[2])["config"])).model
    checkpoint.load_model(net, checkpoint.load_part(trails[0].folders[2], "model"))
    net.train()
    for module in net.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    wanted = F.cross_entropy(net(ground.x), ground.y).item()
    row = ground.read(trails[0].folders[2])
    assert ground.loss(row) == pytest.approx(wanted, rel=1e-5)
    assert ground.loss(row) == ground.loss(row)  # asking changes nothing
    assert ground.loss(row * np.float32(np.nan)) == np.inf


def test_two_runs_of_a_duel_lie_on_one_plane_and_begin_together(known: Terrain) -> None:
    assert known.names == ("sgd", "adam") and known.done
    np.testing.assert_allclose(known.places[0][0], known.places[1][0], atol=1e-3)
    assert known.real[0][0] == pytest.approx(known.real[1][0], rel=1e-5)
    assert 0.5 < sum(known.shares) <= 1 and known.shares[0] >= known.shares[1]
    for run in known.real:
        assert run[-1] < run[0]


def test_the_shadow_of_a_checkpoint_is_the_net_as_far_as_the_plane_holds_it(
    trails: list[Trail],
) -> None:
    """Three checkpoints lie on one plane exactly: there the shadow is the net itself."""
    three = replace(trails[0], folders=trails[0].folders[:3], steps=trails[0].steps[:3])
    first = next(survey([three]))
    assert sum(first.shares) == pytest.approx(1, abs=1e-4)
    np.testing.assert_allclose(first.shadow[0], first.real[0], rtol=1e-3)


def test_heights_are_losses_at_their_places(trails: list[Trail], known: Terrain) -> None:
    from core.planes import principal

    ground = Ground(trails[0].folders[-1])
    rows = [np.stack([ground.read(f) for f in trail.folders]) for trail in trails]
    plane = principal(rows)
    assert known.heights.shape == (7, 9) and np.isfinite(known.heights).all()
    left, right, bottom, top = known.reach
    for row, column in [(0, 0), (3, 4), (6, 8), (2, 7)]:
        x = left + (right - left) * column / 8
        y = bottom + (top - bottom) * row / 6
        assert known.heights[row, column] == pytest.approx(ground.loss(plane.at(x, y)), rel=1e-4)


def test_it_comes_coarse_first_and_stops_where_patience_ends(
    trails: list[Trail], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terrain, "LEVELS", ((3, 3), (5, 5)))
    coarse, fine = survey([trails[0]])
    assert not coarse.done and fine.done
    assert (fine.heights[::2, ::2] == coarse.heights).all()
    monkeypatch.setattr(terrain, "PATIENCE", 0.0)
    (only,) = survey([trails[0]])
    assert only.done and only.heights.shape == (3, 3)


def test_random_directions_hold_little_of_the_way(
    trails: list[Trail], known: Terrain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terrain, "LEVELS", ((3, 3),))
    (found,) = survey([trails[0]], directions="random")
    assert sum(found.shares) < 0.1 < sum(known.shares)
    assert found.heights[1, 1] == pytest.approx(found.real[0][-1], rel=1e-5)


def test_a_convolutional_net_has_its_terrain_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terrain, "LEVELS", ((3, 3),))
    (found,) = survey([trained(tmp_path, "cnn")])
    assert np.isfinite(found.heights).all() and found.real[0][-1] < found.real[0][0]


def test_what_cannot_be_drawn_is_one_sentence(
    trails: list[Trail], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    two = replace(trails[0], folders=trails[0].folders[:2], steps=trails[0].steps[:2])
    with pytest.raises(ValueError, match="at least three checkpoints"):
        next(survey([two]))
    with pytest.raises(ValueError, match="differ in their layers"):
        next(survey([trails[0], trained(tmp_path, "cnn")]))
    with pytest.raises(ValueError, match="no checkpoint"):
        next(survey([replace(trails[0], folders=(tmp_path / "a",) * 3)]))
    monkeypatch.setattr(terrain, "MOST_WEIGHTS", 100)
    with pytest.raises(ValueError, match="learns .* weights"):
        next(survey([trails[0]]))


def test_many_checkpoints_are_spread_first_and_last_among_them() -> None:
    trail = Trail("a", tuple(Path(f"{i}") for i in range(50)), tuple(range(50)))
    some = spread(trail, 7)
    assert len(some.folders) == len(some.steps) == 7
    assert (some.steps[0], some.steps[-1]) == (0, 49)
    assert spread(trail, 99) == trail


def test_a_terrain_is_kept_as_json(known: Terrain) -> None:
    again = read(json.loads(json.dumps(write(known))))
    np.testing.assert_allclose(again.heights, known.heights, rtol=1e-3)
    np.testing.assert_allclose(again.places[1], known.places[1], atol=1e-4)
    assert (again.names, again.steps, again.weights) == (known.names, known.steps, known.weights)


def ended(made: Survey) -> Survey:
    """Wait until a terrain is made, or given up."""
    end = time.monotonic() + 30
    while made.going and time.monotonic() < end:
        time.sleep(0.02)
    return made


def test_surveys_are_made_once_in_the_background_and_say_what_is_wrong(
    trails: list[Trail], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terrain, "LEVELS", ((3, 3),))
    made = Surveys()
    one = made.of([trails[0]], "path")
    assert made.of([trails[0]], "path") is one
    broken = made.of([replace(trails[0], folders=(tmp_path / "a",) * 3)], "path")
    ended(one), ended(broken)
    assert one.terrain is not None and one.terrain.done and not one.problem
    assert "no checkpoint" in broken.problem and broken.terrain is None
    assert made.of([trails[0]], "path") is one
    made.close()


def test_terrains_take_turns_and_one_that_nobody_asks_for_is_given_up(
    trails: list[Trail], monkeypatch: pytest.MonkeyPatch
) -> None:
    levels = tuple((2**n + 1, 2**n + 1) for n in range(1, 9))  # the last ones take their time
    monkeypatch.setattr(terrain, "LEVELS", levels)
    monkeypatch.setattr(surveys, "TURN", 0.02)
    made = Surveys()
    one, other = (made.of([trail], "path") for trail in trails)
    end = time.monotonic() + 30
    while not (one.terrain and other.terrain) and time.monotonic() < end:
        time.sleep(0.01)
    assert one.terrain and other.terrain and one.going and other.going
    monkeypatch.setattr(surveys, "FORGOTTEN", 0.0)
    assert not ended(one).terrain.done and not ended(other).problem
    assert made.of([trails[0]], "path") is not one
    made.close()


def test_pictures_are_those_of_the_net_or_just_like_them() -> None:
    assert pictures_of("shapes") == "shapes"
    assert pictures_of("mnist") in ("mnist", "mnist-5k")
    with pytest.raises(ValueError, match="are not here"):
        pictures_of("fashion-mnist")
