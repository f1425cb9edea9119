"""Train: choose a net and pictures, see what it will cost, start; then watch it and steer it."""

import pandas as pd
import streamlit as st

from core.branch import Origin
from core.config import RunConfig, parse
from core.data import SetInfo
from core.store import RunRow
from pages.ui import (
    address,
    anatomy,
    bases,
    branching,
    code,
    controls,
    family,
    rates,
    setup,
    substeps,
)
from pages.ui.click import clicked, pressed_before
from pages.ui.live import live_run, warm_up
from pages.ui.session import door, store, title
from pages.ui.words import plain, t

MOST_LINKS = 6
GO = "train.go"  # the button that starts
READY = "train.ready"  # where a session keeps the settings that it can start, as they were drawn


def prepare() -> None:
    """The form on the left; on the right what it makes, what it will cost, and the button."""
    source = branching.wished()
    st.title(t("branch.title" if source else "train.title"))
    if source:
        branching.begin(source)
        branching.banner(source)
    else:
        address.begin()
    left, right = st.columns([11, 9], gap="medium")
    with left:
        info, config = setup.choose(branching.kept(source) if source else None)
    with right, st.container(key="cost"):
        with st.container(border=True):
            _pictures(info)
            _cost(info, config, source)
        _going_on()
        code.beside(config)
    anatomy.before(config, info)
    if config is not None and source is None:
        address.remember(config)
    warm_up()


def _pictures(info: SetInfo) -> None:
    """One picture per class, so that the task is seen before it is set."""
    st.markdown(f"**{plain(info.label)}**")
    if info.state == "absent":
        return
    try:
        strip = setup.strip(info.name, info.bytes)
    except ValueError as problem:
        st.error(str(problem))
        return
    shown = info.classes[: setup.STRIP]
    st.image(strip, width="stretch", output_format="PNG", alt=", ".join(shown))
    if any(len(name) > 1 for name in shown):  # digits say themselves
        more = " …" if len(info.classes) > len(shown) else ""
        st.caption(plain(" · ".join(shown)) + more)


def _cost(info: SetInfo, config: RunConfig | None, source: Origin | None) -> None:
    """The estimate and the start button, or the one sentence on what is in the way."""
    ready = False
    if info.state == "absent":
        st.info(t("train.absent_help", name=plain(info.label)), icon=":material/download:")
        st.page_link(door("data"), label=t("train.to_data"))
    elif config is None:
        st.warning(t("train.mend"), icon=":material/edit:")
    else:
        ready = _estimate(info, config, source)
    st.session_state[READY] = config if ready and source is None else None
    wanted = clicked(
        t("branch.start" if source else "train.start"),
        key=GO,
        kind="primary",
        icon=":material/play_arrow:",
        width="stretch",
        disabled=not ready,
    )
    if wanted and config is not None and _started(config, source):
        st.rerun()
    if source is None:
        rates.button(config, info, ready=ready)


def _at_once() -> str | None:
    """Start what the form says where it says what it said when it was drawn, which need not be
    drawn again then: the first point comes sooner. The run's id."""
    drawn = st.session_state.get(READY)
    if drawn is None or drawn != setup.now() or not pressed_before(GO):
        return None
    return _started(drawn, None)


def _started(config: RunConfig, source: Origin | None) -> str | None:
    values = config.model_dump(mode="json")
    run_id = branching.start(source, config) if source else controls.start(values)
    if run_id:
        controls.show(run_id)
    return run_id


def _estimate(info: SetInfo, config: RunConfig, source: Origin | None) -> bool:
    """Show what the run will cost; False when it cannot be run as it is."""
    try:
        if source:
            branching.outlook(source, config)
        cost = setup.cost(config, info)
    except ValueError as problem:
        st.error(str(problem), icon=":material/error:")
        return False
    one, two = st.columns(2)
    one.metric(t("train.parameters"), f"{cost.parameters:,}", help=t("train.parameters_help"))
    two.metric(t("train.memory"), _size(cost.memory_bytes), help=t("train.memory_help"))
    whole = cost.seconds_per_epoch * config.epochs
    one.metric(t("train.epoch_time"), _time(cost.seconds_per_epoch), help=t("train.time_help"))
    two.metric(t("train.whole_time"), _time(whole), help=t("train.whole_help"))
    if cost.frozen:
        st.caption(t("train.frozen", count=f"{cost.frozen:,}"), help=t("train.frozen_help"))
    return source is not None or bases.at_hand(config)


