"""Figures: numbers in, plotly figures out; the only rooms that know plotly, a module per kind."""

from core.figures.curves import SYMBOLS, Curve, Mark, accuracy_over_rate, twin_curves
from core.figures.relief import Way, relief

__all__ = [
    "SYMBOLS",
    "Curve",
    "Mark",
    "Way",
    "accuracy_over_rate",
    "relief",
    "twin_curves",
]
