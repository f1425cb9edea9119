"""One head at work as matrices side by side, and all heads put together."""

from dataclasses import replace

import numpy as np
import streamlit as st

from core.labs.attention import Setting, Steps
from pages.ui.lab.cells import Block, cells, clicked
from pages.ui.lab.link import keep
from pages.ui.words import t

HEAD, CELL = "head", "cell"
ELEMENTS = ("lab.scores", "lab.weights", "lab.values")
READ = 8  # columns up to which numbers are written
SIZE = 30
USUAL = "1,0"


def head(heads: int) -> int:
    """Which head is looked at."""
    if st.session_state.get(HEAD, 0) not in range(heads):
        st.session_state[HEAD] = 0
    if heads == 1:
        return 0
    chosen = st.segmented_control(
        t("lab.attention.head"),
        range(heads),
        default=0,
        key=HEAD,
        required=True,
        bind="query-params",
    )
    return int(chosen or 0)


def _cell(tokens: int) -> tuple[int, int]:
    """Which query and which key are looked at, from the address."""
    row, _, column = str(st.query_params.get(CELL, USUAL)).partition(",")
    if row.isdecimal() and column.isdecimal() and max(int(row), int(column)) < tokens:
        return int(row), int(column)
    return 1, 0


def _pressed(element: str) -> None:
    """A cell was chosen: of a square its row and column, of Q its row, of Kᵀ its column."""
    pressed = clicked(element)
    if pressed is None:
        return
    block, row, column = pressed
    before = _cell(99)
    query, key = {
        ("lab.scores", 0): (row, before[1]),
        ("lab.scores", 1): (before[0], column),
        ("lab.values", 1): (before[0], row),
        ("lab.values", 2): (row, before[1]),
    }.get((element, block), (row, column))
    keep(CELL, f"{query},{key}", USUAL)


def _block(name: str, values: np.ndarray, picked: list[tuple[int, int]]) -> Block:
    """A matrix whose numbers are written while there is room."""
    shape = f"{values.shape[0]} × {values.shape[1]}"
    style = "number" if values.shape[1] <= READ else "heat"
    return Block(name, values, shape, style, picked=picked)  # type: ignore[arg-type]


def draw(setting: Setting, found: Steps, at: int) -> None:
    """Q Kᵀ, then scale, mask and softmax, then the mix of values."""
    query, key = _cell(setting.tokens)
    n, d = setting.tokens, setting.head
    here, row = [(query, key)], [(query, c) for c in range(n)]
    mine = [(query, c) for c in range(d)]
    dark = [(int(r), int(c)) for r, c in zip(*np.nonzero(found.hidden), strict=True)]
    _element(
        0,
        _block("Q", found.q[at], mine),
        "@",
        _block("Kᵀ", found.k[at].T, [(r, key) for r in range(d)]),
        "=",
        _block("Q Kᵀ", found.scores[at], here),
    )
    shape = f"{n} × {n}"
    scaled = Block("S", found.scaled[at], shape, picked=here)
    masked = Block("S + M", found.masked[at], shape, picked=here, hatched=dark)
    weights = Block("A", found.weights[at], t("lab.attention.rows"), picked=row, hatched=dark)
    mask: list[Block | str] = ["+ M", masked] if dark else []
    _element(1, f"÷ {setting.divisor:.2f}", scaled, *mask, "softmax", weights)
    weights = replace(weights, note=shape)
    _element(2, weights, "@", _block("V", found.v[at], []), "=", _block("A V", found.out[at], mine))
    st.markdown(_told(setting, found, at, query, key))


def _element(at: int, *blocks: Block | str) -> None:
    """One line of matrices, in which a cell can be chosen."""
    name = ELEMENTS[at]
    cells(name, blocks, heard=lambda: _pressed(name), size=SIZE)


def _told(setting: Setting, found: Steps, at: int, query: int, key: int) -> str:
    """The way of one score in numbers."""
    name = "hidden" if found.hidden[query, key] else "way"
    return t(
        f"lab.attention.{name}",
        query=query,
        key=key,
        score=_number(found.scores[at, query, key]),
        by=f"{setting.divisor:.2f}",
        scaled=_number(found.scaled[at, query, key]),
        share=f"{found.weights[at, query, key]:.1%}",
    )


def _number(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")


def merge(setting: Setting, found: Steps) -> None:
    """Every head's answer, and all of them in a row as the next layer reads them."""
    d, n = setting.head, setting.tokens
    blocks: list[Block | str] = [
        Block(f"A V [{at}]", out, f"{n} × {d}", "heat") for at, out in enumerate(found.out)
    ]
    mine = int(st.session_state.get(HEAD) or 0) if setting.heads > 1 else 0
    columns = [(r, c) for r in range(n) for c in range(mine * d, (mine + 1) * d)]
    whole = f"{n} × {setting.width}"
    blocks += ["→", Block("n (h d)", found.merged, whole, "heat", picked=columns)]
    blocks += ["W_O →", Block("y", found.answer, whole, "heat")]
    cells("lab.merge", blocks, size=18, side=200)
    st.caption(t("lab.attention.merge_what", head=d, width=setting.width))
