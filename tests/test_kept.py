"""Files of the front end: compressed for the first who asks, the same bytes for all others."""

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.testclient import TestClient

from core.kept import Kept

TEXT = "const answer = 42;\n" * 400
FOREVER = {"Cache-Control": "public, immutable, max-age=31536000"}


class Files:
    """A front end that counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    def give(self, request: Request) -> Response:
        self.asked += 1
        name = request.path_params["name"]
        headers = {} if name.startswith("page") else FOREVER
        answer = Response(TEXT + name, media_type="text/javascript", headers=headers)
        if name.startswith("mine"):
            answer.set_cookie("who", "me")
        return answer


@pytest.fixture
def files() -> Files:
    return Files()


def client(files: Files, most: int = 1_000_000) -> TestClient:
    keep = [Middleware(Kept, most=most), Middleware(GZipMiddleware, minimum_size=100)]
    routes = [Route("/static/{name}", files.give), Route("/other/{name}", files.give)]
    return TestClient(Starlette(routes=routes, middleware=keep))


def test_a_file_is_compressed_once_for_all(files):
    browser = client(files)
    first, second = browser.get("/static/a.js"), browser.get("/static/a.js?again")
    assert files.asked == 1
    assert first.text == second.text == TEXT + "a.js"
    assert first.headers == second.headers and second.headers["content-encoding"] == "gzip"
    assert int(second.headers["content-length"]) < len(TEXT) / 10
    assert browser.get("/static/b.js").text == TEXT + "b.js"


@pytest.mark.parametrize("path", ["/static/page.html", "/static/mine.js", "/other/a.js"])
def test_what_may_change_or_is_somebodys_own_is_asked_for_anew(files, path):
    browser = client(files)
    assert browser.get(path).text == browser.get(path).text
    assert files.asked == 2


@pytest.mark.parametrize(
    "headers",
    [{"Accept-Encoding": "identity"}, {"Range": "bytes=0-9"}, {"If-None-Match": '"x"'}],
)
def test_other_requests_pass(files, headers):
    browser = client(files)
    browser.get("/static/a.js")
    assert "42" in browser.get("/static/a.js", headers=headers).text
    assert files.asked == 2


def test_no_more_is_kept_than_there_is_room(files):
    browser = client(files, most=10)
    assert browser.get("/static/a.js").text == browser.get("/static/a.js").text
    assert files.asked == 2
