"""The drawings of the temperature lab: one picture's probabilities, and the net's reliability."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import streamlit as st

from core.calibration import entropy, softmax
from core.labs import temperature as lab
from core.labs.temperature import Case, Judged, judged
from pages.ui.lab.cells import Block, cells
from pages.ui.lab.curves import Line, curves
from pages.ui.words import t

HEATS = np.geomspace(0.1, 5, 60)


@dataclass(frozen=True)
class Opened:
    """A net with what does not depend on the slider."""

    case: Case
    best: float
    sweep: tuple[np.ndarray, np.ndarray]
    usual: Judged
    mended: Judged


def pictures(found: Case, at: int, key: str, heard: Callable[[], None]) -> None:
    """What can be asked about; a click chooses."""
    side = found.pictures.shape[1]
    ring = [(row, column) for row in range(side) for column in range(side)]
    blocks = []
    for number, picture in enumerate(found.pictures):
        shown = picture[..., 0] if picture.shape[2] == 1 else picture
        name, picked = found.classes[found.truth[number]], ring if number == at else ()
        blocks.append(Block(name, shown / 255, style="picture", picked=picked))
    st.markdown(t("lab.temperature.pictures"))
    cells(key, blocks, heard=heard, size=2)


def sums(found: Case, at: int, heat: float) -> None:
    """Logits, logits / T, probabilities."""
    z = found.said[at]
    rows = np.stack([z, z / heat, softmax(z, heat)])
    best = {(2, int(z.argmax()))}
    names = ("z", f"z / {heat:g}", "softmax")
    block = Block("", rows, digits=2, picked=best, rows=names, columns=found.classes)
    cells("lab.sums", [block], size=30)


def _classes(found: Case) -> str:
    """What the axis of classes is called; digits need no names."""
    first, last = found.classes[0], found.classes[-1]
    if first == "0":
        return t("lab.temperature.digits")
    return t("lab.temperature.class", first=first, n=len(found.classes) - 1, last=last)


def bars(found: Case, at: int, heat: float) -> None:
    """Probabilities at T beside those at 1."""
    places, z = np.arange(len(found.classes)), found.said[at]
    top = int(z.argmax())
    curves(
        "lab.bars",
        [
            Line("T = 1", places, softmax(z), "bars", 7),
            Line(f"T = {heat:g}", places, softmax(z, heat), "bars", 0),
        ],
        title=t("lab.temperature.bars"),
        x=_classes(found),
        y=t("lab.temperature.probability"),
        reach=(None, None, 0.0, 1.0),
        marks=[(top, float(softmax(z, heat)[top]), found.classes[top])],
    )


def entropy_curve(found: Case, at: int, heat: float) -> None:
    """How undecided the net is about a picture, over all temperatures."""
    bits = lab.undecided(found.said[at], HEATS)
    here = float(entropy(softmax(found.said[at], heat)))
    curves(
        "lab.entropy",
        [Line(t("lab.temperature.entropy"), HEATS, bits, hue=2)],
        title=t("lab.temperature.entropy_over"),
        x=t("lab.temperature.heat"),
        y="bit",
        reach=(0.1, 5.0, 0.0, float(np.log2(len(found.classes)))),
        marks=[(heat, here, f"{here:.2f} bit")],
        log="x",
    )


def trust(found: Opened, heat: float) -> None:
    """The diagram, the temperature that fits, and three temperatures in numbers."""
    now = judged(found.case, heat)
    diagram, middles = now.diagram, lab.middles()
    full = np.array(diagram.count) > 0
    one, two = st.columns(2, gap="medium")
    with one:
        curves(
            "lab.reliability",
            [
                Line(
                    t("lab.temperature.right"), middles[full], np.array(diagram.right)[full], "bars"
                ),
                Line(t("lab.temperature.honest"), (0.0, 1.0), (0.0, 1.0), "dashed", 7),
                Line(
                    t("lab.temperature.sure"),
                    np.array(diagram.sure)[full],
                    np.array(diagram.right)[full],
                    "dots",
                    1,
                ),
            ],
            title=t("lab.temperature.reliability", heat=f"{heat:g}", error=f"{now.error:.1%}"),
            x=t("lab.temperature.confidence"),
            y=t("lab.temperature.accuracy"),
            reach=(0.0, 1.0, 0.0, 1.0),
        )
    with two:
        best = lab.nll(*found.case.fit, found.best)
        curves(
            "lab.fit",
            [Line(t("lab.temperature.nll"), lab.SWEEP, found.sweep[0], hue=3)],
            title=t("lab.temperature.fitting"),
            x=t("lab.temperature.heat"),
            y=t("lab.temperature.nats"),
            marks=[(found.best, best, f"T* = {found.best:.2f}")],
            log="x",
        )
    _numbers(found, now, heat)


def _numbers(found: Opened, now: Judged, heat: float) -> None:
    three = (found.usual, now, found.mended)
    names = ("T = 1", f"T = {heat:g}", f"T* = {found.best:.2f}")
    told = [[f"{j.accuracy:.1%}", f"{j.error:.2%}", f"{j.nll:.4f}"] for j in three]
    heads = [t(f"lab.temperature.{head}") for head in ("accuracy", "ece", "nll")]
    cells("lab.numbers", [Block("", told, style="plain", rows=names, columns=heads)], size=38)
