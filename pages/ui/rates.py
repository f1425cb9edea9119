"""The search for a learning rate: the button that starts it, and its curve with the suggestion."""

import math
from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.config import RunConfig, parse
from core.data import SetInfo
from core.ranges import Suggestion, curve, probe, smooth, suggest
from core.schedules import RangeConfig
from core.store import RunRow
from pages.ui import controls, setup
from pages.ui.click import clicked, heeded
from pages.ui.hidden import hidden
from pages.ui.session import store
from pages.ui.words import t

Chart = dict[str, Any]
TALLEST = 1.5  # the axis of losses ends at so many times the first one


def button(config: RunConfig | None, info: SetInfo, *, ready: bool) -> None:
    """Start a range test of what the form says."""
    if hidden("finder"):
        return
    wanted = clicked(
        t("rates.find"),
        key="train.find_rate",
        icon=":material/troubleshoot:",
        width="stretch",
        disabled=not ready,
        help=t("rates.find_help"),
    )
    if wanted and config is not None:
        _begin(config, info)


def _begin(config: RunConfig, info: SetInfo) -> None:
    test = probe(config, sum(info.train))
    if run_id := controls.start(test.model_dump(mode="json")):
        controls.show(run_id)
        st.rerun()


def show(row: RunRow) -> None:
    """The curve of a range test and the rate that it suggests; nothing for other runs."""
    if row.config["schedule"]["name"] != RangeConfig().name:
        return
    if row.state in controls.ALIVE:
        st.info(t("rates.going"), icon=":material/troubleshoot:")
        return
    rates, losses = curve(store().metrics(row.id))
    if not rates:
        return
    found = suggest(rates, losses)
    with st.container(border=True, key="rates"):
        st.markdown(f"**{t('rates.title')}**")
        _draw(rates, losses, found)
        if found is None:
            st.info(t("rates.none"), icon=":material/help:")
            return
        with st.container(horizontal=True, vertical_alignment="center"):
            told = {name: f"{getattr(found, name):.2g}" for name in ("rate", "steepest", "lowest")}
            st.markdown(t("rates.advice", **told))
            if heeded(
                t("rates.take"),
                key="rates.take",
                icon=":material/check:",
                of=row.id,
                kind="primary",
                help=t("rates.take_help"),
            ):
                _take(parse(row.config), found.rate)
                st.rerun()


def _take(test: RunConfig, rate: float) -> None:
    """Put the rate into the form, and the optimiser it belongs to; the rest stays as it was."""
    name = test.optimizer.name
    if f"{setup.KEY}.model" not in st.session_state:  # another tab: the form was never filled
        usual = RunConfig()
        setup.adopt(
            test.model_copy(
                update={
                    "schedule": usual.schedule,
                    "epochs": usual.epochs,
                    "data": test.data.model_copy(update={"limit": usual.data.limit}),
                }
            )
        )
    st.session_state[f"{setup.KEY}.optimizer"] = name
    st.session_state[f"{setup.KEY}.optimizer.{name}.lr"] = rate
    controls.leave()


def _draw(rates: list[float], losses: list[float], found: Suggestion | None) -> None:
    """Loss over rate on a logarithmic axis, the suggestion as a line."""
    top = TALLEST * losses[0]
    calm = smooth(losses)
    mark, dots = _marks(dict(zip(rates, calm, strict=True)), found) if found else ({}, {})
    line = {"type": "line", "showSymbol": False}
    st.echarts_chart(
        {
            "animation": False,
            "grid": {"left": 8, "right": 24, "top": 40, "bottom": 8},
            "legend": {"top": 0},
            "tooltip": {"trigger": "axis", "valueFormatter": "%.3g"},
            "xAxis": {
                "type": "log",
                "name": t("rates.rate"),
                "nameLocation": "middle",
                "nameGap": 30,
                "min": _decade(rates[0]),
                "max": rates[-1],
            },
            "yAxis": {"type": "value", "name": t("rates.loss"), "min": 0, "max": round(top, 2)},
            "series": [
                line
                | {"name": t("rates.loss"), "data": _points(rates, losses)}
                | {"lineStyle": {"opacity": 0.35}},
                line
                | {"name": t("rates.smooth"), "data": _points(rates, calm)}
                | {"markLine": mark, "markPoint": dots},
            ],
        },
        height=300,
        key="rates.chart",
        alt=t("rates.title"),
    )


def _points(rates: list[float], losses: list[float]) -> list[list[float]]:
    """As many digits as a reader can use: the tooltip shows rates as they are."""
    return [[float(f"{r:.3g}"), float(f"{v:.4g}")] for r, v in zip(rates, losses, strict=True)]


def _decade(rate: float) -> float:
    """The power of ten at or below a rate, a hair above one counting as it."""
    return float(f"1e{math.floor(math.log10(rate * 1.001))}")


def _marks(curve: Mapping[float, float], found: Suggestion) -> tuple[Chart, Chart]:
    """A line at the suggested rate, and dots where the curve falls fastest and is lowest."""
    line = {
        "symbol": "none",
        "data": [{"xAxis": found.rate}],
        "label": {"formatter": f"lr = {found.rate:g}"},
    }
    dots = {
        "symbol": "circle",
        "symbolSize": 9,
        "data": [
            {"coord": [rate, curve[rate]], "name": t(f"rates.{name}")}
            for name, rate in (("steepest", found.steepest), ("lowest", found.lowest))
        ],
        "label": {"formatter": "{b}", "position": "bottom"},
    }
    return line, dots
