"""A visitor of the browser tests: pages that share cookies, and what the console complained of."""

import re
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, ViewportSize

from tests.e2e.scene import PATIENCE

# On a deep link the front end first asks whether the app lives below that page.
PROBE = re.compile(r"/[\w-]+/_stcore/(health|host-config)")
VIEW: ViewportSize = {"width": 1280, "height": 900}


class Visitor:
    """One person's browser: pages share its cookies; complaints of the console are collected."""

    def __init__(self, context: BrowserContext, url: str, kept: bool = False) -> None:
        self.context = context
        self.url = url
        self.complaints: list[str] = []
        self.kept = self._tab() if kept else None
        self._fresh = kept

    def open(self, path: str = "/") -> Page:
        """A new tab; the first one of a visitor who is kept is always the same."""
        page = self.kept if self.kept and self._fresh else self._tab()
        self._fresh = False
        page.goto(self.url + path)
        return page

    def arrive(self, viewport: ViewportSize) -> None:
        """Come anew, as if never here before, with a window of this size."""
        self.complaints = []
        if self.kept is not None:
            self.kept.set_viewport_size(viewport)

    def leave(self) -> None:
        """Close all; who is kept forgets everything but what the browser has compiled.

        A page of the same origin stands in the tab meanwhile: an empty one would lose that, too.
        """
        if self.kept is None:
            self.context.close()
            return
        for page in self.context.pages:
            if page != self.kept:
                page.close()
        self.kept.unroute_all()
        self.kept.goto(f"{self.url}/healthz")
        self.kept.evaluate("localStorage.clear(), sessionStorage.clear()")
        self.kept.mouse.move(0, 0)
        self.context.clear_cookies()
        self._fresh = True

    def _tab(self) -> Page:
        page = self.context.new_page()
        page.set_default_timeout(PATIENCE * 1000)
        page.on("console", self._hear)
        page.on("pageerror", lambda problem: self.complaints.append(f"error: {problem}"))
        return page

    def _hear(self, message: ConsoleMessage) -> None:
        if PROBE.fullmatch(urlsplit(message.location["url"]).path):
            return
        if message.type == "error" or "Content Security Policy" in message.text:
            place = message.location["url"]
            self.complaints.append(f"{message.type}: {message.text} ({place})")
