"""Lines of code that a page shows, worked out without running them: arithmetic and named calls."""

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

OPERATORS: Mapping[type, Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}


def evaluate(text: str, names: Mapping[str, Any], calls: Mapping[str, Callable[[Any], Any]]) -> Any:
    """The value of an expression of + − · / ** over names, numbers and calls of one argument."""

    def of(node: ast.AST) -> Any:
        if isinstance(node, ast.BinOp):
            return OPERATORS[type(node.op)](of(node.left), of(node.right))
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return -of(node.operand)
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, ast.Name):
            return names[node.id]
        if isinstance(node, ast.Call):
            return calls[ast.unparse(node.func)](of(node.args[0]))
        raise ValueError(f"{ast.unparse(node)} is more than arithmetic")

    return of(ast.parse(text, mode="eval").body)
