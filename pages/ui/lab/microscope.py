"""The next real batch: its pictures, the numbers under the pointer, and what normalising does."""

import numpy as np
import streamlit as st

from core.labs import loading
from core.labs.loading import WINDOW, Next, next_batch, window
from pages.ui.lab import frame, link
from pages.ui.lab.cells import Block, cells, clicked
from pages.ui.words import t

KEY = "lab.next"
PLACE = "place"  # in the address: picture, row, column
USUAL = (0, 14, 14)
PAPER = "LeCun et al. 1998, Efficient BackProp, section 4.3"
ADDRESS = "https://doi.org/10.1007/3-540-49430-8_2"


@st.cache_data(max_entries=64, show_spinner=False)
def _next(name: str, number: int) -> Next:
    return next_batch(name, number)


def by_microscope() -> None:
    """A click on a picture shows the numbers there, before and after."""
    with st.container(horizontal=True, gap="large", vertical_alignment="bottom"):
        name = link.choice(t("lab.loading.set"), loading.SETS, "set", said=str, usual="shapes")
        number = st.slider(
            t("lab.loading.batch"), 0, 30, 0, key="batch", bind="query-params", width=250
        )
    found = _next(name, number)
    at, row, column = _place(found)
    top, left = window(found.packed.shape[2:], row, column)
    inside = {(top + r, left + c) for r in range(WINDOW) for c in range(WINDOW)}
    blocks = [
        Block(label, _shown(picture), style="picture", picked=inside if which == at else ())
        for which, (label, picture) in enumerate(zip(found.labels, found.packed, strict=True))
    ]
    st.markdown(t("lab.loading.click"))
    cells(KEY, blocks, heard=_choose, size=3)
    _numbers(found, at, top, left)
    mean, std = (float(np.mean(part)) for part in found.moments()["after"])
    frame.insight(t("lab.loading.moments", mean=f"{mean:+.2f}", std=f"{std:.2f}"))
    formula = r"x'_{c} = \frac{x_{c} / 255 - \mu_c}{\sigma_c}"
    frame.ground(formula, loading.code(name, found.mean, found.std), PAPER, ADDRESS)


def _shown(picture: np.ndarray) -> np.ndarray:
    return (picture[0] if len(picture) == 1 else picture.transpose(1, 2, 0)) / 255


def _place(found: Next) -> tuple[int, int, int]:
    """What is looked at: picture, row, column; the address's, where that fits."""
    told = st.query_params.get(PLACE, "").split(",")
    sizes = (len(found.packed), *found.packed.shape[2:])
    if len(told) == 3 and all(part.isdecimal() and len(part) < 4 for part in told):
        at, row, column = (int(part) for part in told)
        if all(n < size for n, size in zip((at, row, column), sizes, strict=True)):
            return at, row, column
    return USUAL


def _choose() -> None:
    if (place := clicked(KEY)) is not None:
        link.keep(PLACE, ",".join(map(str, place)), ",".join(map(str, USUAL)))


def _numbers(found: Next, at: int, top: int, left: int) -> None:
    """The window's numbers, as bytes and as the net is given them, and the whole batch's."""
    cut = (slice(top, top + WINDOW), slice(left, left + WINDOW))
    rows = [str(top + r) for r in range(WINDOW)]
    columns = [str(left + c) for c in range(WINDOW)]
    channels = len(found.mean)
    channel = 0
    if channels > 1:
        named = ("R", "G", "B")
        said = link.choice(t("lab.loading.channel"), named, "channel", said=str)
        channel = named.index(said)
    packed, given = found.packed[at, channel][cut], found.given[at, channel][cut]
    blocks = [
        Block("uint8", packed, digits=0, rows=rows, columns=columns, note="0 … 255"),
        "→",
        Block("float32", given, digits=2, rows=rows, columns=columns, note="(x / 255 − μ) / σ"),
    ]
    cells("lab.scope", [*blocks, _moments(found)], size=30)


def _moments(found: Next) -> Block:
    """Mean and deviation of the batch, before and after, beside those of the set."""
    moments = found.moments()
    names = ["R", "G", "B"] if len(found.mean) > 1 else [""]
    rows = [
        [*moments["before"][0], *moments["before"][1]],
        [*found.mean, *found.std],
        [*moments["after"][0], *moments["after"][1]],
    ]
    heads = [f"{what} {name}".strip() for what in ("μ", "σ") for name in names]
    told = [t(f"lab.loading.{key}") for key in ("of_batch", "of_set", "of_given")]
    return Block(t("lab.loading.whole"), np.array(rows), digits=3, rows=told, columns=heads)
