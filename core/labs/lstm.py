"""The LSTM cell by hand: every gate over the rows of a digit, in a net that really reads digits."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from core.inference import Predictor

GATES = ("input", "forget", "candidate", "output")  # in the order in which torch keeps them
SHOWN = ("cell", "hidden", *GATES)
NET = "zoo:mnist-lstm"
KEPT = 0.7  # what the memory holds at first in the question
FAR = 1e3  # pushes a sigmoid to 0 or 1


@dataclass(frozen=True, eq=False)
class Trace:
    """A digit of t rows read in one direction by d units, indexed by the row of the picture.

    gates (4, t, d) as GATES; parts (4, t, d, 3): what goes into each before its bend: from the
    row, from the hidden state before, from the biases; cell, hidden, before (t, d): c, h and the
    c of the row read before. gap: the largest difference of h from nn.LSTM's.
    """

    gates: np.ndarray
    parts: np.ndarray
    cell: np.ndarray
    hidden: np.ndarray
    before: np.ndarray
    gap: float

    def field(self, name: str) -> np.ndarray:
        """One of SHOWN, (t, d)."""
        known = {"cell": self.cell, "hidden": self.hidden} | dict(
            zip(GATES, self.gates, strict=True)
        )
        return known[name]


@dataclass(frozen=True, eq=False)
class Read:
    """A digit read forwards and, where the net does so, backwards; probabilities (k) at the end."""

    ways: tuple[Trace, ...]
    probabilities: np.ndarray


class Reader:
    """An LSTM of the house on the processor, its cells computed by hand.

    Raises:
        ValueError: the net is no LSTM of one layer that reads rows.
    """

    def __init__(self, net: "Predictor") -> None:
        with net.lock:
            model: Any = deepcopy(net.model).to("cpu", torch.float32).eval()
        lstm = getattr(model, "lstm", None)
        if not isinstance(lstm, nn.LSTM) or lstm.num_layers > 1 or model.steps != "rows":
            raise ValueError(f"{type(model).__name__} is no LSTM of one layer that reads rows")
        self.model, self.lstm, self.classes = model, lstm, net.classes
        self.mean, self.std = float(net.card["mean"][0]), float(net.card["std"][0])
        self.width = lstm.hidden_size
        self.ways = 1 + lstm.bidirectional

    def _given(self, packed: np.ndarray) -> Tensor:
        """uint8 (b, h, w) as the net reads it."""
        return (torch.from_numpy(packed).float() / 255 - self.mean) / self.std

    def read(self, packed: np.ndarray, held: Mapping[str, float]) -> Read:
        """Read a digit; gates named in `held` stay at that value. uint8 (h, w)"""
        with torch.inference_mode(False), torch.no_grad():
            x = self._given(packed[None])[0]
            outputs = self.lstm(x[None])[0][0]
            theirs = outputs.chunk(self.ways, -1)
            ways = tuple(self._way(x, way, held, theirs[way]) for way in range(self.ways))
            states = torch.from_numpy(np.concatenate([way.hidden for way in ways], -1))
            last = [way.hidden[0 if at else -1] for at, way in enumerate(ways)]
            ends = torch.from_numpy(np.concatenate(last))
            features = states.mean(0) if self.model.pooling == "mean" else ends
            return Read(ways, self.model.head(features).softmax(-1).numpy())

    def _way(self, x: Tensor, way: int, held: Mapping[str, float], theirs: Tensor) -> Trace:
        """One direction; the second reads from the last row to the first."""
        end = "_reverse" if way else ""
        weights = (f"{kind}_l0{end}" for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
        w_x, w_h, b_x, b_h = (getattr(self.lstm, name) for name in weights)
        h = c = torch.zeros(self.width)
        kept = []
        for row in x.flip(0) if way else x:
            parts = torch.stack([w_x @ row, w_h @ h, b_x + b_h], -1)
            last = c
            bent = _gates(parts.sum(-1), held)
            i, f, g, o = bent
            c = f * c + i * g
            h = o * c.tanh()
            kept.append((bent, parts.reshape(4, self.width, 3), c, h, last))
        if way:
            kept.reverse()
        made = tuple(torch.stack(part).numpy() for part in zip(*kept, strict=True))
        gates, sums, cells, hidden, before = made
        gap = float(np.abs(hidden - theirs.numpy()).max())
        return Trace(gates.swapaxes(0, 1), sums.swapaxes(0, 1), cells, hidden, before, gap)

    def beliefs(self, packed: np.ndarray) -> np.ndarray:
        """What the net says when all rows after the first t are blank. -> (h + 1, k), from t = 0"""
        rows = len(packed)
        cut = np.stack([np.where(np.arange(rows)[:, None] < t, packed, 0) for t in range(rows + 1)])
        with torch.inference_mode(False), torch.no_grad():
            found = self.model(self._given(cut.astype(np.uint8))[:, None]).softmax(-1)
        return np.asarray(found.numpy())


def _gates(sums: Tensor, held: Mapping[str, float]) -> Tensor:
    """The bends: σ for the gates, tanh for the candidate. (4 d) -> (4, d)"""
    found = [
        torch.full_like(part, held[name])
        if name in held
        else (part.tanh() if name == "candidate" else part.sigmoid())
        for name, part in zip(GATES, sums.chunk(4), strict=True)
    ]
    return torch.stack(found)


def decided(beliefs: np.ndarray) -> int:
    """After how many rows the answer no longer changes."""
    said = beliefs.argmax(1)
    other = np.flatnonzero(said != said[-1])
    return int(other[-1]) + 1 if len(other) else 0


def busiest(trace: Trace) -> int:
    """The unit whose memory moves most over the rows."""
    return int(np.ptp(trace.cell, axis=0).argmax())


def equations(trace: Trace, row: int, unit: int, held: Mapping[str, float]) -> str:
    """What one unit computes at one row, in LaTeX with its numbers."""
    lines = []
    for at, (name, letter) in enumerate(zip(GATES, "ifgo", strict=True)):
        value = trace.gates[at, row, unit]
        if name in held:
            lines.append(rf"{letter} &= {value:.2f}")
            continue
        bend = r"\tanh" if name == "candidate" else r"\sigma"
        parts = trace.parts[at, row, unit]
        told = f"{parts[0]:.2f} {parts[1]:+.2f} {parts[2]:+.2f}"
        lines.append(rf"{letter} &= {bend}({told}) = {bend}({parts.sum():.2f}) = {value:.2f}")
    i, f, g, o = trace.gates[:, row, unit]
    before, c, h = (part[row, unit] for part in (trace.before, trace.cell, trace.hidden))
    lines.append(
        rf"c &= f c' + i g = {f:.2f} \cdot {_in(before)} + {i:.2f} \cdot {_in(g)} = {c:.2f}"
    )
    lines.append(rf"h &= o \tanh c = {o:.2f} \cdot {_in(np.tanh(c))} = {h:.2f}")
    return r"\begin{aligned}" + r"\\[2pt]".join(lines) + r"\end{aligned}"


def _in(value: float) -> str:
    """A number within a product."""
    return f"({value:.2f})" if value < 0 else f"{value:.2f}"


def code(width: int, ways: int, way: int, held: Mapping[str, float]) -> str:
    """The PyTorch of one direction, by torch and by hand."""
    both = ", bidirectional=True" if ways > 1 else ""
    end = "_reverse" if way else ""
    rows = "reversed(x)" if way else "x"
    keep = "".join(
        f"    {letter} = torch.full_like({letter}, {held[name]:.1f})\n"
        for name, letter in zip(GATES, "ifgo", strict=True)
        if name in held
    )
    return (
        f"lstm = nn.LSTM(28, {width}, batch_first=True{both})\n"
        f"for row in {rows}:  # 28 rows of 28 pixels\n"
        f"    sums = lstm.weight_ih_l0{end} @ row + lstm.weight_hh_l0{end} @ h\n"
        f"    sums += lstm.bias_ih_l0{end} + lstm.bias_hh_l0{end}\n"
        "    i, f, g, o = sums.chunk(4)\n"
        "    i, f, o = i.sigmoid(), f.sigmoid(), o.sigmoid()\n"
        "    g = g.tanh()\n"
        f"{keep}"
        "    c = f * c + i * g\n"
        "    h = o * c.tanh()"
    )


def asked() -> int:
    """What becomes of a memory whose forget gate is 1 and whose input gate is 0: torch is asked.

    0: it stays, 1: it becomes 0, 2: it grows with every row, 3: it is the last row's.
    """
    cell = nn.LSTMCell(1, 1)
    chance = torch.Generator().manual_seed(0)
    rows = torch.randn(28, 1, 1, generator=chance)
    with torch.inference_mode(False), torch.no_grad():
        cell.bias_ih.copy_(torch.tensor([-FAR, FAR, 0.0, 0.0]))
        h, c = torch.zeros(1, 1), torch.full((1, 1), KEPT)
        for row in rows:
            h, c = cell(row, (h, c))
    wanted = (KEPT, 0.0, KEPT * len(rows), float(rows[-1]))
    return min(range(4), key=lambda at: abs(float(c) - wanted[at]))
