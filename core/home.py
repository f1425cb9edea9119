"""Where everything that outlives a process is kept."""

import os
from pathlib import Path


def home() -> Path:
    """The folder named by PLAYGROUND_HOME, else `.playground` here; made if missing, mode 0700.

    Raises:
        ValueError: the folder cannot be made or written to.
    """
    folder = Path(os.environ.get("PLAYGROUND_HOME") or ".playground").resolve()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as problem:
        raise ValueError(
            f"PLAYGROUND_HOME {folder} cannot be used ({problem.strerror}): "
            "choose a folder that you may write to"
        ) from None
    return folder


def run_folder(run_id: str) -> Path:
    """Folder of one run's checkpoints and views.

    Raises:
        ValueError: the id is not 16 hexadecimal digits, so it can never leave `runs/`.
    """
    if len(run_id) != 16 or not set(run_id) <= set("0123456789abcdef"):
        raise ValueError("a run is named by 16 hexadecimal digits, as `runs` lists them")
    return home() / "runs" / run_id
