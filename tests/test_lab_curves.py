"""The labs' chart: what it is told is what was given, and its own script is one module."""

import base64
import math

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.browser import script
from pages.ui.lab.curves import FOLDER, Line, curves
from tests.stage import element, sound


def drawn() -> None:
    from pages.ui.lab.curves import Line, curves

    curves(
        "chart",
        [
            Line("a", [1, 2, 3], [0.5, float("nan"), float("inf")], "dashed", 4),
            Line("b", range(2), (1, 2), "bars"),
        ],
        title="Title",
        x="step",
        y="loss (nats)",
        reach=(0.0, None, None, 5.0),
        marks=[(1, 2, "here")],
        log="x",
    )


def test_points_gaps_ends_and_marks_arrive() -> None:
    told = element(sound(AppTest.from_function(drawn).run()), "chart")
    assert told["axes"] == ["step", "loss (nats)"] and told["title"] == "Title"
    assert told["reach"] == [0.0, None, None, 5.0] and told["marks"] == [[1, 2, "here"]]
    first, second = told["lines"]
    y = np.frombuffer(base64.b64decode(first["y"]), "<f4")
    assert y[0] == 0.5 and math.isnan(y[1]) and math.isinf(y[2])
    assert (first["kind"], first["hue"], second["kind"]) == ("dashed", 4, "bars")


def test_a_line_with_more_of_one_than_of_the_other_is_refused() -> None:
    with pytest.raises(ValueError, match=r"'a' has x of shape \(3,\) and y of shape \(2,\)"):
        curves("chart", [Line("a", [1, 2, 3], [1, 2])], title="", x="", y="")


@pytest.mark.parametrize("parts", [("axis.js", "curves.js"), ("graph.js",)])
def test_scripts_are_one_module_without_comments(parts: tuple[str, ...]) -> None:
    text = script(*(FOLDER / part for part in parts))
    assert text.count("export default") == 1
    assert not any(line.startswith("//") for line in text.splitlines())
    assert "\n" in text and all((FOLDER / part).is_file() for part in parts)
