"""Samples: codes drawn from the prior, decoded; whole or of one part, by seed and temperature."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from core import parcel, readable
from core.codes import Samples
from pages.ui.studio import elements
from pages.ui.studio.desk import Desk, link
from pages.ui.studio.grid import MAKHZANI
from pages.ui.walk.ground import ground
from pages.ui.words import plain, t

COUNTS = (16, 36, 64, 100, 196, 400)
SEED, COUNT, HEAT = "latent.seed", "latent.count", "latent.temperature"
PART, CONTENT = "latent.part", "latent.sample.content"
ALL = -1
FURTHEST = 2**31 - 1


def show(desk: Desk) -> None:
    """The samples and what they are drawn by."""
    st.markdown(t("latent.samples.what"))
    _from_link()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        count = st.select_slider(t("latent.samples.count"), COUNTS, key=COUNT, width=170)
        seed = int(st.number_input(t("latent.samples.seed"), 0, FURTHEST, key=SEED, width=150))
        heat = st.slider(
            t("latent.samples.temperature"), 0.0, 2.0, step=0.05, key=HEAT, width=190,
            help=t("latent.samples.temperature_help"),
        )  # fmt: skip
        part, content = _choices(desk)
    link("seed", str(seed) if seed else "")
    link("n", str(count) if count != 100 else "")
    link("heat", f"{heat:g}" if heat != 1 else "")
    drawn = _drawn(desk, desk.stamp, count, seed, part, content, heat)
    elements.tiles(
        "samples",
        drawn.pictures,
        elements.Look(
            note=t("latent.samples.press"),
            most=64,
        ),
        columns=parcel.columns(count),
        codes=drawn.z,
        contents=None if drawn.content is None else drawn.content.tolist(),
        alt=t("latent.samples.alt", count=count, seed=seed),
    )
    _read(desk, drawn)
    _downloads(desk, drawn, seed)
    ground(
        r"z\sim p(z),\qquad \hat x=D\left(\mu_c+T\,(z-\mu_c)\right)",
        "z = prior.sample((n,))\nx = decoder(middle + temperature * (z - middle))",
        MAKHZANI,
    )


def _from_link() -> None:
    """A link's numbers, once; what is no number is left alone."""

    def told(name: str, usual: float) -> float:
        try:
            return float(st.query_params.get(name, usual))
        except ValueError:
            return usual

    if SEED not in st.session_state:
        seed = told("seed", 0)
        st.session_state[SEED] = int(seed) if 0 <= seed <= FURTHEST else 0
    if COUNT not in st.session_state:
        count = told("n", 100)
        st.session_state[COUNT] = int(count) if count in COUNTS else 100
    if HEAT not in st.session_state:
        heat = told("heat", 1.0)
        st.session_state[HEAT] = heat if 0 <= heat <= 2 else 1.0


def _choices(desk: Desk) -> tuple[int | None, int | None]:
    """Which part of the prior, and which content; None for all of them."""
    maker, part, content = desk.maker, None, None
    if maker.judges or maker.settings.variant == "vae":
        names = desk.names if maker.settings.guided else _numbered(maker.prior.parts)
        part = _menu(t("latent.samples.part"), names, f"{PART}.{desk.net.source}")
    if maker.content:
        title = t("latent.samples.content")
        content = _menu(title, maker.names, f"{CONTENT}.{desk.net.source}")
    return part, content


def _numbered(count: int) -> list[str]:
    return [str(number + 1) for number in range(count)]


def _menu(title: str, names: Sequence[str], key: str) -> int | None:
    chosen = st.selectbox(
        title,
        [ALL, *range(len(names))],
        format_func=lambda at: t("latent.samples.all") if at == ALL else names[at],
        key=key,
        width=140,
    )
    return None if chosen in (ALL, None) else int(chosen)


@st.cache_data(max_entries=24, show_spinner=False)
def _drawn(
    _desk: Desk,
    stamp: str,
    count: int,
    seed: int,
    part: int | None,
    content: int | None,
    heat: float,
) -> Samples:
    return _desk.maker.sample(count, seed=seed, component=part, content=content, temperature=heat)


def _read(desk: Desk, drawn: Samples) -> None:
    """What a classifier makes of the samples, where one knows such pictures."""
    said = _verdict(desk, f"{desk.stamp} {hash(drawn.pictures.tobytes())}", drawn.pictures)
    if said is None:
        return
    share, counts = said
    least = min(range(len(counts)), key=lambda at: counts[at])
    st.markdown(
        t(
            "latent.samples.read",
            share=f"{share:.0%}",
            classes=sum(count > 0 for count in counts),
            of=len(counts),
            least=plain(desk.names[least]),
            few=f"{counts[least] / max(1, sum(counts)):.0%}",
        )
    )


@st.cache_data(max_entries=24, show_spinner=False)
def _verdict(
    _desk: Desk, stamp: str, _pictures: np.ndarray
) -> tuple[float, tuple[int, ...]] | None:
    return readable.verdict(_desk.maker, _pictures)


def _downloads(desk: Desk, drawn: Samples, seed: int) -> None:
    """A sheet to look at, numbers to go on with."""
    arrays = {"images": drawn.pictures, "z": drawn.z, "seed": np.asarray(seed)}
    if drawn.content is not None:
        arrays["content"] = drawn.content
    columns = parcel.columns(len(drawn.z))
    with st.container(horizontal=True):
        st.download_button(
            t("latent.samples.sheet"),
            data=lambda: parcel.large(drawn.pictures, columns),
            file_name=f"samples-{seed}.png",
            mime="image/png",
            icon=":material/download:",
            on_click="ignore",
        )
        st.download_button(
            t("latent.samples.numbers"),
            data=lambda: parcel.archive(arrays),
            file_name=f"samples-{seed}.npz",
            mime="application/octet-stream",
            icon=":material/download:",
            on_click="ignore",
        )
