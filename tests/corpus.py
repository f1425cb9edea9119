"""Pictures as the world sends them, broken and hostile, each with what must be said."""

import io
import struct
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

CHANCE = np.random.default_rng(7)
LISTED = "is not a JPEG, PNG, WebP, GIF or BMP picture"
DAMAGED = "is incomplete or damaged"


def photo(width: int = 64, height: int = 48, mode: str = "RGB") -> Image.Image:
    """A smooth picture with an edge in it, so that turning and cropping can be seen."""
    x, y = np.meshgrid(np.linspace(0, 255, width), np.linspace(0, 255, height))
    image = Image.fromarray(np.stack([x, y, 255 - x], axis=2).astype(np.uint8))
    ImageDraw.Draw(image).rectangle((0, 0, width // 3, height // 3), fill=(250, 10, 10))
    return image.convert(mode)


def saved(image: Image.Image, format: str = "PNG", **settings: Any) -> bytes:
    """An image as a file's bytes."""
    buffer = io.BytesIO()
    image.save(buffer, format, **settings)
    return buffer.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    """One PNG chunk with a right checksum."""
    body = kind + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


def forged_png(width: int, height: int, *more: bytes) -> bytes:
    """A PNG that announces a size and has hardly a pixel."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    data = chunk(b"IDAT", zlib.compress(bytes(64)))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(more) + data + chunk(b"IEND", b"")


def forged_jpeg(width: int, height: int) -> bytes:
    """A JPEG whose header announces another size."""
    data = bytearray(saved(photo(), "JPEG"))
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def forged_gif(width: int, height: int) -> bytes:
    """A GIF whose screen is large."""
    data = bytearray(saved(photo(), "GIF"))
    data[6:10] = struct.pack("<HH", width, height)
    return bytes(data)


def flipped(data: bytes, at: int) -> bytes:
    """One byte turned around."""
    return data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]


def halved(data: bytes) -> bytes:
    """Cut in the middle."""
    return data[: len(data) // 2]


def text_bomb(kind: bytes) -> bytes:
    """A chunk of 195 kB that inflates to 200 MB."""
    body = zlib.compress(bytes(200_000_000), 9)
    return forged_png(16, 16, chunk(kind, b"x\0\0" + body))


def many_texts() -> bytes:
    """Seventy texts, each just within the limit of one."""
    body = zlib.compress(bytes(1_000_000), 9)
    return forged_png(16, 16, *[chunk(b"zTXt", b"k%d\0\0" % n + body) for n in range(70)])


def noise_jpeg() -> bytes:
    """A valid JPEG, so large that its tail can be cut or turned around."""
    pixels = CHANCE.integers(0, 255, (96, 128, 3), dtype=np.uint8)
    return saved(Image.fromarray(pixels), "JPEG")


PNG, JPEG = saved(photo()), noise_jpeg()
WEBP, GIF, BMP = (saved(photo(), kind) for kind in ("WEBP", "GIF", "BMP"))

RLE_BMP = b"BM" + struct.pack("<IHHI", 80, 0, 0, 54)  # then a header that says: run lengths
RLE_BMP += struct.pack("<IiiHHIIiiII", 40, 64, 64, 1, 8, 1, 0, 0, 0, 0, 0)


# name → (how to make it, words of the sentence that refuses it)
BAD_PICTURES: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty.png": (bytes, "is empty"),
    "random.jpg": (lambda: CHANCE.bytes(5_000), LISTED),
    "text.png": (lambda: b"just some words, not a picture\n" * 20, LISTED),
    "paper.png": (lambda: b"%PDF-1.7\n%\xe2\xe3\n1 0 obj\n<<>>\nendobj\n" * 9, LISTED),
    "page.png": (lambda: b"<!DOCTYPE html><html><body>hi</body></html>", LISTED),
    "drawing.svg": (lambda: b'<svg xmlns="http://www.w3.org/2000/svg"/>', "vector drawing"),
    "drawing.png": (lambda: b'<?xml version="1.0"?>\n<svg width="9"/>', "vector drawing"),
    "phone.heic": (lambda: b"\0\0\0\x18ftypheic" + bytes(80), "HEIC photo: export it as JPEG"),
    "phone.jpg": (lambda: b"\0\0\0\x18ftypmif1" + bytes(80), "HEIC photo"),
    "layers.psd": (lambda: b"8BPS\0\1" + bytes(60), LISTED),
    "zip.png": (lambda: b"PK\3\4" + bytes(60), LISTED),
    "script.png": (lambda: b"#!/bin/sh\necho no\n", LISTED),
    "weights.png": (lambda: b"\x80\x04\x95" + bytes(60), LISTED),
    "header-crc.png": (lambda: flipped(PNG, 17), DAMAGED),
    "nothing.png": (lambda: forged_png(0, 0), DAMAGED),
    "forty.png": (lambda: PNG[:40], DAMAGED),
    "signature.png": (lambda: PNG[:8], DAMAGED),
    "half.jpg": (lambda: halved(JPEG), DAMAGED),
    "no-end.jpg": (lambda: JPEG[:-400], DAMAGED),
    "head.jpg": (lambda: JPEG[:180], DAMAGED),
    "start.jpg": (lambda: JPEG[:3], DAMAGED),
    "half.webp": (lambda: halved(WEBP), DAMAGED),
    "half.png": (lambda: halved(PNG), DAMAGED),
    "half.bmp": (lambda: halved(BMP), DAMAGED),
    "half.gif": (lambda: halved(GIF), DAMAGED),
    "data-crc.png": (lambda: flipped(PNG, PNG.index(b"IDAT") + 30), DAMAGED),
    "20000.png": (lambda: forged_png(20_000, 20_000), "400 megapixels, the limit is 25"),
    "9400.png": (lambda: forged_png(9_400, 9_400), r"9400×9400, 88 megapixels, the limit is 25"),
    "6000.png": (lambda: forged_png(6_000, 5_000), r"6000×5000, 30 megapixels"),
    "65000.jpg": (lambda: forged_jpeg(65_000, 65_000), "4225 megapixels, the limit is 50"),
    "8000.jpg": (lambda: forged_jpeg(8_000, 8_000), r"8000×8000, 64 megapixels, the limit is 50"),
    "65535.gif": (lambda: forged_gif(65_535, 65_535), "the limit is 25 megapixels"),
    "6000.gif": (lambda: forged_gif(6_000, 6_000), "36 megapixels, the limit is 25"),
    "30000.ppm": (lambda: b"P6\n30000 30000\n255\n" + bytes(90), LISTED),
    "text-bomb.png": (lambda: text_bomb(b"zTXt"), DAMAGED),
    "many-texts.png": (many_texts, DAMAGED),
    "old.eps": (lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", LISTED),
    "icon.ico": (lambda: saved(photo(32, 32), "ICO"), LISTED),
    "scan.tif": (lambda: saved(photo(), "TIFF"), LISTED),
    "float.tif": (
        lambda: saved(Image.fromarray(np.full((9, 9), np.nan, dtype=np.float32)), "TIFF"),
        LISTED,
    ),
    "plain.ppm": (lambda: saved(photo(), "PPM"), LISTED),
    "one.png": (lambda: saved(photo(1, 1)), "1×1 pixels, too small"),
    "seven.png": (lambda: saved(photo(40, 7)), "40×7 pixels, too small"),
    "ribbon.png": (lambda: saved(photo(6_000, 10)), "too long and thin"),
    "thread.bmp": (lambda: saved(photo(60_000, 1), "BMP"), "too long and thin"),
    "heavy.jpg": (lambda: JPEG + bytes(20 * 2**20), "larger than 20 MB"),
    "spaces.png": (lambda: b" " * 4_000, LISTED),
    "zeros.jpg": (lambda: bytes(4_000), LISTED),
    "behind-text.png": (lambda: b"see below\n" + PNG, LISTED),
    "film.mp4": (lambda: b"\0\0\0\x20ftypisom" + bytes(80), LISTED),
    "sound.webp": (lambda: b"RIFF\x24\0\0\0WAVEfmt " + bytes(40), DAMAGED),
    "new.avif": (lambda: b"\0\0\0\x1cftypavif" + bytes(80), LISTED),
    "new.jp2": (lambda: b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(60), LISTED),
    "packed.svg": (lambda: b"\x1f\x8b\x08" + bytes(40), LISTED),
    "entities.svg": (
        lambda: b'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a "aaaa">]><svg>&a;</svg>',
        "vector drawing",
    ),
    "no-data.png": (
        lambda: PNG[: PNG.index(b"IDAT") - 4] + chunk(b"IEND", b""),
        DAMAGED,
    ),
    "short-data.png": (lambda: forged_png(64, 64), DAMAGED),
    "no-depth.png": (lambda: PNG[:24] + b"\7" + PNG[25:], DAMAGED),
    "profile-bomb.png": (lambda: text_bomb(b"iCCP"), DAMAGED),
    "marker.jpg": (lambda: b"\xff\xd8\xff\xff" * 200, DAMAGED),
    "no-scan.jpg": (lambda: JPEG[: JPEG.index(b"\xff\xda")], DAMAGED),
    "zero.jpg": (lambda: forged_jpeg(0, 0), DAMAGED),
    "screen.gif": (lambda: GIF[:13], DAMAGED),
    "start.bmp": (lambda: BMP[:20], DAMAGED),
    "runs.bmp": (lambda: RLE_BMP, DAMAGED),
    "start.webp": (lambda: WEBP[:12], DAMAGED),
    "flipped.webp": (lambda: flipped(WEBP, 12), DAMAGED),
}
