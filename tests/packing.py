"""Makers of small class folders, zips and tars, whole or spoiled."""

import io
import tarfile
import zipfile
from pathlib import Path

from PIL import Image

from tests.corpus import saved

Files = dict[str, bytes]


def tile(number: int, colour: bool = True) -> bytes:
    """A small PNG, a different one for each number."""
    shade = (number * 37) % 256
    mode, fill = ("RGB", (shade, 255 - shade, number % 256)) if colour else ("L", shade)
    return saved(Image.new(mode, (20, 20), fill))


def classes(counts: dict[str, int], colour: bool = True) -> Files:
    """Class folders with so many pictures each."""
    number, files = 0, {}
    for name, count in counts.items():
        for at in range(count):
            files[f"{name}/{at}.png"] = tile(number, colour)
            number += 1
    return files


GOOD = classes({"cats": 10, "dogs": 10})


def zipped(files: Files, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of these files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def tarred(files: Files, *more: tarfile.TarInfo) -> bytes:
    """A plain tar of these files, and of entries without content."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
        for entry in more:
            archive.addfile(entry)
    return buffer.getvalue()


def entry(name: str, kind: bytes, link: str = "") -> tarfile.TarInfo:
    """A tar entry that is not a file."""
    made = tarfile.TarInfo(name)
    made.type, made.linkname = kind, link
    return made


def patched(data: bytes, local: int, central: int, value: bytes) -> bytes:
    """A zip with a field overwritten in its first local header and in its first directory entry."""
    changed = bytearray(data)
    for start, at in ((data.index(b"PK\3\4"), local), (data.index(b"PK\1\2"), central)):
        changed[start + at : start + at + len(value)] = value
    return bytes(changed)


def spoiled(data: bytes, at: int) -> bytes:
    """A few bytes overwritten."""
    return data[:at] + b"\xa5\x5a\xff\x00" + data[at + 4 :]


ZIP, TAR = zipped(GOOD), tarred(GOOD)


def put(folder: Path, name: str, data: bytes) -> Path:
    """A file on disk."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def spread(folder: Path, files: dict[str, bytes]) -> Path:
    """A folder of files."""
    for name, data in files.items():
        put(folder, name, data)
    return folder
