"""What the pages that take a batch apart share: buttons from phase to phase, tables with bars."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from pages.ui.words import t


def turn(name: str, slot: str, to: int, *, disabled: bool = False) -> None:
    """A button to another phase."""
    kind = "primary" if name == "next" else "secondary"
    icon = f":material/arrow_{'forward' if name == 'next' else 'back'}:"
    # No rerun of the fragment alone: a click may be answered by a run of the whole page.
    st.button(
        t(f"substeps.{name}"),
        key=f"substeps.{name}",
        type=kind,
        icon=icon,
        disabled=disabled,
        on_click=_go,
        args=(slot, to),
    )


def _go(slot: str, to: int) -> None:
    st.session_state[slot] = to


def numbers(values: Sequence[float | None]) -> list[float]:
    """Numbers with gaps as a table takes them."""
    return [math.nan if value is None else value for value in values]


def said(value: float | None, pattern: str) -> str:
    """A number in words; gradients may leave the finite numbers while the loss is still one."""
    return "–" if value is None else format(value, pattern)


def _bar(label: str, values: Sequence[float]) -> Any:
    """A column of numbers with a bar in each cell, the longest filling it."""
    most = max((v for v in values if math.isfinite(v)), default=0.0) or 1.0
    return st.column_config.ProgressColumn(label, min_value=0.0, max_value=most, format="%.3g")


def table(heads: Sequence[str], columns: dict[str, list[Any]], bars: Sequence[str]) -> None:
    """A row per layer or picture; `bars` are the columns that get bars."""
    config = {name: _bar(name, columns[name]) for name in bars}
    rest = {
        name: st.column_config.NumberColumn(name, format="%.3g")
        for name in columns.keys() - set(heads) - set(bars)
    }
    frame = pd.DataFrame(columns)
    height = 320 if len(frame) > 8 else "content"
    st.dataframe(frame, hide_index=True, height=height, column_config=config | rest)


def layers(record: Mapping[str, Any]) -> dict[str, list[Any]]:
    """The first column of a table: the layers by name and kind."""
    return {t("substeps.layer"): [f"{x['name']} {x['kind']}" for x in record["layers"]]}
