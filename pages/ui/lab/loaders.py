"""What a DataLoader takes and makes: samplers, padded texts, transforms, and the workers' cost."""

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.labs import collate, samplers, transforms, workers
from core.labs.samplers import KINDS, REPLICAS, UNEVEN, Choice
from core.labs.workers import Measured
from pages.ui.lab import frame, link
from pages.ui.lab.cells import Block, cells
from pages.ui.lab.curves import Line, curves
from pages.ui.words import t

PAPER = "Paszke et al. 2019, PyTorch: an imperative style, high-performance deep learning library"
ADDRESS = "https://arxiv.org/abs/1912.01703"
LAWS = {
    "SequentialSampler": r"i_k = k",
    "RandomSampler": r"i_k = \pi(k),\quad \pi \text{ a random permutation of } 0 \dots n-1",
    "SubsetRandomSampler": r"i_k = S_{\pi(k)},\quad S \subset \{0 \dots n-1\}",
    "WeightedRandomSampler": r"P(i_k = i) = \frac{w_i}{\sum_j w_j},\quad w_i = \frac1{n_{y_i}}",
    "DistributedSampler": r"i_k = \pi_e(k R + r),\quad r = \text{rank},\ R = \text{replicas}",
    "BatchSampler": r"B_k = (i_{kb}, \dots, i_{kb+b-1})",
}
SIDE = 250  # pixels of the controls


def by_samplers() -> None:
    """Which indices come out, as pictures, and what that does to the classes."""
    with st.container(horizontal=True, gap="large"):
        left, right = st.container(width=SIDE), st.container(width="stretch")
    with left:
        kind = link.choice(
            t("lab.loading.sampler"), KINDS, "sampler", said=str, usual=KINDS[3], kind="radio"
        )
        size = st.slider(t("lab.loading.size"), 1, 8, 5, key="size", bind="query-params")
        number = st.slider(t("lab.loading.epoch"), 0, 5, 0, key="epoch", bind="query-params")
        drop = st.toggle("drop_last", key="drop", bind="query-params")
        rank = 0
        if kind == "DistributedSampler":
            rank = st.slider("rank", 0, REPLICAS - 1, 0, key="rank", bind="query-params")
    digits = samplers.digits()
    choice = Choice(kind, size, drop)
    drawn = samplers.epoch(choice, digits.labels, number, rank)
    taken = [index for batch in drawn for index in batch]
    with right:
        _counts(samplers.counts(digits.labels), samplers.counts([digits.labels[i] for i in taken]))
        cells("lab.batches", [_batch(at, batch) for at, batch in enumerate(drawn)], size=2)
    twice, missed = len(taken) - len(set(taken)), len(digits) - len(set(taken))
    frame.insight(t(f"lab.loading.says.{kind}", n=len(taken), twice=twice, missed=missed))
    rest = r"\lfloor n / b \rfloor" if drop else r"\lceil n / b \rceil"
    formula = rf"\begin{{gathered}} {LAWS[kind]} \\[6pt] \text{{batches}} = {rest} \end{{gathered}}"
    frame.ground(formula, f"{samplers.DATASET}\n\n{samplers.code(choice, number)}", PAPER, ADDRESS)


def _batch(number: int, batch: list[int]) -> Block:
    """A batch as its pictures side by side."""
    images = [samplers.digits()[index][0][0].numpy() for index in batch]
    row = np.concatenate([np.pad(image, ((0, 0), (0, 2))) for image in images], 1)[:, :-2]
    return Block(
        t("lab.loading.nth", number=number),
        row / 255,
        note=" · ".join(map(str, batch)),
        style="picture",
    )


def _counts(there: list[int], drawn: list[int]) -> None:
    places = [int(name) for name in UNEVEN]
    curves(
        "lab.counts",
        [
            Line(t("lab.loading.in_set"), places, there, "bars", 7),
            Line(t("lab.loading.in_epoch"), places, drawn, "bars", 0),
        ],
        title=t("lab.loading.counts"),
        x=t("lab.loading.digit"),
        y=t("lab.loading.pictures"),
        reach=(-1.5, 8.5, 0.0, 14.0),
        ticks=places,
        height=190,
    )


def _which(room: DeltaGenerator, count: int) -> int:
    """Which batch is looked at; another size may have fewer of them."""
    if st.session_state.get("at", 0) >= count:
        st.session_state["at"] = 0
    if count == 1:
        return 0
    label, last = t("lab.loading.which"), count - 1
    return int(room.slider(label, 0, last, 0, key="at", bind="query-params", width=SIDE))


