"""The parts of the page, from the whole net down to the sum that makes one pixel."""

from functools import partial

import streamlit as st

from core import features
from core.steps import Step
from pages.ui.inside import elements, scene, tale
from pages.ui.inside.choice import link
from pages.ui.inside.scene import Scene, heard
from pages.ui.words import plain, t

SHOWN = 64  # maps shown before all are asked for
SCALES = ("map", "step", "net")
VIEWS = ("maps", "filters")
TOWER, SHEET, BENCH = "cnn.tower", "cnn.sheet", "cnn.bench"
VIEW, ALL, EVERY = "cnn.view", "cnn.all", "cnn.every"


def tower(now: Scene) -> None:
    """The whole net, and the choice of a step."""
    every = bool(st.session_state.get(EVERY))
    shown = list(now.steps) if every else scene.brief(now.steps, now.step)
    cards = []
    for step in shown:
        glance = now.glances[step.name]
        asleep = t("cnn.asleep", n=glance.asleep) if glance.asleep else ""
        cards.append(
            {
                "name": step.name,
                "title": tale.short(step),
                "shape": tale.shape(step.shape),
                "note": asleep,
                "maps": elements.maps(glance.shown),
            }
        )
    best = now.opinion.top(1)[0]
    data = {
        "steps": cards,
        "chosen": now.step.name,
        "picture": now.picture,
        "size": tale.shape(now.packed.shape),
        "answer": best[1],
        "sure": f"{best[2]:.1%}",
        "stamp": now.mark,
        "words": {"label": t("cnn.tower"), "picture": t("cnn.picture")},
    }
    elements.tower(TOWER, data, partial(heard, TOWER, "step"))
    st.caption(t("cnn.tower_how"))
    if len(now.steps) > scene.LONG:
        st.toggle(t("cnn.every"), key=EVERY)


def head(now: Scene) -> None:
    """What the chosen step is, in words and numbers."""
    step = now.step
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.subheader(f"{tale.title(step)} · {plain(step.name)}", anchor=False)
        st.markdown(tale.what(step))
        if step.role == "conv":
            st.caption(tale.numbers(step))
    with right:
        if formula := tale.FORMULAE.get(step.role):
            st.latex(formula)
    with st.expander(t("cnn.arithmetic"), icon=":material/calculate:"):
        for line in tale.arithmetic(step):
            st.latex(line)
        st.code(tale.code(step), language="python")
        st.caption(tale.papers(step))


def maps(now: Scene) -> None:
    """All maps of the step, or its filters; a click chooses one."""
    conv = now.step.role == "conv"
    with st.container(horizontal=True, vertical_alignment="bottom"):
        view = "maps"
        if conv:
            view = _view()
        whole = now.step.maps <= SHOWN or st.toggle(t("cnn.all", n=now.step.maps), key=ALL)
    count = now.step.maps if whole else max(SHOWN, now.index + 1)
    if view == "filters":
        kernels = scene.filters(now.net, now.stamp, now.step.name)
        told = elements.kernels(kernels[:count])
    else:
        told = elements.maps(features.thinned(now.made[:count]))
    key = f"{SHEET}.{view}"
    scale = str(st.query_params.get("scale", "step"))
    elements.sheet(
        key,
        told,
        labels=[str(at) for at in range(count)],
        notes=_notes(now, view, count),
        chosen=now.index,
        scale=scale if scale in SCALES else "step",
        net=now.reach() if view == "maps" else max(told["reach"]),
        stamp=f"{now.mark} {now.step.name} {view} {count}",
        heard=partial(heard, key, "chosen", "scale"),
    )
    st.caption(t(f"cnn.how_{view}"))


def _view() -> str:
    """What is shown of a convolution; the URL says it, too."""
    if VIEW not in st.session_state:
        told = str(st.query_params.get("view", ""))
        st.session_state[VIEW] = told if told in VIEWS else VIEWS[0]
    view = st.segmented_control(
        t("cnn.view"),
        VIEWS,
        format_func=lambda name: t(f"cnn.view_{name}"),
        required=True,
        key=VIEW,
        label_visibility="collapsed",
        persist_state="session",
    )
    link("view", "" if view == VIEWS[0] else str(view))
    return str(view)


def _notes(now: Scene, view: str, count: int) -> list[str]:
    if view == "filters":
        return [t("cnn.filter_note", n=at) for at in range(count)]
    spans = zip(now.made[:count].min((1, 2)), now.made[:count].max((1, 2)), strict=True)
    return [
        t("cnn.map_note", n=at, least=f"{low:.3g}", most=f"{high:.3g}")
        for at, (low, high) in enumerate(spans)
    ]


def bench(now: Scene) -> None:
    """The sum that makes one pixel of the chosen map."""
    step = now.step
    st.subheader(t("cnn.bench.title", n=now.index), anchor=False)
    if step.role not in tale.FORMULAE:
        st.caption(t("cnn.bench.none"))
        return
    try:
        told = scene.work(now.net, now.stamp, now.packed, step.name, now.index)
    except ValueError as problem:
        st.error(plain(str(problem)), icon=":material/error:")
        return
    st.markdown(t(f"cnn.bench.what_{step.role}"))
    elements.bench(
        BENCH,
        told,
        picture=now.picture,
        size=now.net.size,
        reach=step.reach,
        place=now.place,
        first=step.name == now.steps[0].name,
        stamp=f"{now.mark} {step.name} {now.index}",
        heard=partial(heard, BENCH, "place"),
    )


def table(now: Scene, found: list[Step]) -> None:
    """Every step with its shape, window, receptive field and weights, once it is asked for."""
    box = st.expander(
        t("cnn.table.title"), icon=":material/table_rows:", key="cnn.table", on_change="rerun"
    )
    if not box.open:
        return
    with box:
        st.dataframe(tale.table(found), hide_index=True, alt=t("cnn.table.title"))
        st.latex(tale.FIELD)
        st.caption(t("cnn.table.how"))
