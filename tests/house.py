"""The house rules as functions: each reads one source file and names what breaks the rule."""

import ast
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("app", "pages", "pages/ui", "core", "models", "tests", "benchmarks")
STAIRS = {"app": 4, "pages": 3, "pages/ui": 2, "core": 1, "models": 0}
HEAVY = {"torch", "torchvision", "plotly", "sqlalchemy", "safetensors", "models"}
BANNED = {
    "app": HEAVY,
    "pages": HEAVY,
    "pages/ui": HEAVY,
    "core": {"streamlit", "tests"},
    "models": {"streamlit", "plotly", "sqlalchemy", "safetensors", "PIL", "tests", "numpy"},
}
DOORS = {
    "sqlalchemy": ("core/store",),
    "safetensors": ("core/checkpoint.py", "core/export.py"),
    "plotly": ("core/figures",),
    "zipfile": ("core/archives",),
    "tarfile": ("core/archives",),
    "multiprocessing": ("core/engines.py", "core/runner.py", "core/worker.py"),
    "pebble": ("core/engines.py",),
    "streamlit": ("app.py", "pages"),
}
UNSAFE_MODULES = {"pickle", "cloudpickle", "dill", "marshal", "shelve", "yaml", "joblib"}
UNSAFE_CALLS = {"eval", "exec", "__import__", "compile"}
UNSAFE_ATTRIBUTES = {"extractall", "catch_warnings", "load_learner", "unsafe_load"}
UNSAFE_KEYWORDS = {"unsafe_allow_html", "allow_pickle", "shell"}
OLD_KEYWORDS = {"use_container_width", "use_column_width"}
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX)\b|coming soon|lorem ipsum", re.IGNORECASE)
OUTSIDE = re.compile(r"/work/|/root/|\bissue #?\d", re.IGNORECASE)


@dataclass(frozen=True)
class File:
    """One source file: its path in the project and its text."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @cached_property
    def nodes(self) -> list[ast.AST]:
        return list(ast.walk(self.tree))

    @property
    def room(self) -> str:
        """The room it stands in, "" for none."""
        inside = [room for room in ROOMS if self.path.startswith((f"{room}/", f"{room}.py"))]
        return max(inside, key=len, default="")

    @property
    def imports(self) -> Iterator[tuple[str, int]]:
        """Dotted names that it imports, anywhere in it, with their lines."""
        for node in self.nodes:
            if isinstance(node, ast.Import):
                yield from ((alias.name, node.lineno) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                package = PurePosixPath(self.path).parts[: -node.level] if node.level else ()
                base = ".".join([*package, *([node.module] if node.module else [])])
                yield base, node.lineno
                yield from ((f"{base}.{alias.name}", node.lineno) for alias in node.names)


def room_of(module: str) -> str:
    """The room of a dotted name, "" for other people's code."""
    parts = module.split(".")
    if parts[:2] == ["pages", "ui"]:
        return "pages/ui"
    return parts[0] if parts[0] in ROOMS else ""


def falling(file: File) -> Iterator[str]:
    """Imports only fall downstairs."""
    for module, line in file.imports:
        room = room_of(module)
        if file.room in STAIRS and room and STAIRS.get(room, 9) > STAIRS[file.room]:
            yield f"{line}: {file.room} imports {module} from upstairs"


def banned(file: File) -> Iterator[str]:
    """Tensors never go up, widgets never go down."""
    for module, line in file.imports:
        if module.split(".")[0] in BANNED.get(file.room, ()):
            yield f"{line}: {file.room} may not import {module}"


def doors(file: File) -> Iterator[str]:
    """Each dangerous or heavy library comes in by one door."""
    if file.room in ("tests", "benchmarks"):
        return
    for module, line in file.imports:
        door = DOORS.get(module.split(".")[0])
        if door and not file.path.startswith(door):
            yield f"{line}: {module} comes in only through {' or '.join(door)}"
    for node in file.nodes:
        if dotted(node) in ("Image.open", "PIL.Image.open") and file.path != "core/imaging.py":
            yield f"{node.lineno}: pictures are opened only by core/imaging.py"