def by_collate() -> None:
    """Texts of different length in one tensor, and what the padding costs."""
    room = st.container(horizontal=True, gap="large", vertical_alignment="bottom")
    with room:
        size = st.slider(
            t("lab.loading.size"), 1, 12, 4, key="texts", bind="query-params", width=SIDE
        )
        alike = st.toggle(t("lab.loading.alike"), key="alike", bind="query-params")
    made = collate.batches(size, alike)
    batch = made[_which(room, len(made))]
    width = batch.tokens.shape[1]
    empty = {
        (row, column)
        for row, length in enumerate(batch.lengths)
        for column in range(int(length), width)
    }
    topics = [collate.TOPICS[int(topic)] for topic in batch.topics]
    words = [[*row, *[""] * (width - len(row))] for row in batch.words]
    note = f"({len(topics)}, {width}) int64"
    cells("lab.words", [Block("", words, style="plain", rows=topics, hatched=empty)], size=28)
    numbers = Block("tokens", batch.tokens, note=note, digits=0, hatched=empty)
    cells("lab.tokens", [numbers, Block("lengths", batch.lengths[:, None], digits=0)], size=28)
    share, other = collate.waste(size, alike), collate.waste(size, not alike)
    key = "padding_alike" if alike else "padding"
    frame.insight(t(f"lab.loading.{key}", share=f"{share:.0%}", other=f"{other:.0%}"))
    if said := collate.refused(size):
        st.caption(t("lab.loading.refused"))
        st.code(f"RuntimeError: {said}", language=None, wrap_lines=True)
    formula = (
        r"\text{padding} = 1 - \frac{\sum_B \sum_{i \in B} n_i}{\sum_B |B|\,\max_{i\in B} n_i}"
    )
    frame.ground(formula, collate.code(size, alike), PAPER, ADDRESS)


@st.cache_data(max_entries=8, show_spinner=False)
def _pictures(name: str) -> np.ndarray:
    return transforms.pictures(name)


def by_transforms() -> None:
    """torchvision's transforms, before and after."""
    with st.container(horizontal=True, gap="large", vertical_alignment="bottom"):
        name = link.choice(t("lab.loading.set"), transforms.SETS, "set", said=str, usual="shapes")
        strength = st.slider(
            t("lab.loading.strength"), 0.0, 1.0, 0.5, 0.05, key="s", bind="query-params", width=SIDE
        )
        seed = st.slider(
            t("lab.loading.again"), 0, 19, 0, key="seed", bind="query-params", width=SIDE
        )
    chosen = link.several(
        t("lab.loading.transforms"),
        list(transforms.TRANSFORMS),
        "transforms",
        said=str,
        usual=["RandomCrop", "RandomRotation", "ColorJitter"],
    )
    images = _pictures(name)
    seen = transforms.after(images, chosen, strength, seed)
    before = [_shown(image, "") for image in images]
    after = [_shown(image, f"{image.shape[-2]}×{image.shape[-1]}") for image in seen]
    st.markdown(f"**{t('lab.loading.before')}**")
    cells("lab.before", before, size=3)
    st.markdown(f"**{t('lab.loading.after')}**")
    cells("lab.after", after, size=3)
    certain = [n for n in chosen if not transforms.TRANSFORMS[n].chance]
    drawn = [n for n in chosen if n not in certain]
    kind = "chance" if drawn else "certain" if certain else "plain"
    frame.insight(t(f"lab.loading.transform_{kind}", names=", ".join(drawn or certain)))
    steps = r" \circ ".join(f"t_{at}" for at in range(len(chosen), 0, -1)) or r"\mathrm{id}"
    formula = rf"x' = ({steps})(x),\qquad t_k \sim P_k \text{{ anew for each picture}}"
    frame.ground(formula, transforms.code(chosen, images.shape[-1], strength), PAPER, ADDRESS)


def _shown(image: np.ndarray, note: str) -> Block:
    picture = image[0] if image.shape[0] == 1 else image.transpose(1, 2, 0)
    return Block("", picture / 255, note=note, style="picture")


@st.cache_data(max_entries=1, ttl=600, show_spinner=False)
def _measured() -> list[Measured]:
    return workers.measure()


def by_workers() -> None:
    """What num_workers costs and brings, measured here and now in a process of its own."""
    st.markdown(t("lab.loading.workers", n=workers.PICTURES, batch=workers.BATCH))
    if st.button(t("lab.loading.measure"), icon=":material/timer:", key="lab.measure"):
        st.session_state["lab.measured"] = True
    if st.session_state.get("lab.measured"):
        try:
            with st.spinner(t("lab.loading.measuring")):
                _bars(_measured())
        except ValueError as problem:
            st.session_state["lab.measured"] = False
            st.warning(str(problem), icon=":material/timer_off:")
    formula = (
        r"t \approx t_\mathrm{start}(w) + \frac{n}{b}\,\max\!\Bigl("
        r"\frac{t_\mathrm{load}}{w} + t_\mathrm{send},\; t_\mathrm{train}\Bigr)"
    )
    frame.ground(formula, workers.code(2), PAPER, ADDRESS)


def _bars(found: list[Measured]) -> None:
    names = [row.name for row in found]
    heads = [t("lab.loading.first"), t("lab.loading.speed")]
    told = [heads, *([f"{row.first * 1000:,.0f} ms", f"{row.speed:,.0f}"] for row in found)]
    cells("lab.workers", [Block("", told, style="plain", rows=["", *names])], size=36)
    alone, *helped, whole = found
    best = max(helped, key=lambda row: row.speed)
    frame.insight(
        t(
            "lab.loading.workers_said",
            ratio=f"{best.speed / alone.speed:.1f}",
            name=best.name,
            whole=f"{whole.speed / alone.speed:.0f}",
            first=f"{best.first * 1000:,.0f}",
        )
    )
