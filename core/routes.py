"""The routes that pages poll: health, a run's new rows, its views, its pictures."""

import logging
import re
import threading
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from core import identity, live
from core.access import may
from core.asks import ASKS
from core.store import RunRow, Store, StoreBusy

log = logging.getLogger("playground.server")

RUN_ID = re.compile(r"[0-9a-f]{16}")
NO_RUN = "There is no such run."


class Answers:
    """Plain functions, so that each runs in a thread and never on the event loop."""

    def __init__(
        self, store: Callable[[], Store], secret: Callable[[], bytes], warm: threading.Event
    ) -> None:
        self.store = store
        self.secret = secret
        self.warm = warm

    def routes(self) -> list[Route]:
        """Every address of ours; what is unknown below /api is refused, not answered by a page."""
        return [
            Route("/healthz", self.health),
            Route("/api/runs/{id}/metrics", self.metrics),
            Route("/api/runs/{id}/view", self.view),
            Route("/api/runs/{id}/gallery.png", self.gallery),
            Route("/api/runs/{id}/filters.png", self.filters),
            Route("/api/runs/{id}/health", self.health_of),
            Route("/api/ask/{name}", self.ask),
            Route("/api/runs/{rest:path}", lambda _request: refused(NO_RUN, 404)),
            Route("/api/{rest:path}", lambda _request: refused("There is nothing here.", 404)),
        ]

    def health(self, _request: Request) -> Response:
        """Whether the store answers (else 503) and the heavy imports are done."""
        try:
            running = self.store().running()
        except Exception:
            log.exception("health check")
            return refused("The run store does not answer.", 503)
        return JSONResponse({"ok": True, "warm": self.warm.is_set(), "running": running})

    def metrics(self, request: Request) -> Response:
        """State and the rows after `since` of one run."""
        since = request.query_params.get("since", "0")
        if not (since.isascii() and since.isdigit() and len(since) <= 12):
            return refused("since is the number of the last row you have, 0 or more.")
        return self._answer(
            request, lambda row: JSONResponse(live.payload(self.store(), row.id, int(since)))
        )

    def view(self, request: Request) -> Response:
        """The newest look into one run's net, or that of checkpoint `tag`, and its timeline."""
        tag = request.query_params.get("tag", "")
        return self._answer(
            request, lambda row: JSONResponse(live.views(self.store(), row.id, tag))
        )

    def gallery(self, request: Request) -> Response:
        """The sprite of validation pictures that the run's worker drew."""
        return self._answer(
            request, lambda row: Response(live.gallery_png(row), media_type="image/png")
        )

    def filters(self, request: Request) -> Response:
        """The first-layer filters at checkpoint `tag`, or at the newest; 204 where there are none.

        The browser keeps what it got and asks only whether it still holds: a checkpoint may be
        written again. What is on the sheet stands in the header: kind, shown, count, reach.
        """
        tag = request.query_params.get("tag", "")
        known = request.headers.get("if-none-match", "").strip('"')

        def give(row: RunRow) -> Response:
            sheet = live.filters(self.store(), row, tag, known)
            headers = {"ETag": f'"{sheet.digest}"', "Cache-Control": "private, no-cache"}
            if sheet.digest == known:
                return Response(status_code=304, headers=headers)
            if not sheet.png:
                return Response(status_code=204, headers=headers)
            told = f"{sheet.kind} {sheet.shown} {sheet.among} {sheet.reach:.6g}"
            return Response(sheet.png, media_type="image/png", headers={**headers, "Filters": told})

        return self._answer(request, give)

    def health_of(self, request: Request) -> Response:
        """What one run's steps look like inside and what ails it; 304 where nothing is new."""
        known = request.headers.get("if-none-match", "").strip('"')

        def give(row: RunRow) -> Response:
            mark = live.health_mark(row)
            headers = {"ETag": f'"{mark}"', "Cache-Control": "private, no-cache"}
            if mark == known:
                return Response(status_code=304, headers=headers)
            return JSONResponse(live.health(self.store(), row), headers=headers)

        return self._answer(request, give)

    def ask(self, request: Request) -> Response:
        """What an open page has left to be asked; `q` is the question."""
        name, question = request.path_params["name"], request.query_params.get("q", "")
        try:
            return JSONResponse(ASKS.ask(name, question), headers={"Cache-Control": "no-store"})
        except LookupError:
            return refused("This page has moved on.", 404)
        except ValueError as problem:
            return refused(str(problem))

    def _answer(self, request: Request, give: Callable[[RunRow], Response]) -> Response:
        """Give what is asked of a run; unknown, malformed and forbidden ids look the same."""
        try:
            row = self._find(request)
        except LookupError:
            return refused(NO_RUN, 404)
        except StoreBusy as problem:
            return refused(str(problem), 503)
        try:
            return give(row)
        except FileNotFoundError:
            return refused("This run has drawn nothing yet.", 404)
        except LookupError as problem:
            return refused(str(problem), 404)
        except StoreBusy as problem:
            return refused(str(problem), 503)
        except ValueError as problem:
            return refused(str(problem))

    def _find(self, request: Request) -> RunRow:
        """The run that a request names, if the visitor may look at it.

        Raises:
            LookupError: no such run, for this visitor.
        """
        name = request.path_params["id"]
        if not RUN_ID.fullmatch(name):
            raise LookupError(name)
        row = self.store().get(name)
        visitor = identity.check(request.cookies.get(identity.COOKIE, ""), self.secret())
        if not may(visitor, "look", row):
            raise LookupError(name)
        return row


def refused(sentence: str, status: int = 400) -> JSONResponse:
    """An error in words that a page can show."""
    return JSONResponse({"error": sentence}, status)
