"""Home: a finished run played again, what this place is, and the doors to the other pages."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from pages.ui.live import live_run
from pages.ui.session import ICONS, door
from pages.ui.words import t

HERE = Path(__file__).resolve().parent
ART = HERE / "ui" / "art"
ACROSS = 4  # doors in a row


@cache
def recorded() -> dict[str, Any]:
    """The baked run: the answer of its metrics route, its views, its sprite of pictures."""
    with (HERE / "baked" / "home.json").open(encoding="utf-8") as stream:
        return json.load(stream)  # type: ignore[no-any-return]


def doors() -> None:
    """A card for every other page of the navigation table."""
    names = [name for name in ICONS if name != "home"]
    for start in range(0, len(names), ACROSS):
        row = zip(st.columns(ACROSS, gap="medium"), names[start : start + ACROSS], strict=False)
        for column, name in row:
            with column.container(border=True, height="stretch"):
                st.image(ART / f"{name}.svg", width="stretch", alt="")
                st.page_link(door(name), label=f"**{t(f'home.{name}.label')}**", width="stretch")
                st.caption(t(f"home.{name}.sentence"))


st.title(t("home.title"))
st.markdown(t("home.what"))
if st.button(t("home.start"), type="primary", icon=ICONS["train"]):
    st.switch_page(door("train"))
st.space("small")
run = recorded()
live_run([run["payload"]["id"]], key="home.live", names=[t("home.run")], replay=run, height=190)
st.space("small")
doors()
