"""LSTM: equal to a cell unrolled by hand, in every direction, depth and pooling."""

import pytest
import torch

from models import LSTM


def cell(x, hidden, memory, weights):
    """One step of Hochreiter & Schmidhuber's cell with a forget gate, gate by gate."""
    w_in, w_hidden, b_in, b_hidden = weights
    gates = x @ w_in.T + b_in + hidden @ w_hidden.T + b_hidden
    write, forget, candidate, read = gates.chunk(4, dim=1)
    memory = forget.sigmoid() * memory + write.sigmoid() * candidate.tanh()
    return read.sigmoid() * memory.tanh(), memory


def unrolled(lstm, sequence):
    """All outputs and the last layer's final states. [b, n, d] -> [b, n, s · width], [s] states"""
    for layer in range(lstm.num_layers):
        outputs, finals = [], []
        for ending in ("", "_reverse")[: 1 + lstm.bidirectional]:
            names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
            weights = [getattr(lstm, f"{name}_l{layer}{ending}") for name in names]
            hidden = memory = torch.zeros(len(sequence), lstm.hidden_size)
            steps = list(range(sequence.shape[1]))
            said = {}
            for step in reversed(steps) if ending else steps:
                hidden, memory = cell(sequence[:, step], hidden, memory, weights)
                said[step] = hidden
            outputs.append(torch.stack([said[step] for step in steps], dim=1))
            finals.append(hidden)
        sequence = torch.cat(outputs, dim=2)
    return sequence, finals


@pytest.mark.parametrize("pooling", ["last", "mean"])
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("depth", [1, 2])
@pytest.mark.parametrize("steps", ["rows", "columns"])
def test_the_net_is_the_cell_unrolled_by_hand(steps, depth, bidirectional, pooling):
    torch.manual_seed(depth)
    model = LSTM(
        steps=steps,
        width=8,
        depth=depth,
        bidirectional=bidirectional,
        pooling=pooling,
        channels=2,
        image=5,
    ).eval()
    x = torch.randn(3, 2, 5, 5)
    lines = [x[:, :, i] if steps == "rows" else x[:, :, :, i] for i in range(5)]
    outputs, finals = unrolled(model.lstm, torch.stack([line.flatten(1) for line in lines], dim=1))
    features = outputs.mean(1) if pooling == "mean" else torch.cat(finals, dim=1)
    assert torch.allclose(model(x), model.head(features), atol=1e-5)


def test_columns_of_a_picture_are_rows_of_the_turned_one():
    rows = LSTM(steps="rows", width=8, image=6).eval()
    columns = LSTM(steps="columns", width=8, image=6).eval()
    columns.load_state_dict(rows.state_dict())
    x = torch.randn(2, 1, 6, 6)
    assert torch.equal(columns(x), rows(x.transpose(2, 3)))
    assert not torch.allclose(columns(x), rows(x), atol=1e-4)


def test_reading_one_way_the_last_step_knows_the_order():
    model = LSTM(width=8, bidirectional=False, pooling="last", image=6).eval()
    x = torch.randn(2, 1, 6, 6)
    assert not torch.allclose(model(x), model(x.flip(2)), atol=1e-4)


def test_forget_gates_begin_open_in_every_layer_and_direction():
    lstm = LSTM(width=8, depth=2).lstm
    for layer in ("l0", "l0_reverse", "l1", "l1_reverse"):
        write, forget, candidate, read = getattr(lstm, f"bias_ih_{layer}").detach().chunk(4)
        assert (forget == 1).all()
        assert all(other.abs().max() < 0.5 for other in (write, candidate, read))


def test_dropout_is_in_force_in_training_only():
    model = LSTM(width=8, depth=2, dropout=0.5, image=6)
    x = torch.randn(2, 1, 6, 6)
    assert not torch.equal(model(x), model(x))
    model.eval()
    assert torch.equal(model(x), model(x))
