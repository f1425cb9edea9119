"""Contest: the forms of a duel and of a grid: what all runs share, and in what they differ."""

from collections.abc import Iterable, Sequence
from typing import Any

import streamlit as st

from core.catalog import MODELS, OPTIMIZERS, SCHEDULES
from core.config import DataConfig, RunConfig
from core.data import SetInfo, installed
from core.duel import EQUAL, MOST_CONTESTANTS, fair, grid, spaced
from core.presets import presets
from pages.ui import bases, rivals, setup
from pages.ui.forms import form
from pages.ui.knobs import grid as positions
from pages.ui.knobs import knobs, readable
from pages.ui.moved import moved
from pages.ui.words import find, plain, t

KEY = "duel"
BASE = f"{KEY}.base"
BUDGET = ("epochs", "batch", "seed")
LOWEST, HIGHEST = 1e-6, 10.0  # of every optimiser's rate
MOST_RATES = 8


def pictures() -> SetInfo:
    """The menu of sets that are on this machine."""
    sets = {info.name: info for info in installed() if info.state == "ready"}
    slot = f"{KEY}.set"
    if st.session_state.get(slot) not in sets:
        st.session_state[slot] = setup.FIRST_SET
    chosen = st.selectbox(
        t("knob.data.name.label"),
        list(sets),
        format_func=lambda name: sets[name].label,
        key=slot,
        persist_state="session",
        on_change=moved(slot, _refill),
    )
    return sets[chosen]


def _refill() -> None:
    """Another set or preset: the form begins again from there, with one net beside others."""
    data = st.session_state[f"{KEY}.set"]
    found = {preset.name: preset.config for preset in presets(data)}
    chosen = found.get(st.session_state.get(f"{KEY}.preset"), next(iter(found.values())))
    nets = [chosen.model.name, *(name for name in MODELS if name != chosen.model.name)]
    setup.adopt(chosen, BASE)
    for place in range(MOST_CONTESTANTS):
        setup.adopt(chosen, f"{KEY}.{place}")
        st.session_state[f"{KEY}.{place}.model"] = nets[place]


def adopt(configs: Sequence[RunConfig]) -> None:
    """Put contestants into the form; only while it is not yet drawn."""
    st.session_state[f"{KEY}.set"] = configs[0].data.name
    st.session_state[f"{KEY}.count"] = min(len(configs), MOST_CONTESTANTS)
    setup.adopt(configs[0], BASE)
    for place in range(MOST_CONTESTANTS):
        setup.adopt(configs[min(place, len(configs) - 1)], f"{KEY}.{place}")


def base(info: SetInfo) -> RunConfig | None:
    """Draw what all runs share, and give it back."""
    if f"{BASE}.model" not in st.session_state:
        _refill()
    now = setup.now(BASE)
    slot = f"{KEY}.preset"
    st.session_state[slot] = next((p.name for p in presets(info.name) if p.config == now), None)
    names = {p.name: find(f"train.preset_{p.name}") or p.name for p in presets(info.name)}
    st.pills(
        t("train.preset"),
        list(names),
        format_func=names.__getitem__,
        key=slot,
        help=t("train.preset_help"),
        on_change=moved(slot, _refill),
    )
    form(RunConfig, BASE, fields=BUDGET, columns=3)
    return setup.now(BASE)


def contestants(info: SetInfo, shared: RunConfig) -> list[RunConfig] | None:
    """Draw a card per contestant; None while one of them cannot start, and why is said."""
    slot = f"{KEY}.count"
    st.session_state.setdefault(slot, 2)
    count = st.segmented_control(
        t("duel.count"),
        list(range(2, MOST_CONTESTANTS + 1)),
        key=slot,
        required=True,
        persist_state="session",
    )
    made = [_equalled(setup.now(f"{KEY}.{place}"), shared) for place in range(count)]
    known = [config for config in made if config is not None]
    names = rivals.labels(known) if len(known) == count else []
    sound = True
    beside = [*st.columns(2), *st.columns(2)] if count == 4 else st.columns(count)
    for place, column in enumerate(beside):
        with column.container(border=True, height="stretch"):
            name = names[place] if names else t("duel.contestant", number=place + 1)
            st.markdown(f"**{plain(name)}**")
            _card(f"{KEY}.{place}")
            sound &= _affordable(made[place], info)
    if len(known) < count or not sound:
        return None
    try:
        fair(known)
    except ValueError as problem:
        st.warning(str(problem), icon=":material/balance:")
        return None
    return known


