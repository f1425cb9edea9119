"""Activations and losses: their curves and slopes, and the classic numbers by hand."""

from core.labs.activations import OPTIONS, asked
from pages.ui.lab import activations, entropy, frame, link, losses
from pages.ui.words import t

VIEWS = {
    "functions": activations.functions,
    "collapse": activations.collapse,
    "cross": entropy.by_steps,
    "losses": losses.shapes,
}


def show() -> None:
    view = link.choice(
        t("lab.activations.view"),
        list(VIEWS),
        "view",
        said=lambda name: t(f"lab.activations.views.{name}"),
    )
    VIEWS[view]()


frame.lab("activations", show, len(OPTIONS), asked)
