"""Where the steps of a formula stand in a drawing: takers to the right of what they take."""

from core.labs.formula import Expression


def layered(formula: Expression) -> list[tuple[int, float]]:
    """Column and row of each node; no two of a column are nearer than one row.

    Names and numbers stand in the order in which the formula is read, one column before their
    first taker; every step stands in the middle of its inputs.
    """
    columns = _columns(formula)
    rows: list[float] = [0.0] * len(formula.nodes)
    for row, at in enumerate(_read(formula, len(formula.nodes) - 1, [])):
        rows[at] = float(row)
    for column in range(1, max(columns) + 1):
        for at in (i for i in formula.steps if columns[i] == column):
            inputs = formula.nodes[at].inputs
            rows[at] = sum(rows[i] for i in inputs) / len(inputs)
        _apart(rows, [i for i, where in enumerate(columns) if where == column])
    return list(zip(columns, rows, strict=True))


def _columns(formula: Expression) -> list[int]:
    found = [0] * len(formula.nodes)
    for at in formula.steps:
        found[at] = 1 + max(found[i] for i in formula.nodes[at].inputs)
    for at, node in enumerate(formula.nodes):
        takers = [found[i] for i in formula.steps if at in formula.nodes[i].inputs]
        if node.leaf and takers:
            found[at] = min(takers) - 1
    return found


def _read(formula: Expression, at: int, met: list[int]) -> list[int]:
    """Names and numbers in the order of the formula, each once."""
    node = formula.nodes[at]
    if node.leaf and at not in met:
        met.append(at)
    for below in node.inputs:
        _read(formula, below, met)
    return met


def _apart(rows: list[float], kin: list[int]) -> None:
    """Move those of a column apart, as little as needed, without changing their order."""
    kin.sort(key=lambda at: rows[at])
    middle = sum(rows[at] for at in kin)
    for above, below in zip(kin, kin[1:], strict=False):
        rows[below] = max(rows[below], rows[above] + 1)
    shift = (sum(rows[at] for at in kin) - middle) / max(1, len(kin))
    for at in kin:
        rows[at] -= shift
