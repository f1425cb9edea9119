"""The cells element: tensors side by side as grids of cells, with operators between them."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import streamlit as st

from pages.ui import browser

FOLDER = Path(__file__).parent
PARTS = (FOLDER / "cells_paint.js", FOLDER / "cells.js")
Place = tuple[int, int]
Values = Sequence[Sequence[float | str]] | np.ndarray


@dataclass(frozen=True, eq=False)
class Block:
    """A 2-D tensor as a grid of cells.

    values: (rows, columns), one row (n) too; a picture is (rows, columns) grey or (rows, columns,
    3), 0…1. style: "number" writes the numbers on a faint tint, "heat" is colour with the number
    on hover (two-sided where a value is negative), "picture" is what it is, "plain" is text.
    note stands below, as a shape does. picked cells are ringed, hatched ones are masked out.
    rows, columns: names of the lines; none or one for each.
    """

    name: str
    values: Values
    note: str = ""
    style: Literal["number", "heat", "picture", "plain"] = "number"
    digits: int = 2
    picked: Collection[Place] = ()
    hatched: Collection[Place] = ()
    rows: Sequence[str] = ()
    columns: Sequence[str] = ()


_cells = st.components.v2.component(
    "lab_cells", js=browser.script(*PARTS), css=browser.text(FOLDER / "cells.css")
)


def cells(
    key: str,
    blocks: Sequence[Block | str],
    *,
    heard: Callable[[], None] | None = None,
    size: int = 34,
    side: int = 336,
) -> tuple[int, int, int] | None:
    """Draw blocks side by side; strings between them are operators: "@", "=", "⊙", "→".

    Args:
        key: the element's lasting name on the page.
        blocks: what stands there, from left to right, wrapped where it is too wide.
        heard: called after a click on a cell; `clicked(key)` tells it there.
        size: pixels of a cell's side.
        side: pixels that the longer side of a picture or of heat may have: its cells shrink.

    Returns:
        The cell clicked last: block (operators do not count), row, column; None before a click
        and without `heard`.
    """
    told = [block if isinstance(block, str) else packed(block) for block in blocks]
    data = {"blocks": told, "size": size, "side": side, "press": heard is not None}
    _cells(key=key, data=data, on_at_change=heard or _nothing)
    return clicked(key) if heard else None


def clicked(key: str) -> tuple[int, int, int] | None:
    """Block, row and column of the cell clicked last in an element."""
    at = (st.session_state.get(key) or {}).get("at")
    return (int(at[0]), int(at[1]), int(at[2])) if at else None


def _nothing() -> None:
    """Nobody listens."""


def packed(block: Block) -> dict[str, Any]:
    """A block as the element takes it.

    Raises:
        ValueError: values that are no table, or names that do not fit their number.
    """
    values = np.asarray(block.values)
    if values.ndim == 1:
        values = values[None]
    picture = block.style == "picture" and values.ndim == 3 and values.shape[2] == 3
    if values.ndim != 2 and not picture:
        raise ValueError(f"{block.name} has the shape {values.shape}: cells show two dimensions")
    for names, count in ((block.rows, values.shape[0]), (block.columns, values.shape[1])):
        if names and len(names) != count:
            raise ValueError(
                f"{block.name} has {len(names)} names for {count} lines: give each one"
            )
    text = values.dtype.kind in "OUSb" or block.style == "plain"
    fine = "<f8" if block.style == "number" else "<f4"
    return {
        "name": block.name,
        "note": block.note,
        "style": "plain" if text else block.style,
        "digits": block.digits,
        "shape": list(values.shape),
        "texts": [[_said(cell, block.digits) for cell in row] for row in values] if text else None,
        "values": None if text else browser.packed(values, fine),
        "picked": [list(map(int, place)) for place in block.picked],
        "hatched": [list(map(int, place)) for place in block.hatched],
        "rows": list(block.rows),
        "columns": list(block.columns),
    }


def _said(cell: Any, digits: int) -> str:
    """What a cell of text says."""
    if isinstance(cell, float | np.floating):
        return f"{cell:.{digits}f}".replace("-", "−")
    return str(cell)
