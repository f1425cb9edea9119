"""Family: which run a run came from, which ones came from it, and their curves together."""

import streamlit as st

from core.branch import begun
from core.store import RunRow
from pages.ui import controls
from pages.ui.live import live_run
from pages.ui.session import door, store, title
from pages.ui.words import plain, t

MOST_LINKS = 5
MOST_CURVES = 8


def _parent(row: RunRow) -> RunRow | None:
    """The run that this one came from, if it is still there."""
    try:
        return store().get(row.parent) if row.parent else None
    except LookupError:
        return None


def show(row: RunRow) -> None:
    """A line each on the duel, the parent and the children, with links; nothing for a run alone."""
    for duel in store().duels_of(row.id):
        if st.button(t("family.duel"), icon=":material/swords:", type="tertiary"):
            st.switch_page(door("duel"), query_params={"duel": duel.id})
    parent, children = _parent(row), store().children(row.id)
    if row.parent and (start := begun(row.id)):
        words = t("family.branched", step=f"{start['step']:,}")
        _line(words if parent else f"{words} {t('family.gone')}", [parent] if parent else [])
    elif parent:
        _line(t("family.repeats"), [parent])
    if children:
        _line(t("family.children"), children[-MOST_LINKS:])


def _line(words: str, runs: list[RunRow]) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(words, width="content")
        for run in runs:
            if st.button(plain(title(run)), key=f"family.{run.id}", type="tertiary"):
                controls.show(run.id)
                st.rerun()


def together(row: RunRow) -> None:
    """The curves of parent, brothers and children over each other, when asked for."""
    parent = _parent(row)
    near = [parent, *store().children(parent.id)] if parent else [row]
    near = [run for run in near if run is not None and run.deleted is None]
    near += store().children(row.id)
    shown = list({run.id: run for run in [row, *near]}.values())[:MOST_CURVES]
    if len(shown) > 1 and st.toggle(t("family.together"), key=f"together.{row.id}"):
        live_run(
            [run.id for run in shown],
            key=f"beside.{row.id}",
            names=[title(run) for run in shown],
            states=[run.state for run in shown],
            views=False,
        )
