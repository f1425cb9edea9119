"""How a measurement is told: machine, versions, n, median, spread, and the goal beside it."""

import os
import platform
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

import numpy
import streamlit
import torch


@dataclass(frozen=True)
class Figure:
    """One measured claim. `goal` is ("≥" or "≤", number); values are single measurements."""

    name: str
    values: Sequence[float]
    unit: str
    goal: tuple[str, float] | None = None
    summary: str = "median"
    note: str = ""

    @property
    def result(self) -> float:
        """The number that is held against the goal."""
        if self.summary == "p95":
            return float(numpy.percentile(self.values, 95))
        if self.summary == "max":
            return max(self.values)
        return statistics.median(self.values)

    @property
    def met(self) -> bool:
        """Whether the goal is met; a figure without a goal always is."""
        if self.goal is None:
            return True
        sign, bound = self.goal
        return self.result >= bound if sign == "≥" else self.result <= bound

    def line(self) -> str:
        """The figure as one line of the report."""
        spread = f"{min(self.values):.4g}–{max(self.values):.4g}"
        goal = f"goal {self.goal[0]} {self.goal[1]:g}" if self.goal else "no goal"
        mark = "ok  " if self.met else "MISS"
        text = f"{mark} {self.name}: {self.summary} {self.result:.4g} {self.unit}"
        text += f" (n={len(self.values)}, {spread}; {goal})"
        return f"{text} — {self.note}" if self.note else text


def machine() -> str:
    """What the figures were measured on."""
    load = os.getloadavg()[0]
    return (
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"torch {torch.__version__}, streamlit {streamlit.__version__}, "
        f"bf16 {torch.cpu.get_capabilities().get('avx512_bf16', False)}, load {load:.1f}"
    )
