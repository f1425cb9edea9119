"""The browser's arithmetic, run in node: ticks, formats, smoothing, thinning, rows as curves."""

import json
import shutil
import subprocess
from functools import cache

import pytest

from pages.ui import live

NODE = shutil.which("node")
pytestmark = pytest.mark.skipif(NODE is None, reason="needs node to run the browser's arithmetic")


def in_node(expression: str, before: str = "") -> object:
    """What a JavaScript expression gives inside the element's module; NaN comes back as None."""
    code = f"{live.script()}\n{before}\nconsole.log(JSON.stringify({expression}));"
    done = subprocess.run(
        [str(NODE), "--input-type=module", "-"], input=code, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_whole_is_one_sound_module() -> None:
    assert in_node("[typeof live, live.length]") == ["function", 1]


SUMS = [
    ("niceTicks(0, 1, 5)", [0, 0.2, 0.4, 0.6, 0.8, 1]),
    ("niceTicks(0, 290, 6)", [0, 50, 100, 150, 200, 250]),
    ("niceTicks(0.1, 0.32, 4)", [0.1, 0.2, 0.3]),
    ("niceTicks(0, 3, 9, true)", [0, 1, 2, 3]),
    ("niceTicks(1, 1, 5)", []),
    ("logTicks(0.01, 100)", [0.01, 0.1, 1, 10, 100]),
    ("logTicks(0.4, 3)", [0.5, 1, 2]),
    ("smooth([1, 1, 1], 0.9)", [1, 1, 1]),
    ("smooth([0, 4, NaN, 4], 0)", [0, 4, None, 4]),
    ("smooth([2, 4], 0.5)", [2, 10 / 3]),
    ("nearest([0, 10, 20], 14)", 1),
    ("nearest([0, 10, 20], 99)", 2),
    ("nearest([], 3)", -1),
    ("between([0, 10, 20], [1, 3, 0], 5)", 2),
    ("between([0, 10, 20], [1, 3, 0], 20)", 0),
    ("between([0, 10], [1, 3], 11)", None),
    ("between([0, 10], [1, 3], -1)", None),
    ("horizon(1, 640)", 10),
    ("horizon(100, 640)", 160),
    ("horizon(640, 640)", 640),
    ("span('loss', [NaN, null, 2, 0.5], false)", [0, 2.12]),
    ("span('loss', [0.1, 10, 0], true)", [0.08, 12.5]),
    ("span('accuracy', [], false)", [0, 1]),
    ("span('accuracy', [0.9, 0.98], false)[1]", 1),
    ("fill('{a} of {b}{c}', {a: 1, b: '{a}'})", "1 of {a}"),
    ("new Formats('en').rate(0.0005)", "5e-4"),
    ("new Formats('en').time(125)", "2m 5s"),
    ("new Formats('ko').share(0.9757)", "97.6%"),
    ("new Formats('en').digits(undefined)", "–"),
]


@cache
def sums() -> list[object]:
    """All of SUMS by one node."""
    found = in_node(f"[{', '.join(f'() => {call}' for call, _ in SUMS)}].map((sum) => sum())")
    assert isinstance(found, list)
    return found


@pytest.mark.parametrize("number", range(len(SUMS)), ids=lambda number: SUMS[number][0])
def test_arithmetic(number: int) -> None:
    found, expected = sums()[number], SUMS[number][1]
    if isinstance(expected, list):
        expected = [v if v is None else pytest.approx(v) for v in expected]
    assert found == expected


def test_thinning_keeps_every_peak_and_both_ends() -> None:
    peaks = in_node(
        "[kept.length < 1700, kept.includes(50001), kept[0], kept.at(-1)]",
        "const xs = Array.from({ length: 100000 }, (_, i) => i);"
        "const ys = xs.map((x) => (x === 50001 ? 99 : Math.sin(x)));"
        "const kept = thin(xs, ys, 0, 99999, 400);",
    )
    assert peaks == [True, True, 0, 99999]


HISTORY = """
const h = new History("r");
const row = (seq, step, name, value) => [seq, step, 0, name, value];
const say = (rows, next, more) => h.absorb({ id: "r", name: "", state: "running", step: 8,
  total_steps: 40, epochs: 4, rows, next, ...more });
say([row(1, 1, "train.loss", 2), row(2, 4, "train.loss", 1), row(3, 4, "speed", 64),
  row(4, 8, "speed", 32), row(5, 8, "train.loss", 0.5), row(6, 6, "set.lr", 0.1)], 6,
  { config: { batch: 16 } });
"""


STORIES = [
    ("[h.name, h.next, h.total, h.perEpoch]", ["r", 6, 40, 10]),
    ("[h.curve('train.loss').steps, h.last('train.loss', 7)]", [[1, 4, 8], 1]),
    ("h.clock()", [[0, 4, 8], [0, 1, 3]]),
    ("[2, 6, 12].map(h.scale('seconds'))", [0.5, 2, 5]),
    ("h.scale('epoch')(25)", 2.5),
    ("h.changes", [{"step": 6, "name": "lr", "value": 0.1}]),
    ("(say([row(5, 8, 'train.loss', 9)], 6), h.last('train.loss'))", 0.5),
    (
        "(say([row(7, 5, 'rewind', 5), row(8, 6, 'train.loss', 0.7)], 8),"
        " [h.curve('train.loss'), h.curve('speed').steps, h.changes])",
        [{"steps": [1, 4, 6], "values": [2, 1, 0.7]}, [4], []],
    ),
    (
        "(say([], 6, { state: 'crashed' }), [h.final, h.state, h.lastStep])",
        [True, "crashed", 8],
    ),
]


@cache
def stories() -> list[object]:
    """All of STORIES by one node, each with a history of its own."""
    told = ", ".join(f"() => {{ {HISTORY} return {what}; }}" for what, _ in STORIES)
    found = in_node(f"[{told}].map((story) => story())")
    assert isinstance(found, list)
    return found


@pytest.mark.parametrize("number", range(len(STORIES)), ids=lambda number: STORIES[number][0])
def test_rows_become_curves(number: int) -> None:
    assert stories()[number] == STORIES[number][1]
