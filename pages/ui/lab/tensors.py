"""The lab of tensors: NumPy and PyTorch side by side, and the memory that they may share."""

import numpy as np
import streamlit as st

from core.labs.pairs import MOST, PAIRS, Both, both
from core.labs.views import LENGTH, WAYS, shared
from pages.ui.lab import frame, link
from pages.ui.lab.cells import Block, cells, clicked
from pages.ui.words import t

DOCS = "https://docs.pytorch.org/docs/stable"
SIDES = ("array", "tensor")
MATMUL = r"(a \odot b)_{ij} = a_{ij}\,b_{ij} \qquad (a\,b)_{ij} = \sum_k a_{ik}\,b_{kj}"
SHAPE = r"\text{shape} = (n_0, n_1, \dots) \qquad \text{numel} = \prod_i n_i"


def pairs() -> None:
    """The same thing in both languages, both run."""
    name = link.choice(
        t("lab.tensors.what_to_do"),
        list(PAIRS),
        "do",
        said=lambda name: t(f"lab.tensors.pair.{name}"),
        usual="matmul",
        kind="pills",
    )
    one, two, three = st.columns(3)
    rows = one.slider(t("lab.tensors.rows"), 1, MOST, 2, key="rows", bind="query-params")
    columns = two.slider(t("lab.tensors.columns"), 1, MOST, 3, key="columns", bind="query-params")
    seed = 0
    if name.startswith("rand"):
        seed = three.slider(t("lab.tensors.seed"), 0, 99, 0, key="seed", bind="query-params")
    told = both(name, rows, columns, seed)
    left, right = st.columns(2, gap="large")
    for column, at, said in ((left, 0, "NumPy"), (right, 1, "PyTorch")):
        with column:
            st.code(told.codes[at], language="python", wrap_lines=True)
            cells(f"lab.both{at}", _blocks(told, at, said, PAIRS[name].sign), size=42)
    frame.ground(
        MATMUL if PAIRS[name].sign else SHAPE,
        _named(told) if name != "shape" else told.codes[1],
        "PyTorch, torch: creation, indexing and reduction",
        f"{DOCS}/torch.html",
    )
    kind = "draws" if name.startswith("rand") else "equal" if told.equal else "unequal"
    numpy, torch = (kind_.split(" ")[0] for kind_ in told.kinds)
    kind = "types" if kind == "equal" and numpy != torch.removeprefix("torch.") else kind
    frame.insight(t(f"lab.tensors.{kind}", numpy=numpy, torch=torch))


def _named(told: Both) -> str:
    """PyTorch's lines with a name for what comes out, and what that is."""
    *before, last = told.codes[1].split("\n")
    kind, _, shape = told.kinds[1].partition(" ")
    return "\n".join([*before, f"t = {last}", "t.dtype, t.shape", f"# {kind}, {shape}"])


def _blocks(told: Both, at: int, said: str, sign: str) -> list[Block | str]:
    """The operands, if any, and the result of one language."""
    table = told.tables[at]
    digits = 0 if np.issubdtype(table.dtype, np.integer) else 2
    made = Block(said, table, told.kinds[at], digits=digits)
    if not sign:
        return [made]
    a, b = told.operands
    second = "b.T" if sign == "@" else "b"
    return [Block("a", a, digits=0), sign, Block(second, b, digits=0), "=", made]


def memory() -> None:
    """One of the two is changed; the other has changed too, or not."""
    one, two = st.columns(2)
    with one:
        way = link.choice(
            t("lab.tensors.way"), list(WAYS), "way", said=lambda name: WAYS[name][0], kind="box"
        )
    value = two.slider(t("lab.tensors.value"), -9, 99, 42, key="to", bind="query-params")
    side, at = _changed()
    told = shared(way, side, at, float(value))
    st.markdown(t("lab.tensors.click"))
    ringed = {side: [(0, at)]}
    if told.same:
        ringed = dict.fromkeys(SIDES, [(0, at)])
    blocks = [
        Block(name, values[None], str(values.dtype), digits=0, picked=ringed.get(whose, ()))
        for whose, name, values in (
            ("array", "a  (NumPy)", told.array),
            ("tensor", "t  (PyTorch)", told.tensor),
        )
    ]
    between = "⇄" if told.same else "≠"
    cells("lab.memory", [blocks[0], between, blocks[1]], heard=_click, size=52)
    frame.ground(
        r"\text{address of } t_i = \text{address of } t_0 + i \cdot \text{stride} \cdot"
        r"\text{bytes of an entry}",
        f"{told.code}\na, t\nt.data_ptr() == a.ctypes.data  # {told.same}",
        "PyTorch, torch.from_numpy",
        f"{DOCS}/generated/torch.from_numpy.html",
    )
    frame.insight(t(f"lab.tensors.{'one' if told.same else 'two'}", way=WAYS[way][0]))


def _changed() -> tuple[str, int]:
    """Which of the two was changed, and where, as the address says."""
    side = st.query_params.get("side", SIDES[0])
    at = st.query_params.get("at", "2")
    known = at.isascii() and at.isdigit() and int(at) < LENGTH
    return side if side in SIDES else SIDES[0], int(at) if known else 2


def _click() -> None:
    told = clicked("lab.memory")
    if told is not None:
        link.keep("side", SIDES[told[0]], SIDES[0])
        link.keep("at", str(told[2]), "2")
