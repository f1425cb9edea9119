"""Archives as the world sends them: honest, broken and hostile, each with what must be said."""

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable

from tests.packing import GOOD, TAR, ZIP, classes, entry, patched, spoiled, tarred, tile, zipped

Case = tuple[Callable[[], bytes], str]
FEW = r"at least 2 folders with at least 5 pictures each"
SLIP = "points outside the archive"
DAMAGED = "is damaged or incomplete"
BOMB = "expands too much"


def named(raw: bytes, flags: int = 0x800) -> bytes:
    """A zip whose first entry's name is these raw bytes; the placeholder has their length."""
    holder = "q" * len(raw)
    data = zipped({holder: tile(1)} | GOOD).replace(holder.encode(), raw)
    return patched(data, 6, 8, struct.pack("<H", flags))


def overlapping() -> bytes:
    """Two directory entries for the same bytes."""
    data = bytearray(zipped(GOOD))
    first = data.index(b"PK\1\2")
    second = data.index(b"PK\1\2", first + 4)
    data[second + 42 : second + 46] = data[first + 42 : first + 46]
    return bytes(data)


def crowded(count: int, large: bool = False) -> bytes:
    """A zip whose end announces so many entries."""
    data = bytearray(zipped(GOOD))
    end = data.rindex(b"PK\5\6")
    data[end + 8 : end + 12] = struct.pack("<HH", min(count, 0xFFFF), min(count, 0xFFFF))
    if large:
        record = struct.pack("<4sQHHIIQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, count, count, 99, 0)
        data[end:end] = record
    return bytes(data)


def zip_symlink() -> bytes:
    """All of a class are links."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in classes({"cats": 6}).items():
            archive.writestr(name, data)
        for number in range(6):
            info = zipfile.ZipInfo(f"dogs/{number}.png")
            info.external_attr = 0o120777 << 16
            archive.writestr(info, "../../etc/passwd")
    return buffer.getvalue()


def tar_note(kind: bytes, size: int) -> bytes:
    """A tar that begins with an extension header of this size."""
    header = tarfile.TarInfo("note")
    header.type, header.size = kind, size
    return header.tobuf() + bytes(1024)


def xz_dictionary() -> bytes:
    """An xz stream that asks for a dictionary of a gigabyte."""
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 2**20}]
    data = bytearray(lzma.compress(tarred(GOOD), check=lzma.CHECK_NONE, filters=filters))
    block = data[12:]  # size, flags, filter id, length of its settings, dictionary, padding, sum
    block[4] = 36  # 1 GiB
    length = (block[0] + 1) * 4
    block[length - 4 : length] = struct.pack("<I", zlib.crc32(bytes(block[: length - 4])))
    return bytes(data[:12] + block)


def sparse() -> bytes:
    """A file with a hole of four gigabytes."""
    holed = tarfile.TarInfo("cats/huge.png")
    holed.type = tarfile.GNUTYPE_SPARSE
    header = bytearray(holed.tobuf(tarfile.GNU_FORMAT))
    header[386:410] = b"%011o\0%011o\0" % (4 * 2**30, 0)
    header[483:495] = b"%011o\0" % (4 * 2**30)
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header) + tarred(GOOD)


ZEROS = bytes(80 * 2**20)


def flat_bomb(method: int) -> bytes:
    """80 MB of zeros as one picture."""
    return zipped({"cats/bomb.png": ZEROS} | GOOD, method)


def tar_bomb(pack: Callable[[bytes], bytes]) -> bytes:
    """A tar with 80 MB of zeros, packed."""
    return pack(tarred({"cats/0.png": ZEROS}))


def liar(declared: int) -> bytes:
    """A zip member of 50 MB whose directory declares another size."""
    data = zipped({"cats/bomb.png": ZEROS[: 50 * 2**20]} | GOOD)
    return patched(data, 22, 24, struct.pack("<I", declared))


# name → (how to make it, words of the sentence that refuses it)
BAD_ARCHIVES: dict[str, Case] = {
    "empty.zip": (bytes, "is not a folder, zip or tar"),
    "random.zip": (lambda: bytes(range(256)) * 40, "is not a folder, zip or tar"),
    "text.tar": (lambda: b"no tar at all\n" * 99, "is not a folder, zip or tar"),
    "a.rar": (lambda: b"Rar!\x1a\7\1\0" + bytes(600), "rar and 7z are not supported"),
    "a.7z": (lambda: b"7z\xbc\xaf\x27\x1c" + bytes(600), "rar and 7z are not supported"),
    "picture.zip": (lambda: tile(1), "is not a folder, zip or tar"),
    "half.zip": (lambda: ZIP[: len(ZIP) // 2], DAMAGED),
    "no-end.zip": (lambda: ZIP[:-30], DAMAGED),
    "flipped.zip": (lambda: spoiled(ZIP, 60), DAMAGED),
    "directory.zip": (lambda: spoiled(ZIP, ZIP.index(b"PK\1\2")), DAMAGED),
    "offset.zip": (lambda: ZIP.replace(b"\0\0\0\0cats/0", b"\xff\xff\xff\x7fcats/0"), DAMAGED),
    "short-lie.zip": (lambda: liar(10), DAMAGED),
    "long-lie.zip": (lambda: liar(0xFFFFFFFE), BOMB),
    "password.zip": (lambda: patched(ZIP, 6, 8, b"\1\0"), "protected by a password"),
    "strong.zip": (lambda: patched(ZIP, 6, 8, b"\x41\0"), "protected by a password"),
    "method-99.zip": (lambda: patched(ZIP, 8, 10, b"\x63\0"), "compression that is not supported"),
    "bzip2.zip": (lambda: zipped(GOOD, zipfile.ZIP_BZIP2), "compression that is not supported"),
    "lzma.zip": (lambda: zipped(GOOD, zipfile.ZIP_LZMA), "compression that is not supported"),
    "version.zip": (lambda: patched(ZIP, 4, 6, b"\xff\0"), "compression that is not supported"),
    "slip.zip": (lambda: zipped({"../evil.png": tile(1)} | GOOD), SLIP),
    "deep-slip.zip": (lambda: zipped({"a/../../../b/c.png": tile(1)} | GOOD), SLIP),
    "absolute.zip": (lambda: zipped({"/etc/evil.png": tile(1)} | GOOD), SLIP),
    "drive.zip": (lambda: zipped({"C:\\evil\\a.png": tile(1)} | GOOD), SLIP),
    "back-slip.zip": (lambda: zipped({"a\\..\\..\\b.png": tile(1)} | GOOD), SLIP),
    "nul.zip": (lambda: named(b"cats/a\0.png"), "file name that is not readable"),
    "utf8.zip": (lambda: named(b"cats/\xff\xfe.png"), "file name that is not readable"),
    "deflate-bomb.zip": (lambda: flat_bomb(zipfile.ZIP_DEFLATED), BOMB),
    "bzip2-bomb.zip": (lambda: flat_bomb(zipfile.ZIP_BZIP2), "compression that is not"),
    "overlap.zip": (overlapping, "its entries overlap"),
    "crowd.zip": (lambda: crowded(130_000, large=True), "beyond the limit of 120,000 entries"),
    "one-class.zip": (lambda: zipped(classes({"cats": 12})), FEW + ", here: cats 12"),
    "empty-class.zip": (lambda: zipped(classes({"cats": 12}) | {"dogs/": b""}), "cats 12, dogs 0"),
    "notes-class.zip": (lambda: zipped(classes({"cats": 12}) | {"dogs/a.txt": b"x"}), "dogs 0"),
    "few.zip": (lambda: zipped(classes({"cats": 12, "dogs": 4})), "cats 12, dogs 4"),
    "ones.zip": (lambda: zipped(classes({f"c{n}": 1 for n in range(20)})), "c0 1, .*, …"),
    "flat.zip": (lambda: zipped({f"{n}.png": tile(n) for n in range(9)}), "9 lie outside any"),
    "nothing.zip": (lambda: zipped({}), FEW + ", here: none"),
    "texts.zip": (lambda: zipped({"a/a.txt": b"x", "b/b.txt": b"x"}), "a 0, b 0"),
    "nested.zip": (lambda: zipped({"a/inner.zip": ZIP}), FEW),
    "links.zip": (zip_symlink, "cats 6"),
    "broken-class.zip": (
        lambda: zipped(classes({"cats": 9}) | {f"dogs/{n}.png": b"\x89PNG" for n in range(9)}),
        "cats 9, dogs 0",
    ),
    "many-classes.zip": (
        lambda: zipped(classes({f"c{n}": 5 for n in range(101)})),
        "101 classes were found: at most 100",
    ),
    "strange-test.zip": (
        lambda: zipped(classes({"train/cats": 6, "train/dogs": 6, "test/owls": 2})),
        "test/ has classes that train/ lacks: owls",
    ),
    "slip.tar": (lambda: tarred({"../evil.png": tile(1)} | GOOD), SLIP),
    "absolute.tar": (lambda: tarred({"/etc/evil.png": tile(1)} | GOOD), SLIP),
    "half.tar": (lambda: TAR[: len(TAR) // 2 - 700], DAMAGED),
    "between.tar": (lambda: TAR[: 1024 * 12 + 30], DAMAGED),
    "sum.tar": (lambda: spoiled(TAR, 1024 * 6), DAMAGED),
    "half.tar.gz": (lambda: gzip.compress(TAR)[:-300], DAMAGED),
    "crc.tar.gz": (lambda: gzip.compress(TAR)[:-8] + bytes(8), DAMAGED),
    "flipped.tar.gz": (lambda: spoiled(gzip.compress(TAR), 300), DAMAGED),
    "half.tar.xz": (lambda: lzma.compress(TAR)[:-400], DAMAGED),
    "flipped.tar.xz": (lambda: spoiled(lzma.compress(TAR), 300), DAMAGED),
    "half.tar.bz2": (lambda: bz2.compress(TAR)[:-400], DAMAGED),
    "words.gz": (lambda: gzip.compress(b"words " * 999), "is compressed, but holds no tar"),
    "words.xz": (lambda: lzma.compress(b"words " * 999), "is compressed, but holds no tar"),
    "bomb.tar.gz": (lambda: tar_bomb(gzip.compress), BOMB),
    "bomb.tar.xz": (lambda: tar_bomb(lzma.compress), BOMB),
    "bomb.tar.bz2": (lambda: tar_bomb(bz2.compress), BOMB),
    "dictionary.tar.xz": (xz_dictionary, BOMB),
    "pax.tar": (lambda: tar_note(b"x", 2**33), DAMAGED),
    "long-name.tar": (lambda: tar_note(b"L", 2**30), DAMAGED),
    "links.tar": (
        lambda: tarred(classes({"cats": 6}), entry("dogs/0.png", tarfile.SYMTYPE, "/etc")),
        "cats 6",
    ),
    "devices.tar": (
        lambda: tarred(classes({"cats": 6}), entry("dogs/0.png", tarfile.CHRTYPE)),
        "cats 6",
    ),
    "one-class.tar.gz": (lambda: gzip.compress(tarred(classes({"cats": 12}))), FEW),
}
