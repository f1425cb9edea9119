"""Data loading: which pictures come, in which order, how they are put together and changed."""

from core.labs.samplers import SHARES, asked
from pages.ui.lab import frame, link
from pages.ui.lab.loaders import by_collate, by_samplers, by_transforms, by_workers
from pages.ui.lab.microscope import by_microscope
from pages.ui.words import t

VIEWS = {
    "samplers": by_samplers,
    "collate": by_collate,
    "transforms": by_transforms,
    "microscope": by_microscope,
    "workers": by_workers,
}


def show() -> None:
    view = link.choice(
        t("lab.loading.view"), list(VIEWS), "view", said=lambda name: t(f"lab.loading.views.{name}")
    )
    VIEWS[view]()


frame.lab("loading", show, len(SHARES), asked)
