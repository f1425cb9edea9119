"""The lab of tensors: what an index picks, how shapes are stretched, how memory is read."""

import numpy as np
import streamlit as st

from core.labs.views import (
    COLUMNS,
    FORMS,
    PICKS,
    ROWS,
    SHAPES,
    Picked,
    broadcast,
    index_shape,
    layout,
    pick,
    source,
    usual_index,
)
from pages.ui.lab import frame, link
from pages.ui.lab.cells import Block, cells, clicked
from pages.ui.lab.tensors import DOCS
from pages.ui.words import t

GATHER = (
    r"\text{dim}=0:\; out_{ij} = x_{index_{ij},\,j}",
    r"\text{dim}=1:\; out_{ij} = x_{i,\,index_{ij}}",
)
SELECT = (r"out_{ij} = x_{index_i,\,j}", r"out_{ij} = x_{i,\,index_j}")


def picking() -> None:
    """index_select and gather, with what they pick ringed."""
    one, two = st.columns(2)
    with one:
        name = link.choice(t("lab.tensors.pick"), PICKS, "pick", said=str, usual="gather")
    with two:
        dim = int(link.choice("dim", ("0", "1"), "dim", said=str, usual="1"))
    index = _index(name, dim)
    told = pick(name, dim, index)
    st.markdown(t("lab.tensors.click_index"))
    _picked(name, dim, index, told)
    frame.ground(
        (GATHER if name == "gather" else SELECT)[dim],
        told.code,
        f"PyTorch, torch.{name}",
        f"{DOCS}/generated/torch.{name}.html",
    )
    row, column = (int(place) for place in told.origin[0, -1])
    last = told.out.shape[1] - 1
    frame.insight(
        t(f"lab.tensors.{name}", at=last, row=row, column=column, value=int(told.out[0, last]))
    )


def _picked(name: str, dim: int, index: list[int], told: Picked) -> None:
    """The table, the index to be clicked, and what comes out."""
    taken = {(int(row), int(column)) for row, column in told.origin.reshape(-1, 2)}
    table = np.array(index).reshape(index_shape(name, dim))
    if name == "index_select" and dim == 0:
        table = table[:, None]
    cells(
        "lab.picking",
        [
            Block(
                "x",
                source().numpy(),
                f"{ROWS} × {COLUMNS}",
                digits=0,
                picked=taken,
                rows=[str(i) for i in range(ROWS)],
                columns=[str(i) for i in range(COLUMNS)],
            ),
            ",",
            Block("index", table, str(index_shape(name, dim)), digits=0),
            "→",
            Block("out", told.out, str(told.out.shape), digits=0),
        ],
        heard=_next,
        size=40,
    )


def _index(name: str, dim: int) -> list[int]:
    """The index that the address holds as digits, else the usual one."""
    usual, most = usual_index(name, dim), (ROWS, COLUMNS)[dim]
    told = st.query_params.get("index", "")
    fits = len(told) == len(usual) and told.isascii() and told.isdigit()
    entries = [int(digit) for digit in told] if fits else []
    return entries if entries and max(entries) < most else list(usual)


def _next() -> None:
    """An entry of the index was clicked: it goes one further."""
    told = clicked("lab.picking")
    if told is None or told[0] != 1:
        return
    state = st.session_state
    name, dim = state["lab.pick"], int(state["lab.dim"])
    index = _index(name, dim)
    wide = index_shape(name, dim)[-1] if name == "gather" else 1
    at = told[1] * wide + told[2] if name == "gather" else told[1] + told[2]
    index[at] = (index[at] + 1) % (ROWS, COLUMNS)[dim]
    usual = "".join(map(str, usual_index(name, dim)))
    link.keep("index", "".join(map(str, index)), usual)


