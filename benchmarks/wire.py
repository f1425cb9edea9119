"""Bytes on the way from a server to a browser, compressed as they are, counted in between."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

CHUNK = 65_536


@dataclass
class Wire:
    """A second door to a server; `sent` grows with all that goes through it to browsers."""

    address: str
    sent: int = 0

    def taken(self) -> int:
        """What has gone through since this was last asked, in bytes."""
        sent, self.sent = self.sent, 0
        return sent


@contextmanager
def tapped(address: str) -> Iterator[Wire]:
    """A door to the server at `address` that counts. Yields the door, with its own address."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        wire = Wire(f"http://127.0.0.1:{door.getsockname()[1]}")
        threading.Thread(target=_welcome, args=(door, address, wire), daemon=True).start()
        yield wire


def _welcome(door: socket.socket, address: str, wire: Wire) -> None:
    """Lead everybody on who comes, until the door is shut."""
    to = urlsplit(address)
    while True:
        try:
            browser, _ = door.accept()
        except OSError:
            return
        server = socket.create_connection((to.hostname, to.port))
        for ends in ((browser, server, None), (server, browser, wire)):
            threading.Thread(target=_pass, args=ends, daemon=True).start()


def _pass(source: socket.socket, sink: socket.socket, wire: Wire | None) -> None:
    """Hand on what comes until one end is gone."""
    try:
        while chunk := source.recv(CHUNK):
            sink.sendall(chunk)
            if wire:
                wire.sent += len(chunk)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        for end in (source, sink):
            end.close()
