"""Data: what the networks learn from, to look at, to download, to bring along and to delete."""

import re
import shutil
import uuid
from pathlib import Path
from typing import Any

import streamlit as st

from core.access import mode
from core.data import SetInfo, ensure, installed
from core.imports import start_import
from core.pack import data_folder, plain_name, sweep
from core.progress import clear, tasks
from pages.ui import sets
from pages.ui.words import plain, t

TYPES = ["zip", "tar", "gz", "tgz", "xz", "txz", "bz2", "tbz2"]
REFRESH = 0.7  # seconds between two looks at tasks that go on
FIRST = "mnist-5k"
EXAMPLE = """\
train/
   cats/   0001.jpg  0002.jpg  …
   dogs/   0001.jpg  0002.jpg  …
test/
   cats/   …
   dogs/   …"""


def _cards() -> None:
    """All sets; a task that has ended since the last look brings the whole page up to date."""
    notes = tasks()
    running = {name for name, note in notes.items() if note.state == "running"}
    before = st.session_state.get("data.running", set())
    st.session_state["data.running"] = running
    for name in before - running:
        if (note := notes.get(name)) and note.state == "done":
            st.toast(t("data.download.done", name=plain(name)), icon=":material/check:")
            st.query_params[sets.CHOICE] = name
    if before - running:
        st.rerun()
    known = installed()
    with st.grid(3, min_column_width=260, gap="medium"):
        for info in known:
            sets.card(info, notes.get(info.name), info.name == _chosen(known).name)


def _imports() -> None:
    """Imports that run, and those that failed until someone has read why."""
    for name, note in tasks().items():
        if note.task != "import" or note.state == "done":
            continue
        if note.state == "running":
            st.progress(note.share, text=t("data.import.running", name=plain(name)))
            continue
        with st.container(horizontal=True, vertical_alignment="center"):
            why = t("data.failed.stopped") if note.reason == "stopped" else plain(note.message)
            st.error(f"{t('data.import.failed', name=plain(name))} {why}", icon=":material/error:")
            if st.button(t("data.import.dismiss"), key=f"dismiss.{name}"):
                clear(name)
                st.rerun()


def _chosen(known: list[SetInfo]) -> SetInfo:
    """The set that the URL names, else the first."""
    ready = {info.name: info for info in known if info.state == "ready"}
    return ready.get(str(st.query_params.get(sets.CHOICE)), ready[FIRST])


def _save(upload: Any) -> Path:
    """The uploaded archive on disk, in a folder that is swept once it is old."""
    sweep()
    folder = data_folder() / f".upload-{uuid.uuid4().hex}.tmp"
    folder.mkdir()
    path = folder / re.sub(r"[^\w.()-]", "_", upload.name)[-60:]
    with path.open("wb") as file:
        shutil.copyfileobj(upload, file)
    return path


def _begin(name: str, upload: Any, path: str) -> str:
    """Start the import; the sentence that is in the way, or nothing."""
    if not name.strip():
        return t("data.import.no_name")
    if bool(upload) == bool(path):
        return t("data.import.two_sources" if path else "data.import.no_source")
    try:
        name = plain_name(name)
        note = tasks().get(name)
        if note and note.state == "running":
            return t("data.import.busy", name=plain(name))
        if any(info.name == name and info.state == "ready" for info in installed()):
            return t("data.import.exists", name=plain(name))
        start_import(name, Path(path).expanduser() if path else _save(upload))
    except (OSError, ValueError) as problem:
        return plain(str(problem))
    return ""


def _bring(busy: bool) -> None:
    """How the pictures must lie, and the form."""
    st.subheader(t("data.import.title"), anchor=False)
    st.fragment(_imports, run_every=REFRESH if busy else None)()
    left, right = st.columns([1, 1], gap="large")
    with left:
        st.markdown(t("data.import.what"))
        st.code(EXAMPLE, language=None)
        st.caption(t("data.import.parts"))
    turn = st.session_state.setdefault("import.turn", 0)  # a new one is an empty form
    with right, st.form(f"import.{turn}", enter_to_submit=False):
        name = st.text_input(
            t("data.import.name"),
            key=f"import.name.{turn}",
            max_chars=40,
            placeholder=t("data.import.name_example"),
            help=t("data.import.name_help"),
        )
        limit = st.get_option("server.maxUploadSize")
        label = t("data.import.file", limit=limit)
        upload = st.file_uploader(label, type=TYPES, key=f"import.file.{turn}")
        path = ""
        if mode() == "laptop":  # a shared server reads no paths that a visitor names
            path = st.text_input(
                t("data.import.path"),
                key=f"import.path.{turn}",
                placeholder=t("data.import.path_example"),
                help=t("data.import.path_help"),
            )
        if not st.form_submit_button(t("data.import.start"), type="primary"):
            return
    if sentence := _begin(name or "", upload, (path or "").strip()):
        right.error(sentence)
    else:
        st.session_state["import.turn"] = turn + 1
        st.rerun()


st.title(t("data.title"))
st.markdown(t("data.what"))
for built in (FIRST, "shapes"):
    ensure(built)
busy = any(note.state == "running" for note in tasks().values())
st.fragment(_cards, run_every=REFRESH if busy else None)()
st.space("small")
everything = installed()
info = _chosen(everything)
sets.detail(info, tasks().get(info.name))
st.space("small")
_bring(busy)
