"""The front end's files, compressed once: a whole class opens the app at the same moment."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

FILES = "/static/"
MOST = 32_000_000  # bytes kept
CONDITIONS = ("range", "if-none-match", "if-modified-since")


class Kept:
    """Middleware outside compression that remembers its answers for files that never change.

    These are named by their content and sent as `immutable`. Compressing them anew for every
    visitor would keep the server's one loop busy, and nobody else is answered meanwhile.
    """

    def __init__(self, app: ASGIApp, *, most: int = MOST) -> None:
        self.app = app
        self.room = most
        self.answers: dict[str, tuple[Message, bytes]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not _plain_request(scope):
            await self.app(scope, receive, send)
        elif kept := self.answers.get(scope["path"]):
            start, body = kept
            await send({**start, "headers": list(start["headers"])})  # headers are added outside
            await send({"type": "http.response.body", "body": body})
        else:
            answer = _Copy(send)
            await self.app(scope, receive, answer.send)
            self._keep(scope["path"], answer)

    def _keep(self, path: str, answer: "_Copy") -> None:
        if answer.lasting and len(answer.body) <= self.room:
            self.room -= len(answer.body)
            self.answers[path] = (answer.start, bytes(answer.body))


def _plain_request(scope: Scope) -> bool:
    """Whether this asks for a whole file of the front end, compressed."""
    if scope["type"] != "http" or scope["method"] != "GET" or FILES not in scope["path"]:
        return False
    headers = Headers(scope=scope)
    wished = "gzip" in headers.get("accept-encoding", "")
    return wished and not any(name in headers for name in CONDITIONS)


class _Copy:
    """Passes an answer on and takes a copy of it."""

    def __init__(self, send: Send) -> None:
        self.onward = send
        self.start: Message = {}
        self.body = bytearray()
        self.whole = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.start = {**message, "headers": list(message["headers"])}
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")
            self.whole = not message.get("more_body", False)
        await self.onward(message)

    @property
    def lasting(self) -> bool:
        """Whether everybody gets this answer, for as long as the server runs."""
        if not self.whole or self.start.get("status") != 200:
            return False
        headers = Headers(raw=self.start["headers"])
        fixed = "immutable" in headers.get("cache-control", "")
        packed = headers.get("content-encoding") == "gzip"
        return fixed and packed and "set-cookie" not in headers
