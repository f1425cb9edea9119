"""A formula typed by anybody, read as arithmetic and nothing else: it is never run as a program."""

import ast
import math
import re

from core.labs.formula import Expression, Node
from core.labs.operations import FUNCTIONS, OPERATIONS

LONGEST = 160  # letters
MOST_NODES = 40
MOST_NAMES = 6
DEEPEST = 24
LARGEST = 1e6  # of a number that is written
STEEPEST = 10  # of an exponent

NAME = re.compile(r"[A-Za-z][A-Za-z0-9]{0,7}(_[A-Za-z0-9]{1,3})?")
STRANGE = re.compile(r"[^A-Za-z0-9_+\-*/().,\s]")
BINARY = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div", ast.Pow: "pow"}

REASONS = {
    "empty": "Nothing is written yet: try (x + y) * z.",
    "long": f"The formula is too long: keep it within {LONGEST} letters.",
    "letter": "The sign {found} has no meaning here: use numbers, names, + - * / ** and brackets.",
    "caret": "Write powers with two stars: x ** 2 instead of x ^ 2.",
    "broken": "This cannot be read as a formula; the trouble starts at letter {found}.",
    "part": "A formula holds only arithmetic and named functions; {found} does not belong.",
    "operator": "The operator {found} is not offered: use + - * / **.",
    "name": "The name {found} cannot be used: take a short one like x, w1 or b_out.",
    "bare": "{found} is a function: write {found}(x).",
    "unknown": "There is no function {found}: take one of " + ", ".join(FUNCTIONS) + ".",
    "arity": "The function {found} was given another number of inputs than it takes.",
    "number": f"The number {{found}} does not fit: keep numbers within ±{LARGEST:,.0f}.",
    "power": f"The exponent has to be a plain number from -{STEEPEST} to {STEEPEST}.",
    "deep": f"The formula is nested too deeply: at most {DEEPEST} levels.",
    "large": f"The formula is too large for the picture: at most {MOST_NODES} steps.",
    "names": f"Too many names: at most {MOST_NAMES}.",
    "nameless": "The formula has no name in it, so there is nothing to differentiate by.",
}


class Refused(ValueError):
    """A formula that is not taken: `reason` names the sentence, `found` is what fills it."""

    def __init__(self, reason: str, found: str = "") -> None:
        self.reason = reason
        self.found = found[:24]
        super().__init__(REASONS[reason].format(found=self.found))


def parse(text: str) -> Expression:
    """Read a formula.

    Raises:
        Refused: it is anything but arithmetic on names, numbers and named functions, or too large.
    """
    text = " ".join(text.split()) if len(text) <= 2 * LONGEST else text
    if not text:
        raise Refused("empty")
    if len(text) > LONGEST:
        raise Refused("long")
    if "^" in text:
        raise Refused("caret")
    if strange := STRANGE.search(text):
        raise Refused("letter", strange[0])
    try:
        tree = ast.parse(text, mode="eval")
    except (SyntaxError, RecursionError, MemoryError) as problem:
        raise Refused("broken", str(getattr(problem, "offset", 0) or 1)) from None
    reader = _Reader()
    reader.read(tree.body, 0)
    made = Expression(tuple(reader.nodes))
    if not made.names:
        raise Refused("nameless")
    if len(made.names) > MOST_NAMES:
        raise Refused("names")
    return made


class _Reader:
    """Walks the tree; what it does not know by name it refuses."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.known: dict[str, int] = {}

    def read(self, tree: ast.expr, depth: int) -> int:
        """Adds the steps of a part; returns the last one's place."""
        if depth > DEEPEST:
            raise Refused("deep")
        if isinstance(tree, ast.Constant):
            return self._add(_number(tree.value))
        if isinstance(tree, ast.Name):
            return self._name(tree.id)
        if isinstance(tree, ast.UnaryOp):
            return self._sign(tree, depth)
        if isinstance(tree, ast.BinOp):
            return self._binary(tree, depth)
        if isinstance(tree, ast.Call):
            return self._call(tree, depth)
        raise Refused("part", type(tree).__name__)

    def _add(self, node: Node) -> int:
        if len(self.nodes) >= MOST_NODES:
            raise Refused("large")
        self.nodes.append(node)
        return len(self.nodes) - 1

    def _name(self, name: str) -> int:
        if name in FUNCTIONS:
            raise Refused("bare", name)
        if not NAME.fullmatch(name):
            raise Refused("name", name)
        if name not in self.known:
            self.known[name] = self._add(Node("name", name))
        return self.known[name]

    def _sign(self, tree: ast.UnaryOp, depth: int) -> int:
        if not isinstance(tree.op, ast.UAdd | ast.USub):
            raise Refused("operator", type(tree.op).__name__)
        if isinstance(tree.op, ast.UAdd):
            return self.read(tree.operand, depth + 1)
        if isinstance(tree.operand, ast.Constant):
            found = _number(tree.operand.value).number
            return self._add(_number(-found))
        return self._make("neg", (self.read(tree.operand, depth + 1),))

    def _binary(self, tree: ast.BinOp, depth: int) -> int:
        kind = BINARY.get(type(tree.op))
        if kind is None:
            raise Refused("operator", type(tree.op).__name__)
        left = self.read(tree.left, depth + 1)
        right = self.read(tree.right, depth + 1)
        raised = self.nodes[right]
        if kind == "pow" and (raised.kind != "number" or abs(raised.number) > STEEPEST):
            raise Refused("power")
        return self._make(kind, (left, right))

    def _call(self, tree: ast.Call, depth: int) -> int:
        if not isinstance(tree.func, ast.Name):
            raise Refused("part", type(tree.func).__name__)
        name = tree.func.id
        if name not in FUNCTIONS:
            raise Refused("unknown", name)
        if tree.keywords or len(tree.args) != FUNCTIONS[name].arity:
            raise Refused("arity", name)
        return self._make(name, tuple(self.read(part, depth + 1) for part in tree.args))

    def _make(self, kind: str, inputs: tuple[int, ...]) -> int:
        return self._add(Node(kind, OPERATIONS[kind].symbol, inputs))


def _number(value: object) -> Node:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Refused("number", str(value))
    if abs(value) > LARGEST or not math.isfinite(value):
        raise Refused("number", str(value))
    return Node("number", f"{value:g}", number=float(value))
