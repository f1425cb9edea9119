"""The style desk: one picture gives the hand, the labels give what it writes."""

import numpy as np
import streamlit as st

from pages.ui.session import ICONS, door
from pages.ui.studio import elements, pictures
from pages.ui.studio.choice import NET, offered
from pages.ui.studio.desk import Desk
from pages.ui.studio.grid import MAKHZANI
from pages.ui.walk.ground import ground
from pages.ui.words import t

HANDS = 5  # test pictures below one's own
KEEPER = "zoo:mnist-aae-style"


def show(desk: Desk) -> None:
    """All labels in the hand of a picture; a net whose decoder is told nothing cannot do it."""
    st.markdown(t("latent.style.what"))
    if desk.maker.content:
        _desk(desk)
    else:
        _elsewhere()
    ground(
        r"\hat x_{k}=D\left(E(x),\,e_k\right),\quad k=1\dots K",
        "z = encoder(x)\nall_ten = decoder(torch.cat([z.expand(10, -1), torch.eye(10)], dim=1))",
        MAKHZANI,
    )


def _desk(desk: Desk) -> None:
    brought = pictures.bring(desk, "style")
    if brought is None:
        st.caption(t("latent.waiting"))
        return
    hands = [brought.packed]
    if desk.cloud is not None:
        hands += list(desk.cloud.pictures[:: max(1, len(desk.cloud) // HANDS)][:HANDS])
    table(desk, np.stack(hands))


def table(desk: Desk, hands: np.ndarray) -> None:
    """A row for each hand, a column for each label."""
    rows, codes = written(desk, hands)
    count = desk.maker.content
    beside = np.concatenate([hands[:, None], rows], 1)
    contents = np.tile([max(desk.at.content, 0), *range(count)], len(hands))
    elements.tiles(
        "style",
        beside.reshape(-1, *hands.shape[1:]),
        elements.Look(
            top=[t("latent.style.hand"), *desk.maker.names],
            side=[t("latent.style.yours"), *[t("latent.style.test")] * (len(hands) - 1)],
            note=t("latent.style.axes"),
            most=60,
        ),
        columns=count + 1,
        codes=np.repeat(codes, count + 1, 0),
        contents=contents.tolist(),
        alt=t("latent.style.alt"),
    )


def written(desk: Desk, hands: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Every label in the style of each picture. (n, c, h, w) -> (n, k, c, h, w), codes (n, d)"""
    count = desk.maker.content
    codes = desk.maker.encode(hands).z
    made = desk.maker.decode(np.repeat(codes, count, 0), np.tile(np.arange(count), len(hands)))
    return made.reshape(len(hands), count, *hands.shape[1:]), codes


def _elsewhere() -> None:
    """Where it can be done."""
    st.info(t("latent.style.none"), icon=":material/info:")
    if KEEPER in {net.source for net in offered()}:
        st.button(t("latent.style.open"), icon=":material/edit:", on_click=_open)
    else:
        st.page_link(
            door("train"), label=t("latent.train"), icon=ICONS["train"],
            query_params={"model": "aae"},
        )  # fmt: skip


def _open() -> None:
    st.session_state[NET] = KEEPER
    st.query_params["net"] = KEEPER
