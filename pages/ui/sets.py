"""One set of pictures on the screen: its card, its download, and everything known about it."""

import streamlit as st

from core.access import mode
from core.data import SetInfo, remove
from core.download import SIZES, start_download
from core.presets import presets
from core.progress import Progress, clear
from core.sheets import mosaics, strip
from pages.ui import setup
from pages.ui.session import door
from pages.ui.sizes import human
from pages.ui.words import find, plain, t

CHOICE = "set"  # the chosen set's name in the URL
SHOWN = 20  # classes that are shown with pictures
BARS = ["#6D70DC", "#E08B3E"]  # train and test; both read well on light and on dark
COLOURS = {"bundled": "green", "generated": "green", "download": "blue", "own": "violet"}


@st.cache_data(max_entries=64, show_spinner=False)
def _strip(name: str, size: int) -> bytes:
    """`size`, in bytes, is only the key: it changes when a set is made or replaced."""
    return strip(name)


@st.cache_data(max_entries=64, show_spinner=False)
def _mosaics(name: str, size: int, seed: int) -> list[bytes]:
    return mosaics(name, most=SHOWN, seed=seed)


def card(info: SetInfo, task: Progress | None, chosen: bool) -> None:
    """A set among the others: how it looks, what it is, and the way in."""
    with st.container(border=True, height="stretch", key=f"card.{info.name}"):
        if info.state == "ready":
            try:
                picture = _strip(info.name, info.bytes)
                st.image(picture, width="stretch", alt=t("data.alt_strip", name=info.label))
            except ValueError:
                st.warning(t("data.damaged"), icon=":material/broken_image:")
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{plain(info.label)}**", width="content")
            kind = info.kind if info.state == "ready" else "absent"
            st.badge(t(f"data.kind.{kind}"), color=COLOURS.get(kind, "gray"))
        st.caption(find(f"dataset.{info.name}.note") or t("data.own"))
        shape = "data.form_colour" if info.channels == 3 else "data.form_grey"
        form = t(shape, classes=len(info.classes), size=info.size)
        counts = t("data.counts", train=f"{sum(info.train):,}", test=f"{sum(info.test):,}")
        st.caption(f"{form}  \n{counts}")
        st.space("stretch")
        if info.state == "absent":
            _download(info, task)
        elif st.button(
            t("data.look"),
            key=f"look.{info.name}",
            icon=":material/visibility:",
            type="primary" if chosen else "secondary",
            width="stretch",
        ):
            st.query_params[CHOICE] = info.name
            st.rerun()


def _download(info: SetInfo, task: Progress | None) -> None:
    """The button, or how far it is, or why it ended."""
    if task and task.task == "download" and task.state == "running":
        done = {"done": human(task.done), "total": human(task.total)}
        words = "data.download.packing" if task.share == 1 else "data.download.running"
        text = t(words, **done) if task.total else t("data.download.starting")
        st.progress(task.share, text=text)
        st.caption(t("data.download.help"))
        return
    if task and task.state == "running":
        st.progress(task.share, text=t("data.import.running", name=plain(info.name)))
        return
    failed = task is not None and task.task == "download" and task.state == "failed"
    if task and failed:
        sentence = find(f"data.failed.{task.reason}")
        st.warning(
            sentence.format(name=info.name) if sentence else plain(task.message),
            icon=":material/cloud_off:" if task.reason == "offline" else ":material/warning:",
        )
    label = t("data.download.start", size=human(sum(SIZES[info.name])))
    if failed and task and task.done:
        label = t("data.download.again")
    if st.button(label, key=f"get.{info.name}", icon=":material/download:", width="stretch"):
        start_download(info.name)
        st.rerun()


