"""Why: what in a picture speaks for an answer, by several methods, and whether to believe it."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext

import numpy as np
import streamlit as st

from core import overlay, probe
from core.explain import METHODS, Choice, Explained, Means, explain, means
from core.inference import Predictor
from core.opinions import Opinion
from pages.ui import belief, inquiry
from pages.ui.asking import Asked
from pages.ui.session import ICONS, door
from pages.ui.shots import inlined
from pages.ui.words import plain, t

ALL = "all"
ACROSS = 4  # maps in a row when all are shown
SLOW = ("score_cam", "integrated", "occlusion")  # for large nets only when asked for
FIRST = ("relevance", "grad_cam", "occlusion")  # what is shown first, where a net can have it


@st.cache_data(max_entries=64, show_spinner=False)
def _means(_net: Predictor, stamp: str) -> Means:
    return means(_net)


@st.cache_data(max_entries=512, show_spinner=False)
def _explained(_net: Predictor, stamp: str, packed: np.ndarray, choice: Choice) -> Explained:
    return explain(_net, packed, choice)


def stamp_of(one: Asked) -> str:
    """What names a net's weights in caches."""
    weights = one.predictor.card.get("files", {}).get("model", {})
    return f"{one.net.source} {weights.get('sha256', '')}"


def show(asked: Sequence[Asked], opinions: Sequence[Opinion]) -> None:
    """The part that explains one of the nets' answers, once it is unfolded."""
    box = st.expander(
        t("why.title"), icon=":material/troubleshoot:", key="why.open", on_change="rerun"
    )
    if not box.open:
        return
    with box:
        if not opinions:
            st.caption(t("why.nothing"))
            return
        _inside(asked, opinions)


@st.fragment
def _inside(asked: Sequence[Asked], opinions: Sequence[Opinion]) -> None:
    st.markdown(t("why.what"))
    at = _which(asked)
    one, opinion = asked[at], opinions[at]
    offered = _means(one.predictor, stamp_of(one))
    method = _method(offered)
    packed = np.ascontiguousarray(opinion.seen.transpose(2, 0, 1))
    if method == ALL:
        _side_by_side(one, opinion, offered, packed)
    else:
        _one(one, opinion, offered, packed, method)
    _lacking(offered)
    _doors(offered, one)


def _which(asked: Sequence[Asked]) -> int:
    """Which of the nets is explained."""
    if len(asked) < 2:
        return 0
    names = [one.name for one in asked]
    chosen = st.segmented_control(
        t("why.which"), names, default=names[0], required=True, key=f"why.which.{'|'.join(names)}"
    )
    return names.index(str(chosen))


def _method(offered: Means) -> str:
    names = offered.methods()
    usual = next(name for name in FIRST if name in names)
    chosen = st.segmented_control(
        t("why.method"),
        [*names, ALL],
        format_func=lambda name: t("why.all") if name == ALL else t(f"why.{name}.label"),
        default=usual,
        required=True,
        key=f"why.method.{'|'.join(names)}",
    )
    return str(chosen)


def _one(one: Asked, opinion: Opinion, offered: Means, packed: np.ndarray, method: str) -> None:
    """One method: the picture, the map over it, what to choose, and what it means."""
    left, middle, right = st.columns([4, 4, 4], gap="medium")
    with right:
        index = inquiry.of_class(opinion, one.net.source)
        choice = inquiry.choose(method, index, offered, one)
        strength, smooth = inquiry.look()
    try:
        with _patience(one.predictor):
            found = _explained(one.predictor, stamp_of(one), packed, choice)
    except ValueError as problem:
        st.error(plain(str(problem)), icon=":material/error:")
        return
    picture = opinion.seen
    with left:
        st.image(
            inlined(overlay.enlarged_picture(picture)),
            alt=t("why.seen"),
            width="stretch",
        )
        st.caption(t("why.seen_by", name=plain(one.name), **_said(opinion, index)))
    with middle:
        _map(picture, found, strength, smooth, method, opinion.classes[index])
    _told(method, found)
    belief.show(one.predictor, stamp_of(one), packed, index, choice)


