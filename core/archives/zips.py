"""Zip files: the directory is judged first, then members are inflated under a cap."""

import stat
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from core.archives import entries
from core.archives.entries import BadArchive, Kind, Member, Tick, shown

LONGEST_NAME = 400  # bytes an entry of the directory may take on average


def read_zip(path: Path, file: BinaryIO, tick: Tick, largest: int) -> Iterator[Member]:
    """The members of a zip, in its own order.

    Raises:
        BadArchive: protected, odd compression, overlapping, expanding too much, too many.
        zipfile.BadZipFile: damaged.
    """
    size = path.stat().st_size
    if _declared(file, size) > entries.MAX_ENTRIES:
        raise _too_many(path)
    file.seek(0)
    with zipfile.ZipFile(file) as archive:
        listed = archive.infolist()
        _check_directory(path, listed, size)
        for number, entry in enumerate(listed):
            tick(number, len(listed))
            kind: Kind = "folder" if entry.is_dir() else "file"
            if stat.S_ISLNK(entry.external_attr >> 16):
                kind = "link"

            def read(entry: zipfile.ZipInfo = entry) -> bytes | None:
                return _inflate(path, archive, entry, largest)

            # orig_filename still has what zipfile cuts off behind a NUL
            parts = entries.split(path, entry.orig_filename)
            content = entries.guarded(path, read) if kind == "file" else entries.nothing
            yield Member(parts, kind, content)


def _too_many(path: Path) -> BadArchive:
    return entries.over(path, f"{entries.MAX_ENTRIES:,} entries", "pack fewer files")


def _declared(file: BinaryIO, size: int) -> int:
    """How many entries the directory's end declares, or its length allows; reads 64 kB.

    Raises:
        BadZipFile: there is no end of a directory.
    """
    file.seek(max(0, size - 65_557))
    tail = file.read()
    end = tail.rfind(b"PK\5\6")
    if end < 0 or len(tail) - end < 22:
        raise zipfile.BadZipFile("no end of directory")
    count, length = struct.unpack_from("<HI", tail, end + 10)
    large = tail.rfind(b"PK\6\6")  # the record for counts beyond 65,534
    if count == 0xFFFF and large >= 0 and len(tail) - large >= 48:
        count, length = struct.unpack_from("<QQ", tail, large + 32)
    return max(int(count), int(length) // LONGEST_NAME)


def _check_directory(path: Path, listed: list[zipfile.ZipInfo], size: int) -> None:
    """Refuse by what the directory says, before a byte is inflated."""
    if len(listed) > entries.MAX_ENTRIES:
        raise _too_many(path)
    end = 0
    for entry in sorted(listed, key=lambda e: e.header_offset):
        if entry.flag_bits & 0x2041:
            raise BadArchive(f"{shown(path)} is protected by a password: pack it without one")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise NotImplementedError  # bzip2 and LZMA members cannot be read under a cap
        if entry.header_offset < end:
            raise BadArchive(f"{shown(path)} is refused: its entries overlap, as in a bomb")
        end = entry.header_offset + 30 + entry.compress_size
    if end > size:
        raise zipfile.BadZipFile("entries beyond the end")


def _inflate(
    path: Path, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, largest: int
) -> bytes | None:
    """One member's bytes, counted as they really come, whatever the directory declares."""
    allowed = max(entries.FREE_FILE, entries.MAX_RATIO * entry.compress_size)
    if entry.file_size > allowed:
        raise entries.bomb(path, entry.filename)
    if entry.file_size > largest:
        return None
    cap = min(largest, allowed)
    with archive.open(entry) as member:
        data = member.read(cap + 1)
    if len(data) > cap:
        raise entries.bomb(path, entry.filename)
    return data
