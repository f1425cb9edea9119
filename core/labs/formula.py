"""A formula as steps in order, and how it is written: in PyTorch and by hand."""

import re
from dataclasses import dataclass
from functools import cached_property

from core.labs.operations import ARITHMETIC, FUNCTIONS, OPERATIONS


@dataclass(frozen=True)
class Node:
    """One step. kind: "name", "number", or a key of OPERATIONS; inputs: earlier nodes."""

    kind: str
    label: str
    inputs: tuple[int, ...] = ()
    number: float = 0.0

    @property
    def leaf(self) -> bool:
        return not self.inputs


@dataclass(frozen=True)
class Expression:
    """A formula as steps, each after those that it needs; the last is the whole."""

    nodes: tuple[Node, ...]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """In the order in which they are met."""
        return tuple(node.label for node in self.nodes if node.kind == "name")

    @cached_property
    def steps(self) -> tuple[int, ...]:
        """The nodes that compute, in order."""
        return tuple(at for at, node in enumerate(self.nodes) if not node.leaf)

    @cached_property
    def free(self) -> tuple[bool, ...]:
        """Which nodes depend on a name, and so have a gradient."""
        found: list[bool] = []
        for node in self.nodes:
            found.append(node.kind == "name" or any(found[at] for at in node.inputs))
        return tuple(found)

    def code(self, at: int = -1) -> str:
        """The step in PyTorch."""
        node = self.nodes[at]
        if node.leaf:
            return node.label if node.kind == "name" else repr(node.number)
        told = [self._inside(i, node, rank) for rank, i in enumerate(node.inputs)]
        if node.kind in FUNCTIONS:
            told = [
                f"torch.tensor({text})" if self._bare(i) else text
                for i, text in zip(node.inputs, told, strict=True)
            ]
        return OPERATIONS[node.kind].code.format(*told)

    def latex(self, at: int = -1) -> str:
        """The step by hand."""
        node = self.nodes[at]
        if node.leaf:
            head, _, tail = node.label.partition("_")
            digits = re.fullmatch(r"([A-Za-z]+)(\d+)", head)
            head, tail = digits.groups() if digits and not tail else (head, tail)
            written = head if len(head) == 1 or node.kind == "number" else rf"\mathrm{{{head}}}"
            return written + (f"_{{{tail}}}" if tail else "")
        told = [self._inside(i, node, rank, latex=True) for rank, i in enumerate(node.inputs)]
        return OPERATIONS[node.kind].latex.format(*told)

    def _inside(self, at: int, around: Node, rank: int, *, latex: bool = False) -> str:
        """A step as part of another, in brackets where they are needed."""
        text = self.latex(at) if latex else self.code(at)
        if around.kind in FUNCTIONS or (latex and around.kind == "div"):
            return text
        inner = self.nodes[at]
        binds = OPERATIONS[inner.kind].binds if not inner.leaf else 9
        outer = ARITHMETIC[around.kind].binds
        # Of two that bind alike the right one is bracketed, and the base of a power.
        tight = rank == 1 or around.kind in ("pow", "neg")
        if around.kind == "pow" and rank == 1:
            return text
        if binds < outer or (binds == outer and tight) or (tight and inner.number < 0):
            return rf"\left({text}\right)" if latex else f"({text})"
        if latex and around.kind == "pow" and inner.kind == "exp":
            return rf"\left({text}\right)"
        return text

    def _bare(self, at: int) -> bool:
        """Whether the step is plain arithmetic on numbers, which torch's functions do not take."""
        node = self.nodes[at]
        return (
            node.kind != "name"
            and node.kind not in FUNCTIONS
            and not self.free[at]
            and all(self._bare(i) for i in node.inputs)
        )
