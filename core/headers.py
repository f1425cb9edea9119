"""What every answer passes on its way out: security headers, the visitor cookie, the gates."""

import base64
import hashlib
import ipaddress
import logging
import re
import secrets
from collections.abc import Awaitable, Callable, Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core import identity

log = logging.getLogger("playground.server")

# The page asks for this by fetch before it opens its websocket. Only here is a missing cookie
# really missing: a SameSite=Strict cookie stays home when somebody arrives over a foreign link,
# and answering that page with a new one would throw the visitor's identity away.
INTRODUCTION = "/_stcore/host-config"
STREAM = "/_stcore/stream"
LOOPBACK_ONLY = ("/_stcore/metrics", "/_stcore/agent")
INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def inline_hashes() -> list[str]:
    """CSP sources for the inline scripts of the installed front end's page, read at start."""
    spec = find_spec("streamlit")
    if spec is None or not spec.origin:
        return []
    page = Path(spec.origin).parent / "static" / "index.html"
    scripts = INLINE.findall(page.read_text(encoding="utf-8"))
    digests = [hashlib.sha256(script.encode()).digest() for script in scripts]
    return [f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests]


def policy(hashes: Iterable[str]) -> str:
    """The content security policy: everything from here, nothing from elsewhere."""
    rules = {
        "default-src": "'self'",
        "script-src": " ".join(["'self'", *hashes, "blob:"]),  # blob: the components' own code
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "connect-src": "'self' data:",  # data: what the camera takes, on its way here
        "worker-src": "'self' blob:",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {sources}" for name, sources in rules.items())


class Protect:
    """Outermost middleware: checks the Host, sets the headers, turns a crash into one sentence."""

    def __init__(self, app: ASGIApp, *, hosts: Sequence[str]) -> None:
        self.app = app
        self.hosts = [host.lower().rstrip(".") for host in hosts]
        self.headers = {
            "Content-Security-Policy": policy(inline_hashes()),
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def protected(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                self._decorate(MutableHeaders(scope=message), scope)
            await send(message)

        refusal = self._refusal(scope)
        try:
            await (refusal or self.app)(scope, receive, protected)
        except Exception:
            code = secrets.token_hex(4)
            log.exception("request failed, error %s", code)
            if not started:
                sentence = f"This went wrong on the server; its log names it error {code}."
                await JSONResponse({"error": sentence}, 500)(scope, receive, protected)

    def _refusal(self, scope: Scope) -> JSONResponse | None:
        """The answer to a request that must not go on, None for the others."""
        if not host_allowed(Headers(scope=scope).get("host", ""), self.hosts):
            hint = "start the server with PLAYGROUND_HOSTS to allow it"
            return JSONResponse({"error": f"This server has another name: {hint}."}, 403)
        if scope["path"].startswith(LOOPBACK_ONLY) and not from_loopback(scope):
            return JSONResponse({"error": "There is nothing here."}, 404)
        return None

    def _decorate(self, headers: MutableHeaders, scope: Scope) -> None:
        headers.update(self.headers)
        if scope.get("scheme") == "https":
            headers["Strict-Transport-Security"] = "max-age=31536000"
        if scope["path"].startswith("/api/") or scope["path"] == "/healthz":
            headers.setdefault("Cache-Control", "no-store")


def host_allowed(header: str, hosts: Sequence[str]) -> bool:
    """Whether a Host header names this server; other names are DNS rebinding. No hosts: any."""
    if not hosts or "*" in hosts:
        return True
    name = re.sub(r":\d*$", "", header).strip("[]").lower().rstrip(".")
    return any(name == host or (host[:2] == "*." and name.endswith(host[1:])) for host in hosts)


def from_loopback(scope: Scope) -> bool:
    """Whether the request comes from this machine itself."""
    client = scope.get("client")
    try:
        return client is None or ipaddress.ip_address(client[0]).is_loopback
    except ValueError:
        return False


class Introduce:
    """Gives a visitor who has no valid cookie a new one, when the page introduces itself."""

    def __init__(self, app: ASGIApp, *, secret: Callable[[], bytes]) -> None:
        self.app = app
        self.secret = secret

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not self._introduction(scope):
            await self.app(scope, receive, send)
            return

        async def introduced(message: Message) -> None:
            # On a deep link the page first asks below that link, where there is nothing; a cookie
            # with that answer too could come after the page's own and replace it.
            if message["type"] == "http.response.start" and message["status"] == 200:
                cookie = identity.set_cookie(self.secret(), tls=scope.get("scheme") == "https")
                MutableHeaders(scope=message).append("Set-Cookie", cookie)
            await send(message)

        await self.app(scope, receive, introduced)

    def _introduction(self, scope: Scope) -> bool:
        headers = Headers(scope=scope)
        return (
            scope["path"].endswith(INTRODUCTION)
            and "text/html" not in headers.get("accept", "")  # a fetch, not somebody's link
            and not identity.from_header(headers.get("cookie", ""), self.secret())
        )


class Gate:
    """Holds a page's websocket back until the heavy imports are done; the browser loads meanwhile.

    Pages need these imports at once, two threads that import at the same time can meet half a
    module, and a click that comes during a page's first run on a new server would be lost.
    """

    def __init__(self, app: ASGIApp, *, ready: Callable[[], Awaitable[None]]) -> None:
        self.app = app
        self.ready = ready

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket" and scope["path"].endswith(STREAM):
            await self.ready()
        await self.app(scope, receive, send)
