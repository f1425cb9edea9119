"""What every answer passes: headers, hosts, the gate, and no word about this machine."""

import asyncio

import pytest
from starlette.testclient import TestClient

from core.headers import Gate, from_loopback, host_allowed, inline_hashes, policy
from core.server import Server
from tests.house import ROOT

ROUTES = ["/healthz", "/api/x", "/api/runs/0/metrics", "/nothing", "/crash", "/api/runs/0/view"]


@pytest.mark.parametrize("path", ROUTES)
def test_every_answer_carries_the_headers(web: TestClient, path: str) -> None:
    headers = web.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "unsafe-eval" not in headers["content-security-policy"]
    assert "strict-transport-security" not in headers
    if path.startswith("/api") or path == "/healthz":
        assert headers["cache-control"] == "no-store"


def test_a_crash_is_one_sentence_without_a_path(
    web: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    answer = web.get("/crash")
    assert answer.status_code == 500
    assert str(ROOT) not in answer.text
    code = answer.json()["error"].split()[-1].rstrip(".")
    assert code in caplog.text  # the log has the details under that name


def test_the_policy_knows_the_front_ends_own_script() -> None:
    assert len(inline_hashes()) >= 1
    assert all(source.startswith("'sha256-") for source in inline_hashes())
    assert inline_hashes()[0] in policy(inline_hashes())


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8501", 200),
        ("localhost", 200),
        ("LOCALHOST.:80", 200),
        ("[::1]:8501", 200),
        ("a.school.example", 200),
        ("school.example", 403),
        ("evil.example", 403),
        ("127.0.0.1.evil.example", 403),
        ("localhost@evil.example", 403),
        ("", 403),
    ],
)
def test_only_our_own_names_are_answered(web: TestClient, host: str, status: int) -> None:
    assert web.get("/healthz", headers={"Host": host}).status_code == status


def test_without_a_list_any_host_is_answered() -> None:
    assert host_allowed("any.example", ())
    assert host_allowed("any.example", ("*",))


@pytest.mark.parametrize(
    ("client", "inside"),
    [(("127.0.0.1", 1), True), (("::1", 1), True), (("10.0.0.9", 1), False), (("x", 1), False)],
)
def test_process_figures_stay_on_this_machine(
    web: TestClient, client: tuple[str, int], inside: bool
) -> None:
    assert from_loopback({"client": client}) == inside
    far = TestClient(web.app, base_url="http://localhost", client=client)
    assert far.get("/_stcore/metrics").status_code == (200 if inside else 404)


def test_pages_wait_for_the_gate(opened: Server) -> None:
    async def scenario() -> list[str]:
        seen: list[str] = []

        async def page(_scope: object, _receive: object, _send: object) -> None:
            seen.append("page")

        held = Gate(page, ready=opened.ready)
        asking = asyncio.create_task(
            held({"type": "websocket", "path": "/_stcore/stream"}, None, None)
        )
        await held({"type": "http", "path": "/_stcore/health"}, None, None)
        await asyncio.sleep(0.05)
        seen.append("opened")
        opened.gate.set()
        await asking
        return seen

    assert asyncio.run(scenario()) == ["page", "opened", "page"]
