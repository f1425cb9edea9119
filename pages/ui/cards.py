"""What nets say to a picture: a card each, side by side, and whether they agree."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from core.calibration import silence, softmax
from core.nets import Net
from core.opinions import Opinion, compare
from pages.ui import asking, shots
from pages.ui.asking import Asked
from pages.ui.browser import script, text
from pages.ui.words import t

ALL = 12  # classes up to which all are shown, always in their own order
TOP = 5

_FOLDER = Path(__file__).with_name("elements")
_bars = st.components.v2.component(
    "bars",
    js=script(_FOLDER / "direct.js", _FOLDER / "bars.js"),
    css=text(_FOLDER / "bars.css"),
)
TEMPERATURE, THRESHOLD = "predict.temperature", "predict.threshold"
TEMPERATURES = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0)


def settings() -> tuple[float, float]:
    """The temperature, and the threshold below which a net keeps silent, as the sliders stand."""
    threshold = st.session_state.get(THRESHOLD, 50)
    return float(st.session_state.get(TEMPERATURE, 1.0)), threshold / 100


def controls(chosen: Sequence[Net]) -> None:
    """The sliders: they stand below the answers, and are drawn after them to lose no time."""
    left, middle, right = st.columns(3, gap="medium")
    with left:
        asking.moment(chosen)
    with middle:
        st.select_slider(
            t("predict.temperature"),
            TEMPERATURES,
            value=1.0,
            key=TEMPERATURE,
            help=t("predict.temperature_help"),
        )
    with right:
        st.slider(
            t("predict.threshold"),
            0,
            100,
            50,
            step=5,
            format="%d%%",
            key=THRESHOLD,
            help=t("predict.threshold_help"),
        )


def worth(asked: Sequence[Asked], temperature: float, threshold: float) -> None:
    """What keeping silent would bring on the first net's test pictures."""
    known = next(((one.name, one.study) for one in asked if one.study is not None), None)
    if known is None or known[1] is None:
        st.caption(
            t("predict.worth_wait" if any(a.pending for a in asked) else "predict.worth_none")
        )
        return
    name, study = known
    found = silence(softmax(study.logits, temperature), study.labels, threshold)
    numbers = {"answered": f"{found.answered:.1%}", "right": f"{found.right:.1%}"}
    st.caption(t("predict.worth", name=name, n=f"{len(study.labels):,}", **numbers))


def show(told: dict[str, Any], ask: str = "") -> None:
    """The cards; what moves beside them asks for others under the name `ask`."""
    _bars(key="predict.bars", data=told | {"ask": ask})


def told(
    asked: Sequence[Asked],
    opinions: Sequence[Opinion],
    temperature: float,
    threshold: float,
    truth: str = "",
) -> dict[str, Any]:
    """What the cards say; empty ones where there are no opinions yet, so that nothing jumps."""
    speaking = [o for o in opinions if o.top(1, temperature)[0][2] >= threshold]
    verdict, tone = _verdict(opinions, speaking, temperature, truth)
    common = _common(speaking)
    cards = [
        _card(one, opinion, temperature, threshold, common)
        for one, opinion in zip(asked, opinions or [None] * len(asked), strict=True)
    ]
    return {"nets": cards, "verdict": verdict, "tone": tone, "label": t("predict.cards")}


def _common(speaking: Sequence[Opinion]) -> str:
    """The answer of most nets, "" where there is no majority to differ from."""
    verdict = compare(speaking)
    if verdict is None or verdict.unanimous:
        return ""
    first, second = verdict.answers[0], verdict.answers[1]
    return first[0] if first[1] > second[1] else ""


def _verdict(
    opinions: Sequence[Opinion], speaking: Sequence[Opinion], temperature: float, truth: str
) -> tuple[str, str]:
    """The line above the cards, and its tone: good, split or none."""
    if not opinions:
        return t("predict.waiting"), ""
    said, answers = [], {opinion.answer for opinion in speaking}
    if not speaking:
        said.append(t("predict.nobody"))
    elif len(opinions) > 1 and len(answers) == 1:
        key = "predict.all_say" if len(speaking) == len(opinions) else "predict.most_say"
        said.append(t(key, n=len(speaking), answer=speaking[0].answer))
    elif (verdict := compare(speaking, temperature)) is not None:
        parts = ", ".join(f"{answer} ×{n}" for answer, n in verdict.answers)
        said.append(t("predict.they_say", parts=parts, alike=f"{verdict.alike:.0%}"))
    if speaking and len(speaking) < len(opinions):
        said.append(t("predict.some_silent", n=len(opinions) - len(speaking)))
    if truth:
        said.append(t("predict.truth", truth=truth))
    if len(answers) > 1 or (truth and answers != {truth}):
        return " ".join(said), "split"
    return " ".join(said), "good" if len(opinions) > 1 or truth else ""


def _card(
    one: Asked, opinion: Opinion | None, temperature: float, threshold: float, common: str
) -> dict[str, Any]:
    """One net's card."""
    net, predictor = one.net, one.predictor
    note = t(f"predict.from_{net.kind}")
    if net.accuracy is not None:
        note = t("predict.right_in", share=f"{net.accuracy:.1%}")
    kind = t("predict.colour" if predictor.channels == 3 else "predict.grey")
    size = f"{predictor.size}×{predictor.size}, {kind}"
    card = {"name": one.name, "note": note, "size": size, "small": predictor.size <= shots.SMALL}
    card["alt"] = t("predict.seen_alt", name=one.name)
    if opinion is None:
        names = predictor.classes[: ALL if len(predictor.classes) <= ALL else TOP]
        rows = [{"name": name, "share": 0, "text": "", "place": ""} for name in names]
        if len(predictor.classes) > ALL:
            rows = [row | {"name": "·"} for row in rows]
        blank = dict.fromkeys(("second", "facts", "warning"), "")
        return card | blank | {"seen": shots.EMPTY, "answer": "–", "rows": rows}
    best = opinion.top(2, temperature)
    silent = best[0][2] < threshold
    bits, most = opinion.bits(temperature), len(opinion.classes)
    facts = t("predict.entropy", bits=f"{bits:.2f}", most=f"{math.log2(most):.2f}")
    return card | {
        "seen": shots.address(opinion.seen),
        "answer": t("predict.silent") if silent else best[0][1],
        "second": t("predict.second", name=best[1][1], share=_percent(best[1][2])),
        "silent": silent,
        "apart": bool(common) and not silent and opinion.answer != common,
        "rows": _rows(opinion, temperature),
        "facts": facts,
        "warning": t("predict.strange") if opinion.strange else "",
    }


def _rows(opinion: Opinion, temperature: float) -> list[dict[str, Any]]:
    """All classes in their own order, so that bars stay in place; of many only the best."""
    shares = opinion.probabilities(temperature)
    if len(opinion.classes) > ALL:
        best = [(name, share) for _, name, share in opinion.top(TOP, temperature)]
    else:
        best = list(zip(opinion.classes, shares.tolist(), strict=True))
    ranked = [at for at, _, _ in opinion.top(2, temperature)]
    first, second = (opinion.classes[at] for at in ranked)
    places = {first: "first", second: "second"}
    return [
        {"name": name, "share": share, "text": _percent(share), "place": places.get(name, "")}
        for name, share in best
    ]


def _percent(share: float) -> str:
    return f"{share:.0%}" if share >= 0.995 or share < 0.0005 else f"{share:.1%}"
