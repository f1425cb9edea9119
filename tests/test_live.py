"""What pages poll: the payload, the views, the pictures."""

import io
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as choices
from hypothesis import strategies as st
from PIL import Image

from core.home import run_folder
from core.keeper import sprite
from core.live import filters, gallery_png, payload, timeline, views
from core.store import Artifact, Store
from tests import shelves
from tests.shelves import CONFIG, rows
from tests.workshop import ended, settings

lite = shelves.lite


@pytest.fixture(scope="module")
def finished(
    session_home: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Store, str]]:
    """A store with one run that has just ended."""
    with ended(session_home, tmp_path_factory.mktemp("home"), settings(2)) as found:
        yield found


def test_a_payload_is_everything_at_first_and_news_later(lite: Store) -> None:
    run_id = lite.create(CONFIG, name="one")
    other = lite.create(CONFIG)
    lite.append(run_id, rows(5))
    whole = payload(lite, run_id, 0)
    assert (whole["name"], whole["state"], whole["position"]) == ("one", "queued", 1)
    assert payload(lite, other, 0)["position"] == 2
    assert whole["config"] == CONFIG and whole["epochs"] == 2 and whole["next"] == 5
    assert whole["rows"][0] == (1, 10, 0, "train.loss", 1 / 7, 0.01)
    lite.append(run_id, rows(2, start=6))
    news = payload(lite, run_id, 5)
    assert [row[0] for row in news["rows"]] == [6, 7] and news["next"] == 7
    assert "config" not in news
    assert payload(lite, run_id, 7)["next"] == 7
    with pytest.raises(LookupError):
        payload(lite, "0" * 16, 0)


@choices(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
@given(st.lists(st.integers(1, 30), max_size=8))
def test_a_reader_misses_and_repeats_nothing(lite: Store, batches: list[int]) -> None:
    run_id, seen, since, written = lite.create(CONFIG), [], 0, 0
    for size in [*batches, 0]:
        lite.append(run_id, rows(size, written + 1))
        written += size
        answer = payload(lite, run_id, since)
        since = answer["next"]
        seen += [row[0] for row in answer["rows"]]
    assert seen == list(range(1, written + 1))


def test_a_payload_is_strict_json(lite: Store) -> None:
    run_id = lite.create(CONFIG)
    lite.append(run_id, [row._replace(value=float("nan")) for row in rows(2)])
    text = json.dumps(payload(lite, run_id, 0), allow_nan=False)
    assert [row[4] for row in json.loads(text)["rows"]] == [None, None]


def test_the_views_of_a_finished_run(finished: tuple[Store, str]) -> None:
    store, run_id = finished
    now = views(store, run_id)
    assert (now["view"]["step"], now["view"]["epoch"]) == (16, 2)
    assert len(now["view"]["gallery"]) == 24
    assert {len(entry["top"]) for entry in now["view"]["gallery"]} == {3}
    assert sum(map(sum, now["view"]["confusion"])) == 80  # the validation pictures
    tags = [entry["tag"] for entry in now["timeline"]]
    assert tags[:3] == ["start", "step-000001", "step-000002"] and tags[-1] == "epoch-002"
    steps = [entry["step"] for entry in now["timeline"]]
    assert steps == sorted(set(steps)) and "best" not in tags and "last" not in tags
    assert [entry["step"] for entry in now["timeline"] if entry["best"]] in ([8], [16])
    assert now["saved"] == 16
    before = views(store, run_id, "start")["view"]
    assert before["step"] == 0 and before["confusion"] is None
    assert before["gallery"] != now["view"]["gallery"]


@pytest.mark.parametrize("tag", ["../../playground.db", "nothing", "start/../last", "START"])
def test_unknown_checkpoints_are_not_looked_for(finished: tuple[Store, str], tag: str) -> None:
    with pytest.raises(LookupError):
        views(*finished, tag)


def test_a_run_that_has_not_begun_has_no_views(lite: Store) -> None:
    run_id = lite.create(CONFIG)
    assert views(lite, run_id) == {"view": None, "timeline": [], "saved": None}
    with pytest.raises(FileNotFoundError):
        gallery_png(lite.get(run_id))
    with pytest.raises(LookupError):
        views(lite, "0" * 16)


def test_the_gallery_is_one_row_of_pictures(finished: tuple[Store, str]) -> None:
    store, run_id = finished
    image = Image.open(io.BytesIO(gallery_png(store.get(run_id))))
    assert image.size == (24 * 28 * 3, 28 * 3) and image.mode == "L"
    assert (run_folder(run_id) / "gallery.png").stat().st_size < 100_000


def test_the_best_checkpoint_is_a_stop_of_its_own_where_no_other_is() -> None:
    def kept(tag: str, kind: str, step: int) -> Artifact:
        return Artifact("f" * 16, f"runs/x/{tag}", kind, step, step // 10, 1, "", 0.0)

    stops = timeline([kept("origin", "origin", 5), kept("best", "best", 20), kept("last", "l", 30)])
    assert [(stop["tag"], stop["best"]) for stop in stops] == [("origin", False), ("best", True)]
    stops = timeline([kept("epoch-002", "epoch", 20), kept("best", "best", 20)])
    assert [(stop["tag"], stop["best"]) for stop in stops] == [("epoch-002", True)]


def test_filters_are_those_of_the_checkpoint_and_drawn_only_when_they_changed(
    finished: tuple[Store, str],
) -> None:
    store, run_id = finished
    row = store.get(run_id)
    before, now = filters(store, row, "start"), filters(store, row)
    assert (now.kind, now.shown, now.among) == ("units", 16, 16) and now.reach > 0
    assert Image.open(io.BytesIO(now.png)).size == (8 * 62 - 6, 2 * 62 - 6)
    assert before.png != now.png and filters(store, row, "last") == now
    assert filters(store, row, "last", known=now.digest).png == b""
    with pytest.raises(LookupError):
        filters(store, row, "../start")


@pytest.mark.parametrize(("channels", "mode"), [(1, "L"), (3, "RGB")])
def test_a_sprite_shows_the_pictures_themselves(channels: int, mode: str) -> None:
    pictures = np.random.default_rng(0).integers(0, 256, (5, channels, 4, 6), dtype=np.uint8)
    image = Image.open(io.BytesIO(sprite(pictures)))
    assert image.mode == mode
    seen = np.asarray(image).reshape(12, 5 * 18, channels)
    for number in range(5):
        cut = seen[::3, number * 18 : (number + 1) * 18 : 3]
        assert (cut == pictures[number].transpose(1, 2, 0)).all()
