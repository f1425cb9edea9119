"""Finds the Chromium that the browser tests drive; exits 1 with a sentence when there is none."""

import os
import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

# The shell is Chromium without a window's surroundings: what playwright's own headless mode is.
# It costs the processor less.
NAMES = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
)
# For tests, not for stopwatches: threads that help one page on many cores take from those that work
# beside it on two.
THRIFTY = (*FLAGS, "--js-flags=--single-threaded")


def executable() -> str:
    """The browser named by CHROMIUM, the system's, or playwright's own.

    Raises:
        LookupError: none is there, and what to do.
    """
    for name in (os.environ.get("CHROMIUM", ""), *NAMES):
        if name and (found := shutil.which(name)):
            return found
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    if own and Path(own).exists():
        return own
    raise LookupError(
        "no Chromium for the browser tests: apt-get install chromium, or "
        "python -m playwright install chromium, or set CHROMIUM to one"
    )


if __name__ == "__main__":
    try:
        sys.stdout.write(executable() + "\n")
    except LookupError as problem:
        sys.exit(str(problem))
