"""Autograd: a formula of one's own as a graph, values forward and gradients back on every edge."""

import streamlit as st

from core.labs.autograd import (
    ANSWERS,
    EXAMPLES,
    LEAST,
    MOST,
    Trace,
    asked,
    code,
    moments,
    run,
    usual,
)
from core.labs.expression import LONGEST, Refused, parse
from core.labs.formula import Expression
from pages.ui.lab import frame
from pages.ui.lab.graph import graph
from pages.ui.lab.telling import happening, reaction
from pages.ui.moved import moved
from pages.ui.words import plain, t

CHAIN = (
    r"\frac{\partial f}{\partial a} = \sum_{v :\, a \to v}"
    r"\frac{\partial f}{\partial v} \cdot \frac{\partial v}{\partial a}"
)
PAPER = "Rumelhart, Hinton, Williams 1986, Learning representations by back-propagating errors"
ADDRESS = "https://doi.org/10.1038/323533a0"
EXAMPLE = "lab.autograd.example"
WIDE = 168  # pixels of a value's slider


def show() -> None:
    formula = _formula()
    if formula is not None:
        point = _point(formula)
        trace = run(formula, point)
        _drawing(formula, trace)
        frame.ground(
            rf"\begin{{gathered}} f = {formula.latex()} \\[6pt] {CHAIN} \end{{gathered}}",
            code(formula, point),
            PAPER,
            ADDRESS,
        )
        st.caption(t("lab.autograd.torch", worst=f"{trace.worst:.1g}"))
        frame.insight(reaction(formula, point, trace))


def _formula() -> Expression | None:
    """What is written, or one of the examples; None where it cannot be taken, which is said."""
    st.pills(
        t("lab.autograd.examples"),
        list(EXAMPLES),
        format_func=lambda name: t(f"lab.autograd.example.{name}"),
        key=EXAMPLE,
        on_change=moved(EXAMPLE, _take_example),
    )
    written = st.text_input(
        t("lab.autograd.formula"),
        EXAMPLES["classic"],
        max_chars=LONGEST,
        key="f",
        help=t("lab.autograd.formula_help"),
        bind="query-params",
    )
    try:
        return parse(written or "")
    except Refused as problem:
        said = t(f"lab.autograd.refused.{problem.reason}", found=plain(problem.found))
        st.warning(said, icon=":material/function:")
        return None


def _take_example() -> None:
    chosen = st.session_state[EXAMPLE]
    if chosen:
        st.session_state["f"] = EXAMPLES[chosen]


def _point(formula: Expression) -> dict[str, float]:
    """The values of the names."""
    with st.container(horizontal=True, gap="medium"):
        return {
            name: st.slider(
                name, LEAST, MOST, value, 0.1, key=f"v_{name}", bind="query-params", width=WIDE
            )
            for name, value in usual(formula.names).items()
        }


def _drawing(formula: Expression, trace: Trace) -> None:
    """The graph at a moment, the way through the moments, and what happens at this one."""
    last = moments(formula)
    if st.session_state.get("step", 0) > last:
        st.session_state["step"] = last
    room = st.container()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        _button("back", ":material/arrow_back:", -1, last)
        moment = st.slider(
            t("lab.autograd.step"), 0, last, last, key="step", bind="query-params", width="stretch"
        )
        _button("on", ":material/arrow_forward:", 1, last)
    with room:
        graph("lab.graph", formula, trace, moment, alt=t("lab.autograd.alt"))
    st.markdown(happening(formula, trace, moment))


def _button(name: str, icon: str, steps: int, last: int) -> None:
    said = t(f"lab.autograd.{name}")
    st.button(said, icon=icon, key=f"lab.{name}", on_click=_go, args=(steps, last))


def _go(steps: int, last: int) -> None:
    st.session_state["step"] = min(last, max(0, st.session_state["step"] + steps))


frame.lab("autograd", show, len(ANSWERS), asked)
