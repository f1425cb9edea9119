"""Relief: surfaces with paths on them, in three dimensions."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

LOOK = {
    "colorscale": [[0, "#5361c4"], [0.3, "#a3b4ea"], [0.7, "#e0eaf4"], [1, "#f3ead2"]],
    "showscale": False,
    "opacity": 0.93,
    "contours": {"z": {"show": True, "usecolormap": False, "color": "#7d86b8", "width": 1}},
}
LAYOUT: dict[str, Any] = {
    "height": 560,
    "margin": {"l": 0, "r": 0, "t": 44, "b": 0},
    "legend": {"orientation": "h", "y": 0, "x": 0},
    "scene": {
        "zaxis": {"showticklabels": False},
        "aspectratio": {"x": 1.33, "y": 1, "z": 0.7},
        "camera": {"eye": {"x": -1.0, "y": -1.35, "z": 1.05}},
    },
}


@dataclass(frozen=True)
class Way:
    """A path over a surface: its name, its places (n, 2), the height at each, its colour."""

    name: str
    places: np.ndarray
    heights: np.ndarray
    colour: str


def relief(
    heights: np.ndarray,
    bounds: tuple[float, float, float, float],
    ways: Sequence[Way],
    *,
    lowest: float,
    title: str,
    axes: tuple[str, str, str],
    floor: str,
) -> go.Figure:
    """A surface in three dimensions with paths on it. heights (rows, columns), lowest row first.

    Heights are drawn as log(1 + (f − lowest) / s), s a twentieth of their median, so that hollows
    are seen beside slopes; hovering tells f itself. Paths are drawn as far as the map reaches.
    """
    left, right, bottom, top = bounds
    known = np.minimum(heights, heights[np.isfinite(heights)].max())
    scale = max(float(np.median(known - lowest)) / 20, 1e-12)

    def lifted(values: np.ndarray) -> np.ndarray:
        return np.log1p(np.maximum(values - lowest, 0) / scale)

    told = f"{axes[0]} %{{x:.3g}}<br>{axes[1]} %{{y:.3g}}<br>{axes[2]} %{{customdata:.4g}}"
    rows, columns = heights.shape
    ground = go.Surface(
        x=np.linspace(left, right, columns),
        y=np.linspace(bottom, top, rows),
        z=lifted(known).astype(np.float32),
        customdata=known.astype(np.float32),
        hovertemplate=told + "<extra></extra>",
    )
    figure = go.Figure(ground.update(LOOK))
    for way in ways:
        x, y = way.places.T
        on_it = (x >= left) & (x <= right) & (y >= bottom) & (y <= top)
        height = np.where(on_it, lifted(way.heights) + 0.03, np.nan)
        figure.add_trace(_line(way, height, told))
    figure.update_layout(title=title, **LAYOUT)
    figure.update_scenes(xaxis_title=axes[0], yaxis_title=axes[1], zaxis_title=floor)
    return figure


def _line(way: Way, height: np.ndarray, told: str) -> go.Scatter3d:
    return go.Scatter3d(
        x=np.where(np.isnan(height), np.nan, way.places[:, 0]),
        y=np.where(np.isnan(height), np.nan, way.places[:, 1]),
        z=height,
        customdata=way.heights,
        name=way.name,
        mode="lines+markers",
        line={"color": way.colour, "width": 6},
        marker={"color": way.colour, "size": 2.6},
        hovertemplate=f"{way.name}<br>{told}<extra></extra>",
    )
