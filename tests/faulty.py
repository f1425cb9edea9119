"""A server on this machine that cuts, stalls, drips, lies and fails, as the address asks it to."""

import hashlib
import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

BODY = np.random.default_rng(5).integers(0, 256, 300_000, dtype=np.uint8).tobytes()
MD5 = hashlib.md5(BODY, usedforsecurity=False).hexdigest()


class Faulty(http.server.BaseHTTPRequestHandler):
    """Serves `server.files`, with the fault that the first part of the path names."""

    def log_message(self, format: str, *args: object) -> None:
        """Tests are quiet."""

    def do_GET(self) -> None:
        """/fault/name"""
        _, fault, name = self.path.split("/", 2)
        server: Server = self.server  # type: ignore[assignment]
        server.seen.append((fault, self.headers.get("Range")))
        body = server.files[name.rsplit("/", 1)[-1]]
        asked = self.headers.get("Range")
        start = int(asked.removeprefix("bytes=")[:-1]) if asked and fault != "norange" else 0
        if fault.isdigit():
            self.send_error(int(fault))
            return
        if fault == "wrong":
            body = bytes(len(body))
        if fault == "longer":
            body = body + b"more"
        self.send_response(206 if start else 200)
        if start:
            shift = 1 if fault == "shifted" else 0
            self.send_header("Content-Range", f"bytes {start + shift}-{len(body) - 1}/{len(body)}")
        self.send_header("Content-Length", str(len(body) - start))
        self.end_headers()
        rest = body[start:]
        if fault == "cut":
            rest = rest[: max(len(rest) // 2, 1)]
        if fault == "stall":
            self.wfile.write(rest[:1000])
            server.over.wait(10)
            return
        if fault == "drip":
            for byte in rest:
                if server.over.wait(0.05):
                    return
                self.wfile.write(bytes([byte]))
            return
        self.wfile.write(rest)


class Server(http.server.ThreadingHTTPServer):
    """The faulty server and what was asked of it."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Faulty)
        self.files = {"a.gz": BODY}
        self.seen: list[tuple[str, str | None]] = []
        self.over = threading.Event()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is part of the test."""

    def url(self, fault: str, name: str = "a.gz") -> str:
        """The address of a file with a fault."""
        return f"http://127.0.0.1:{self.server_port}/{fault}/{name}"


@contextmanager
def serving() -> Iterator[Server]:
    """A server that answers until the block is left."""
    with Server() as made:
        thread = threading.Thread(target=made.serve_forever, args=(0.02,))
        thread.start()
        yield made
        made.over.set()
        made.shutdown()
        thread.join()
