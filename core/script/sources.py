"""Sources: definitions of the house, with all they rest on, as text that stands in one file."""

import ast
import importlib
import inspect
import re
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from typing import Any

from core.script import axes

HOUSE = ("models", "core")
WIDTH = 100
# Methods that a script's own lines, or definitions of another module, may call.
CALLED = {"forward", "step", "take", "prepare", "groups", "draw", "place", "add", "means"}
Definition = ast.FunctionDef | ast.ClassDef | ast.Assign | ast.AnnAssign


@dataclass(frozen=True)
class Module:
    """One source file: its text, its definitions and where its other names come from."""

    text: str
    defined: dict[str, Definition]
    imported: dict[str, tuple[str, str]]  # name → (module, the name there, "" for a module)

    @cached_property
    def called(self) -> frozenset[str]:
        """Methods that something calls which is not left out itself, properties included."""
        methods = []
        found = set(CALLED)
        for node in self.defined.values():
            if not isinstance(node, ast.ClassDef):
                found |= _attributes(node)
                continue
            methods += [part for part in node.body if isinstance(part, ast.FunctionDef)]
            names = [base.id for base in node.bases if isinstance(base, ast.Name)]
            for place, _ in (self.imported[name] for name in names if name in self.imported):
                if place.split(".")[0] in HOUSE:  # a base calls what is defined here
                    found |= module(place).called
        before = -1
        while len(found) > before:
            before = len(found)
            for method in methods:
                if method.name in found or _is_special(method.name):
                    found |= _attributes(method)
        return frozenset(found)


@cache
def module(name: str) -> Module:
    """Read and take apart a module of the house."""
    text = inspect.getsource(importlib.import_module(name))
    defined: dict[str, Definition] = {}
    imported: dict[str, tuple[str, str]] = {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.Import):
            imported |= {(a.asname or a.name).split(".")[0]: (a.name, "") for a in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported |= {a.asname or a.name: (node.module or "", a.name) for a in node.names}
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            defined[node.name] = node
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            defined |= {x.id: node for x in _targets(target)}
    return Module(text, defined, imported)


def _targets(target: ast.expr) -> list[ast.Name]:
    """The names that an assignment at a module's top gives a value."""
    parts = target.elts if isinstance(target, ast.Tuple) else [target]
    return [part for part in parts if isinstance(part, ast.Name)]


def _attributes(node: ast.AST) -> set[str]:
    return {part.attr for part in ast.walk(node) if isinstance(part, ast.Attribute)}


def _is_special(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")


@dataclass
class Sources:
    """Collects definitions, what they need before them, and the imports they make."""

    texts: dict[tuple[str, str], str] = field(default_factory=dict)
    begun: set[tuple[str, str]] = field(default_factory=set)
    imports: set[tuple[str, str, str]] = field(  # module, name there, name here
        default_factory=lambda: {("torch", "", "torch"), ("torch", "nn", "nn")}
    )

    def take(self, place: str, name: str) -> None:
        """Take the definition `name` of module `place` and all that it uses.

        Raises:
            ValueError: it uses something that a script cannot have.
        """
        home = module(place)
        node = home.defined[name]
        name = next(other for other, same in home.defined.items() if same is node)  # of a tuple
        if (place, name) in self.begun:
            return
        self.begun.add((place, name))
        text = _told(place, name)
        self.need(place, text)
        self.texts[place, name] = text

    def need(self, place: str, text: str) -> None:
        """Take what a piece of text from module `place` uses."""
        home = module(place)
        for name in _used(text):
            if name in home.imported:
                self._import(*home.imported[name], name)
            elif name in home.defined:
                self.take(place, name)

    def _import(self, place: str, there: str, here: str) -> None:
        top = place.split(".")[0]
        if top in HOUSE:
            self.take(place, there)
        elif top == "einops":
            raise ValueError(f"{here} of einops has no translation: write it in torch's words")
        else:
            self.imports.add((place, there, here))

    def text(self, of: Callable[[str], bool]) -> str:
        """The definitions taken from the modules that `of` says yes to, constants first."""
        chosen = [text for (place, _), text in self.texts.items() if of(place)]
        plain = [text for text in chosen if _is_number(text)]
        rest = [text for text in chosen if text not in plain]
        return "\n\n\n".join((["\n".join(plain)] if plain else []) + rest)

    def imported(self) -> str:
        """The import statements, the standard library first."""
        own = sorted(x for x in self.imports if x[0].split(".")[0] in sys.stdlib_module_names)
        others = sorted(x for x in self.imports if x not in own)
        return "\n\n".join("\n".join(_statements(part)) for part in (own, others) if part)


@lru_cache(maxsize=1024)
def _used(text: str) -> tuple[str, ...]:
    """The names in a piece of text, each once."""
    names = (node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name))
    return tuple(dict.fromkeys(names))


def _is_number(text: str) -> bool:
    node = ast.parse(text).body[0]
    return isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)


