"""Modules: containers, parameters and buffers, layers and their first weights, hooks in order."""

from core.labs.containers import ASKED, asked
from pages.ui.lab import frame, holding, hooked, link, made
from pages.ui.words import t

VIEWS = {
    "containers": holding.containers,
    "states": holding.states,
    "layers": made.layers,
    "init": made.init,
    "hooks": hooked.hooks,
}


def show() -> None:
    view = link.choice(
        t("lab.modules.view"),
        list(VIEWS),
        "view",
        said=lambda name: t(f"lab.modules.views.{name}"),
    )
    VIEWS[view]()


frame.lab("modules", show, len(ASKED), asked)