def detail(info: SetInfo, task: Progress | None) -> None:
    """All about the chosen set."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(plain(info.label), anchor=False, width="stretch")
        if st.button(t("data.train"), type="primary", icon=":material/play_circle:"):
            setup.adopt(presets(info.name)[-1].config)
            st.switch_page(door("train"), query_params={"data": info.name})
        if mode() == "laptop":
            _delete(info)
    if task and task.task == "import" and task.state == "done":
        _report(task)
    _facts(info)
    file = info.source.removeprefix("imported from ")
    where = "data.detail.source" if file == info.source else "data.detail.imported"
    st.caption(t(where, source=plain(file)))
    _classes(info)
    st.markdown(f"**{t('data.detail.per_class')}**")
    series = {t("data.detail.train"): info.train, t("data.detail.test"): info.test}
    st.bar_chart(
        {"class": info.classes} | series,
        x="class",
        y=list(series),
        x_label="",
        y_label="",
        sort=False,
        color=BARS,
        height=260,
        alt=t("data.detail.per_class"),
    )


def _facts(info: SetInfo) -> None:
    """The numbers."""
    facts = {
        "train": f"{sum(info.train):,}",
        "test": f"{sum(info.test):,}",
        "colour" if info.channels == 3 else "grey": f"{info.size}×{info.size}",
        "disk": human(info.bytes),
    }
    with st.grid(len(facts), min_column_width=140):
        for key, value in facts.items():
            st.metric(t(f"data.detail.{key}"), value)
    mean, std = (" · ".join(f"{v:.3f}" for v in values) for values in (info.mean, info.std))
    st.caption(t("data.detail.moments", mean=mean, std=std), help=t("data.detail.moments_help"))


def _classes(info: SetInfo) -> None:
    """A square of pictures for each class."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{t('data.detail.classes')}**", width="stretch")
        slot = f"shuffled.{info.name}"
        if st.button(t("data.detail.shuffle"), icon=":material/shuffle:", type="tertiary"):
            st.session_state[slot] = st.session_state.get(slot, 0) + 1
    try:
        squares = _mosaics(info.name, info.bytes, st.session_state.get(slot, 0))
    except ValueError:
        st.warning(t("data.damaged"), icon=":material/broken_image:")
        return
    with st.grid(5, min_column_width=120, gap="medium"):
        for name, square in zip(info.classes, squares, strict=False):
            st.image(
                square,
                caption=plain(name),
                width="stretch",
                alt=t("data.alt_class", name=name),
            )
    if len(info.classes) > SHOWN:
        st.caption(t("data.detail.more", shown=SHOWN, all=len(info.classes)))


def _delete(info: SetInfo) -> None:
    """A question before it is gone."""
    with st.popover(t("data.delete.open"), icon=":material/delete:"):
        name, size = plain(info.label), human(info.bytes)
        after = "bundled" if info.kind == "generated" else info.kind
        st.markdown(f"{t('data.delete.sure', name=name, size=size)} {t(f'data.delete.{after}')}")
        if st.button(t("data.delete.yes"), type="primary", key="delete.yes"):
            try:
                remove(info.name)
                clear(info.name)
            except ValueError as problem:
                st.error(str(problem))
                return
            st.query_params.pop(CHOICE, None)
            st.toast(t("data.delete.done", name=name), icon=":material/delete:")
            st.rerun()


def _report(task: Progress) -> None:
    """What the import took in and what it left out."""
    report = task.report
    with st.expander(t("data.import.report"), icon=":material/fact_check:", expanded=True):
        numbers = {key: f"{report[key]:,}" for key in ("train", "test")}
        st.markdown(t("data.import.took", seconds=f"{report['seconds']:.1f}", **numbers))
        if report["skipped"]:
            items = [
                t("data.import.skipped_one", count=count, what=_reason(why))
                for why, count in report["skipped"].items()
            ]
            st.markdown(t("data.import.skipped", list=", ".join(items)))
        for warning in report["warnings"]:
            st.warning(plain(warning), icon=":material/info:")


def _reason(why: str) -> str:
    return find(f"data.skipped.{why.replace(' ', '_')}") or why
