"""A picture moved a little, and what pooling still tells of it: pictures, curves, two numbers."""

import numpy as np
import streamlit as st

from core.labs.pooling import FURTHEST, Pool, changes, moved, pooled
from pages.ui.lab.cells import Block, cells
from pages.ui.lab.curves import Line, curves
from pages.ui.words import t

SIZE, SIDE = 24, 140  # pixels: of a cell at most, of a picture


def compare(x: np.ndarray, pool: Pool, pixels: int) -> tuple[str, str]:
    """Before and after a shift; returns how much the picture changes, and what comes out."""
    there = moved(x, pixels)
    first, second = pooled(x, pool).y, pooled(there, pool).y
    pairs = ((t("lab.convolution.before"), x, first), (t("lab.convolution.after"), there, second))
    blocks: list[Block | str] = []
    for name, given, made in pairs:
        blocks += [Block(name, _seen(given), style="picture"), "→"]
        blocks += [Block(t("lab.convolution.made_of_it"), _seen(made), style="picture")]
    cells("lab.shift", blocks, size=SIZE, side=SIDE)
    raw, left = changes(x, None), changes(x, pool)
    steps = list(range(FURTHEST + 1))
    curves(
        "lab.changes",
        [
            Line(t("lab.convolution.raw"), steps, [100 * share for share in raw], "dashed", 7),
            Line(_operation(pool), steps, [100 * share for share in left], hue=0),
        ],
        title=t("lab.convolution.changes"),
        x=t("lab.convolution.changes_x"),
        y=t("lab.convolution.changes_y"),
        reach=(None, None, 0, None),
        marks=[(pixels, 100 * left[pixels], f"{left[pixels]:.0%}")],
        height=230,
    )
    st.caption(t("lab.convolution.norm"))
    return f"{raw[pixels]:.0%}", f"{left[pixels]:.0%}"


def _operation(pool: Pool) -> str:
    return t(f"lab.convolution.ops.{pool.kind}")


def _seen(x: np.ndarray) -> np.ndarray:
    """(c, h, w) as a picture."""
    return x.transpose(1, 2, 0) if len(x) == 3 else x[0]
