"""What a long-lived process stands on: the program it was started from, the files it opened."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def inode(path: Path) -> int:
    """Which file stands at a path, 0 for none."""
    try:
        return path.stat().st_ino
    except OSError:
        return 0


def program() -> int:
    """When the program was last changed, in nanoseconds.

    Workers begin long after their runner: after an update they would mix its modules with new ones.
    """
    files = (path for room in ("core", "models") for path in (ROOT / room).rglob("*.py"))
    return max((path.stat().st_mtime_ns for path in files if path.exists()), default=0)
