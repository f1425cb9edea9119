"""Branch mode: the form as it makes a run that goes on from another run's checkpoint."""

import streamlit as st

from core.branch import FIXED, Origin, branch, origin, plan
from core.catalog import MODELS
from core.config import RunConfig
from core.data import installed
from core.store import RunRow
from pages.ui import controls, setup
from pages.ui.forms import form
from pages.ui.knobs import lines
from pages.ui.live import Heard
from pages.ui.session import store, title, visitor
from pages.ui.words import plain, t

FROM, AT = "branch", "at"  # in the URL: the parent, and the checkpoint's tag
FREE = ("dropout", "freeze", "rate")  # of a net's settings: those that a branch may change
ENTERED = f"{setup.KEY}.branch"  # the checkpoint whose settings the form was filled with


def follow(row: RunRow, heard: Heard) -> None:
    """Do what a run's slider and its button ask for."""
    if heard.at is not None and heard.at != st.query_params.get(AT, ""):
        if heard.at:
            st.query_params[AT] = heard.at
        else:
            del st.query_params[AT]
    if heard.branch:
        controls.leave()
        st.query_params[FROM], st.query_params[AT] = row.id, heard.branch
        st.session_state.pop(ENTERED, None)
        st.rerun()


def wished() -> Origin | None:
    """The checkpoint that the URL asks to branch off from; what cannot be is said."""
    run_id = st.query_params.get(FROM)
    if not run_id:
        return None
    try:
        source = origin(store(), run_id, st.query_params.get(AT, ""))
    except (LookupError, ValueError) as problem:
        st.toast(str(problem.args[0]), icon=":material/error:")
        leave()
        return None
    name = source.config.data.name
    if name not in (info.name for info in installed()):
        st.toast(t("branch.no_set", name=plain(name)), icon=":material/error:")
        leave()
        return None
    return source


def begin(source: Origin) -> None:
    """Fill the form with the parent's settings, once."""
    here = f"{source.run} {source.tag}"
    if st.session_state.get(ENTERED) != here:
        st.session_state[ENTERED] = here
        setup.adopt(source.config)


def leave() -> None:
    """The ordinary form again, as it is filled in now."""
    st.session_state.pop(ENTERED, None)
    for name in (FROM, AT):
        st.query_params.pop(name, None)


def banner(source: Origin) -> None:
    """Whose weights the new run begins with, and the ways out."""
    parent = store().get(source.run)
    with st.container(border=True, key="branch"):
        said = {"name": plain(title(parent)), "step": f"{source.step:,}", "epoch": source.epoch}
        st.markdown(t("branch.from", **said))
        st.caption(t("branch.fixed"))
        with st.container(horizontal=True):
            if st.button(t("branch.to_parent"), icon=":material/arrow_back:"):
                leave()
                controls.show(source.run)
                st.query_params[AT] = source.tag
                st.rerun()
            if st.button(t("branch.leave"), icon=":material/close:", help=t("branch.leave_help")):
                leave()
                st.rerun()


def kept(source: Origin) -> setup.Net:
    """Pictures and net as the parent's weights need them; only what has no weights is open."""
    config = source.config
    info = next(info for info in installed() if info.name == config.data.name)
    name = config.model.name
    told = " · ".join(f"{label} {value}" for label, value in lines(config.model))
    st.markdown(f"**{plain(info.label)} · {plain(MODELS[name].label)}**", help=plain(told))
    slot = f"{setup.KEY}.model.{name}"
    model = config.model.model_dump() | form(MODELS[name].config, slot, fields=FREE)
    pictures = {part: getattr(config.data, part) for part in FIXED}
    return info, {"data": pictures, "model": model, "fault": config.fault}


def outlook(source: Origin, config: RunConfig) -> None:
    """How the branch will begin, in words.

    Raises:
        ValueError: it cannot.
    """
    way = plan(source, config)
    if way.same:
        st.info(t("branch.same"), icon=":material/content_copy:")
        return
    begins = "branch.anew" if way.anew else "branch.goes_on"
    memory = "branch.memory" if way.memory else "branch.no_memory"
    begins = t(begins, step=f"{way.step:,}", epoch=way.epoch + 1)
    st.info(f"{begins} {t(memory)}", icon=":material/call_split:")


def start(source: Origin, config: RunConfig) -> str | None:
    """Queue the branch and give back its id; None, and the reason said, when that cannot be."""
    try:
        run_id = branch(store(), source, config, owner=visitor())
    except (LookupError, ValueError) as problem:
        st.toast(str(problem), icon=":material/error:")
        return None
    leave()
    return run_id
