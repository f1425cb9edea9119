"""Rivals: what contestants are called, how they are put to the start, where they were put."""

import re
from collections.abc import Sequence

import streamlit as st

from core.config import RunConfig, parse
from core.store import DuelRow, RunRow
from pages.ui.click import clicked
from pages.ui.knobs import knobs
from pages.ui.session import names, store, visitor
from pages.ui.setup import PARTS
from pages.ui.words import find, plain, t

PLACE = "duel"  # in the URL: a duel's id
HIDDEN = "duel.hidden"  # the switch that hides curves until the end
ACROSS = 4  # buttons side by side


def part_label(part: str, name: str) -> str:
    """What an entry of a menu is called."""
    return find(f"{part}.{name}.label") or PARTS[part][name].label


def labels(configs: Sequence[RunConfig]) -> list[str]:
    """A name for each contestant, made of what it does not share with the others."""
    said: list[list[str]] = [[] for _ in configs]
    for part in PARTS:
        chosen = [getattr(config, part).name for config in configs]
        if len(set(chosen)) > 1:
            for words, name in zip(said, chosen, strict=True):
                words.append(part_label(part, name))
    alike: dict[tuple[str, ...], list[int]] = {}
    for place, words in enumerate(said):
        alike.setdefault(tuple(words), []).append(place)
    for group in alike.values():
        if len(group) > 1:
            for place, words in zip(group, _contrast([configs[i] for i in group]), strict=True):
                said[place] += words
    return [
        " · ".join(words) or part_label("model", config.model.name)
        for words, config in zip(said, configs, strict=True)
    ]


def _contrast(configs: Sequence[RunConfig]) -> list[list[str]]:
    """For each config the knobs, with their values, in which not all of them agree."""
    said: list[list[str]] = [[] for _ in configs]
    for part in ("model", "optimizer", "schedule", "data", ""):
        owners = [getattr(config, part) if part else config for config in configs]
        if len({type(owner) for owner in owners}) > 1:
            continue
        for knob in knobs(type(owners[0])):
            values = [getattr(owner, knob.name) for owner in owners]
            if any(value != values[0] for value in values):
                for words, value in zip(said, values, strict=True):
                    words.append(t("duel.knob", label=knob.label, value=knob.say(value)))
    return said


def called(rows: Sequence[RunRow]) -> list[str]:
    """The contestants' names; for settings of another version what they are stored under."""
    try:
        return labels([parse(row.config) for row in rows])
    except ValueError:
        return [row.name or row.id[:4] for row in rows]


def common(rows: Sequence[RunRow]) -> list[str]:
    """Labels of the net and the optimiser, as far as all rows have the same."""
    chosen = {part: {row.config[part]["name"] for row in rows} for part in ("model", "optimizer")}
    return [
        plain(part_label(part, *kinds))
        for part, kinds in chosen.items()
        if len(kinds) == 1 and kinds <= set(PARTS[part])
    ]


def heading(duel: DuelRow, rows: Sequence[RunRow]) -> str:
    """What a duel is called: its contestants, or the size of its grid; not escaped."""
    pictures = names(rows[0].config)[0]
    if duel.kind == "grid":
        kinds = dict.fromkeys(names(row.config)[2] for row in rows)
        return t("duel.grid_heading", count=len(rows), kinds=", ".join(kinds), data=pictures)
    return t("duel.heading", rivals=f" {t('duel.versus')} ".join(called(rows)), data=pictures)


def start(configs: Sequence[RunConfig], kind: str = "duel", guess: int | None = None) -> None:
    """Queue the contestants and turn the page to their duel; or say why that cannot be."""
    try:
        duel_id = store().create_duel(
            [config.model_dump(mode="json") for config in configs],
            names=[_storable(label) for label in labels(configs)],
            owner=visitor(),
            kind=kind,
            guess=guess,
            hidden=kind == "duel" and bool(st.session_state.get(HIDDEN)),
        )
    except ValueError as problem:
        st.toast(str(problem), icon=":material/error:")
        return
    st.query_params[PLACE] = duel_id
    st.rerun()


def _storable(label: str) -> str:
    """A label with only those characters that names of runs may have."""
    kept = re.sub(r"[^\w\-.() ]", " ", label)
    return " ".join(kept.split())[:40].strip()


def guesses(configs: Sequence[RunConfig], key: str, *, disabled: bool = False) -> None:
    """A button per contestant, guess and start in one, and one for those who just watch."""
    made = [(label, place) for place, label in enumerate(labels(configs))]
    with st.container(horizontal=True, gap="small"):
        for label, place in made:
            if clicked(
                label,
                key=f"{key}.guess.{place}",
                icon=":material/flag:",
                help=t("duel.guess_help", name=label),
                disabled=disabled,
            ):
                start(configs, guess=place)
        if clicked(
            t("duel.watch"),
            key=f"{key}.watch",
            kind="tertiary",
            icon=":material/visibility:",
            disabled=disabled,
        ):
            start(configs)
