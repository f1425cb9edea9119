"""Figures: numbers in, plotly figures out; the only file that knows plotly."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

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
    height: int = 440,
) -> go.Figure:
    """Accuracy over the learning rate, on a logarithmic axis; a series is a colour and a symbol.

    rates: all that will ever be tried, with their labels; the axis stands still while marks come.
    Colours, fonts and grounds are left to the page's theme. Runs that did not end well are open
    crosses, `failed` in the legend. A faint line joins the runs of a series.
    """
    figure = go.Figure()
    for number, series in enumerate(dict.fromkeys(mark.series for mark in marks)):
        own = sorted((m for m in marks if m.series == series), key=lambda mark: mark.rate)
        symbol = SYMBOLS[number % len(SYMBOLS)]
        figure.add_scatter(
            x=[mark.rate for mark in own],
            y=[mark.accuracy for mark in own],
            name=series,
            mode="lines+markers",
            line={"width": 1, "dash": "dot"},
            marker={
                "size": [12 if mark.ended_well else 11 for mark in own],
                "symbol": [symbol if mark.ended_well else "x-thin-open" for mark in own],
                "line": {"width": [0.5 if mark.ended_well else 2.5 for mark in own]},
            },
            text=[mark.told for mark in own],
            hovertemplate="%{text}<extra></extra>",
        )
    if not all(mark.ended_well for mark in marks):
        cross = {"size": 11, "symbol": "x-thin-open", "line": {"width": 2.5}, "color": "gray"}
        figure.add_scatter(x=[None], y=[None], name=failed, mode="markers", marker=cross)
    figure.update_layout(
        title=title,
        height=height,
        hovermode="closest",
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
    figure.update_yaxes(title=y, tickformat=".0%")
    return figure


def _room(rates: Collection[float]) -> list[float]:
    """Both ends of a logarithmic axis, as powers of ten, with some air beyond the outer rates."""
    low, high = math.log10(min(rates)), math.log10(max(rates))
    air = 0.08 * (high - low) or 0.5
    return [low - air, high + air]
