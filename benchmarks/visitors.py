"""Simulated pages: each polls a run's new rows and reruns a fragment once a second."""

import asyncio
import http.client
import json
import threading
import time
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol


class Polls:
    """Threads that ask for new rows once a second, as the live element does."""

    def __init__(self, address: str, run_ids: list[str], count: int, seconds: float) -> None:
        self.host = urlsplit(address).netloc
        self.until = time.monotonic() + seconds
        self.waits: list[float] = []  # milliseconds
        self.threads = [
            threading.Thread(target=self._poll, args=(run_ids[i % len(run_ids)], i / count))
            for i in range(count)
        ]
        for thread in self.threads:
            thread.start()

    def _poll(self, run_id: str, late: float) -> None:
        time.sleep(late)
        connection = http.client.HTTPConnection(self.host)
        cursor = 0
        while time.monotonic() < self.until:
            start = time.perf_counter()
            connection.request("GET", f"/api/runs/{run_id}/metrics?since={cursor}")
            body = connection.getresponse().read()
            if cursor:
                self.waits.append((time.perf_counter() - start) * 1000)
            cursor = json.loads(body)["next"]
            time.sleep(max(0.0, 1 - (time.perf_counter() - start)))

    def results(self) -> list[float]:
        """Milliseconds of every request for new rows."""
        for thread in self.threads:
            thread.join()
        return self.waits


@dataclass
class Waits:
    """Milliseconds from asking to the end: of looks for news, and of pages drawn anew for news."""

    looks: list[float] = field(default_factory=list)
    pages: list[float] = field(default_factory=list)


class Looker:
    """An open page that looks at everything of one run, and keeps what a browser keeps."""

    def __init__(self, address: str, run_id: str) -> None:
        self.connection = http.client.HTTPConnection(urlsplit(address).netloc)
        self.path = f"/api/runs/{run_id}/"
        self.marks: dict[str, str] = {}
        self.cursor, self.saved = 0, None

    def ask(self, what: str) -> bytes:
        """The answer to one request; nothing where what was kept still holds."""
        headers = {"If-None-Match": self.marks[what]} if what in self.marks else {}
        self.connection.request("GET", self.path + what, headers=headers)
        answer = self.connection.getresponse()
        if mark := answer.getheader("ETag"):
            self.marks[what] = mark
        return answer.read()

    def rows(self) -> None:
        """What is new in the curves."""
        self.cursor = json.loads(self.ask(f"metrics?since={self.cursor}"))["next"]

    def views(self) -> None:
        """Gallery, matrix and health; the filters where a checkpoint was written."""
        saved = json.loads(self.ask("view?tag="))["saved"]
        if saved != self.saved:
            self.saved = saved
            self.ask("filters.png?tag=")
        self.ask("health")


def look_at_everything(address: str, run_id: str, seconds: float) -> None:
    """What an open page asks for in so many seconds: rows twice a second, every view once."""
    page, until = Looker(address, run_id), time.monotonic() + seconds
    while time.monotonic() < until:
        page.views()
        for _ in range(2):
            page.rows()
            time.sleep(0.5)


def reruns(address: str, page: str, count: int, seconds: float) -> Waits:
    """What `count` open pages wait for, each of which reruns its fragment once a second.

    Counted from when all have opened: to open one is more work than a rerun.
    """
    return asyncio.run(_reruns(address, page, count, seconds))


async def _reruns(address: str, page: str, count: int, seconds: float) -> Waits:
    waits = Waits()
    opened = asyncio.Barrier(count)
    each = (_visit(address, page, i / count, seconds, opened, waits) for i in range(count))
    await asyncio.gather(*each)
    return waits


async def _visit(
    address: str, page: str, late: float, seconds: float, opened: asyncio.Barrier, waits: Waits
) -> None:
    url = address.replace("http", "ws", 1) + "/_stcore/stream"
    await asyncio.sleep(late)
    async with connect(url, subprotocols=[Subprotocol("streamlit")], max_size=None) as socket:
        await socket.send(_rerun(End("", page, "", False)))
        end = await _finished(socket)
        if not end.fragment:
            raise RuntimeError(f"the page {page!r} has no fragment that reruns by itself")
        await opened.wait()
        until = time.monotonic() + seconds
        await asyncio.sleep(late)  # once more, as all have met here
        while time.monotonic() < until:
            start = time.perf_counter()
            await socket.send(_rerun(end))
            look = await _finished(socket)
            waits.looks.append((time.perf_counter() - start) * 1000)
            if look.again:  # there was news: the whole page follows by itself, perhaps twice
                while look.again:
                    look = await _finished(socket)
                waits.pages.append((time.perf_counter() - start) * 1000)
                end = look
            await asyncio.sleep(max(0.0, 1 - (time.perf_counter() - start)))


class End(NamedTuple):
    """How a script run ended: its last fragment that reruns, its page, whether it begins again."""

    fragment: str
    page: str
    hash: str
    again: bool


def _rerun(end: End) -> bytes:
    message = BackMsg()
    message.rerun_script.page_name = end.page
    message.rerun_script.page_script_hash = end.hash
    if end.fragment:
        message.rerun_script.fragment_id = end.fragment
        message.rerun_script.is_auto_rerun = True
    return message.SerializeToString()


async def _finished(socket: ClientConnection) -> End:
    """Read to the end of the next script run."""
    fragment, page, known = "", "", ""
    async for data in socket:
        message = ForwardMsg()
        message.ParseFromString(bytes(data))  # type: ignore[arg-type]
        kind = message.WhichOneof("type")
        if kind == "auto_rerun":
            fragment = message.auto_rerun.fragment_id
        if kind == "navigation":
            known = message.navigation.page_script_hash
            pages = message.navigation.app_pages
            page = next(p.url_pathname for p in pages if p.page_script_hash == known)
        if kind == "script_finished":
            again = message.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN
            return End(fragment, page, known, again)
    raise RuntimeError("the server closed the page")
