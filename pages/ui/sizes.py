"""Sizes: numbers of bytes as people say them."""


def human(count: int) -> str:
    """A number of bytes as people say it."""
    for unit, size in (("GB", 1e9), ("MB", 1e6)):
        if count >= 0.95 * size:
            return (
                f"{count / size:.1f} {unit}" if count < 9.5 * size else f"{count / size:.0f} {unit}"
            )
    return f"{count / 1e3:.0f} kB"
