"""What all sources share: an entry, the limits, and the sentence for each kind of damage."""

import lzma
import re
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

MAX_ENTRIES = 120_000
MAX_ARCHIVE = 2 * 2**30
MAX_UNPACKED = 4 * 2**30
MAX_FILE = 20 * 2**20  # bytes of one picture
MAX_RATIO = 200  # bytes out for a byte in
FREE_FILE = 2**20  # so much may come out of a member before its ratio is judged

Kind = Literal["file", "folder", "link", "special"]
Tick = Callable[[int, int], None]
Read = Callable[[], bytes | None]

# Everything that zipfile, tarfile and the decompressors are known to raise on damaged input.
DAMAGE = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    OSError,
    ValueError,
)


class BadArchive(ValueError):
    """An archive that is refused as a whole; the message is the sentence for its owner."""


@dataclass(frozen=True)
class Member:
    """One entry: the parts of its path, and how to read it while it is the current one.

    `read` gives None for a file that is too large, and for all that is not a file.
    """

    parts: tuple[str, ...]
    kind: Kind
    read: Read


def nothing() -> None:
    """The content of an entry that is not a file."""
    return None


def shown(path: Path) -> str:
    """The archive's own name, short enough for a sentence."""
    return path.name[:60] or "the folder"


def over(path: Path, limit: str, remedy: str) -> BadArchive:
    """Beyond one of the limits."""
    return BadArchive(f"{shown(path)} is beyond the limit of {limit}: {remedy}")


def bomb(path: Path, member: str = "") -> BadArchive:
    """A few bytes that become very many."""
    where = f" in {member[-60:]}" if member else ""
    return BadArchive(f"{shown(path)} expands too much{where}: it is refused as an archive bomb")


def damage(path: Path, problem: BaseException) -> BadArchive:
    """One sentence for whatever a library said; its own words stay out of it."""
    if isinstance(problem, BadArchive):
        return problem
    name = shown(path)
    sentences: tuple[tuple[type[BaseException], str], ...] = (
        (FileNotFoundError, "does not exist: give a folder, a .zip or a .tar"),
        (PermissionError, "may not be read: change its permissions or choose another"),
        (UnicodeDecodeError, "has a file name that is not readable: rename it and pack again"),
        (
            NotImplementedError,
            "uses a compression that is not supported: pack it again as an ordinary zip (deflate)",
        ),
    )
    for kind, sentence in sentences:
        if isinstance(problem, kind):
            return BadArchive(f"{name} {sentence}")
    if isinstance(problem, lzma.LZMAError) and "emory" in str(problem):
        return bomb(path)
    return BadArchive(f"{name} is damaged or incomplete: pack it again, or copy it again")


def guarded(path: Path, read: Read) -> Read:
    """The same, with the libraries' exceptions as one sentence."""

    def safely() -> bytes | None:
        try:
            return read()
        except DAMAGE as problem:
            raise damage(path, problem) from None

    return safely


def split(path: Path, name: str) -> tuple[str, ...]:
    """The parts of an entry's path.

    Raises:
        BadArchive: the name is not text, or points outside the archive.
    """
    slashed = name.replace("\\", "/")
    if any(c in "\0\ufffd" or "\ud800" <= c <= "\udfff" for c in name):
        raise BadArchive(
            f"{shown(path)} has a file name that is not readable: rename it and pack again"
        )
    parts = tuple(part for part in slashed.split("/") if part not in ("", "."))
    if slashed.startswith("/") or ".." in parts or re.match(r"[A-Za-z]:", slashed):
        raise BadArchive(
            f"{shown(path)} is refused: its entry {name[:60]!r} points outside the archive"
        )
    return parts
