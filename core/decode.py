"""Untrusted pictures are decoded in child processes with little memory, little time, no secrets."""

import json
import logging
import os
import queue
import struct
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

from PIL import Image

from core.imaging import ENOUGH, MAX_BYTES, BadPicture, display_name, open_picture

log = logging.getLogger("playground.decode")

ROOT = Path(__file__).resolve().parents[1]
PROGRAM = (sys.executable, "-m", "core.decode")
MEMORY = 2**30  # bytes of data that a child may hold
SECONDS = 10.0  # for one picture
PATIENCE = 60.0  # seconds to wait for a child that decodes for somebody else
PLANES = {"L": 1, "RGB": 3}
MOST = 2 * ENOUGH  # pixels a side; a child that sends more is not believed
_ASKED, _TOLD = struct.Struct(">II"), struct.Struct(">I")
KEPT = ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH", "VIRTUAL_ENV")  # of the environment


class Decoders:
    """A few children that decode one picture at a time each; safe to share between threads.

    A child is started when it is first needed and ends with this process. One that is too slow,
    breaks down or runs out of memory is replaced, and only its own picture is lost.
    """

    def __init__(
        self,
        count: int = 2,
        *,
        seconds: float = SECONDS,
        memory: int = MEMORY,
        program: Sequence[str] = PROGRAM,
    ) -> None:
        self.seconds = seconds
        self._command = [*program, str(memory)]
        self._children: queue.LifoQueue[_Child | None] = queue.LifoQueue()
        for _ in range(count):
            self._children.put(None)

    def warm_up(self) -> None:
        """Have a child ready, without waiting for it."""
        child = self._take("the picture")
        try:
            child = child or _Child(self._command)
        finally:
            self._children.put(child)

    def open(self, data: bytes, name: str) -> Image.Image:
        """As `imaging.open_picture`: plain L or RGB, upright, `info["notes"]`.

        Raises:
            BadPicture: refused, too slow, or no child was free; the sentence is for its owner.
        """
        shown = display_name(name)
        child: _Child | None = self._take(shown)
        kept = None
        try:
            child = child or _Child(self._command)
            picture = child.open(data, shown, self.seconds)
            kept = child
            return picture
        except BadPicture:
            kept = child
            raise
        except _Broken as problem:
            log.warning("decoding a picture of %d bytes: %s", len(data), problem)
            raise BadPicture(f"{shown} {problem.sentence}") from None
        finally:
            if kept is None and child is not None:
                child.close()
            self._children.put(kept)

    def close(self) -> None:
        """End the children that rest."""
        for _ in range(self._children.qsize()):
            if (child := self._children.get()) is not None:
                child.close()
            self._children.put(None)

    def _take(self, shown: str) -> "_Child | None":
        try:
            return self._children.get(timeout=PATIENCE)
        except queue.Empty:
            raise BadPicture(
                f"{shown} had to wait too long for other people's pictures: bring it again"
            ) from None


class _Broken(Exception):
    """A child that cannot be used any more; `sentence` follows the picture's name."""

    def __init__(self, why: str, sentence: str) -> None:
        super().__init__(why)
        self.sentence = sentence


class _Child:
    """One decoding process and the pipes to it."""

    def __init__(self, command: Sequence[str]) -> None:
        one = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")}
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=kept | one,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C in the terminal is for the server
        )

    def open(self, data: bytes, shown: str, seconds: float) -> Image.Image:
        """Hand a picture over and wait for its pixels."""
        late = threading.Event()

        def end() -> None:
            late.set()
            self.process.kill()

        timer = threading.Timer(seconds, end)
        timer.start()
        try:
            told, pixels = self._exchange(data[: MAX_BYTES + 1], shown)
        except (OSError, EOFError, ValueError, TypeError, KeyError) as problem:
            if late.is_set():
                raise _Broken(
                    f"took more than {seconds:g} s",
                    f"takes longer than {seconds:g} seconds to open: save it smaller",
                ) from None
            raise _Broken(
                f"the child broke down ({type(problem).__name__})",
                "cannot be opened here: save it as JPEG or PNG and bring that",
            ) from None
        finally:
            timer.cancel()
        if "refused" in told:
            raise BadPicture(str(told["refused"])[:300])
        if "broken" in told:
            raise _Broken(
                f"the child met {told['broken']}",
                "cannot be opened here: save it smaller, as JPEG or PNG",
            )
        picture = Image.frombytes(told["mode"], tuple(told["size"]), pixels)
        picture.info = {"notes": told["notes"]}
        return picture

    def _exchange(self, data: bytes, shown: str) -> tuple[dict[str, Any], bytes]:
        if (into := self.process.stdin) is None or (out := self.process.stdout) is None:
            raise ValueError("the child has no pipes")
        name = shown.encode()
        into.write(_ASKED.pack(len(name), len(data)) + name)
        into.write(data)
        into.flush()
        (length,) = _TOLD.unpack(_exactly(out, _TOLD.size))
        told = dict(json.loads(_exactly(out, min(length, 4096))))
        if told.keys() & {"refused", "broken"}:
            return told, b""
        told["notes"] = tuple(map(str, told["notes"]))
        (width, height), planes = told["size"], PLANES[told["mode"]]
        if not (0 < width <= MOST and 0 < height <= MOST):
            raise ValueError(f"{width}×{height}")
        return told, _exactly(out, width * height * planes)

    def close(self) -> None:
        """End it and forget its pipes."""
        self.process.kill()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:
                    continue  # what was still to be written has no reader any more
        self.process.wait()


def _exactly(pipe: BinaryIO | Any, count: int) -> bytes:
    data: bytes = pipe.read(count)
    if len(data) != count:
        raise EOFError(f"{len(data)} of {count} bytes")
    return data


# In the child ---------------------------------------------------------------------------------


def serve(into: BinaryIO, out: BinaryIO) -> None:
    """Decode what comes in until there is no more."""
    while header := into.read(_ASKED.size):
        sizes = _ASKED.unpack(header)
        name, data = (_exactly(into, size) for size in sizes)
        pixels = b""
        told: dict[str, Any]
        try:
            picture = open_picture(data, name.decode())
            notes = picture.info["notes"]
            told = {"mode": picture.mode, "size": picture.size, "notes": notes}
            pixels = picture.tobytes()
        except BadPicture as refusal:
            told = {"refused": str(refusal)}
        except Exception as problem:
            told = {"broken": type(problem).__name__}
        words = json.dumps(told).encode()
        out.write(_TOLD.pack(len(words)) + words)
        out.write(pixels)
        out.flush()


def confine(memory: int) -> None:
    """Bound this process's memory and forbid it to write files, where the system can do that."""
    if sys.platform == "win32":
        return
    import resource

    for kind, most in (
        (resource.RLIMIT_DATA, memory),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(kind)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (most, most))


if __name__ == "__main__":
    confine(int(sys.argv[1]))
    serve(sys.stdin.buffer, sys.stdout.buffer)