def broadcasting() -> None:
    """Two shapes against each other, from the last dimension backwards."""
    one, two = st.columns(2)
    with one:
        a = link.choice(
            t("lab.tensors.shape_of", name="a"), list(SHAPES), "a", said=_shape, usual="3x1"
        )
    with two:
        b = link.choice(
            t("lab.tensors.shape_of", name="b"), list(SHAPES), "b", said=_shape, usual="4"
        )
    told = broadcast(a, b)
    first, second, *rest = told.tables
    blocks: list[Block | str] = [
        Block("a", first, _shape(a), digits=0),
        "+",
        Block("b", second, _shape(b), digits=0),
    ]
    if rest:
        for name, table, stride in zip(("a", "b"), rest, told.strides, strict=False):
            note = t("lab.tensors.stride", stride=stride)
            blocks += ["→" if name == "a" else "+", Block(name, table, note, digits=0)]
        blocks += ["=", Block("a + b", rest[-1], str(told.shape), digits=0)]
    cells("lab.broadcast", blocks, size=38)
    if told.shape is None:
        at, (m, n) = next(
            (-1 - at, pair[:2]) for at, pair in enumerate(told.pairs) if pair[2] is None
        )
        st.warning(t("lab.tensors.clash", at=at, m=m, n=n), icon=":material/block:")
    frame.ground(
        r"n = \begin{cases} n_a & n_a = n_b \\ n_b & n_a = 1 \\ n_a & n_b = 1 \\"
        r"\text{error} & \text{else} \end{cases}",
        f"a = {_made(a, 10)}\nb = {_made(b, 1)}\na + b",
        "Harris et al. 2020, Array programming with NumPy",
        "https://doi.org/10.1038/s41586-020-2649-2",
    )
    frame.insight(t("lab.tensors.free" if told.shape is not None else "lab.tensors.mend"))


def _shape(name: str) -> str:
    return str(SHAPES[name])


def _made(name: str, scale: int) -> str:
    shape = SHAPES[name]
    text = f"torch.arange({int(np.prod(shape))}).reshape({shape})"
    return f"{text} * {scale}" if scale != 1 else text


def strides() -> None:
    """A tensor in another form, and the row of memory that it really is."""
    one, two, three = st.columns(3)
    order = one.toggle("x = x.permute(1, 0)", key="permute", bind="query-params")
    with two:
        how = link.choice(t("lab.tensors.how"), ("view", "reshape"), "how", said=str)
    with three:
        form = link.choice(
            t("lab.tensors.form"),
            list(FORMS),
            "form",
            said=lambda n: str(FORMS[n]),
            usual="2x6",
            kind="box",
        )
    told = layout(order, how, form)
    if told.table is None:
        st.warning(t("lab.tensors.refused", stride=told.stride), icon=":material/block:")
        st.code(f"RuntimeError: {told.said}", language=None, wrap_lines=True)
        lit: list[tuple[int, int]] = []
    else:
        row, column = _read(told.table.shape)
        lit = [(0, told.place(row, column))]
        note = f"shape {FORMS[form]}  stride {told.stride}"
        st.markdown(t("lab.tensors.click_entry"))
        cells(
            "lab.table",
            [Block("y", told.table, note, digits=0, picked=[(row, column)])],
            heard=_entry,
        )
    own = t("lab.tensors.memory_same" if told.same else "lab.tensors.memory_new")
    cells("lab.storage", [Block(own, told.storage[None], digits=0, picked=lit)])
    frame.ground(
        r"\text{place}(i, j) = \text{offset} + i \cdot \text{stride}_0 + j \cdot \text{stride}_1",
        f"{told.code}\ny.stride(), y.is_contiguous(), y.data_ptr() == x.data_ptr()",
        "PyTorch, tensor views",
        f"{DOCS}/tensor_view.html",
    )
    kind = "no_view" if told.table is None else "looked" if told.same else "copied"
    frame.insight(t(f"lab.tensors.{kind}"))


def _read(shape: tuple[int, ...]) -> tuple[int, int]:
    """The entry that is looked at, as the address says."""
    told = st.query_params.get("entry", "")
    row, _, column = told.partition(",")
    parts = [part for part in (row, column) if part.isascii() and part.isdigit()]
    if len(parts) == 2 and int(row) < shape[0] and int(column) < shape[1]:
        return int(row), int(column)
    return shape[0] - 1, 0


def _entry() -> None:
    told = clicked("lab.table")
    if told is not None:
        st.query_params["entry"] = f"{told[1]},{told[2]}"
