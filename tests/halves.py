"""Browser tests in two halves, one for each test process."""

from pathlib import Path


def half(file: str) -> int:
    """Which of two halves, that take about as long, a file of browser tests is in."""
    return int(Path(file).stem.startswith(("test_la", "test_le")))
