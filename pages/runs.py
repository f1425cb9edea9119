"""Runs: everything that was trained, to find again, compare, repeat, name and throw away."""

from collections.abc import Callable, Sequence

import streamlit as st

from core.access import may
from core.store import RunRow
from pages.ui import controls, history
from pages.ui.live import live_run
from pages.ui.session import door, store, title, visitor
from pages.ui.words import t

MOST_CURVES = 8
TALL = 12  # rows in sight; more are scrolled
REFRESH = 1.0  # seconds between two looks at runs that go on


def _apply(rows: Sequence[RunRow], action: str, do: Callable[[str], None], said: str) -> None:
    """Do something to each run that the visitor may do it to; say what could not be done."""
    done = 0
    for row in rows:
        try:
            if not may(visitor(), action, row):
                st.toast(t("train.not_yours"), icon=":material/lock:")
                continue
            do(row.id)
            done += 1
        except LookupError:
            st.toast(t("train.unknown"), icon=":material/error:")
        except ValueError as problem:
            st.toast(str(problem), icon=":material/error:")
    if done:
        st.toast(t(f"runs.did_{said}", count=done), icon=":material/check:")
    st.rerun()


def _filtered(rows: list[RunRow]) -> list[RunRow]:
    """The runs that the search line and the chosen states let through."""
    left, right = st.columns([2, 3], vertical_alignment="center")
    with left:
        wish = st.text_input(
            t("runs.search"),
            key="runs.search",
            placeholder=t("runs.search_example"),
            icon=":material/search:",
            live=True,
            label_visibility="collapsed",
            persist_state="session",
        )
    counts = {state: sum(r.state == state for r in rows) for state in history.COLOURS}
    words = {s: f"{t(f'state.{s}.word')} {n}" for s, n in counts.items() if n}
    with right:
        states = st.pills(
            t("runs.states"),
            list(words),
            selection_mode="multi",
            format_func=words.__getitem__,
            key="runs.states",
            label_visibility="collapsed",
        )
    parts, duels = (wish or "").lower().split(), history.bound() if wish else {}
    return [
        row
        for row in rows
        if (not states or row.state in states)
        and all(part in _text(row, duels.get(row.id, "")) for part in parts)
    ]


def _text(row: RunRow, duel: str) -> str:
    """What the search line looks through."""
    word = t(f"state.{row.state}.word")
    pieces = [title(row), row.note, word, row.id, *history.names(row.config), duel]
    return " ".join(pieces).lower()


def _selected(rows: list[RunRow], key: str) -> list[RunRow]:
    """Draw the table; the runs whose boxes are ticked."""
    # The key holds the ids: a row number must never come to mean another run.
    event = st.dataframe(
        history.table(rows),
        key=f"{key}.{hash(tuple(row.id for row in rows))}",
        hide_index=True,
        column_config=history.columns(),
        on_select="rerun",
        selection_mode="multi-row",
        row_height=40,
        height="content" if len(rows) < TALL else 40 * TALL,
        placeholder="–",
        alt=t("runs.title"),
    )
    return [rows[index] for index in event["selection"]["rows"] if index < len(rows)]


def _open(run_id: str) -> None:
    st.switch_page(door("train"), query_params={"run": run_id})


def _actions(chosen: list[RunRow]) -> None:
    """What can be done with the ticked runs."""
    if not chosen:
        st.caption(t("runs.choose"), help=t("runs.choose_help"))
        return
    one = chosen[0] if len(chosen) == 1 else None
    source = store()
    with st.container(horizontal=True, vertical_alignment="center"):
        if one is not None:
            _single(one)
        else:
            st.markdown(t("runs.chosen", count=len(chosen)), width="content")
        st.download_button(
            t("runs.csv"),
            data=lambda: history.as_csv(source, chosen),
            file_name=f"{one.id if one else 'runs'}.csv",
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
        )
        if st.button(
            t("runs.delete"),
            key="runs.delete",
            icon=":material/delete:",
            help=t("runs.delete_help"),
        ):
            _apply(chosen, "delete", source.delete, "delete")


