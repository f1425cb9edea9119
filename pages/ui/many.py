"""Many pictures at once: a table of answers to keep, accuracy where folders name classes."""

import re
import shutil
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from core.archives import BadArchive
from core.batch import MOST, Brought, Report, in_archive, judge, table
from core.opinions import STRANGE
from core.pack import data_folder, sweep
from pages.ui.asking import Asked, decoders
from pages.ui.words import plain, t

KEPT = "predict.report"
TALL = 24  # classes up to which the whole matrix is shown
SHOWN = 8  # sentences about pictures that could not be read
ARCHIVES = ("zip", "tar", "gz", "tgz", "xz", "txz", "bz2", "tbz2")


def show(asked: Sequence[Asked]) -> None:
    """The way in, and below it what came out."""
    st.markdown(t("predict.many.what", most=f"{MOST:,}"))
    left, right = st.columns(2, gap="medium")
    archive = left.file_uploader(t("predict.many.archive"), type=ARCHIVES, key="predict.zip")
    files = right.file_uploader(
        t("predict.many.folder"),
        accept_multiple_files="directory",
        max_upload_size=20,
        key="predict.folder",
    )
    if archive is None and not files:
        st.session_state.pop(KEPT, None)
        return
    mark = _mark(archive, files, asked)
    kept = st.session_state.get(KEPT)
    if kept is None or kept[0] != mark:
        try:
            kept = (mark, _judged(archive, files, asked))
        except BadArchive as problem:
            st.error(plain(str(problem)), icon=":material/folder_off:")
            return
        st.session_state[KEPT] = kept
    _report(kept[1], [one.name for one in asked])


def _mark(archive: Any, files: Sequence[Any], asked: Sequence[Asked]) -> tuple[str, ...]:
    brought = [archive.file_id] if archive else [file.file_id for file in files]
    return (*brought, *(f"{one.net.source} {id(one.predictor)}" for one in asked))


def _judged(archive: Any, files: Sequence[Any], asked: Sequence[Asked]) -> Report:
    """Ask the nets, with a bar of how far it is."""
    bar = st.progress(0.0, text=t("predict.many.begin"))
    nets = [(one.predictor, one.study) for one in asked]

    far = {"done": 0, "total": max(len(files), 1)}

    def read(done: int, total: int) -> None:
        far.update(done=done, total=max(total, 1))

    def tick(done: int) -> None:
        share = (far["done"] if archive else done) / far["total"]
        bar.progress(min(1.0, share), text=t("predict.many.done", done=f"{done:,}"))

    try:
        if archive is None:
            brought = (Brought(f.name, _folder(f.name), f.getvalue()) for f in files)
            return judge(nets, brought, decoders().open, tick)
        path = _saved(archive)
        try:
            return judge(nets, in_archive(path, read), decoders().open, tick)
        finally:
            shutil.rmtree(path.parent, ignore_errors=True)
    finally:
        bar.empty()


def _folder(name: str) -> str:
    parts = re.split(r"[\\/]", name)
    return parts[-2] if len(parts) > 1 else ""


def _saved(upload: Any) -> Path:
    """The archive on disk, in a folder that is swept once it is old."""
    sweep()
    folder = data_folder() / f".upload-{uuid.uuid4().hex}.tmp"
    folder.mkdir()
    path = folder / (re.sub(r"[^\w.()-]", "_", upload.name)[-60:] or "pictures")
    with path.open("wb") as file:
        shutil.copyfileobj(upload, file)
    return path


def _report(report: Report, names: Sequence[str]) -> None:
    """Numbers, table, matrices, and what was left out."""
    if not report.rows:
        st.warning(t("predict.many.nothing"), icon=":material/image_not_supported:")
    else:
        _numbers(report, names)
        _table(report, names)
        if report.confusion is not None:
            _confusion(report, names)
    if report.left:
        st.caption(t("predict.many.left", left=f"{report.left:,}", most=f"{MOST:,}"))
    if report.refused:
        with st.expander(t("predict.many.refused", n=len(report.refused)), expanded=True):
            for sentence in report.refused[:SHOWN]:
                st.markdown(plain(sentence))
            if len(report.refused) > SHOWN:
                st.caption(t("predict.many.more", n=len(report.refused) - SHOWN))


def _numbers(report: Report, names: Sequence[str]) -> None:
    strange = sum((row.answers[0][2] or 0) >= STRANGE for row in report.rows)
    with st.container(horizontal=True):
        st.metric(t("predict.many.pictures"), f"{len(report.rows):,}")
        for i, name in enumerate(names):
            if report.confusion is not None:
                st.metric(t("predict.many.accuracy", name=plain(name)), f"{report.accuracy(i):.1%}")
        if strange:
            st.metric(t("predict.many.strange"), f"{strange:,}")


def _table(report: Report, names: Sequence[str]) -> None:
    columns: dict[str, list[Any]] = {t("predict.many.file"): [row.name for row in report.rows]}
    if any(row.truth for row in report.rows):
        columns[t("predict.many.class")] = [row.truth for row in report.rows]
    bars = {}
    for i, name in enumerate(names):
        columns[name] = [row.answers[i][0] for row in report.rows]
        head = t("predict.many.share", name=name)
        columns[head] = [row.answers[i][1] for row in report.rows]
        bars[head] = st.column_config.ProgressColumn(
            head, min_value=0.0, max_value=1.0, format="percent"
        )
    st.dataframe(pd.DataFrame(columns), hide_index=True, height=360, column_config=bars)
    st.download_button(
        t("predict.many.download"),
        lambda: table(report, names),
        file_name="predictions.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
    )


def _confusion(report: Report, names: Sequence[str]) -> None:
    """Which class was taken for which, of one net."""
    counts = report.confusion or ()
    at = names.index(
        st.segmented_control(
            t("predict.many.confusion"),
            list(names),
            default=names[0],
            required=True,
            key=f"predict.confusion.{' '.join(names)}",
        )
    )
    said = pd.Index(report.classes, name=t("predict.many.said"))
    true = pd.Index(report.classes, name=t("predict.many.class"))
    frame = pd.DataFrame(counts[at], index=true, columns=said)
    most = max(int(counts[at].max()), 1)
    shaded = frame.style.map(lambda n: f"background-color: rgba(101, 104, 214, {0.8 * n / most})")
    height = "content" if len(frame) <= TALL else 560
    st.dataframe(shaded.format(lambda n: f"{n:,}" if n else ""), height=height)
    st.caption(t("predict.many.confusion_help"))
