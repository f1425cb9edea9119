"""What takes long to make is made once, for all test files and processes."""

from collections.abc import Callable
from pathlib import Path

from filelock import FileLock


def once(home: Path, name: str, make: Callable[[Path], None]) -> Path:
    """The folder `name` in the session's home, made by the first who asks.

    A session fixture alone would not do: each test file that imports it has its own.
    """
    folder = home / "once" / name
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.with_suffix(".lock")):
        if not (whole := folder.with_suffix(".whole")).exists():
            make(folder)
            whole.touch()
    return folder
