"""Pictures as the world sends them: odd but honest, each with what must come out."""

from collections.abc import Callable

import numpy as np
from PIL import Image, PngImagePlugin

from tests.corpus import BMP, GIF, JPEG, PNG, WEBP, flipped, forged_gif, photo, saved


def _animation(format: str, frames: int) -> bytes:
    first, *rest = [photo().rotate(7 * n) for n in range(frames)]
    return saved(first, format, save_all=True, append_images=rest)


def _hidden_colour() -> Image.Image:
    """Fully transparent red: on white it must be white, not red."""
    return Image.new("RGBA", (20, 20), (255, 0, 0, 0))


def _palette() -> bytes:
    image = photo().quantize(16)
    return saved(image, "PNG", transparency=3)


def _sixteen_bit() -> bytes:
    ramp = np.tile(np.linspace(0, 65_535, 64).astype(np.uint16), (32, 1))
    return saved(Image.fromarray(ramp))


def _turned(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return saved(photo(80, 40), "JPEG", exif=exif)


def _with_text() -> bytes:
    info = PngImagePlugin.PngInfo()
    info.add_text("comment", "<script>alert(1)</script>")
    return saved(photo(), "PNG", pnginfo=info)


# name → (how to make it, mode and size that come out, notes)
GOOD_PICTURES: dict[str, tuple[Callable[[], bytes], str, tuple[int, int], tuple[str, ...]]] = {
    "a.png": (lambda: PNG, "RGB", (64, 48), ()),
    "a.jpg": (lambda: JPEG, "RGB", (128, 96), ()),
    "a.webp": (lambda: WEBP, "RGB", (64, 48), ()),
    "a.gif": (lambda: GIF, "RGB", (64, 48), ()),
    "a.bmp": (lambda: BMP, "RGB", (64, 48), ()),
    "wrong-suffix.gif": (lambda: PNG, "RGB", (64, 48), ()),
    "tail.png": (lambda: PNG + b"more", "RGB", (64, 48), ()),
    "grey.png": (lambda: saved(photo(mode="L")), "L", (64, 48), ()),
    "bits.png": (lambda: saved(photo(mode="1")), "L", (64, 48), ()),
    "sixteen.png": (_sixteen_bit, "L", (64, 32), ()),
    "cmyk.jpg": (lambda: saved(photo(mode="CMYK"), "JPEG"), "RGB", (64, 48), ()),
    "palette.png": (_palette, "RGB", (64, 48), ("transparent",)),
    "la.png": (lambda: saved(_hidden_colour().convert("LA")), "L", (20, 20), ("transparent",)),
    "rgba.png": (lambda: saved(_hidden_colour()), "RGB", (20, 20), ("transparent",)),
    "solid.png": (lambda: saved(photo(mode="RGBA")), "RGB", (64, 48), ()),
    "many.gif": (lambda: _animation("GIF", 5), "RGB", (64, 48), ("animated",)),
    "many.png": (lambda: _animation("PNG", 3), "RGB", (64, 48), ("animated",)),
    "many.webp": (lambda: _animation("WEBP", 3), "RGB", (64, 48), ("animated",)),
    "text.png": (_with_text, "RGB", (64, 48), ()),
    "bad-exif.jpg": (
        lambda: saved(photo(), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff"),
        "RGB",
        (64, 48),
        (),
    ),
    "garbled.jpg": (lambda: flipped(JPEG, len(JPEG) * 2 // 3), "RGB", (128, 96), ()),
    "progressive.jpg": (
        lambda: saved(photo(2_200, 2_100), "JPEG", progressive=True),
        "RGB",
        (1_100, 1_050),
        (),
    ),
    "large.png": (lambda: saved(photo(3_000, 2_400)), "RGB", (1_500, 1_200), ()),
    "long-chunk.png": (
        lambda: PNG[:33] + b"\x7f\xff\xff\xff" + PNG[37:],
        "RGB",
        (64, 48),
        (),
    ),
    "flat-screen.gif": (lambda: forged_gif(0, 64), "RGB", (64, 64), ()),
    "edge.png": (lambda: saved(photo(160, 8)), "RGB", (160, 8), ()),
} | {
    f"turn-{n}.jpg": (
        lambda n=n: _turned(n),  # type: ignore[misc]
        "RGB",
        (80, 40) if n < 5 else (40, 80),
        (),
    )
    for n in range(1, 9)
}
