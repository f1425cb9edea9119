"""One file over HTTP: resumed where it was cut, checked by size and sum, from several mirrors."""

import hashlib
import http.client
import os
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Literal

CHUNK = 2**16
SLOWEST = 1024.0  # bytes a second; below it for `timeout` seconds the next mirror is tried

Reason = Literal["offline", "server", "checksum", "disk"]


class FetchError(ValueError):
    """A file that did not arrive; `reason` is the kind, the message says what happened."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason


def fetch(
    urls: Sequence[str],
    target: Path,
    *,
    size: int = 0,
    md5: str = "",
    sha256: str = "",
    tick: Callable[[int], None],
    tries: int = 3,
    timeout: float = 20.0,
    pause: float = 1.0,
) -> None:
    """Bring one file to `target`; what has arrived of it is kept in `target`.part for next time.

    size 0: as the server says it. The file must have the md5 and begin its SHA-256 as given; ""
    is not looked at. `tick(bytes)` hears how much is here. Every mirror is tried `tries` times,
    `pause` seconds longer apart each round.

    Raises:
        FetchError: none of the mirrors gave the right bytes.
    """
    if size and target.exists() and target.stat().st_size == size:
        tick(size)
        return
    sums = {"md5": md5, "sha256": sha256}
    problem = FetchError("offline", "no address is known")
    for attempt in range(tries):
        time.sleep(pause * attempt)
        for url in urls:
            try:
                _bring(url, target, size, sums, tick, timeout)
                return
            except FetchError as failed:
                if failed.reason == "disk":
                    raise
                problem = failed
    raise problem


def _bring(
    url: str,
    target: Path,
    size: int,
    sums: Mapping[str, str],
    tick: Callable[[int], None],
    timeout: float,
) -> None:
    """One try at one mirror."""
    part = target.with_name(target.name + ".part")
    host = url.split("/")[2]
    try:
        size = _receive(url, part, size, tick, timeout)
    except urllib.error.HTTPError as answer:
        if answer.code == 416:  # our part does not fit the file there
            part.unlink(missing_ok=True)
        raise FetchError("server", f"{host} answered {answer.code} for {target.name}") from None
    except (urllib.error.URLError, http.client.HTTPException, OSError) as problem:
        if isinstance(problem, OSError) and problem.errno == 28:
            raise FetchError("disk", "the disk is full: make room and start again") from None
        raise FetchError("offline", f"no connection to {host}") from None
    here = part.stat().st_size
    if here < size:
        raise FetchError("offline", f"{host} cut the connection after {here:,} bytes")
    if here != size or not has_sums(part, sums):
        part.unlink()
        raise FetchError(
            "checksum", f"{host} sent other bytes than {target.name} has (wrong checksum)"
        )
    os.replace(part, target)


def has_sums(file: Path, sums: Mapping[str, str]) -> bool:
    """Whether a file's sums, by the names that hashlib has for them, begin as given."""
    for kind, wanted in sums.items():
        with file.open("rb") as stream:
            fresh = partial(hashlib.new, kind, usedforsecurity=kind != "md5")
            if wanted and not hashlib.file_digest(stream, fresh).hexdigest().startswith(wanted):
                return False
    return True


def _receive(url: str, part: Path, size: int, tick: Callable[[int], None], timeout: float) -> int:
    """Append what is missing, anew where the server does not resume; the length of the whole."""
    have = part.stat().st_size if part.exists() else 0
    if size and have >= size:
        return size
    request = urllib.request.Request(url, headers={"User-Agent": "vision-playground"})
    if have:
        request.add_header("Range", f"bytes={have}-")
    with urllib.request.urlopen(request, timeout=timeout) as answer:
        if have and not _resumes(answer, have):
            have = 0
        if not size:
            if not (rest := answer.headers.get("Content-Length")):
                raise FetchError("server", f"{url.split('/')[2]} does not say how much it sends")
            size = have + int(rest)
        with part.open("ab" if have else "wb") as file:
            _pour(answer, file, have, size, tick, timeout)
            file.flush()
            os.fsync(file.fileno())
    return size


def _resumes(answer: Any, have: int) -> bool:
    """Whether the server goes on exactly where we stopped."""
    start = answer.headers.get("Content-Range", "").removeprefix("bytes ").split("-")[0]
    return bool(answer.status == 206 and start == str(have))


def _pour(
    answer: Any, file: Any, have: int, size: int, tick: Callable[[int], None], timeout: float
) -> None:
    """Copy until the end, one byte too many, or a trickle."""
    since, mark = time.monotonic(), have
    while have <= size and (data := answer.read1(CHUNK)):
        file.write(data)
        have += len(data)
        tick(min(have, size))
        elapsed = time.monotonic() - since
        if elapsed > timeout:
            if have - mark < SLOWEST * elapsed and have < size:
                raise TimeoutError
            since, mark = time.monotonic(), have
