"""Tar files, plain or compressed: one pass, decompressed in small pieces under a watch."""

import bz2
import gzip
import io
import lzma
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from core.archives import entries
from core.archives.entries import BadArchive, Kind, Member, Tick, shown

FREE_OUT = 32 * 2**20  # so much may come out of the stream before its ratio is judged
MAX_NOTE = 2**16  # bytes of a long name or other extension header; tarfile reads those whole
LZMA_MEMORY = 128 * 2**20
PIECE = 2**16


class Source(Protocol):
    """Whatever bytes are read from."""

    def read(self, size: int, /) -> bytes: ...


class Header(tarfile.TarInfo):
    """A tar header whose extensions cannot ask for more memory than a name needs."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str | None, errors: str) -> Any:
        """As in tarfile, but an extension above `MAX_NOTE` bytes is an error."""
        header = super().frombuf(buf, encoding, errors)  # type: ignore[arg-type]
        if header.type in b"xgXLK" and header.size > MAX_NOTE:
            raise tarfile.ReadError("extension header too long")
        return header


class Unpacker(io.RawIOBase):
    """bz2 or xz in pieces of the size asked for, several streams in a row included."""

    def __init__(self, file: BinaryIO, engine: Callable[[], Any]) -> None:
        self.file, self.new_engine = file, engine
        self.engine = engine()

    def read(self, size: int = -1, /) -> bytes:
        """At most `size` bytes, empty at the end.

        Raises:
            EOFError: the file ends in the middle of a stream.
        """
        while True:
            raw = b""
            if self.engine.eof:
                raw = (self.engine.unused_data or self.file.read(PIECE)).lstrip(b"\0")
                if not raw:
                    return b""
                self.engine = self.new_engine()
            elif self.engine.needs_input and not (raw := self.file.read(PIECE)):
                raise EOFError
            if data := self.engine.decompress(raw, size):
                return bytes(data)


class Watch:
    """Passes bytes on, and stops when they become too many, or too many for what came in."""

    def __init__(self, path: Path, source: Source, file: BinaryIO, tick: Tick) -> None:
        self.path, self.source, self.file, self.tick = path, source, file, tick
        self.size = path.stat().st_size
        self.out, self.tail = 0, b""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes.

        Raises:
            BadArchive: an archive bomb.
        """
        data = self.source.read(size)
        taken = self.file.tell()
        self.out += len(data)
        self.tail = (self.tail + data)[-512:]
        if self.out > entries.MAX_UNPACKED:
            raise entries.over(
                self.path, f"{entries.MAX_UNPACKED >> 30} GB unpacked", "pack fewer files"
            )
        if self.out > FREE_OUT and self.out > entries.MAX_RATIO * taken:
            raise entries.bomb(self.path)
        self.tick(min(taken, self.size), self.size)
        return data


def _source(file: BinaryIO, start: bytes) -> Source:
    """The reader for what the first bytes announce."""
    if start.startswith(b"\x1f\x8b"):
        return gzip.GzipFile(fileobj=file)
    if start.startswith(b"BZh"):
        return Unpacker(file, bz2.BZ2Decompressor)
    if start.startswith(b"\xfd7zXZ\0"):
        return Unpacker(file, lambda: lzma.LZMADecompressor(memlimit=LZMA_MEMORY))
    return file


def read_tar(
    path: Path, file: BinaryIO, start: bytes, tick: Tick, largest: int
) -> Iterator[Member]:
    """The members of a tar in its own order; each can be read only while it is the current one.

    Raises:
        BadArchive: not a tar, hostile or beyond a limit.
        tarfile.TarError, EOFError, OSError, lzma.LZMAError: damaged.
    """
    source = _source(file, start)
    if source is file and not _is_tar(start):
        raise BadArchive(
            f"{shown(path)} is not a folder, zip or tar: pack it again as .zip "
            "(rar and 7z are not supported)"
        )
    watch = Watch(path, source, file, tick)
    with _opened(path, watch) as archive:
        count = 0
        while (entry := archive.next()) is not None:
            archive.members.clear()  # type: ignore[attr-defined]  # else they all stay in memory
            if (count := count + 1) > entries.MAX_ENTRIES:
                raise entries.over(path, f"{entries.MAX_ENTRIES:,} entries", "pack fewer files")
            yield _member(path, archive, entry, largest)
        # tarfile takes a header that it cannot read, or a cut between two, for the end
        if not _only_zeros(archive.fileobj) or watch.tail.strip(b"\0"):
            raise tarfile.ReadError("more behind the end, or no end")


def _only_zeros(rest: Any) -> bool:
    """Whether nothing but padding follows; reading on also checks the sum of a packed stream."""
    clean = True
    while data := rest.read(PIECE):
        clean = clean and not data.strip(b"\0")
    return clean


def _opened(path: Path, watch: Watch) -> tarfile.TarFile:
    try:
        return tarfile.open(fileobj=watch, mode="r|", tarinfo=Header)  # type: ignore[call-overload]
    except tarfile.ReadError:
        if watch.source is watch.file:
            raise
        raise BadArchive(
            f"{shown(path)} is compressed, but holds no tar: pack the folder as .zip or .tar.gz"
        ) from None


def _is_tar(start: bytes) -> bool:
    try:
        tarfile.TarInfo.frombuf(start, "utf-8", "surrogateescape")
    except tarfile.TarError:
        return False
    return True


def _member(path: Path, archive: tarfile.TarFile, entry: tarfile.TarInfo, largest: int) -> Member:
    kind: Kind = "special"  # devices, pipes, and files with holes that are longer than their bytes
    if entry.isdir():
        kind = "folder"
    elif entry.issym() or entry.islnk():
        kind = "link"
    elif entry.isreg() and not entry.issparse():
        kind = "file"

    def read() -> bytes | None:
        if entry.size > largest:
            return None
        content = archive.extractfile(entry)
        return content.read() if content else None

    content = entries.guarded(path, read) if kind == "file" else entries.nothing
    return Member(entries.split(path, entry.name), kind, content)