def _patience(net: Predictor) -> AbstractContextManager[object]:
    """Large nets take seconds, and that is said; small ones answer before it could be read."""
    return st.spinner(t("why.wait"), show_time=True) if net.size > overlay.SMALL else nullcontext()


def _told(method: str, found: Explained) -> None:
    """What the method does: in words, as a formula, and who found it."""
    spec = METHODS[method]
    words, formula = st.columns([3, 2], gap="medium", vertical_alignment="center")
    with words:
        st.markdown(t(f"why.{method}.what"))
        st.caption(f"[{spec.paper}](https://arxiv.org/abs/{spec.arxiv}) · {_time(found)}")
    formula.latex(spec.formula)


def _map(
    picture: np.ndarray,
    found: Explained,
    strength: float,
    smooth: bool,
    method: str,
    name: str,
) -> None:
    """The map over its picture, and how to read it."""
    image = overlay.laid_over(
        picture, found.values, signed=found.signed, strength=strength, smooth=smooth
    )
    st.image(inlined(image), alt=t(f"why.{method}.label"), width="stretch")
    h, w = found.values.shape
    scale = t("why.signed" if found.signed else "why.heat", name=plain(name))
    if not found.values.any():
        scale = t("why.flat", name=plain(name))
    st.caption(f"{scale} {t('why.grid', grid=f'{h}×{w}')}")


def _said(opinion: Opinion, index: int) -> dict[str, str]:
    share = opinion.probabilities()[index]
    return {"answer": plain(opinion.classes[index]), "share": f"{share:.1%}"}


def _time(found: Explained) -> str:
    spent = found.milliseconds
    return f"{spent:.0f} ms" if spent < 1000 else f"{spent / 1000:.1f} s"


def _side_by_side(one: Asked, opinion: Opinion, offered: Means, packed: np.ndarray) -> None:
    """All methods for one class, each as it is usually set."""
    left, right = st.columns([1, 1], gap="medium")
    with left:
        index = inquiry.of_class(opinion, one.net.source)
    with right:
        strength, smooth = inquiry.look()
    names = offered.methods()
    if one.predictor.size > overlay.SMALL:
        names = [name for name in names if name not in SLOW]
        st.caption(t("why.slow"))
    layer = probe.default(list(offered.layers)).name if offered.layers else ""
    for start in range(0, len(names), ACROSS):
        for place, name in zip(st.columns(ACROSS), names[start : start + ACROSS], strict=False):
            of = index if METHODS[name].classes else 0
            choice = Choice(name, of, layer=layer if METHODS[name].layers else "")
            with place, _patience(one.predictor):
                found = _explained(one.predictor, stamp_of(one), packed, choice)
            with place:
                st.markdown(f"**{t(f'why.{name}.label')}**")
                _map(opinion.seen, found, strength, smooth, name, opinion.classes[index])


def _lacking(offered: Means) -> None:
    """One sentence for each kind of method that this net cannot have."""
    for needs in ("maps", "attention"):
        names = [n for n, spec in METHODS.items() if spec.needs == needs and offered.lack(n)]
        if not names:
            continue
        kind = offered.kind if offered.kind in ("mlp", "lstm") else "other"
        why = t(f"why.no_maps.{kind}") if needs == "maps" else t("why.no_attention")
        st.caption(t("why.lacking", names=", ".join(t(f"why.{n}.label") for n in names), why=why))


def _doors(offered: Means, one: Asked) -> None:
    """The pages that look further inside such a net, with this net and a picked test picture."""
    room = "vit" if offered.attention else "cnn"
    if room in ICONS and (offered.attention or offered.layers):
        same = {"net": one.net.source, "sample": str(st.query_params.get("sample", ""))}
        told = {name: value for name, value in same.items() if value}
        st.page_link(door(room), label=t(f"why.door_{room}"), query_params=told)
