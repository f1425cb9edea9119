"""The visitor cookie: made once, signed, kept from scripts, never thrown away by a link."""

import os
import threading
from pathlib import Path

from starlette.testclient import TestClient

from core import identity
from core.identity import visitor
from core.server import Server

FETCH = {"Accept": "*/*"}


def test_a_new_visitor_is_introduced_once(web: TestClient, opened: Server) -> None:
    first = web.get("/_stcore/host-config", headers=FETCH)
    header = first.headers["set-cookie"]
    for rule in ("HttpOnly", "SameSite=Strict", f"Max-Age={180 * 86400}", "Path=/"):
        assert rule in header
    assert "Secure" not in header
    name = visitor(dict(first.cookies))
    assert len(name) == 32
    again = web.get("/_stcore/host-config", headers=FETCH)  # the client sends the cookie back
    assert "set-cookie" not in again.headers


def test_behind_tls_the_cookie_is_secure(web: TestClient) -> None:
    safe = TestClient(web.app, base_url="https://localhost")
    answer = safe.get("/_stcore/host-config", headers=FETCH)
    assert "; Secure" in answer.headers["set-cookie"]
    assert "strict-transport-security" in answer.headers


def test_a_page_reached_by_a_link_gets_no_new_identity(web: TestClient) -> None:
    """A strict cookie is not sent along with a foreign link, so missing means nothing there."""
    page = web.get("/_stcore/host-config", headers={"Accept": "text/html,*/*"})
    assert "set-cookie" not in page.headers
    assert "set-cookie" not in web.get("/healthz", headers=FETCH).headers


def test_only_the_page_itself_introduces(web: TestClient) -> None:
    """Below a deep link the page asks in vain and at the same time: two cookies would race."""
    probe = web.get("/clinic/_stcore/host-config", headers=FETCH)
    assert probe.status_code == 404
    assert "set-cookie" not in probe.headers


def test_forged_cookies_name_nobody(web: TestClient, opened: Server) -> None:
    value = identity.issue(opened.secret)
    name, signature = value.split(".")
    assert visitor({"pg_uid": value}) == name
    other = identity.issue(os.urandom(32))
    swapped = f"{'0' * 32}.{signature}"
    flipped = f"{name}.{signature[:-1]}{'0' if signature[-1] != '0' else '1'}"
    for forged in ("", name, f"{name}.", other, swapped, flipped, value.upper(), value + "0"):
        assert visitor({"pg_uid": forged}) == ""
        sent = web.get("/_stcore/host-config", headers={**FETCH, "Cookie": f"pg_uid={forged}"})
        assert "set-cookie" in sent.headers
    assert visitor({}) == ""


def test_cookies_of_other_programs_do_not_hide_ours(opened: Server) -> None:
    value = identity.issue(opened.secret)
    header = f'theme={{"a": [1, 2]}}; bad name=x; pg_uid={value}; y="'
    assert identity.from_header(header, opened.secret) == value.split(".")[0]


def test_the_key_is_made_once_and_private(fresh_home: Path) -> None:
    found: list[bytes] = []
    threads = [threading.Thread(target=lambda: found.append(identity.key())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1
    assert (fresh_home / "cookie.key").stat().st_mode & 0o777 == 0o600
    assert [p.name for p in fresh_home.iterdir() if "cookie" in p.name] == ["cookie.key"]
