"""Every page in the browser: no complaint of the console, two languages, two themes, a keyboard."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.scene import Installation, button, fetch, in_state, settled
from tests.e2e.visitor import Visitor

PAGES = ["/", "/runs", "/predict", "/cnn", "/data", "/train"]


def clean(one: Visitor, korean: bool) -> Page:
    """Look at one page after the other; the console's complaints are told when the visitor goes."""
    page = one.open(PAGES[0])
    for path in PAGES:
        if path != PAGES[0]:
            page.goto(one.url + path)
        settled(page)
        heading = page.get_by_role("heading", level=1).first.inner_text()
        assert any("가" <= letter <= "힣" for letter in heading) == korean, path
    return page


def test_every_page_is_clean_and_a_tablet_needs_no_sideways_scrolling(
    visit: Callable[..., Visitor],
) -> None:
    page = clean(visit(), korean=False)
    page.set_viewport_size({"width": 820, "height": 1180})
    page.reload()
    settled(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 820


def test_every_page_is_clean_in_the_dark_and_the_language_follows_browser_and_switch(
    visit: Callable[..., Visitor],
) -> None:
    page = clean(visit(locale="ko-KR", color_scheme="dark"), korean=True)
    expect(button(page, "학습 시작")).to_be_visible()
    page.locator(".st-key-language button").filter(has_text="en").click()
    expect(button(page, "Start training")).to_be_visible()


def test_start_is_pressed_by_keyboard_and_the_visitor_is_known_before_and_after_a_reload(
    visit: Callable[..., Visitor], installation: Installation
) -> None:
    one = visit()
    page = one.open("/train?data=mnist-5k&model=mlp")
    start = button(page, "Start training")
    expect(start).to_be_enabled()
    settled(page)
    for _ in range(80):
        page.keyboard.press("Tab")
        if start.evaluate("node => node === document.activeElement"):
            break
    else:
        pytest.fail("80 tabs did not reach the start button")
    page.keyboard.press("Enter")
    in_state(page, "running", "finished")
    first = {c["name"]: c for c in one.context.cookies()}["pg_uid"]
    assert first["httpOnly"]
    assert first["sameSite"] == "Strict"
    owners = [row.owner for row in installation.runs()]
    assert first["value"].split(".")[0] in owners
    page.reload()
    settled(page)
    again = {c["name"]: c for c in one.context.cookies()}["pg_uid"]
    assert again["value"] == first["value"]


def test_an_unknown_run_is_one_sentence(visit: Callable[..., Visitor]) -> None:
    one = visit()
    page = one.open("/data")
    for name in ("0" * 16, "../../etc/passwd", "%2e%2e", "<b>x</b>"):
        page.goto(f"{one.url}/train?run={name}")
        expect(page.get_by_text("There is no run with this address")).to_be_visible()


ROUTES = [
    "/",
    "/train",
    "/no/such/page",
    "/healthz",
    "/api/runs/0/metrics",
    "/api/nothing",
    "/_stcore/health",
    "/_stcore/host-config",
    "/_stcore/metrics",
    "/_stcore/agent/openapi.json",
    "/_stcore/script-health-check",
    "/_stcore/upload_file/a/b",
    "/media/x.png",
    "/component/x/y.js",
    "/static/js/missing.js",
    "/static/../../app.py",
    "/%2e%2e/%2e%2e/etc/passwd",
    "//evil.example",
]


@pytest.mark.parametrize("path", ROUTES)
def test_every_route_carries_the_headers_and_no_path(installation: Installation, path: str) -> None:
    for method in ("GET", "POST", "PUT", "DELETE", "OPTIONS"):
        _, headers, body = fetch(installation.url + path, method)
        assert headers["x-content-type-options"] == "nosniff", method
        assert "frame-ancestors 'none'" in headers["content-security-policy"], method
        assert b"site-packages" not in body, method
        assert str(installation.home.parent).encode() not in body, method
        assert b"root:" not in body, method


HANDSHAKE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


def test_a_foreign_name_is_refused_on_every_way_in(installation: Installation) -> None:
    name = {"Host": "evil.example"}
    for path in ("/", "/api/runs/0/metrics", "/_stcore/health", "/_stcore/host-config"):
        assert fetch(installation.url + path, headers=name)[0] == 403
    handshake = {**name, **HANDSHAKE, "Origin": "http://evil.example"}
    assert fetch(installation.url + "/_stcore/stream", headers=handshake)[0] == 403


def test_the_front_end_arrives_compressed(installation: Installation) -> None:
    _, headers, body = fetch(installation.url + "/", headers={"Accept-Encoding": "gzip"})
    assert headers["content-encoding"] == "gzip"
    assert len(body) < 6000


def test_what_the_server_tells_arrives_compressed(installation: Installation) -> None:
    told = {**HANDSHAKE, "Origin": installation.url}
    told["Sec-WebSocket-Extensions"] = "permessage-deflate"
    status, headers, _ = fetch(installation.url + "/_stcore/stream", headers=told)
    assert status == 101
    assert "permessage-deflate" in headers["sec-websocket-extensions"]


def test_the_log_names_no_session(installation: Installation) -> None:
    text = installation.log.read_text()
    assert "Vision Playground: http://127.0.0.1" in text
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}", text)
    assert "Traceback" not in text
