"""The routes that pages poll: new rows only, plain refusals, nothing about this machine."""

import gzip
import json

import pytest
from starlette.testclient import TestClient

from core.config import RunConfig
from core.draft import save_checkpoint
from core.home import run_folder
from core.routes import NO_RUN
from core.server import Server
from core.store import Row, Store, StoreBusy
from models import build


@pytest.fixture
def run_id(opened: Server) -> str:
    made = opened.store().create({"seed": 1}, owner="f" * 32)
    rows = [Row(n, n, 0, "train.loss", 1 / n, float(n)) for n in range(1, 101)]
    opened.store().append(made, rows)
    return made


UNKNOWN = ["0" * 16, "zz", "%2e%2e", "..%2f..%2fetc%2fpasswd", "a" * 5000, "0" * 15 + "G"]


@pytest.mark.parametrize("last", ["metrics", "view", "gallery.png", "filters.png"])
@pytest.mark.parametrize("name", UNKNOWN)
def test_unknown_and_malformed_ids_look_the_same(web: TestClient, name: str, last: str) -> None:
    answer = web.get(f"/api/runs/{name}/{last}")
    assert answer.status_code == 404
    assert answer.json() == {"error": NO_RUN}


def test_metrics_are_only_those_after_since(web: TestClient, run_id: str) -> None:
    whole = web.get(f"/api/runs/{run_id}/metrics").json()
    assert len(whole["rows"]) == 100
    assert whole["next"] == 100
    later = web.get(f"/api/runs/{run_id}/metrics?since=98").json()
    assert [row[0] for row in later["rows"]] == [99, 100]
    assert later["id"] == run_id
    none = web.get(f"/api/runs/{run_id}/metrics?since=100").json()
    assert none["rows"] == []
    assert none["next"] == 100


@pytest.mark.parametrize("since", ["-1", "x", "1.5", "1e3", "٣", "9" * 13, "", " 1", "0x1"])
def test_since_must_be_a_number(web: TestClient, run_id: str, since: str) -> None:
    answer = web.get(f"/api/runs/{run_id}/metrics", params={"since": since})
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("since is the number")


def test_a_run_without_pictures_says_so(web: TestClient, run_id: str) -> None:
    answer = web.get(f"/api/runs/{run_id}/gallery.png")
    assert answer.status_code == 404
    assert answer.json() == {"error": "This run has drawn nothing yet."}


def test_the_view_of_a_checkpoint_is_asked_for_by_its_tag(web: TestClient, run_id: str) -> None:
    assert web.get(f"/api/runs/{run_id}/view").json() == {
        "view": None,
        "timeline": [],
        "saved": None,
    }
    answer = web.get(f"/api/runs/{run_id}/view?tag=../../cookie.key")
    assert answer.status_code == 404
    assert answer.json() == {"error": "there is no such checkpoint"}


@pytest.mark.parametrize("drawn", [True, False], ids=["kernels", "points"])
def test_filters_are_kept_by_the_browser_until_they_change(
    web: TestClient, opened: Server, run_id: str, drawn: bool
) -> None:
    assert web.get(f"/api/runs/{run_id}/filters.png").status_code == 404
    kernel = {"name": "cnn", "widths": [4, 8], "kernel": 3 if drawn else 1}
    config = RunConfig.model_validate({"model": kernel})
    net = build(config.model, channels=1, image=28, classes=10)
    facts = {"config": config.model_dump(mode="json"), "classes": ["a"] * 10}
    facts |= {"channels": 1, "size": 28}
    folder = run_folder(run_id) / "start"
    card = save_checkpoint(folder, facts, {"model": net.state_dict()})
    digest = card["files"]["model"]["sha256"]
    opened.store().add_artifact(run_id, "start", 0, f"runs/{run_id}/start", 1, digest)
    answer = web.get(f"/api/runs/{run_id}/filters.png?tag=start")
    assert answer.status_code == (200 if drawn else 204)
    assert answer.headers["cache-control"] == "private, no-cache"
    if drawn:
        assert answer.content.startswith(b"\x89PNG")
        assert answer.headers["filters"].split()[:3] == ["kernels", "4", "4"]
    known = {"If-None-Match": answer.headers["etag"]}
    again = web.get(f"/api/runs/{run_id}/filters.png?tag=start", headers=known)
    assert (again.status_code, again.content) == (304, b"")
    assert web.get(f"/api/runs/{run_id}/filters.png?tag=../start").status_code == 404


def test_in_a_class_everybody_may_look(
    web: TestClient, run_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLAYGROUND_MODE", "class")
    assert web.get(f"/api/runs/{run_id}/metrics").status_code == 200


def test_large_answers_are_compressed_small_ones_not(web: TestClient, run_id: str) -> None:
    with web.stream("GET", f"/api/runs/{run_id}/metrics") as answer:
        assert answer.headers["content-encoding"] == "gzip"
        raw = b"".join(answer.iter_raw())
    assert len(json.loads(gzip.decompress(raw))["rows"]) == 100
    assert "content-encoding" not in web.get("/healthz").headers


def test_health_tells_what_it_checked(
    web: TestClient, opened: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert web.get("/healthz").json() == {"ok": True, "warm": False, "running": 0}
    opened.warm.set()
    assert web.get("/healthz").json()["warm"] is True

    def broken(self: Store) -> int:
        raise StoreBusy("gone")

    monkeypatch.setattr(Store, "running", broken)
    assert web.get("/healthz").status_code == 503


def test_a_busy_store_is_not_the_callers_fault(
    web: TestClient, run_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(self: Store, run_id: str) -> None:
        raise StoreBusy("the run store is busy: try again")

    monkeypatch.setattr(Store, "get", busy)
    assert web.get(f"/api/runs/{run_id}/metrics").status_code == 503
