"""Tensors: NumPy and PyTorch side by side, shared memory, indexing, broadcasting, strides."""

from core.labs.views import ANSWERS, asked
from pages.ui.lab import frame, link, picking, tensors
from pages.ui.words import t

VIEWS = {
    "pairs": tensors.pairs,
    "memory": tensors.memory,
    "picking": picking.picking,
    "broadcasting": picking.broadcasting,
    "strides": picking.strides,
}


def show() -> None:
    view = link.choice(
        t("lab.tensors.view"),
        list(VIEWS),
        "view",
        said=lambda name: t(f"lab.tensors.views.{name}"),
    )
    VIEWS[view]()


frame.lab("tensors", show, len(ANSWERS), asked)
