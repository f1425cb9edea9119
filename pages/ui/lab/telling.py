"""What happens in a formula's graph, in words and numbers."""

import math

from core.labs.autograd import Trace, backwards, run
from core.labs.formula import Expression
from core.labs.operations import OPERATIONS
from pages.ui.lab.graph import number
from pages.ui.words import plain, t

SHORT = 30  # letters of LaTeX that a line still begins with
NUDGE = 0.01


def _whole(value: float) -> str:
    """A number as the right side of a formula."""
    if not math.isfinite(value):
        return r"\mathrm{NaN}" if math.isnan(value) else r"\infty" if value > 0 else r"-\infty"
    mantissa, _, power = f"{value or 0.0:.4g}".partition("e")  # no minus before nought
    return rf"{mantissa} \cdot 10^{{{int(power)}}}" if power else mantissa


def _latex(value: float) -> str:
    """A number within a formula, in brackets where it is negative."""
    text = _whole(value)
    return rf"\left({text}\right)" if text.startswith("-") else text


def happening(formula: Expression, trace: Trace, moment: int) -> str:
    """What is computed at a moment, with its numbers."""
    steps, order = formula.steps, backwards(formula)
    if not moment:
        return t("lab.autograd.begin")
    if moment <= len(steps):
        node = formula.nodes[at := steps[moment - 1]]
        given = OPERATIONS[node.kind].latex.format(*(_latex(trace.values[i]) for i in node.inputs))
        sum_ = rf"${formula.latex(at)} = {given} = {_whole(trace.values[at])}$"
        return f"{t('lab.autograd.forward', now=moment, all=len(steps))} {sum_}"
    if moment == len(steps) + 1:
        return t("lab.autograd.seed")
    at = order[moment - len(steps) - 2]
    told = t("lab.autograd.backward", now=moment - len(steps) - 1, all=len(order))
    return "\n\n".join([told, *_passed(formula, trace, at)])


def _passed(formula: Expression, trace: Trace, at: int) -> list[str]:
    """For each input what the node hands down to it: its own gradient times the slope."""
    node = formula.nodes[at]
    above = trace.gradients[at] or 0.0
    lines = []
    for rank, below in enumerate(node.inputs):
        if (at, rank) in trace.flows:
            name = formula.latex(below)
            name = name if len(name) <= SHORT else "ab"[rank]
            rule = OPERATIONS[node.kind].rules[rank]
            rule = "" if rule in ("1", "-1") else rf"\;[{rule}]"
            flow, slope = trace.flows[at, rank], trace.slopes[at, rank]
            lines.append(
                rf"${name}:\quad {_latex(above)} \cdot {_latex(slope)}{rule} = {_whole(flow)}$"
            )
    return lines


def reaction(formula: Expression, point: dict[str, float], trace: Trace) -> str:
    """What the gradients say beforehand of a small step, and what then really happens."""
    slopes = dict(zip(formula.names, _slopes(formula, trace), strict=True))
    name = max(slopes, key=lambda n: abs(slopes[n]) if slopes[n] == slopes[n] else -1.0)
    moved = run(formula, point | {name: point[name] + NUDGE})
    change = moved.values[-1] - trace.values[-1]
    if not all(map(math.isfinite, (slopes[name], change))):
        return t("lab.autograd.endless", names=", ".join(plain(n) for n in slopes))
    return t(
        "lab.autograd.insight",
        name=plain(name),
        slope=number(slopes[name]),
        nudge=NUDGE,
        said=number(NUDGE * slopes[name]),
        change=number(change),
    )


def _slopes(formula: Expression, trace: Trace) -> list[float]:
    nodes = zip(formula.nodes, trace.gradients, strict=True)
    return [slope or 0.0 for node, slope in nodes if node.kind == "name"]
