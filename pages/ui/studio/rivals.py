"""Rivals: the same networks as plain autoencoder, VAE and AAE, their spaces side by side."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st

from core import plane
from core.config import RunConfig, parse
from core.nets import Net
from pages.ui.click import clicked
from pages.ui.session import ICONS
from pages.ui.studio import elements, memory, start
from pages.ui.studio.choice import offered, opened, short, variant
from pages.ui.studio.desk import Desk, laid
from pages.ui.studio.grid import KINGMA, MAKHZANI
from pages.ui.walk.ground import ground
from pages.ui.words import plain, t

MOST = 4  # spaces side by side
LISTED = 8
DOTS = 800
STEPS = 72
AGAINST = ("autoencoder", "vae")


def show(desk: Desk) -> None:
    """The spaces of the chosen nets."""
    st.markdown(t("latent.rivals.what"))
    others = _others(desk)
    chosen = []
    if others:
        names = {one.source: short(one) for one in others}
        picked = st.pills(
            t("latent.rivals.which"),
            list(names),
            format_func=lambda source: plain(names[source]),
            selection_mode="multi",
            default=_first(others),
            key=f"latent.rivals.{desk.net.source}",
            wrap=True,
        )
        chosen = [one for one in others if one.source in picked][: MOST - 1]
    desks = [desk, *_opened(chosen)]
    for at in range(0, len(desks), 2):
        for column, one in zip(st.columns(2), desks[at : at + 2], strict=False):
            with column:
                _space(one)
    st.caption(t("latent.rivals.figures_what"))
    _train(desk)
    ground(
        r"\text{VAE: }\mathbb{E}\,\|x-\hat x\|^2+\beta\,\mathrm{KL}\left(q(z|x)\,\|\,p(z)\right)"
        r"\qquad\text{AAE: }\min_E\max_{D_z}\mathbb{E}_{p(z)}\log D_z(z)"
        r"+\mathbb{E}_{x}\log\left(1-D_z(E(x))\right)",
        "kl = 0.5 * (mu ** 2 + var.exp() - 1 - var).sum(1)          # VAE\n"
        "fool = F.binary_cross_entropy_with_logits(judge(z), ones)  # AAE",
        KINGMA,
        MAKHZANI,
    )


def _others(desk: Desk) -> list[Net]:
    """Nets of the same pictures; true rivals with codes of the same width come first."""
    mine, code = desk.net, desk.maker.code
    kind = (mine.classes, mine.channels, mine.size)
    found = [
        one
        for one in offered()
        if one.source != mine.source and (one.classes, one.channels, one.size) == kind
    ]
    return sorted(found, key=lambda one: (variant(one.source)[1] != code, not _rival(one)))[:LISTED]


def _rival(one: Net) -> bool:
    return variant(one.source)[0] in AGAINST


def _first(others: Sequence[Net]) -> list[str]:
    """One of each kind of rival, else just somebody."""
    found: dict[str, str] = {}
    for one in others:
        if _rival(one):
            found.setdefault(variant(one.source)[0], one.source)
    return list(found.values()) or [others[0].source]


def _opened(nets: Sequence[Net]) -> list[Desk]:
    """The chosen nets laid out, without what is chosen in them."""
    found = []
    for one in nets:
        try:
            maker, stamp = opened(one.source)
        except ValueError as problem:
            st.error(plain(str(problem)), icon=":material/error:")
            continue
        found.append(laid(one, short(one), maker, stamp, "pca", beside=True))
    return found


def _space(desk: Desk) -> None:
    """One space: its picture and its two figures."""
    st.markdown(f"**{plain(short(desk.net))}**")
    elements.still(desk.net.source, _told(desk, desk.stamp))
    if desk.cloud is None or desk.cloud.few:
        st.caption(t("latent.no_set"))
        return
    empty, mixed = memory.measures(desk)
    holes = "–" if empty is None else f"{empty:.0%}"
    st.caption(t("latent.rivals.figures", holes=holes, overlap=f"{mixed:.0%}"))


@st.cache_data(max_entries=24, show_spinner=False)
def _told(_desk: Desk, stamp: str) -> dict[str, Any]:
    flat, cloud, maker = _desk.plane, _desk.cloud, _desk.maker
    count = min(DOTS, len(cloud)) if cloud is not None else 0
    bound = maker.judges or maker.settings.variant == "vae"
    density = flat.density(maker.prior, flat.box, STEPS) if bound else None
    return {
        "stamp": stamp,
        "box": list(flat.box),
        "points": elements.floats(flat.points[:count]),
        "labels": elements.small(cloud.labels[:count] if cloud is not None else np.zeros(0)),
        "densitySteps": 0 if density is None else STEPS,
        "density": elements.floats(np.zeros(0) if density is None else density),
        "levels": [] if density is None else plane.levels(density),
        "axisNames": ["z₁", "z₂"] if flat.kind == "code" else ["PC 1", "PC 2"],
        "alt": t("latent.rivals.alt", name=_desk.name),
    }


# Training them --------------------------------------------------------------------------------


def rival(config: RunConfig, variant: str) -> RunConfig:
    """The same networks on the same pictures, as another kind of autoencoder.

    Raises:
        ValueError: there is no such kind.
    """
    values = config.model_dump(mode="json")
    values["model"] |= {"variant": variant, "guided": False, "labels": 0}
    if variant == "vae":
        values["model"] |= {"prior": "gaussian", "painting": ""}
    return parse(values)


def _train(desk: Desk) -> None:
    """A button for each rival that could be trained with the same networks."""
    known = [kind for kind in AGAINST if kind != desk.maker.settings.variant]
    st.caption(t("latent.rivals.train_what"))
    if config := start.ground(desk.maker.config):
        with st.container(horizontal=True):
            for kind in known:
                said, key = t(f"latent.rivals.train_{kind}"), f"latent.rivals.train.{kind}"
                if clicked(said, key=key, icon=ICONS["train"]):
                    start.begin(rival(config, kind))
            start.to_run()
