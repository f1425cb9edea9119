"""The one door for pictures: listed formats, sizes within limits, and one transform for all."""

import io
import re
import struct
import unicodedata
import warnings
from pathlib import Path
from threading import BoundedSemaphore

import numpy as np
from PIL import Image, UnidentifiedImageError

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")
LISTED = "a JPEG, PNG, WebP, GIF or BMP picture"
MAX_BYTES = 20 * 2**20
MAX_PIXELS = {"JPEG": 50_000_000, "MPO": 50_000_000}  # JPEG can be decoded at a fraction
MAX_OTHER_PIXELS = 25_000_000
MIN_SIDE = 8
MAX_ASPECT = 20
ENOUGH = 1024  # pixels a side that no net here looks beyond; larger pictures are reduced to it
LARGE = 4_000_000  # pixels from which only two pictures are decoded at a time

# All that Pillow is known to raise on bad files. Anything else is a fault of ours, and shows.
PILLOW_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    NotImplementedError,
    MemoryError,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)
# Once for the whole process: switching filters around a call is not safe between threads.
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")
warnings.simplefilter("error", Image.DecompressionBombWarning)

_TWO_AT_A_TIME = BoundedSemaphore(2)
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ORIENTATION = 0x0112
_MAGIC = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"BM", b"RIFF")


class BadPicture(ValueError):
    """A picture that is refused; the message is the sentence for its owner."""


def display_name(name: str) -> str:
    """A file's name made fit to be shown: no folders, no control characters, 60 at most."""
    last = re.split(r"[\\/]", unicodedata.normalize("NFKC", name))[-1]
    shown = "".join(c for c in last if unicodedata.category(c)[0] != "C")[:60].strip()
    return shown or "the file"


def open_picture(source: bytes | Path, name: str) -> Image.Image:
    """Decode an untrusted picture into plain L or RGB, upright, without metadata.

    Transparency is laid on white, 16 bits become 8, of an animation the first frame is taken;
    `info["notes"]` says so with "transparent" and "animated". Pictures far larger than any net
    looks at are reduced on the way.

    Raises:
        BadPicture: not a listed format, damaged, or outside the limits; names file and remedy.
    """
    shown = display_name(name)
    data = _read(source, shown)
    image = _identify(data, shown)
    _check_size(image, shown)
    try:
        if image.width * image.height > LARGE:
            with _TWO_AT_A_TIME:
                return _settle(image)
        return _settle(image)
    except PILLOW_ERRORS:
        # A second load of the same object would succeed with half a picture: it is dropped here.
        raise BadPicture(
            f"{shown} is incomplete or damaged: save it again and upload that"
        ) from None


def _read(source: bytes | Path, shown: str) -> bytes:
    """At most one byte more than the limit is ever read."""
    if isinstance(source, Path):
        try:
            with source.open("rb") as file:
                data = file.read(MAX_BYTES + 1)
        except OSError as problem:
            raise BadPicture(f"{shown} cannot be read: {problem.strerror}") from None
    else:
        data = source
    if not data:
        raise BadPicture(f"{shown} is empty (0 bytes): upload it again")
    if len(data) > MAX_BYTES:
        raise BadPicture(f"{shown} is larger than {MAX_BYTES >> 20} MB: save it smaller or as JPEG")
    return data


