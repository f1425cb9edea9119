"""One real server on a home of its own and one real browser for each half of the tests."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ViewportSize, expect, sync_playwright

from tests.e2e.browser import THRIFTY, executable
from tests.e2e.scene import PATIENCE, Installation
from tests.e2e.visitor import VIEW, Visitor
from tests.halves import half

USUAL = {"locale": "en-US", "color_scheme": "light"}
ABROAD = {"locale": "ko-KR", "color_scheme": "dark"}


def here(item: pytest.Item) -> bool:
    """Whether a test is one of the browser tests."""
    return Path(__file__).parent in item.path.parents


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests come first, half of them in each process: the others fill up what is left."""
    items.sort(key=lambda item: half(item.path.name) if here(item) else 2)
    for item in items:
        if here(item):
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def installation(
    session_home: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    """The server under test."""
    home = tmp_path_factory.mktemp("e2e") / "home"
    home.mkdir(mode=0o700)
    (session_home / "data").mkdir(parents=True, exist_ok=True)
    (home / "data").symlink_to(session_home / "data", target_is_directory=True)
    made = Installation(home)
    made.start()
    yield made
    made.end()


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium, headless; closed after the browser tests, as its event loop blocks other tests'."""
    with sync_playwright() as playwright:
        expect.set_options(timeout=PATIENCE * 1000)
        made = playwright.chromium.launch(executable_path=executable(), args=list(THRIFTY))
        yield made
        made.close()


@pytest.fixture(scope="package")
def known(installation: Installation, browser: Browser) -> list[tuple[dict[str, str], Visitor]]:
    """The visitors of most tests; a tab that is kept opens a page in half the time of a new one."""
    contexts = [(how, browser.new_context(**how, viewport=VIEW)) for how in (USUAL, ABROAD)]
    return [(how, Visitor(context, installation.url, kept=True)) for how, context in contexts]


@pytest.fixture
def visit(
    installation: Installation,
    browser: Browser,
    known: list[tuple[dict[str, str], Visitor]],
) -> Iterator[Callable[..., Visitor]]:
    """Makes visitors; at the end no page may have complained, unless the test looked away.

    The first one with usual settings, at home or abroad, is known, as if it had never been here.
    """
    made: list[Visitor] = []

    def visitor(viewport: ViewportSize = VIEW, **settings: Any) -> Visitor:
        wanted = {**USUAL, **settings}
        for how, one in known:
            if how == wanted and one not in made:
                one.arrive(viewport)
                made.append(one)
                return one
        context = browser.new_context(**wanted, viewport=viewport)
        made.append(Visitor(context, installation.url))
        return made[-1]

    yield visitor
    complaints = [complaint for one in made for complaint in one.complaints]
    for one in made:
        one.leave()
    installation.stop_runs()
    assert complaints == []