def _statements(found: list[tuple[str, str, str]]) -> Iterator[str]:
    """`import x as y` first, then one `from x import a, b` per module."""
    for place, there, here in found:
        if not there:
            yield f"import {place}" + (f" as {here}" if here != place else "")
    for place in dict.fromkeys(place for place, there, _ in found if there):
        names = [there for owner, there, _ in found if owner == place and there]
        yield f"from {place} import {', '.join(names)}"


@cache
def _told(place: str, name: str) -> str:
    """A definition's text, comments above it included, in torch's words and without spare parts."""
    home = module(place)
    node = home.defined[name]
    lines = home.text.splitlines()
    decorated = getattr(node, "decorator_list", [])
    start = min([node.lineno, *(d.lineno for d in decorated)]) - 1
    while start and lines[start - 1].startswith("#"):
        start -= 1
    text = "\n".join(lines[start : node.end_lineno])
    text = re.sub(r"  # (type: ignore|noqa).*", "", text)
    return _in_torch(_without_spares(text, home))


def _without_spares(text: str, home: Module) -> str:
    """Leave out methods that neither this module nor a script calls."""
    for node in ast.parse(text).body:
        if not isinstance(node, ast.ClassDef):
            continue
        lines = text.splitlines()
        for method in reversed(node.body):
            if not isinstance(method, ast.FunctionDef) or _is_special(method.name):
                continue
            if method.name not in home.called:
                first = min([method.lineno, *(d.lineno for d in method.decorator_list)]) - 1
                while not lines[first - 1].strip():
                    first -= 1
                del lines[first : method.end_lineno]
        text = "\n".join(lines)
    return text


def _calls(tree: ast.Module) -> Iterator[tuple[ast.stmt, ast.Call]]:
    """Every call with the smallest statement round it."""
    for statement in ast.walk(tree):
        if not isinstance(statement, ast.stmt):
            continue
        inner = [n for n in ast.iter_child_nodes(statement) if not isinstance(n, ast.stmt)]
        for part in inner:
            yield from ((statement, n) for n in ast.walk(part) if isinstance(n, ast.Call))


def _in_torch(text: str) -> str:
    """Replace calls of einops, one after the other, each with its pattern in a comment above."""
    while True:
        found: Any = next(
            ((s, n, said) for s, n in _calls(ast.parse(text)) if (said := axes.call(n, text))), None
        )
        if found is None:
            return text
        text = _replaced(text, *found)


def _replaced(text: str, statement: ast.stmt, node: ast.Call, said: list[str]) -> str:
    lines = text.splitlines()
    end = node.end_lineno or node.lineno
    head, first, last = lines[: node.lineno - 1], lines[node.lineno - 1], lines[end - 1]
    # ast counts in bytes
    before = first.encode()[: node.col_offset].decode()
    after = last.encode()[node.end_col_offset :].decode()
    indent = first[: len(first) - len(first.lstrip())]
    new = before + "".join(said) + after
    if len(new) > WIDTH:
        body = textwrap.indent("\n".join([said[0], *said[1:]]), indent + "    ")
        new = f"{before}(\n{body}\n{indent}){after}"
    if len(said) > 1:
        pattern: Any = node.args[1]
        margin = " " * statement.col_offset
        head.insert(statement.lineno - 1, f"{margin}# {pattern.value}")
    return "\n".join([*head, new, *lines[end:]])
