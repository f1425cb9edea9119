"""Figures: the scatter of a grid, and the colours that the theme lends it."""

import math
import tomllib

import numpy as np
import pytest

from core.figures import Curve, Mark, accuracy_over_rate, twin_curves
from tests.house import ROOT

TICKS = {0.001: "0.001", 0.1: "0.1", 1.0: "1"}
SAID = {"title": "title", "x": "rate", "y": "accuracy", "failed": "failed"}


def test_a_series_per_optimiser_in_the_order_of_rates() -> None:
    marks = [
        Mark("SGD", 0.1, 0.8, "a"),
        Mark("Adam", 0.001, 0.9, "b"),
        Mark("SGD", 0.001, 0.5, "c"),
    ]
    figure = accuracy_over_rate(marks, rates=TICKS, **SAID)
    sgd, adam = figure.data
    assert (sgd.name, list(sgd.x), list(sgd.y)) == ("SGD", [0.001, 0.1], [0.5, 0.8])
    assert list(sgd.text) == ["c", "a"] and (adam.name, list(adam.y)) == ("Adam", [0.9])
    assert sgd.marker.symbol[0] != adam.marker.symbol[0]
    assert (sgd.line.color, sgd.marker.color) == (None, None)  # the page's theme decides


def test_a_run_that_failed_is_a_cross_with_a_word_in_the_legend() -> None:
    good, bad = Mark("SGD", 0.1, 0.8, ""), Mark("SGD", 1.0, 0.0, "", ended_well=False)
    assert len(accuracy_over_rate([good], rates=TICKS, **SAID).data) == 1
    series, legend = accuracy_over_rate([good, bad], rates=TICKS, **SAID).data
    assert list(series.marker.symbol) == ["circle", "x-thin-open"]
    assert legend.name == "failed"


@pytest.mark.parametrize("marks", [[], [Mark("SGD", 0.1, 0.8, "")]])
def test_the_axis_holds_every_rate_from_the_start(marks: list[Mark]) -> None:
    axis = accuracy_over_rate(marks, rates=TICKS, **SAID).layout.xaxis
    low, high = axis.range
    assert axis.type == "log" and low < math.log10(0.001) and high > math.log10(1.0)
    assert list(axis.ticktext) == list(TICKS.values()) and list(axis.tickvals) == list(TICKS)


@pytest.mark.parametrize("shares", [[], [0.0], [1.0], [0.5], [0.1, 0.95], [0.931, 0.934]])
def test_the_axis_of_shares_has_room_for_all_marks_and_not_much_more(shares: list[float]) -> None:
    marks = [Mark("SGD", 0.1, share, "") for share in shares]
    low, high = accuracy_over_rate(marks, rates=TICKS, **SAID).layout.yaxis.range
    assert -0.04 < low < min(shares, default=0) and max(shares, default=1) < high < 1.04
    assert high - low < 1.5 * (max(shares, default=1) - min(shares, default=0)) + 0.2


def test_a_single_rate_has_an_axis_too() -> None:
    low, high = accuracy_over_rate([], rates={0.1: "0.1"}, **SAID).layout.xaxis.range
    assert low < -1 < high


@pytest.mark.parametrize("ground", ["light", "dark"])
def test_the_theme_has_as_many_colours_as_figures_ask_for(ground: str) -> None:
    """Streamlit fills ten places of its Plotly theme; with one left empty all fall back."""
    theme = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    colours = theme["theme"][ground]["chartCategoricalColors"]
    assert len(set(colours)) == len(colours) == 10


def test_twin_curves_name_each_line_once_and_share_their_scale() -> None:
    shares, rising = np.linspace(0, 1, 5), np.linspace(0.2, 0.9, 5)
    lines = [Curve("own", rising, rising[::-1]), Curve("chance", rising, rising, "dash", 2)]
    said = {"titles": ("away", "back"), "x": ("taken", "given"), "y": "probability"}
    figure = twin_curves(shares, lines, **said)
    assert [trace.name for trace in figure.data if trace.showlegend] == ["own", "chance"]
    assert [list(trace.y) for trace in figure.data[:2]] == [list(rising), list(rising[::-1])]
    assert figure.data[0].line.color == figure.data[1].line.color != figure.data[2].line.color
    assert figure.data[2].line.dash == "dash"
    assert [note.text for note in figure.layout.annotations] == ["away", "back"]
    assert figure.layout.yaxis.range == figure.layout.yaxis2.range