def dotted(node: ast.AST) -> str:
    """`a.b.c` for such an attribute chain, else ""."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (start := dotted(node.value)):
        return f"{start}.{node.attr}"
    return ""


def unsafe(file: File) -> Iterator[str]:
    """No code from data, no markup from users, no shell."""
    for module, line in file.imports:
        if module.split(".")[0] in UNSAFE_MODULES or module in ("torch.load", "torch.save"):
            yield f"{line}: {module}"
    for node in file.nodes:
        name = dotted(node)
        if name in ("torch.load", "torch.save"):
            yield f"{node.lineno}: {name}"
        if isinstance(node, ast.Attribute) and node.attr.startswith("experimental_"):
            yield f"{node.lineno}: {node.attr}"
        if isinstance(node, ast.Attribute) and node.attr in UNSAFE_ATTRIBUTES:
            yield f"{node.lineno}: {node.attr}"
        if isinstance(node, ast.Call):
            if dotted(node.func) in UNSAFE_CALLS:
                yield f"{node.lineno}: {dotted(node.func)}()"
            for keyword in node.keywords:
                off = isinstance(keyword.value, ast.Constant) and keyword.value.value is False
                if keyword.arg in OLD_KEYWORDS or (keyword.arg in UNSAFE_KEYWORDS and not off):
                    yield f"{node.lineno}: {keyword.arg}="


def size(file: File) -> Iterator[str]:
    """Files ≤ 250 lines, functions ≤ 40, lines ≤ 100."""
    lines = file.text.splitlines()
    if len(lines) > 250:
        yield f"1: {len(lines)} lines, 250 at most"
    for number, line in enumerate(lines, 1):
        if len(line) > 100:
            yield f"{number}: {len(line)} characters, 100 at most"
    for node in file.nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > 40:
                yield f"{node.lineno}: {node.name} has {length} lines, 40 at most"


def manners(file: File) -> Iterator[str]:
    """A docstring on top; no star import, print, global, assert or keyword pass-through."""
    heading = (ast.get_docstring(file.tree) or "").split("\n\n")[0]
    if not heading.endswith(".") or "\n" in heading:
        yield "1: one sentence on top says what the file is"
    if PurePosixPath(file.path).stem in ("utils", "util", "helpers", "misc", "common"):
        yield "1: a file is named by what it holds"
    product = file.room in STAIRS
    for node in file.nodes:
        if isinstance(node, ast.ImportFrom) and any(a.name == "*" for a in node.names):
            yield f"{node.lineno}: star import"
        if isinstance(node, ast.Global):
            yield f"{node.lineno}: global state"
        if product and isinstance(node, ast.Assert):
            yield f"{node.lineno}: assert vanishes under -O, raise ValueError"
        if product and isinstance(node, ast.Call) and dotted(node.func) == "print":
            yield f"{node.lineno}: print"
        if product and isinstance(node, ast.FunctionDef):
            if (extra := node.args.kwarg) and "Unpack" not in ast.unparse(extra):
                yield f"{node.lineno}: {node.name} takes any keyword"
            if ast.unparse(node.body[-1]) in ("pass", "raise NotImplementedError"):
                yield f"{node.lineno}: {node.name} is a stub"


def finished(file: File) -> Iterator[str]:
    """Nothing half done, nothing about other places."""
    for number, line in enumerate(file.text.splitlines(), 1):
        if found := UNFINISHED.search(line) or OUTSIDE.search(line):
            yield f"{number}: {found[0]}"


RULES: dict[str, Callable[[File], Iterator[str]]] = {
    rule.__name__: rule for rule in (falling, banned, doors, unsafe, size, manners, finished)
}


def files() -> list[File]:
    """Every Python file of the project."""
    paths = [ROOT / "app.py"]
    for room in ("pages", "core", "models", "tests", "benchmarks"):
        paths += sorted((ROOT / room).rglob("*.py"))
    return [File(p.relative_to(ROOT).as_posix(), p.read_text(encoding="utf-8")) for p in paths]


if __name__ == "__main__":
    sys.stdout.writelines(
        f"{file.path}:{breach} ({name})\n"
        for file in files()
        for name, rule in RULES.items()
        for breach in rule(file)
    )
