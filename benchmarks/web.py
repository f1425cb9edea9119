"""The page: from click to curve, and thirty pages at once."""

from collections.abc import Iterator

from benchmarks.report import Figure


def figures() -> Iterator[Figure]:
    """Nothing yet."""
    yield from ()
