"""What goes to the browser: scripts in one piece without comments, and numbers that come back."""

import base64
import re
from pathlib import Path

import numpy as np
import pytest

from pages.ui import browser

UI = Path(browser.__file__).parent
SCRIPTS = [path for path in UI.rglob("*.js") if path.parent.name != "live"]  # it has its own tools
NAME = re.compile(r"^(?:function|class|const|let) (\w+)", re.MULTILINE)
TOOLS = set(NAME.findall(browser.text(browser.TOOLS)))


def test_a_script_begins_with_the_tools_and_has_neither_comments_nor_indentation(tmp_path):
    part = tmp_path / "part.js"
    part.write_text("// About it.\n\n/** A rule. */\nfunction a() {\n  return 1; // one\n}\n")
    made = browser.script(part)
    assert made.startswith("function el(")
    assert made.endswith("function a() {\nreturn 1; // one\n}")
    assert browser.joined(part) == "function a() {\nreturn 1; // one\n}"


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_no_script_gives_a_tool_s_name_away_again(path: Path):
    assert {"el", "fill", "bytes", "floats"} <= TOOLS
    if path != browser.TOOLS:
        assert not TOOLS & set(NAME.findall(browser.text(path)))


@pytest.mark.parametrize("form", ["<f4", "<i2", "u1", None])
def test_numbers_come_back_as_they_were(form: str | None):
    values = np.arange(24, dtype=np.float64).reshape(2, 3, 4).transpose(2, 0, 1)
    found = np.frombuffer(base64.b64decode(browser.packed(values, form)), form or np.float64)
    assert (found.reshape(4, 2, 3) == values).all()
