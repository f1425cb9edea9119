"""What a page needs before it can say anything: the store, the visitor, the ways to other pages."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from core.catalog import DATASETS, MODELS, OPTIMIZERS
from core.home import home
from core.identity import visitor as from_cookies
from core.store import RunRow, Store
from pages.ui.words import t

ROOM = Path(__file__).resolve().parents[1]
ICONS = {
    "home": ":material/home:",
    "lessons": ":material/school:",
    "train": ":material/play_circle:",
    "duel": ":material/swords:",
    "runs": ":material/timeline:",
    "predict": ":material/psychology:",
    "cnn": ":material/layers:",
    "vit": ":material/visibility:",
    "latent": ":material/bubble_chart:",
    "optimizers": ":material/landscape:",
    "labs": ":material/science:",
    "clinic": ":material/medical_services:",
    "data": ":material/photo_library:",
}


@st.cache_resource(show_spinner=False)
def _open(where: str) -> Store:
    """One store per process and place; `where` is only the key."""
    return Store()


def place() -> str:
    """Where the runs are kept: names caches that belong to one store."""
    return os.environ.get("PLAYGROUND_DATABASE") or str(home())


def store() -> Store:
    """The run store; a page whose store does not open says why and ends here."""
    try:
        return _open(place())
    except ValueError as problem:
        st.error(str(problem))
        st.stop()


def visitor() -> str:
    """Who is looking: the id in the signed cookie, "" without one."""
    return from_cookies(st.context.cookies.to_dict())


def door(name: str) -> st.Page:
    """The page `name`, for the navigation table, for links and for switching.

    A page in a folder ("labs/attention") has its door in that folder's page, not in the navigation.
    """
    folder, _, inner = name.rpartition("/")
    if folder:
        return st.Page(
            ROOM / f"{name}.py",
            title=t(f"{folder.removesuffix('s')}.{inner}.title"),
            icon=ICONS[folder],
            url_path=f"{folder.removesuffix('s')}-{inner}",
            visibility="hidden",
        )
    return st.Page(
        ROOM / f"{name}.py",
        title=t(f"frame.{name}"),
        icon=ICONS[name],
        url_path=name,
        default=name == "home",
    )


def names(config: Mapping[str, Any]) -> tuple[str, str, str]:
    """What a run's config is called by people: its pictures, its net, its optimiser."""
    tables = {"data": DATASETS, "model": MODELS, "optimizer": OPTIMIZERS}
    keys = {part: str(config.get(part, {}).get("name", "?")) for part in tables}
    found = (table[keys[p]].label if keys[p] in table else keys[p] for p, table in tables.items())
    return tuple(found)  # type: ignore[return-value]


def title(row: RunRow) -> str:
    """A run's own name, else its net and its pictures; not escaped."""
    pictures, net, _ = names(row.config)
    return row.name or t("frame.run", model=net, data=pictures, id=row.id[:4])