def _equalled(config: RunConfig | None, shared: RunConfig) -> RunConfig | None:
    """A contestant with the pictures and the budget that all share."""
    if config is None:
        return None
    ours = {path.partition(".")[2] for path in EQUAL if path.startswith("data.")}
    same = {name: getattr(shared.data, name) for name in ours}
    budget = {name: getattr(shared, name) for name in BUDGET}
    data = config.data.model_copy(update=same)
    return config.model_copy(update={"data": data, **budget})


def _choice(key: str, part: str, table: Iterable[str]) -> str:
    """A menu of architectures or optimisers, without its theory."""
    options = {name: rivals.part_label(part, name) for name in table}
    slot = f"{key}.{part}"
    return str(
        st.selectbox(
            t(f"train.{part}"),
            list(options),
            format_func=options.__getitem__,
            key=slot,
            persist_state="session",
        )
    )


def _card(key: str) -> None:
    """One contestant: its net, its optimiser, its rate, and a drawer with everything else."""
    model = _choice(key, "model", MODELS)
    optimizer = _choice(key, "optimizer", OPTIMIZERS)
    form(OPTIMIZERS[optimizer].config, f"{key}.optimizer.{optimizer}", fields=["lr"])
    more = st.expander(t("duel.more"), icon=":material/tune:", key=f"{key}.more", on_change="rerun")
    if not more.open:
        return
    with more:
        st.markdown(f"**{t('train.model')}**")
        form(MODELS[model].config, f"{key}.model.{model}")
        st.markdown(f"**{t('train.optimizer')}**")
        config = OPTIMIZERS[optimizer].config
        rest = [knob.name for knob in knobs(config) if knob.name != "lr"]
        form(config, f"{key}.optimizer.{optimizer}", fields=rest)
        schedule = _choice(key, "schedule", [name for name in SCHEDULES if name != "range"])
        form(SCHEDULES[schedule].config, f"{key}.schedule.{schedule}")
        for config, heading, slot in (
            (DataConfig, "train.pictures", f"{key}.data"),
            (RunConfig, "train.run", key),
        ):
            st.markdown(f"**{t(heading)}**")
            form(config, slot, fields=_free(config))


def _free(config: type[Any]) -> list[str]:
    """Knobs in which contestants may differ."""
    equal = {path.rpartition(".")[2] for path in EQUAL}
    return [knob.name for knob in knobs(config) if knob.name not in equal]


def _affordable(config: RunConfig | None, info: SetInfo) -> bool:
    """Say what a contestant will cost; False when it cannot run."""
    if config is None:
        st.error(t("train.mend"), icon=":material/edit:")
        return False
    try:
        cost = setup.cost(config, info)
    except ValueError as problem:
        st.error(str(problem), icon=":material/error:")
        return False
    seconds = cost.seconds_per_epoch * config.epochs
    st.caption(t("duel.cost", count=f"{cost.parameters:,}", seconds=f"{max(seconds, 0.1):.2g}"))
    return bases.at_hand(config)


def field(info: SetInfo, shared: RunConfig) -> list[RunConfig] | None:
    """Draw the form of a grid; None while it cannot start, and why is said."""
    with st.columns(2)[0]:
        _choice(BASE, "model", MODELS)
    shared = setup.now(BASE) or shared
    usual = ["sgd", "momentum", "adam"]
    options = {name: rivals.part_label("optimizer", name) for name in OPTIMIZERS}
    st.session_state.setdefault(f"{KEY}.kinds", usual)
    kinds = st.pills(
        t("train.optimizer"),
        list(options),
        selection_mode="multi",
        format_func=options.__getitem__,
        key=f"{KEY}.kinds",
        persist_state="session",
    )
    try:
        rates = _rates()
        made = grid(shared, list(kinds), rates)
        cost = setup.cost(made[0], info).seconds_per_epoch * shared.epochs
    except ValueError as problem:
        st.warning(str(problem), icon=":material/grid_off:")
        return None
    told = ", ".join(readable(rate) for rate in rates)
    seconds = f"{max(cost * len(made), 0.1):.2g}"
    st.caption(t("duel.grid_cost", count=len(made), rates=told, seconds=seconds))
    return made if bases.at_hand(made[0]) else None


def _rates() -> list[float]:
    """Draw from where to where the rates go, and how many they are."""
    left, right = st.columns([2, 1])
    with left:
        low, high = st.select_slider(
            t("duel.rates"),
            positions(LOWEST, HIGHEST, whole=False),
            value=(1e-3, 1.0),
            format_func=readable,
            key=f"{KEY}.span",
            persist_state="session",
        )
    st.session_state.setdefault(f"{KEY}.number", 4)
    with right:
        number = st.slider(
            t("duel.rate_count"), 2, MOST_RATES, key=f"{KEY}.number", persist_state="session"
        )
    return spaced(low, high, number)
