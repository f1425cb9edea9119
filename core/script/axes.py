"""Patterns of einops in torch's own words, so that a script needs no einops."""

import ast

FLATTEN = ("b", "c", "h", "w"), ("b", ("c", "h", "w"))
Axes = tuple[str | tuple[str, ...], ...]


def _axes(side: str) -> Axes:
    """`b (h w) d` → ("b", ("h", "w"), "d")"""
    found: list[str | tuple[str, ...]] = []
    group: list[str] | None = None
    for word in side.replace("(", " ( ").replace(")", " ) ").split():
        if word == "(":
            group = []
        elif word == ")":
            found.append(tuple(group or ()))
            group = None
        elif group is not None:
            group.append(word)
        else:
            found.append(word)
    return tuple(found)


def _flat(axes: Axes) -> list[str]:
    return [name for axis in axes for name in (axis if isinstance(axis, tuple) else (axis,))]


def methods(pattern: str, sizes: dict[str, str]) -> list[str]:
    """The methods of a tensor that do what `rearrange(x, pattern, **sizes)` does.

    Raises:
        ValueError: the pattern adds, drops or repeats axes, or leaves two sizes open.
    """
    before, after = (_axes(side) for side in pattern.split("->"))
    left, right = _flat(before), _flat(after)
    if sorted(left) != sorted(right) or len(set(left)) != len(left):
        raise ValueError(f"pattern {pattern!r} is no plain reordering: write it in torch's words")
    calls = []
    place = 0
    for axis in before:
        if isinstance(axis, tuple):
            lengths = [sizes.get(name, "-1") for name in axis]
            if lengths.count("-1") > 1:
                raise ValueError(f"pattern {pattern!r} leaves the sizes of {axis} open: give them")
            calls.append(f".unflatten({place}, ({', '.join(lengths)}))")
        place += len(axis) if isinstance(axis, tuple) else 1
    order = [left.index(name) for name in right]
    if order != sorted(order):
        calls.append(f".permute({', '.join(map(str, order))})")
    end = len(right)
    for axis in reversed(after):  # from the back, so that the places in front stay as they are
        end -= len(axis) if isinstance(axis, tuple) else 1
        if isinstance(axis, tuple) and len(axis) > 1:
            calls.append(f".flatten({end}, {end + len(axis) - 1})")
    return calls


def call(node: ast.Call, source: str) -> list[str] | None:
    """What a call says in torch's words: an expression and the methods on it; None: no einops.

    Raises:
        ValueError: a pattern that is not known at writing time, or cannot be translated.
    """
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    if name not in ("rearrange", "Rearrange"):
        return None
    arguments = node.args[1:] if name == "rearrange" else node.args
    pattern = arguments[0]
    if not isinstance(pattern, ast.Constant):
        raise ValueError(f"{ast.unparse(node)}: write the pattern itself where it is used")
    if name == "Rearrange":
        before, after = (_axes(side) for side in str(pattern.value).split("->"))
        if (before, after) != FLATTEN:
            raise ValueError(f"{ast.unparse(node)}: there is no layer of torch for this pattern")
        return ["nn.Flatten()"]
    sizes = {k.arg: ast.unparse(k.value) for k in node.keywords if k.arg}
    return [*_links(node.args[0], source), *methods(str(pattern.value), sizes)]


def _links(node: ast.expr, source: str) -> list[str]:
    """An expression that methods can follow, as the links of its own chain: x.a(), .b()."""
    text = ast.get_source_segment(source, node) or ""
    if isinstance(node, ast.BinOp):
        return [f"({text})"]
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return [text]
    if not isinstance(owner := node.func.value, ast.Call):
        return [text]
    before = ast.get_source_segment(source, owner) or ""
    return [*_links(owner, source), text.removeprefix(before)]
