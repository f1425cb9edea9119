"""Duel: nets, optimisers or rates against each other, under equal conditions; guess first."""

from datetime import UTC, datetime

import streamlit as st

from core.access import may
from core.config import RunConfig, parse
from core.duel import classics
from core.store import DuelRow, RunRow
from pages.ui import contest, controls, rivals, standings
from pages.ui.click import clicked, heeded
from pages.ui.live import live_run
from pages.ui.scatter import scatter
from pages.ui.session import store, visitor
from pages.ui.words import plain, t

MODES = {
    "classic": ":material/bolt:",
    "own": ":material/swords:",
    "grid": ":material/scatter_plot:",
}
MOST_PAST = 12


def prepare() -> None:
    """The classics, one's own duel, or a grid; below them what was fought before."""
    st.title(t("duel.title"))
    st.markdown(t("duel.what"))
    left, right = st.columns([2, 3], vertical_alignment="bottom")
    with left:
        info = contest.pictures()
    st.session_state.setdefault("duel.mode", "classic")
    with right:
        mode = st.segmented_control(
            t("duel.mode"),
            list(MODES),
            format_func=lambda name: f"{MODES[name]} {t(f'duel.mode_{name}')}",
            key="duel.mode",
            required=True,
            persist_state="session",
        )
    if mode != "grid":
        st.toggle(
            t("duel.hide"), key=rivals.HIDDEN, help=t("duel.hide_help"), persist_state="session"
        )
    if mode == "classic":
        _classics(info.name)
    elif shared := contest.base(info):
        if mode == "own":
            _own(contest.contestants(info, shared) or [])
        else:
            _grid(contest.field(info, shared) or [])
    _past()


def _classics(data: str) -> None:
    """A card per experiment; a click on the expected winner starts it."""
    st.markdown(t("duel.who"))
    places = [*st.columns(2, gap="medium"), *st.columns(2, gap="medium")]
    for column, (name, configs) in zip(places, classics(data).items(), strict=True):
        with column.container(border=True, height="stretch"):
            st.markdown(f"#### {t(f'duel.classic.{name}.label')}")
            st.caption(t(f"duel.classic.{name}.sentence"))
            rivals.guesses(configs, f"duel.{name}")


def _own(configs: list[RunConfig]) -> None:
    if configs:
        st.markdown(t("duel.who"))
        rivals.guesses(configs, "duel.own")


def _grid(configs: list[RunConfig]) -> None:
    wanted = clicked(
        t("duel.grid_start"),
        key="duel.grid.start",
        kind="primary",
        icon=":material/play_arrow:",
        disabled=not configs,
    )
    if wanted:
        rivals.start(configs, kind="grid")


def _past() -> None:
    """Earlier duels, to open again."""
    fought = store().duels()[:MOST_PAST]
    if not fought:
        return
    known = {row.id: row for row in store().runs()}
    st.space("small")
    st.subheader(t("duel.past"))
    for duel in fought:
        rows = [known[run_id] for run_id in duel.runs if run_id in known]
        if not rows:
            continue
        with st.container(horizontal=True, vertical_alignment="center"):
            icon = MODES["grid" if duel.kind == "grid" else "own"]
            name = plain(rivals.heading(duel, rows))
            if st.button(name, key=f"open.{duel.id}", type="tertiary", icon=icon):
                st.query_params[rivals.PLACE] = duel.id
                st.rerun()
            st.caption(_short(duel, rows), width="content")


def _short(duel: DuelRow, rows: list[RunRow]) -> str:
    """Number, day and state of an earlier duel."""
    begun = datetime.fromtimestamp(duel.created, UTC).astimezone()
    done = sum(standings.over([row]) for row in rows)
    state = "" if done == len(rows) else t("duel.grid_done", done=done, all=len(rows))
    return " · ".join(filter(None, (duel.id[:4], f"{begun:%m-%d %H:%M}", state)))


def watch(duel_id: str) -> None:
    """One duel: verdict, curves and table, or only how far it is while it is hidden."""
    try:
        duel = store().duel(duel_id)
    except LookupError:
        st.title(t("duel.title"))
        st.error(t("duel.unknown"), icon=":material/search_off:")
        st.button(t("duel.new"), icon=":material/add:", on_click=_leave)
        return
    rows = standings.runs_of(duel)
    if not rows:
        st.rerun()  # removed at this moment
    going = not standings.over(rows)
    st.title(plain(rivals.heading(duel, rows)))
    _conditions(duel, rows)
    _buttons(duel, rows, going)
    every = standings.REFRESH if going else None
    if duel.kind == "grid":
        st.fragment(scatter, run_every=every)(duel, going)
        return
    hidden = duel.hidden and going
    standings.verdict(duel, rows, hidden=hidden)
    if hidden:
        if st.button(t("duel.reveal"), icon=":material/visibility:"):
            store().show_duel(duel.id)
            st.rerun()
    else:
        live_run(
            [row.id for row in rows],
            key=f"duel.{duel.id}",
            names=rivals.called(rows),
            states=[row.state for row in rows],
            views=False,
        )
    st.fragment(standings.show, run_every=every)(duel, going, hidden)


def _conditions(duel: DuelRow, rows: list[RunRow]) -> None:
    """What all contestants have in common, and what was guessed."""
    config = rows[0].config
    same = {"seed": config["seed"], "batch": f"{config['batch']:,}", "epochs": config["epochs"]}
    said = t("duel.equal", parts="".join(f"{part}, " for part in rivals.common(rows)), **same)
    names = {row.id: name for row, name in zip(rows, rivals.called(rows), strict=True)}
    if duel.guess in names:
        said += " " + t("duel.guessed", name=plain(names[duel.guess]))
    st.caption(said)
    if any(row.deleted is not None for row in rows):
        st.warning(t("duel.in_bin"), icon=":material/delete:")


def _leave() -> None:
    st.query_params.pop(rivals.PLACE, None)


def _buttons(duel: DuelRow, rows: list[RunRow], going: bool) -> None:
    """Stop, once more with another seed, change, a new one."""
    mine = [row for row in rows if may(visitor(), "command", row)]
    with st.container(horizontal=True, key="controls"):
        if going and mine:
            label, icon = t("duel.stop"), ":material/stop:"
            if heeded(label, key="duel.stop", icon=icon, of=duel.id, help=t("duel.stop_help")):
                for row in mine:
                    controls.act(row.id, "stop")
                st.rerun()
        elif not going:
            _again(duel, rows)
        if st.button(t("duel.new"), icon=":material/add:"):
            _leave()
            st.rerun()


def _again(duel: DuelRow, rows: list[RunRow]) -> None:
    """The same contestants once more: with another seed, or in the form to be changed."""
    try:
        configs = [parse(row.config) for row in rows]
    except ValueError:
        return  # written by another version
    again = clicked(
        t("duel.rematch"),
        key="duel.rematch",
        icon=":material/casino:",
        help=t("duel.rematch_help"),
    )
    if again:
        other = [config.model_copy(update={"seed": config.seed + 1}) for config in configs]
        rivals.start(other, duel.kind)
    if duel.kind == "duel" and st.button(t("train.edit"), icon=":material/edit:"):
        contest.adopt(configs)
        st.session_state["duel.mode"] = "own"
        _leave()
        st.rerun()


if name := st.query_params.get(rivals.PLACE):
    watch(name)
else:
    prepare()
