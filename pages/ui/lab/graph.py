"""The drawing of a formula as a graph: values on their way forward, gradients on their way back."""

import math

import streamlit as st

from core.labs.autograd import Trace, backwards
from core.labs.formula import Expression
from core.labs.layered import layered
from pages.ui.browser import script, text
from pages.ui.lab.curves import FOLDER

RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")

_graph = st.components.v2.component(
    "lab_graph",
    js=script(FOLDER / "graph.js"),
    css=text(FOLDER / "graph.css"),
)


def number(value: float) -> str:
    """A number with four digits, as it is read."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "∞" if value > 0 else "−∞"
    mantissa, _, power = f"{value:.4g}".partition("e")
    raised = f"·10{str(int(power)).translate(RAISED)}" if power else ""
    return mantissa.replace("-", "−") + raised if value else "0"


def graph(key: str, formula: Expression, trace: Trace, moment: int, *, alt: str) -> None:
    """Draw a formula.

    Args:
        key: the element's lasting name on the page.
        formula: what is drawn.
        trace: its numbers.
        moment: how many steps of both passes are done; what comes later has no number yet.
        alt: what it is, for those who do not see it.
    """
    places = layered(formula)
    order = backwards(formula)
    forward = set(formula.steps[:moment])
    back = set(order[: max(0, moment - len(formula.steps) - 1)])
    now = _now(formula, moment)
    brought = _brought(formula, trace, back, moment > len(formula.steps))
    nodes = [
        {
            "place": places[at],
            "label": node.label,
            "kind": "step" if not node.leaf else node.kind,
            "value": number(trace.values[at]) if node.leaf or at in forward else "",
            "slope": _told(brought.get(at)),
            "now": at == now,
        }
        for at, node in enumerate(formula.nodes)
    ]
    edges = [
        {
            "from": below,
            "to": at,
            "rank": rank,
            "value": nodes[below]["value"],
            "slope": _told(trace.flows.get((at, rank)) if at in back else None),
            "now": at == now,
        }
        for at in formula.steps
        for rank, below in enumerate(formula.nodes[at].inputs)
    ]
    _graph(key=key, data={"nodes": nodes, "edges": edges, "alt": alt, "name": "f"})


def _brought(formula: Expression, trace: Trace, back: set[int], seeded: bool) -> dict[int, float]:
    """The gradient of each node as far as it has come: the sum of what its edges bring."""
    found = {len(formula.nodes) - 1: 1.0} if seeded else {}
    for (at, rank), flow in trace.flows.items():
        if at in back:
            below = formula.nodes[at].inputs[rank]
            found[below] = found.get(below, 0.0) + flow
    return found


def _told(value: float | None) -> str:
    return "" if value is None else number(value)


def _now(formula: Expression, moment: int) -> int:
    """The node at work at a moment; -1 before the first."""
    steps, order = formula.steps, backwards(formula)
    if moment <= len(steps):
        return steps[moment - 1] if moment else -1
    at = moment - len(steps) - 2
    return order[at] if 0 <= at < len(order) else len(formula.nodes) - 1
