"""The lab of gradients: by hand as by torch on every edge, the picture, the steps, the page."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.labs import autograd
from core.labs.autograd import EXAMPLES, USUAL, backwards, code, moments, run, usual
from core.labs.expression import parse
from core.labs.layered import layered
from core.labs.operations import OPERATIONS
from pages.ui.lab.graph import number
from pages.ui.words import catalogue
from tests.reading import carried_out
from tests.stage import element, page, sound
from tests.test_lab_expression import formulas

NEAR = st.floats(-4, 4).map(lambda value: round(value, 2))


def test_the_classic_graph_has_the_known_numbers() -> None:
    formula = parse(EXAMPLES["classic"])
    trace = run(formula, USUAL)
    assert trace.values == (-2, 5, 3, -4, -12)
    assert trace.gradients == (-4, -4, -4, 3, 1)
    assert trace.flows == {(4, 0): -4, (4, 1): 3, (2, 0): -4, (2, 1): -4}


@given(formulas(), NEAR, NEAR, NEAR)
def test_every_edge_carries_what_torch_says(text: str, x: float, y: float, w1: float) -> None:
    formula = parse(text)
    trace = run(formula, {"x": x, "y": y, "w1": w1})
    flows = [abs(flow) for flow in trace.flows.values() if math.isfinite(flow)]
    if not all(map(math.isfinite, [*trace.flows.values(), *trace.values])):
        return  # beyond the numbers both say so, not always by the same sign
    assert trace.worst <= 1e-9 * max([1.0, *flows])


@pytest.mark.parametrize("kind", OPERATIONS)
@pytest.mark.parametrize("at", [-2.0, -0.5, 0.75, 3.0])
def test_every_slope_is_that_of_finite_differences(kind: str, at: float) -> None:
    operation = OPERATIONS[kind]
    given_ = [at, 2.0][: operation.arity]
    tensors = [torch.tensor(value, dtype=torch.float64) for value in given_]
    value = operation.run(*tensors).item()
    if not math.isfinite(value):
        return
    slopes = operation.slopes(given_, value)
    for rank in range(operation.arity - (kind == "pow")):
        moved = [tensor.clone() for tensor in tensors]
        moved[rank] += 1e-6
        change = (operation.run(*moved).item() - value) / 1e-6
        assert slopes[rank] == pytest.approx(change, rel=1e-4, abs=1e-4)


def test_a_value_used_twice_gathers_what_both_ways_bring() -> None:
    formula = parse("x * x + x")
    trace = run(formula, {"x": 3.0})
    brought = [
        flow for (at, rank), flow in trace.flows.items() if formula.nodes[at].inputs[rank] == 0
    ]
    assert sorted(brought) == [1, 3, 3] and trace.gradients[0] == 7
    assert autograd.ANSWERS[autograd.asked()] == 7


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_code_that_is_shown_computes_what_is_drawn(name: str) -> None:
    formula = parse(EXAMPLES[name])
    point = usual(formula.names)
    trace = run(formula, point)
    last, names = carried_out(code(formula, point))
    grads = last if isinstance(last, tuple) else (last,)
    nodes = zip(formula.nodes, trace.gradients, strict=True)
    wanted = [gradient for node, gradient in nodes if node.kind == "name"]
    assert names["f"].item() == pytest.approx(trace.values[-1], rel=1e-4)
    assert [grad.item() for grad in grads] == pytest.approx(wanted, rel=1e-3, abs=1e-5)


@given(formulas())
def test_nothing_stands_on_another_and_takers_stand_to_the_right(text: str) -> None:
    formula = parse(text)
    places = layered(formula)
    for at, node in enumerate(formula.nodes):
        assert all(places[below][0] < places[at][0] for below in node.inputs)
    for column in {place[0] for place in places}:
        rows = sorted(row for where, row in places if where == column)
        assert all(b - a >= 1 - 1e-9 for a, b in zip(rows, rows[1:], strict=False))


def test_steps_show_values_forwards_then_gradients_back() -> None:
    formula = parse(EXAMPLES["classic"])
    assert moments(formula) == 5 and backwards(formula) == (4, 2)
    seen = [element(sound(page("labs/autograd", step=str(at))), "lab.graph") for at in range(6)]
    values = [sum(bool(node["value"]) for node in told["nodes"]) for told in seen]
    slopes = [sum(bool(edge["slope"]) for edge in told["edges"]) for told in seen]
    assert values == [3, 4, 5, 5, 5, 5] and slopes == [0, 0, 0, 0, 2, 4]


def test_own_formula_and_values_come_from_the_link_and_wrong_ones_are_a_sentence() -> None:
    at = sound(page("labs/autograd", f="a * b", v_a="2", v_b="3"))
    told = element(at, "lab.graph")
    assert [node["value"] for node in told["nodes"]] == ["2", "3", "6"]
    assert "f = a * b" in at.code[0].value
    at = sound(page("labs/autograd", f="open(x)"))
    assert "There is no function open" in at.warning[0].value
    at = sound(page("labs/autograd", f="log(x)", v_x="-1"))
    assert element(at, "lab.graph")["nodes"][-1]["value"] == "NaN"


def test_an_example_is_taken_and_the_steps_go_on_and_back() -> None:
    at = sound(page("labs/autograd"))
    at.button(key="lab.back").click().run()
    assert sound(at).slider(key="step").value == 4
    at.pills(key="lab.autograd.example").set_value("neuron").run()
    assert sound(at).text_input(key="f").value == EXAMPLES["neuron"]
    assert len(at.slider) == 6 and element(at, "lab.graph")["nodes"][-1]["label"] == "sigmoid"


@pytest.mark.parametrize(
    ("value", "said"),
    [(0.0, "0"), (-12.0, "−12"), (1.5e-9, "1.5·10⁻⁹"), (math.inf, "∞"), (math.nan, "NaN")],
)
def test_numbers_are_told_as_they_are_read(value: float, said: str) -> None:
    assert number(value) == said


def test_options_are_the_numbers_that_are_compared() -> None:
    for at, answer in enumerate(autograd.ANSWERS):
        assert float(catalogue()[f"lab.autograd.ask.o{at}"]["en"]) == answer


def test_a_gradient_that_comes_by_two_ways_grows_as_they_arrive() -> None:
    said = []
    for step in range(6):
        at = sound(page("labs/autograd", f="x * x + x", v_x="3", step=str(step)))
        said.append(element(at, "lab.graph")["nodes"][0]["slope"])
    assert said == ["", "", "", "", "1", "7"]


@pytest.mark.parametrize("text", ["log(x) / 0", "log(x - x)", "1 / (x - x)"])
def test_nothing_is_forecast_where_the_formula_has_no_finite_number(text: str) -> None:
    at = sound(page("labs/autograd", f=text))
    assert "forecasts nothing at such a place: move x" in at.info[0].value
    at = sound(page("labs/autograd", f="x * x"))
    assert "is a forecast" in at.info[0].value