def _single(row: RunRow) -> None:
    """What can be done with one run only."""
    if st.button(t("runs.open"), type="primary", icon=":material/open_in_full:", key="runs.open"):
        _open(row.id)
    for duel in store().duels_of(row.id):
        if st.button(t("runs.to_duel"), icon=":material/swords:", key="runs.duel"):
            st.switch_page(door("duel"), query_params={"duel": duel.id})
    again = st.button(
        t("train.repeat"), icon=":material/replay:", help=t("train.repeat_help"), key="runs.repeat"
    )
    if again and (run_id := controls.again(row)):
        _open(run_id)
    if st.button(
        t("train.edit"), icon=":material/edit:", help=t("train.edit_help"), key="runs.edit"
    ):
        controls.edit(row.config)
        st.switch_page(door("train"))
    if may(visitor(), "rename", row):
        saved = f"label.{row.id}.{hash((row.name, row.note))}"  # a new key closes it after saving
        with st.popover(t("runs.label"), icon=":material/label:", key=saved):
            _label(row)


def _label(row: RunRow) -> None:
    """Name and note of a run."""
    with st.form(f"label.{row.id}", border=False):
        name = st.text_input(t("runs.name"), row.name, max_chars=40, help=t("runs.name_help"))
        note = st.text_area(t("runs.note"), row.note, max_chars=500)
        if not st.form_submit_button(t("runs.save"), type="primary"):
            return
    try:
        store().rename(row.id, name or "")
        store().note(row.id, note or "")
    except (LookupError, ValueError) as problem:
        st.error(str(problem))
        return
    st.rerun()


def _bin() -> None:
    """The runs that were deleted, to bring back or to remove for good."""
    rows = store().runs(deleted=True)
    if not rows:
        st.info(t("runs.bin_empty"), icon=":material/delete:")
        return
    bar = st.container()
    chosen = _selected(rows, "bin")
    with bar, st.container(horizontal=True, vertical_alignment="center"):
        if not chosen:
            st.caption(t("runs.bin_choose"))
            return
        if st.button(t("runs.restore"), icon=":material/restore_from_trash:", type="primary"):
            _apply(chosen, "restore", store().restore, "restore")
        with st.popover(t("runs.purge"), icon=":material/delete_forever:"):
            st.markdown(t("runs.purge_sure", count=len(chosen)))
            if st.button(t("runs.purge_yes"), type="primary"):
                _apply(chosen, "delete", store().purge, "purge")


def _busy(rows: list[RunRow]) -> bool:
    return any(row.state in ("queued", "running") for row in rows)


def _watch(seen: history.Stamp) -> None:
    """Draws nothing: thirty open pages ask often, and draw anew only when there is news."""
    due, now = history.my_turn(), history.stamp()
    if now.runs != seen.runs or (now.curves != seen.curves and due):
        st.rerun()


def _list(rows: list[RunRow]) -> None:
    """Search line, buttons, table, and below it the curves of the ticked runs."""
    if not rows:
        st.info(t("runs.empty"), icon=":material/timeline:")
        st.page_link(door("train"), label=t("runs.to_train"), icon=":material/play_circle:")
        return
    rows = _filtered(rows)
    if not rows:
        st.caption(t("runs.none_match"))
        return
    bar = st.container(key="actions", vertical_alignment="center")
    chosen = _selected(rows, "runs.table")
    with bar:
        _actions(chosen)
    if shown := chosen[:MOST_CURVES]:
        live_run(
            [row.id for row in shown],
            key="compare",
            names=[title(row) for row in shown],
            states=[row.state for row in shown],
            views=False,
        )
    if len(chosen) > MOST_CURVES:
        st.caption(t("runs.most_curves", count=MOST_CURVES))


head, corner = st.columns([3, 1], vertical_alignment="bottom")
head.title(t("runs.title"))
with corner, st.container(horizontal_alignment="right"):
    binned = st.toggle(t("runs.bin"), key="runs.bin", help=t("runs.bin_help"))
if binned:
    _bin()
else:
    stamp = history.stamp()  # read first: what changes after it is seen at the next look
    runs = store().runs()
    _list(runs)
    if _busy(runs):
        st.fragment(_watch, run_every=REFRESH)(stamp)
