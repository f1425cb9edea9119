"""The one door for folders and archives: members stream by one at a time, nothing is unpacked."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from core.archives import entries
from core.archives.entries import BadArchive, Kind, Member, Tick
from core.archives.tars import read_tar
from core.archives.zips import read_zip

__all__ = ["BadArchive", "Kind", "Member", "Tick", "members"]


def members(
    path: Path, tick: Tick | None = None, largest: int = entries.MAX_FILE
) -> Iterator[Member]:
    """Every entry of a folder, zip or tar (plain, gz, xz, bz2), recognised by content.

    A file of more than `largest` bytes is not read: its content is None.

    `tick(done, total)` hears how far the reading is, in entries or in bytes of the archive.

    Raises:
        BadArchive: unreadable, damaged, protected, hostile or beyond a limit.
    """
    tick = tick or (lambda done, total: None)
    try:
        if path.is_dir():
            yield from _folder(path, tick, largest)
            return
        if path.stat().st_size > entries.MAX_ARCHIVE:
            raise entries.over(path, f"{entries.MAX_ARCHIVE >> 30} GB", "split it")
        with path.open("rb") as file:
            start = file.read(512)
            file.seek(0)
            if start.startswith((b"PK\3\4", b"PK\5\6")):
                yield from read_zip(path, file, tick, largest)
            else:
                yield from read_tar(path, file, start, tick, largest)
    except entries.DAMAGE as problem:
        raise entries.damage(path, problem) from None


def _folder(root: Path, tick: Tick, largest: int) -> Iterator[Member]:
    """A folder on this machine, in sorted order, links not followed."""
    found: list[tuple[Path, Kind]] = []
    for here, folders, files in os.walk(root, followlinks=False):
        folders.sort()
        found += [(Path(here, name), _kind(Path(here, name))) for name in folders + sorted(files)]
        if len(found) > entries.MAX_ENTRIES:
            raise entries.over(root, f"{entries.MAX_ENTRIES:,} entries", "take fewer pictures")
    for number, (path, kind) in enumerate(found):
        tick(number, len(found))

        def read(path: Path = path) -> bytes | None:
            with path.open("rb") as file:
                data = file.read(largest + 1)
            return data if len(data) <= largest else None

        parts = tuple(
            # bytes that are no text come as surrogates, which nothing can print
            part.encode("utf-8", "replace").decode()
            for part in path.relative_to(root).parts
        )
        yield Member(
            parts, kind, entries.guarded(path, read) if kind == "file" else entries.nothing
        )


def _kind(path: Path) -> Kind:
    mode = path.lstat().st_mode
    if stat.S_ISLNK(mode):
        return "link"
    if stat.S_ISDIR(mode):
        return "folder"
    return "file" if stat.S_ISREG(mode) else "special"
