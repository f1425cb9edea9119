"""Simulated pages: each polls a run's new rows and reruns a fragment once a second."""

import asyncio
import contextlib
import http.client
import json
import threading
import time
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect


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


def reruns(address: str, page: str, count: int, seconds: float) -> list[float]:
    """Milliseconds from asking for a fragment's rerun to its end, on `count` open pages."""
    return asyncio.run(_reruns(address, page, count, seconds))


async def _reruns(address: str, page: str, count: int, seconds: float) -> list[float]:
    waits: list[float] = []
    until = time.monotonic() + seconds
    await asyncio.gather(*(_visit(address, page, i / count, until, waits) for i in range(count)))
    return waits


async def _visit(address: str, page: str, late: float, until: float, waits: list[float]) -> None:
    url = address.replace("http", "ws", 1) + "/_stcore/stream"
    await asyncio.sleep(late)
    async with connect(url, subprotocols=["streamlit"], max_size=None) as socket:
        fragment = await _finished(socket, _rerun(page))
        if not fragment:
            raise RuntimeError(f"the page {page!r} has no fragment that reruns by itself")
        while time.monotonic() < until:
            start = time.perf_counter()
            await _finished(socket, _rerun(page, fragment))
            waits.append((time.perf_counter() - start) * 1000)
            await asyncio.sleep(max(0.0, 1 - (time.perf_counter() - start)))


def _rerun(page: str, fragment: str = "") -> bytes:
    message = BackMsg()
    message.rerun_script.page_name = page
    if fragment:
        message.rerun_script.fragment_id = fragment
        message.rerun_script.is_auto_rerun = True
    return message.SerializeToString()


async def _finished(socket: ClientConnection, ask: bytes) -> str:
    """Send, read to the end of the script, and return the last fragment told to rerun."""
    fragment = ""
    await socket.send(ask)
    with contextlib.suppress(asyncio.CancelledError):
        async for data in socket:
            message = ForwardMsg()
            message.ParseFromString(bytes(data))  # type: ignore[arg-type]
            kind = message.WhichOneof("type")
            if kind == "auto_rerun":
                fragment = message.auto_rerun.fragment_id
            if kind == "script_finished":
                return fragment
    raise RuntimeError("the server closed the page")
