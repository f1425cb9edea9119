"""The lab of the LSTM cell: every gate by hand is torch's, and holding one does what it must."""

import ast

import numpy as np
import pytest
import torch
from torch import nn

from core.data import sample
from core.inference import open_predictor
from core.labs import lstm
from core.labs.lstm import GATES, NET, Reader


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader(open_predictor(NET))


@pytest.fixture(scope="module")
def digits(session_home) -> np.ndarray:
    return sample("mnist-5k", 2)[..., 0]


@pytest.mark.parametrize("label", range(10))
def test_cells_by_hand_are_torchs_and_so_is_the_answer(reader, digits, label):
    found = reader.read(digits[label, 0], {})
    assert len(found.ways) == 2
    assert max(way.gap for way in found.ways) < 1e-5
    assert found.probabilities.argmax() == label
    assert np.allclose(found.probabilities, reader.beliefs(digits[label, 0])[-1], atol=1e-5)


def test_a_unit_is_torchs_lstm_cell(reader, digits):
    trace = reader.read(digits[3, 0], {}).ways[0]
    cell = nn.LSTMCell(28, reader.width)
    with torch.no_grad():
        for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
            getattr(cell, kind).copy_(getattr(reader.lstm, f"{kind}_l0"))
        state = (torch.from_numpy(trace.hidden[9:10]), torch.from_numpy(trace.cell[9:10]))
        h, c = cell(reader._given(digits[3, 0][None])[:, 10], state)
    assert np.allclose(trace.hidden[10], h[0], atol=1e-5)
    assert np.allclose(trace.cell[10], c[0], atol=1e-5)
    assert np.array_equal(trace.before[10], trace.cell[9])


def test_the_second_direction_begins_at_the_last_row(reader, digits):
    first, second = reader.read(digits[5, 1], {}).ways
    assert not first.before[0].any() and first.before[27].any()
    assert not second.before[27].any() and second.before[0].any()
    assert np.array_equal(second.before[3], second.cell[4])


def test_held_gates_are_held_and_change_the_answer(reader, digits):
    plain = reader.read(digits[8, 0], {})
    held = reader.read(digits[8, 0], {"forget": 0.0})
    for way in held.ways:
        assert not way.field("forget").any()
        assert np.allclose(way.cell, way.field("input") * way.field("candidate"))
        assert way.gap > 0.1
    assert np.abs(held.probabilities - plain.probabilities).max() > 0.01
    kept = reader.read(digits[8, 0], {"forget": 1.0, "input": 0.0})
    assert not kept.ways[0].cell.any()


def test_beliefs_begin_without_the_digit_and_settle(reader, digits):
    found = [reader.beliefs(digits[label, 0]) for label in range(10)]
    assert all(np.array_equal(one[0], found[0][0]) for one in found)
    for label, one in enumerate(found):
        rows = lstm.decided(one)
        assert 0 <= rows <= 28
        assert (one[rows:].argmax(1) == label).all()
        assert rows == 0 or one[rows - 1].argmax() != label


def test_the_equations_hold_the_trace(reader, digits):
    trace = reader.read(digits[2, 0], {}).ways[0]
    told = lstm.equations(trace, 12, 7, {})
    for value in (*trace.gates[:, 12, 7], trace.cell[12, 7], trace.hidden[12, 7]):
        assert f"= {value:.2f}" in told
    sums = trace.parts.sum(-1)
    assert np.allclose(1 / (1 + np.exp(-sums[1])), trace.gates[1], atol=1e-5)
    plain = rf"f &= {trace.gates[1, 12, 7]:.2f}"
    assert plain in lstm.equations(trace, 12, 7, {"forget": 1.0})
    assert plain not in told


@pytest.mark.parametrize("held", [{}, {"forget": 1.0}, {"input": 0.0, "output": 1.0}])
@pytest.mark.parametrize("way", [0, 1])
def test_the_line_of_code_is_python_and_holds_the_gates(held, way):
    text = lstm.code(96, 2, way, held)
    calls = [n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Call)]
    assert sum(ast.unparse(call.func) == "torch.full_like" for call in calls) == len(held)
    assert ("reversed(x)" in text) == ("_reverse" in text) == bool(way)


def test_the_unit_shown_first_is_one_that_moves(reader, digits):
    trace = reader.read(digits[4, 0], {}).ways[0]
    moves = np.ptp(trace.cell, axis=0)
    assert moves[lstm.busiest(trace)] == moves.max() > 1


def test_a_memory_that_neither_forgets_nor_writes_stays():
    assert lstm.asked() == 0


def test_a_net_without_memory_is_refused():
    with pytest.raises(ValueError, match="is no LSTM"):
        Reader(open_predictor("zoo:mnist-mlp"))


def test_gates_stand_in_torchs_order():
    assert GATES == ("input", "forget", "candidate", "output")
