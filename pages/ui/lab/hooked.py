"""Hooks on a real net: who is called, when and with what."""

import numpy as np
import streamlit as st

from core.data import sample
from core.inference import Predictor, open_predictor
from core.labs.hooks import KINDS, NET, STAGES, USUAL, Call, Fired, code, fired
from pages.ui.lab import frame, link
from pages.ui.lab.cells import Block, cells
from pages.ui.words import t

FORMULA = (
    r"x \xrightarrow{\text{pre}} f \xrightarrow{\text{forward}} y = f(x), \qquad"
    r"\frac{\partial L}{\partial y} \xrightarrow{\text{backward}} "
    r"\frac{\partial L}{\partial x} = J_f^\top \frac{\partial L}{\partial y}"
)
GUIDE = "PyTorch documentation, torch.nn.Module, register_…_hook"
GUIDE_AT = "https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html"


def hooks() -> None:
    """Choose kinds of hooks; a digit goes forwards, its loss backwards, the weights out and in."""
    kinds = link.several(
        t("lab.modules.hooks"),
        KINDS,
        "hooks",
        said=_kind,
        usual=USUAL,
        help=t("lab.modules.hooks_help"),
    )
    which = st.slider(t("lab.modules.digit"), 0, 9, 7, key="digit", bind="query-params", width=240)
    found = _fired(which, tuple(kinds))
    called = [stage for stage in STAGES if any(call.stage == stage for call in found.calls)]
    for stage, column in zip(called, st.columns(max(1, len(called)), gap="medium"), strict=False):
        numbered = enumerate(found.calls, start=1)
        rows = [_row(at, call) for at, call in numbered if call.stage == stage]
        with column:
            cells(f"lab.{stage}", [Block(f"{stage}()", rows, style="plain")], size=25)
    if not called:
        st.info(t("lab.modules.nobody"))
    st.markdown(t("lab.modules.left", calls=len(found.calls), left=found.left, said=found.said))
    frame.ground(FORMULA, code(kinds), GUIDE, GUIDE_AT)
    frame.insight(t("lab.modules.insight.hooks"))


def _row(at: int, call: Call) -> list[str]:
    return [str(at), _kind(call.kind), call.where, call.shown]


def _kind(name: str) -> str:
    return t(f"lab.modules.hook.{name}")


@st.cache_resource(show_spinner=False)
def _net() -> Predictor:
    return open_predictor(NET)


@st.cache_data(max_entries=1, show_spinner=False)
def _digits() -> np.ndarray:
    return sample("mnist-5k", 1)[:, 0].transpose(0, 3, 1, 2).copy()


@st.cache_data(max_entries=64, show_spinner=False)
def _fired(which: int, kinds: tuple[str, ...]) -> Fired:
    return fired(_net(), _digits()[which], which, kinds)
