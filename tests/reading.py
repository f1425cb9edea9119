"""Carries out the lines that labs show, call by call, without running them as a program."""

import ast
import operator
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

KNOWN = {"np": np, "torch": torch, "nn": nn, "F": F}
SIGNS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.MatMult: operator.matmul,
}


def carried_out(code: str) -> tuple[Any, dict[str, Any]]:
    """What the last line gives, and all names; a line that is no call or assignment fails."""
    names: dict[str, Any] = {}
    last: Any = None
    for line in ast.parse(code).body:
        if isinstance(line, ast.Assign):
            last = _value(line.value, names)
            target = line.targets[0]
            if isinstance(target, ast.Subscript):
                _value(target.value, names)[_value(target.slice, names)] = last
            else:
                names[target.id] = last
        else:
            assert isinstance(line, ast.Expr), ast.dump(line)
            last = _value(line.value, names)
    return last, names


def _value(node: ast.expr, names: dict[str, Any]) -> Any:
    def below(part: ast.expr) -> Any:
        return _value(part, names)

    match node:
        case ast.Constant():
            return node.value
        case ast.Name():
            return names[node.id] if node.id in names else KNOWN[node.id]
        case ast.Attribute():
            return getattr(below(node.value), node.attr)
        case ast.Call():
            given = {keyword.arg: below(keyword.value) for keyword in node.keywords}
            return below(node.func)(*map(below, node.args), **given)
        case ast.List() | ast.Tuple():
            found = [below(part) for part in node.elts]
            return found if isinstance(node, ast.List) else tuple(found)
        case ast.BinOp():
            return SIGNS[type(node.op)](below(node.left), below(node.right))
        case ast.UnaryOp(op=ast.USub()):
            return -below(node.operand)
        case ast.Compare(ops=[ast.Eq()]):
            return below(node.left) == below(node.comparators[0])
        case ast.Subscript():
            return below(node.value)[below(node.slice)]
    raise AssertionError(f"a lab shows what this does not read: {ast.dump(node)}")
