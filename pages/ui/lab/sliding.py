"""The window on its way over a picture: what it covers, the arithmetic there, the maps it makes."""

from typing import TypeAlias

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.labs.convolution import Slid
from core.labs.pooling import Pooled
from core.working import Pixel, Working
from pages.ui.lab import play
from pages.ui.lab.cells import Block, cells, clicked
from pages.ui.words import t

Room: TypeAlias = DeltaGenerator
Work = Slid | Pooled
PICTURE, MAP, AT = "lab.slide", "map", "at"
COLOURS = ("R", "G", "B")
SIDES = {1: 320, 2: 210}  # pixels of a picture by the number of maps beside it
SMALL = 160
MANY = 5  # numbers a side from which cells are smaller


def slide(found: Work, padding: int) -> None:
    """The whole: transport, picture and maps, and the sum at the place where the window stands."""
    play.moving("convolution", _moving, found, padding)


def _moving(found: Work, padding: int) -> None:
    maps, side = found.y.shape[0], found.y.shape[1]
    count, state = side * side, st.session_state
    if (state.get(MAP) or 0) >= maps:
        state[MAP] = 0
    shown = st.container()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        middle = side // 2
        at = play.position("convolution", AT, count, middle * side + middle)
        if maps > 1:
            st.segmented_control(
                t("lab.convolution.map"),
                range(maps),
                default=0,
                key=MAP,
                required=True,
                bind="query-params",
            )
    index = int(state.get(MAP) or 0)
    place = divmod(at, side)
    told = found.working(index)
    with shown:
        _pictures(found, told, index, place, padding)
    _sum(told, told.at(*place), index, place)


def _pictures(found: Work, told: Working, index: int, place: tuple[int, int], padding: int) -> None:
    """The padded picture with the window on it, and all maps with the place in them."""
    x = np.pad(found.x, ((0, 0), (padding, padding), (padding, padding)))
    n, maps, side = x.shape[1], *found.y.shape[:2]
    window = told.window
    lines = [
        [at * s + d * i for i in range(k)]
        for at, s, d, k in zip(place, window.stride, window.dilation, window.kernel, strict=True)
    ]
    rim = {0, n - 1} if not padding else {*range(padding), *range(n - padding, n)}
    beyond = [(r, c) for r in range(n) for c in range(n) if padding and (r in rim or c in rim)]
    shape = "×".join(map(str, found.x.shape))
    name = t("lab.convolution.x_padded") if padding else t("lab.convolution.x")
    picked = [(r, c) for r in lines[0] for c in lines[1]]
    seen = x.transpose(1, 2, 0) if len(x) == 3 else x[0]
    blocks: list[Block | str] = [
        Block(name, seen, f"x ({shape})", "picture", picked=picked, hatched=beyond),
        "→",
    ]
    pool = isinstance(found, Pooled)
    for at, made in enumerate(found.y):
        blocks.append(
            Block(
                f"y[{at}]",
                made,
                f"{side}×{side}",
                "picture" if pool else "heat",
                picked=[place] if at == index else (),
            )
        )
    offset = window.dilation[0] * (window.kernel[0] - 1) / 2
    st.session_state["lab.where"] = (offset, window.stride[0], side)
    cells(PICTURE, blocks, heard=_pressed, side=SIDES.get(maps, SMALL))


def _pressed() -> None:
    """A place of the picture or of a map was chosen: the window goes there."""
    pressed = clicked(PICTURE)
    if pressed is None:
        return
    block, row, column = pressed
    offset, stride, side = st.session_state["lab.where"]
    if block == 0:
        row, column = (min(side - 1, max(0, round((at - offset) / stride))) for at in (row, column))
    else:
        st.session_state[MAP] = block - 1
    st.session_state[AT] = row * side + column


def _sum(told: Working, pixel: Pixel, index: int, place: tuple[int, int]) -> None:
    """Window ⊙ kernel = products for every channel, and what they add up to."""
    k, where = told.window.kernel[0], f"y[{index}, {place[0]}, {place[1]}]"
    blocks: list[Block | str] = []
    for at, window in enumerate(pixel.window):
        channel = told.channels[at]
        hatched = [(int(r), int(c)) for r, c in zip(*np.nonzero(~pixel.inside), strict=True)]
        name = t("lab.convolution.under")
        if len(pixel.window) > 1:
            name += f" {COLOURS[channel]}"
        if told.role == "conv":
            products, part = window * told.kernel[at], pixel.parts[at]
            blocks += [Block(name, window, hatched=hatched), "⊙"]
            blocks += [_kernel(told.kernel[at]), "="]
            blocks += [Block(t("lab.convolution.products"), products, f"Σ = {_said(part)}")]
            blocks += ["+"] if at + 1 < len(pixel.window) else []
            continue
        inside = np.where(pixel.inside, window, -np.inf)
        largest = np.unravel_index(int(inside.argmax()), inside.shape)
        picked = [(int(largest[0]), int(largest[1]))] if told.role == "max" else ()
        blocks += [Block(name, window, hatched=hatched, picked=picked), "→"]
        blocks += [Block(told.role, [[pixel.total]], digits=3)]
    cells("lab.sum", blocks, size=34 if k < MANY else 28)
    if told.role == "conv" and (told.bias or len(pixel.parts) > 1):
        parts = " + ".join(_said(part) for part in pixel.parts)
        bias = f" + {_said(told.bias)}" if told.bias else ""
        st.markdown(f"`{where}` = {parts}{bias} = **{_said(pixel.total)}**")


def _kernel(values: np.ndarray) -> Block:
    """The kernel, without decimals where there are none."""
    whole = bool(np.allclose(values, np.rint(values)))
    return Block(t("lab.convolution.kernel"), values, digits=0 if whole else 2)


def _said(value: float) -> str:
    return f"{value:.3f}".replace("-", "−")
