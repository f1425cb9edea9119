"""Curves: accuracy over rates, and probabilities over shares of a picture."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "star", "pentagon", "hexagon")


@dataclass(frozen=True)
class Mark:
    """One run in a scatter: its series, where it lies (accuracy is a share), what hovering says."""

    series: str
    rate: float
    accuracy: float
    told: str
    ended_well: bool = True


def accuracy_over_rate(
    marks: Sequence[Mark],
    *,
    rates: Mapping[float, str],
    title: str,
    x: str,
    y: str,
    failed: str,
) -> go.Figure:
    """Accuracy over the learning rate, on a logarithmic axis; a series is a colour and a symbol.

    rates: all that will ever be tried, with their labels; the axis stands still while marks come.
    Colours, fonts and grounds are left to the page's theme. Runs that did not end well are open
    crosses, `failed` in the legend. A faint line joins the runs of a series.
    """
    figure, series = go.Figure(), dict.fromkeys(mark.series for mark in marks)
    marks = sorted(marks, key=lambda mark: mark.rate)
    for name, symbol in zip(series, cycle(SYMBOLS), strict=False):
        figure.add_trace(_line([mark for mark in marks if mark.series == name], symbol))
    if not all(mark.ended_well for mark in marks):
        cross = {"size": 11, "symbol": "x-thin-open", "line": {"width": 2.5}, "color": "gray"}
        figure.add_scatter(x=[None], y=[None], name=failed, mode="markers", marker=cross)
    figure.update_layout(
        title=title,
        height=440,
        hovermode="closest",
        showlegend=True,
        legend={"orientation": "h", "yanchor": "top", "y": -0.2, "x": 0},
        margin={"l": 60, "r": 20, "t": 56, "b": 60},
    )
    figure.update_xaxes(
        type="log",
        title=x,
        range=_room(rates),
        tickvals=list(rates),
        ticktext=list(rates.values()),
        showgrid=True,
    )
    figure.update_yaxes(title=y, tickformat=".0%", range=_shares(marks))
    return figure


@dataclass(frozen=True)
class Curve:
    """A line over shares of a picture's pixels: its name, its two halves, how it is drawn."""

    name: str
    left: np.ndarray
    right: np.ndarray
    dash: str = "solid"
    width: float = 2.5


def twin_curves(
    shares: np.ndarray,
    lines: Sequence[Curve],
    *,
    titles: tuple[str, str],
    x: tuple[str, str],
    y: str,
) -> go.Figure:
    """Probabilities over shares of pixels, two fields side by side with the same lines."""
    figure = make_subplots(1, 2, subplot_titles=titles, shared_yaxes=True, horizontal_spacing=0.1)
    colours = ("#6B6EE0", "#8A8F98", "#D9731A")  # to be seen on light and dark grounds
    for line, colour in zip(lines, cycle(colours), strict=False):
        look = {"dash": line.dash, "width": line.width, "color": colour}
        for column, values in enumerate((line.left, line.right), 1):
            figure.add_scatter(
                x=shares,
                y=values,
                name=line.name,
                mode="lines",
                line=look,
                legendgroup=line.name,
                showlegend=column == 1,
                hovertemplate=f"{line.name}: %{{y:.0%}}<extra></extra>",
                row=1,
                col=column,
            )
    figure.update_layout(
        height=300,
        hovermode="x",
        legend={"orientation": "h", "yanchor": "top", "y": -0.28, "x": 0},
        margin={"l": 50, "r": 10, "t": 34, "b": 40},
    )
    for column, title in enumerate(x, 1):
        figure.update_xaxes(title=title, tickformat=".0%", range=[0, 1], row=1, col=column)
    figure.update_yaxes(tickformat=".0%", range=[-0.03, 1.03])
    figure.update_yaxes(title=y, row=1, col=1)
    return figure


def _line(marks: Sequence[Mark], symbol: str) -> go.Scatter:
    """The marks of one series, given in the order of their rates."""
    return go.Scatter(
        x=[mark.rate for mark in marks],
        y=[mark.accuracy for mark in marks],
        name=marks[0].series,
        mode="lines+markers",
        line={"width": 1, "dash": "dot"},
        marker={
            "size": [12 if mark.ended_well else 11 for mark in marks],
            "symbol": [symbol if mark.ended_well else "x-thin-open" for mark in marks],
            "opacity": 1,
            "line": {"width": [0.5 if mark.ended_well else 2.5 for mark in marks]},
        },
        text=[mark.told for mark in marks],
        hovertemplate="%{text}<extra></extra>",
    )


def _shares(marks: Sequence[Mark]) -> list[float]:
    """Both ends of the axis of shares: some air round the marks, hardly beyond none and all."""
    told = [mark.accuracy for mark in marks] or [0.0, 1.0]
    air = max(0.1, 0.3 * (max(told) - min(told))) / 2
    return [max(-0.03, min(told) - air), min(1.03, max(told) + air)]


def _room(rates: Collection[float]) -> list[float]:
    """Both ends of a logarithmic axis, as powers of ten, with some air beyond the outer rates."""
    low, high = math.log10(min(rates)), math.log10(max(rates))
    air = 0.08 * (high - low) or 0.5
    return [low - air, high + air]
