"""What lessons may lead to: every page with the parameters of its address."""

from functools import cache

from core.faults import FAULTS
from core.lessons import House
from pages.ui.lab.table import LABS
from pages.ui.session import ICONS

# What a page reads from its address, or writes into it as its controls move.
PARAMETERS: dict[str, tuple[str, ...]] = {
    "train": ("data", "model", "optimizer", "schedule", "set", "run", "at", "branch"),
    "duel": ("duel",),
    "predict": ("nets", "sample"),
    "cnn": ("net", "when", "sample", "step", "map", "pixel", "view", "scale"),
    "vit": ("net", "when", "sample", "patch", "layer", "head", "class", "op"),
    "latent": ("net", "when", "view", "plane", "z", "a", "b", "box", "way", "content", "sample"),
    "clinic": ("case", "run"),
    "optimizers": ("surface", "race", "start", "steps", "noise", "seed", "focus", "moment"),
}
# What a session remembers of a page and must forget for a link to act anew.
REMEMBERED: dict[str, tuple[str, ...]] = {
    "train": ("train.",),
    "predict": ("predict.link", "predict.group", "predict.nets", "predict.way", "predict.linked"),
    "cnn": ("cnn.", "predict.when", "predict.linked"),
    "vit": ("vit.", "predict.when", "predict.linked"),
    "latent": ("latent.", "predict.when", "predict.linked"),
    "optimizers": ("opt.",),
}


@cache
def house() -> House:
    """All pages; a lab's controls are the parameters of its address and name themselves."""
    pages = [(name, frozenset(PARAMETERS.get(name, ()))) for name in ICONS]
    labs = [(f"labs/{name}", None) for name in LABS]
    return House((*pages, *labs), frozenset(FAULTS))
