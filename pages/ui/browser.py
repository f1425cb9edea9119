"""What goes to the browser with an element: its parts as one script, its style, packed numbers."""

import base64
from pathlib import Path

import numpy as np
import numpy.typing as npt

TOOLS = Path(__file__).with_name("elements") / "tools.js"


def script(*parts: Path) -> str:
    """An element's module: the tools of all, then its parts, as one."""
    return joined(TOOLS, *parts)


def joined(*parts: Path) -> str:
    """Files as one module, without indentation and whole-line comments."""
    lines = (line.strip() for part in parts for line in text(part).splitlines())
    return "\n".join(line for line in lines if line and not line.startswith(("//", "/**", "*")))


def text(path: Path) -> str:
    """A file as it is."""
    return path.read_text(encoding="utf-8")


def packed(values: np.ndarray, form: npt.DTypeLike = None) -> str:
    """Numbers as text, `bytes` of tools.js reads it; form: their type there, else as they are."""
    return base64.b64encode(np.ascontiguousarray(values, dtype=form).tobytes()).decode()