def _identify(data: bytes, shown: str) -> Image.Image:
    """The picture's header, nothing decoded yet."""
    try:
        return Image.open(io.BytesIO(data), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as bomb:
        pixels = int(re.findall(r"\d+", str(bomb))[0])
        limit = MAX_PIXELS["JPEG"] if data.startswith(_MAGIC[0]) else MAX_OTHER_PIXELS
        raise BadPicture(_too_many(shown, "", pixels, limit)) from None
    except UnidentifiedImageError:
        raise BadPicture(_unlisted(data, shown)) from None
    except PILLOW_ERRORS:
        raise BadPicture(
            f"{shown} is incomplete or damaged: save it again and upload that"
        ) from None


def _unlisted(data: bytes, shown: str) -> str:
    """Why Pillow could not name the format, judged by the first bytes."""
    start = data[:256].lstrip().lower()
    if data[4:8] == b"ftyp" and data[8:12] in (b"heic", b"heix", b"hevc", b"mif1", b"msf1"):
        return f"{shown} is a HEIC photo: export it as JPEG"
    if start.startswith(b"<svg") or (start.startswith(b"<?xml") and b"<svg" in data[:2048]):
        return f"{shown} is a vector drawing, and those are not supported: export it as PNG"
    if data.startswith(_MAGIC):
        return f"{shown} is incomplete or damaged: save it again and upload that"
    return f"{shown} is not {LISTED}: save it as one of these"


def _too_many(shown: str, sides: str, pixels: int, limit: int) -> str:
    return (
        f"{shown} is {sides}{pixels / 1e6:.0f} megapixels, the limit is "
        f"{limit // 1_000_000} megapixels: make it smaller"
    )


def _check_size(image: Image.Image, shown: str) -> None:
    """Refuse by the header, before a pixel is decoded."""
    w, h = image.size
    limit = MAX_PIXELS.get(image.format or "", MAX_OTHER_PIXELS)
    if w * h > limit:
        raise BadPicture(_too_many(shown, f"{w}×{h}, ", w * h, limit))
    if max(w, h) > MAX_ASPECT * min(w, h):
        raise BadPicture(
            f"{shown} is {w}×{h} pixels, too long and thin: at most {MAX_ASPECT}:1 can be used"
        )
    if min(w, h) < MIN_SIDE:
        raise BadPicture(
            f"{shown} is {w}×{h} pixels, too small: at least {MIN_SIDE}×{MIN_SIDE} are needed"
        )


def _settle(image: Image.Image) -> Image.Image:
    """Any mode to upright L or RGB of at most twice `ENOUGH` a side."""
    notes: tuple[str, ...] = ("animated",) if getattr(image, "is_animated", False) else ()
    image.draft(None, (ENOUGH, ENOUGH))
    image.load()
    turn = _turn(image)
    grey = image.mode in ("1", "L", "LA", "La") or image.mode.startswith("I")
    if image.mode.startswith("I"):  # Pillow's own conversion cuts at 255: all white
        image = Image.fromarray((np.asarray(image).clip(0, 65_535) >> 8).astype(np.uint8))
    elif image.mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in image.info:
        image = image.convert("RGBA")
        notes += ("transparent",) if np.asarray(image)[..., 3].min() < 255 else ()
    else:
        image = image.convert("L" if grey else "RGB")
    if (factor := max(image.size) // ENOUGH) > 1:
        image = image.reduce(min(factor, min(image.size)))
    if image.mode == "RGBA":
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image).convert("L" if grey else "RGB")
    if turn is not None:
        image = image.transpose(turn)
    image.info = {"notes": notes}
    return image


def _turn(image: Image.Image) -> Image.Transpose | None:
    """How the camera was held; a damaged note about it counts as none."""
    if not image.info.keys() & {"exif", "Raw profile type exif"}:
        return None
    try:
        return _TURNS.get(image.getexif().get(_ORIENTATION, 0))
    except (*PILLOW_ERRORS, struct.error, KeyError, TypeError):
        return None


def is_grey(image: Image.Image) -> bool:
    """Whether an opened picture has no colour beyond JPEG's rounding."""
    if image.mode == "L":
        return True
    pixels = np.asarray(image, dtype=np.int16)
    return int(np.ptp(pixels, axis=2).max()) <= 4


def to_array(image: Image.Image, channels: int, size: int) -> np.ndarray:
    """THE transform, for import and for prediction alike. -> uint8 [c, h, w], h = w = size

    The largest square about the centre, then Pillow's bicubic, which averages over all pixels
    when it shrinks (box would shift edges at odd ratios such as 32 → 28); a picture of the right
    size is not touched. Grey is 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601).

    Raises:
        ValueError: channels is neither 1 nor 3, or size is not positive.
    """
    if channels not in (1, 3) or size < 1:
        raise ValueError(f"{channels} channels of {size} pixels: channels are 1 or 3, size is ≥ 1")
    if image.mode not in ("L", "RGB"):
        image = _settle(image.copy())
    if (mode := "L" if channels == 1 else "RGB") != image.mode:
        image = image.convert(mode)
    side = min(image.size)
    if image.width != image.height:
        left, top = (image.width - side) // 2, (image.height - side) // 2
        image = image.crop((left, top, left + side, top + side))
    if side != size:
        image = image.resize((size, size), Image.Resampling.BICUBIC)
    pixels = np.asarray(image, dtype=np.uint8).reshape(size, size, channels)
    return np.ascontiguousarray(pixels.transpose(2, 0, 1))
