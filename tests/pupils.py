"""What tests of lessons share: a small house, and lessons written for it."""

from pathlib import Path

from core.lessons import House, Lesson
from core.lessons.shelf import read

SMALL = House(
    (("train", frozenset({"data", "model"})), ("cnn", frozenset({"map"})), ("labs/a", None)),
    frozenset({"no-zero-grad"}),
)
HEAD = 'title = "T"\nwhat = "W"\ngoal = "G"\nminutes = 3\n'
STEP = '[[steps]]\ntitle = "S"\ntext = "Do."\n'


def written(tmp_path: Path, text: str, name: str = "mine") -> Path:
    path = tmp_path / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return path


def lesson(tmp_path: Path, done: str, where: str = "") -> Lesson:
    return read(written(tmp_path, f"{HEAD}{STEP}{where}\ndone = {done}\n"), SMALL)
