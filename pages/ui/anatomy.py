"""Anatomy: a net before the click, as a drawing of the data's way and as a table of its layers."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from core.catalog import MODELS
from core.config import RunConfig
from core.data import SetInfo, info
from core.store import RunRow
from core.summary import Layer, Stage, summarise, way
from pages.ui import setup
from pages.ui.browser import script, text
from pages.ui.hidden import hidden
from pages.ui.shots import inlined
from pages.ui.words import find, t

FOLDER = Path(__file__).with_name("elements")
LONG, TALLEST = 20, 560  # rows from which on a table scrolls, and its pixels then
TONES = {  # a colour of the theme for what a step does
    "Conv2d": "var(--st-primary-color)",
    "Linear": "var(--st-orange-color)",
    "LSTM": "var(--st-green-color)",
}
BLOCK = "var(--st-violet-color)"
FORMULAE = {  # what a row of the explanation is about → the layers' kinds
    "convolution": ("Conv2d",),
    "transposed": ("ConvTranspose2d",),
    "linear": ("Linear",),
    "attention": ("Attention", "MultiheadAttention"),
    "lstm": ("LSTM",),
    "norm": ("BatchNorm1d", "BatchNorm2d", "ShiftNorm", "LayerNorm", "LayerNorm2d"),
    "loose": ("Parameter",),
}

_element = st.components.v2.component(
    "way",
    js=script(FOLDER / "way.js"),
    css=text(FOLDER / "way.css"),
)


@st.cache_data(max_entries=64, show_spinner=False)
def _found(
    name: str, settings: str, channels: int, image: int, classes: int
) -> tuple[list[Layer], list[Stage]]:
    """Layers and steps of a net, worked out once."""
    config = MODELS[name].config.model_validate_json(settings)
    shape = {"channels": channels, "image": image, "classes": classes}
    return summarise(config, **shape), way(config, **shape)


def before(config: RunConfig | None, pictures: SetInfo) -> None:
    """The net that the form describes, drawn once it is asked for."""
    _unfolded(config, pictures, "anatomy.form")


def of_run(row: RunRow, config: RunConfig) -> None:
    """The net of a run; nothing where its pictures are no longer known."""
    try:
        pictures = info(config.data.name)
    except ValueError:
        return
    _unfolded(config, pictures, f"anatomy.{row.id}")


def _unfolded(config: RunConfig | None, pictures: SetInfo, key: str) -> None:
    if hidden("anatomy"):
        return
    icon = ":material/account_tree:"
    box = st.expander(t("anatomy.title"), icon=icon, key=key, on_change="rerun")
    if not box.open:
        return
    with box:
        if config is None:
            st.caption(t("train.mend"))
            return
        model, size, count = config.model, pictures.size, len(pictures.classes)
        try:
            layers, stages = _found(
                model.name, model.model_dump_json(), pictures.channels, size, count
            )
        except ValueError as problem:
            st.error(str(problem), icon=":material/error:")
            return
        st.caption(t("anatomy.way"))
        _way(config, pictures, layers, stages, key)
        _table(layers)
        _formulae({layer.kind for layer in layers})


# The drawing ----------------------------------------------------------------------------------


def _way(
    config: RunConfig, pictures: SetInfo, layers: list[Layer], stages: list[Stage], key: str
) -> None:
    total = sum(x.parameters + x.frozen for x in layers), sum(x.multiply_adds for x in layers)
    steps = [_picture(config, pictures, stages[0])]
    steps += [_step(config.model.name, stage, total) for stage in stages]
    if stages[-1].shape == (len(pictures.classes),):
        steps[-1]["classes"] = list(pictures.classes)
    data = {"stages": steps, "whole": pictures.size, "label": t("anatomy.way")}
    _element(key=f"{key}.way", data=data)


def _picture(config: RunConfig, pictures: SetInfo, first: Stage) -> dict[str, Any]:
    """One real picture where the set is here, with the cuts that make a sequence of it."""
    size, down, across = pictures.size, 1, 1
    if (patch := getattr(config.model, "patch", 0)) and len(first.shape) == 2:
        down = across = size // patch
    elif steps := getattr(config.model, "steps", ""):
        down, across = (size, 1) if steps == "rows" else (1, size)
    source = ""
    if pictures.state == "ready":
        strip = setup.strip(pictures.name, pictures.bytes)  # its first picture fills the frame
        source = inlined(strip)
    return {
        "title": t("anatomy.picture"),
        "note": t("train.colour" if pictures.channels == 3 else "train.grey"),
        "shape": _shape((pictures.channels, size, size)),
        "picture": {"source": source, "down": down, "across": across},
    }


def _step(model: str, stage: Stage, total: tuple[int, int]) -> dict[str, Any]:
    """A step as the drawing needs it."""
    kind, counts = stage.kind, (stage.parameters + stage.frozen, stage.multiply_adds)
    title = find(f"anatomy.kind.{model}.{kind}") or find(f"anatomy.kind.{kind}") or kind
    words = "anatomy.frozen" if stage.frozen and not stage.parameters else "anatomy.parameters"
    said = t(words, count=_short(counts[0])), t("anatomy.sums", count=_short(counts[1]))
    parts = (count / (whole or 1) for count, whole in zip(counts, total, strict=True))
    return {
        "title": title,
        "note": stage.note,
        "shape": _shape(stage.shape),
        "times": stage.times,
        "tone": TONES.get(kind, BLOCK),
        "shares": [{"text": x, "part": part} for x, part in zip(said, parts, strict=True)],
        **_form(stage.shape),
    }


def _form(shape: Sequence[int]) -> dict[str, Any]:
    """Maps, tokens or a vector, with the lengths to draw them by."""
    if len(shape) == 3:
        last = shape[0] == shape[1] != shape[2]  # some nets keep the channels last
        return {"form": "maps", "side": shape[1], "count": shape[2] if last else shape[0]}
    if len(shape) == 2:
        return {"form": "tokens", "count": shape[0], "width": shape[1]}
    return {"form": "units", "count": shape[0]}


def _shape(lengths: Sequence[int]) -> str:
    return " × ".join(map(str, lengths))


def _short(count: float) -> str:
    """A count with three digits at most: 4,672 is 4.67k."""
    for unit in ("", "k", "M"):
        if count < 999.5:
            return f"{count:.3g}{unit}"
        count /= 1000
    return f"{count:.3g}G"


# The table ------------------------------------------------------------------------------------


def _table(layers: list[Layer]) -> None:
    """A row per layer, the sums of all on top, where they stay in sight."""
    learned, frozen = sum(x.parameters for x in layers), sum(x.frozen for x in layers)
    sums = sum(x.multiply_adds for x in layers)
    told = {"layers": len(layers), "learned": f"{learned:,}", "sums": f"{sums:,}"}
    total = t("anatomy.total", **told)
    total += " " + t("anatomy.total_frozen", count=f"{frozen:,}") if frozen else ""
    st.markdown(total)
    names = {part: t(f"anatomy.{part}") for part in ("layer", "sort", "setting", "output")}
    table: dict[str, list[Any]] = {
        names["layer"]: [x.name for x in layers],
        names["sort"]: [x.kind for x in layers],
        names["setting"]: [x.note for x in layers],
        names["output"]: [_shape(x.shape) for x in layers],
    }
    counts = {t("anatomy.learned"): [x.parameters for x in layers]}
    counts |= {t("anatomy.still"): [x.frozen for x in layers]} if frozen else {}
    counts |= {t("anatomy.products"): [x.multiply_adds for x in layers]}
    bars = {
        name: st.column_config.ProgressColumn(
            name, min_value=0, max_value=max([*column, 1]), format="localized"
        )
        for name, column in counts.items()
    }
    rows = len(layers)
    st.dataframe(
        pd.DataFrame(table | counts),
        hide_index=True,
        height="content" if rows <= LONG else TALLEST,
        column_config=bars,
        alt=t("anatomy.title"),
    )


def _formulae(kinds: set[str]) -> None:
    """How the numbers come about, for the kinds of layers that this net has."""
    st.markdown(t("anatomy.counting"))
    heads = [t("anatomy.kind_of"), t("anatomy.learned"), t("anatomy.products")]
    lines = [heads, ["---"] * len(heads)]
    for name, members in FORMULAE.items():
        if kinds.intersection(members):
            parts = ("name", "parameters", "sums")
            lines.append([t(f"anatomy.formula.{name}_{part}") for part in parts])
    st.markdown("\n".join(f"| {' | '.join(line)} |" for line in lines))
    st.caption(t("anatomy.letters"))