def _size(count: float) -> str:
    """Bytes as people read them."""
    for unit in ("kB", "MB"):
        count /= 1000
        if count < 1000:
            return f"≈ {count:.0f} {unit}" if count >= 10 else f"≈ {count:.1f} {unit}"
    return f"≈ {count / 1000:.1f} GB"


def _time(seconds: float) -> str:
    if seconds < 1:
        return t("train.less_than_second")
    if seconds < 90:
        return t("train.seconds", count=f"{seconds:.0f}")
    if seconds < 5400:
        return t("train.minutes", count=f"{seconds / 60:.0f}")
    return t("train.hours", count=f"{seconds / 3600:.1f}")


def _going_on() -> None:
    """Ways back to the runs that train, rest or wait now."""
    alive = [row for row in store().runs() if row.state in controls.ALIVE and controls.mine(row)]
    if not alive:
        return
    st.caption(t("train.going_on"))
    with st.container(horizontal=True):
        for row in alive[:MOST_LINKS]:
            word = t(f"state.{row.state}.word")
            st.button(
                f"{plain(title(row))} · {word}",
                key=f"open.{row.id}",
                icon=":material/timeline:",
                on_click=controls.show,
                args=(row.id,),
            )


def watch(run_id: str, *, started: bool = False) -> None:
    """One run: its buttons, its dials, its curves, its settings; started: just now, by a click."""
    try:
        row = store().get(run_id)
    except LookupError:
        st.title(t("train.title"))
        st.error(t("train.unknown"), icon=":material/search_off:")
        st.button(t("train.new"), icon=":material/add:", on_click=controls.leave)
        return
    st.title(plain(title(row)))
    if row.note:
        st.caption(plain(row.note))
    if row.deleted is not None:
        st.warning(t("train.in_bin"), icon=":material/delete:")
    family.show(row)
    controls.buttons(row)
    controls.dials(row)
    with st.container():  # always there, so that what stands below keeps its place
        substeps.show(row)
        rates.show(row)
    heard = live_run(
        [row.id],
        key=f"live.{row.id}",
        names=[title(row)],
        states=[row.state],
        at=st.query_params.get(branching.AT, ""),
        branch=True,
    )
    branching.follow(row, heard)
    family.together(row)
    # A run alone begins at once, which draws the page anew: what stands below the curves, out of
    # sight, comes then, and the first point sooner.
    if not (started and not store().running() and store().waiting() == 1):
        _told(row)


def _told(row: RunRow) -> None:
    """What the run is: its settings, its code, its net."""
    try:
        config = parse(row.config)
    except ValueError:  # written by another version
        _settings(row, None)
        return
    _settings(row, config)
    code.of_run(row, config)
    anatomy.of_run(row, config)


def _settings(row: RunRow, config: RunConfig | None) -> None:
    # Its tables are drawn once it is opened: they would hold up the first curve of a new run.
    key = f"settings.{row.id}"
    box = st.expander(t("train.settings"), icon=":material/tune:", key=key, on_change="rerun")
    if not box.open:
        return
    with box:
        if config is None:
            st.json(row.config)
            return
        told = setup.summary(config)
        heads = [t("train.setting"), t("train.value")]
        third = -(-len(told) // 3)
        for index, column in enumerate(st.columns(3)):
            part = pd.DataFrame(told[index * third : (index + 1) * third], columns=heads)
            column.dataframe(part, hide_index=True, height="content", alt=t("train.settings"))


if run := st.query_params.get("run"):
    watch(run)
elif run := _at_once():
    watch(run, started=True)
else:
    prepare()
