"""The line: what lies between two codes, on the straight way or round the middle."""

from dataclasses import replace

import numpy as np
import streamlit as st

from core import latent, parcel, recall
from pages.ui.studio import elements, pictures
from pages.ui.studio.desk import Code, Desk, begin, code, link
from pages.ui.walk.ground import ground
from pages.ui.words import t

SHOWN = 12  # pictures of the strip
FILM = 36  # pictures of the animation
WHITE = ("White 2016", "https://arxiv.org/abs/1609.04468")
WAY = "latent.line.way"


def path(desk: Desk, steps: int) -> np.ndarray:
    """The codes from A to B on the chosen way. -> (steps, d)"""
    way: latent.Way = "circle" if st.session_state.get(WAY) == "circle" else "straight"
    a, b = (np.asarray(end, np.float32) for end in desk.at.line)
    return latent.line(a, b, steps, way)


def show(desk: Desk) -> None:
    """The strip, the two ends, the two ways."""
    st.markdown(t("latent.line.what"))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        _way()
        with st.popover(t("latent.line.ends"), icon=":material/add_photo_alternate:"):
            _ends(desk)
        place = st.container(width="content")
    codes = path(desk, FILM)
    every = np.linspace(0, FILM - 1, SHOWN).round().astype(int)
    decoded = desk.decode(codes)
    with place:
        _download(decoded)
    elements.tiles(
        "line",
        decoded[every],
        elements.Look(
            captions=[f"{at / (FILM - 1):.2f}" for at in every],
            note=t("latent.line.axis"),
            most=76,
            play=True,
        ),
        columns=SHOWN // 2,
        codes=codes[every],
        contents=[desk.at.content] * SHOWN if desk.maker.content else None,
        alt=t("latent.line.alt"),
    )
    _told(desk, codes, decoded)
    ground(
        r"z(t)=(1-t)\,a+t\,b\qquad z(t)=r(t)\left[\frac{\sin((1-t)\Omega)}{\sin\Omega}\,\hat a+"
        r"\frac{\sin(t\Omega)}{\sin\Omega}\,\hat b\right],\;\cos\Omega=\hat a^{\top}\hat b",
        "straight = torch.lerp(a, b, t)\n"
        "round = (torch.sin((1 - t) * o) * a / a.norm() + torch.sin(t * o) * b / b.norm())\n"
        "round = round / torch.sin(o) * torch.lerp(a.norm(), b.norm(), t)",
        WHITE,
    )


def _way() -> None:
    if WAY not in st.session_state:
        told = st.query_params.get("way")
        st.session_state[WAY] = told if told in latent.WAYS else "straight"
    chosen = st.segmented_control(
        t("latent.line.way"),
        list(latent.WAYS),
        format_func=lambda name: t(f"latent.line.way_{name}"),
        key=WAY,
        required=True,
        persist_state="session",
        help=t("latent.line.way_help"),
    )
    link("way", "" if chosen == "straight" else str(chosen))


def _ends(desk: Desk) -> None:
    """Take the chosen point, or a picture, as an end of the line."""
    st.caption(t("latent.line.ends_what"))
    _buttons(desk, "point", desk.at.z)
    st.divider()
    brought = pictures.bring(desk, "line")
    if brought is not None:
        _buttons(desk, "picture", code(desk.maker.encode(brought.packed[None]).z[0]))


def _buttons(desk: Desk, what: str, z: Code) -> None:
    a, b = desk.at.line
    with st.container(horizontal=True):
        for name, line in (("A", (z, b)), ("B", (a, z))):
            st.button(
                t(f"latent.line.{what}", name=name),
                key=f"latent.line.{what}.{name}",
                on_click=begin,
                args=(replace(desk.at, line=line),),
            )


def _told(desk: Desk, codes: np.ndarray, decoded: np.ndarray) -> None:
    """How evenly the picture changes, and how far from the middle the line runs."""
    steps = recall.changes(decoded)
    lengths = np.linalg.norm(codes, axis=1)
    share = float(steps.max() / max(float(steps.sum()), 1e-9))
    st.caption(
        t(
            "latent.line.told",
            largest=f"{share:.0%}",
            even=f"{1 / len(steps):.0%}",
            ends=f"{lengths[0]:.1f}, {lengths[-1]:.1f}",
            middle=f"{lengths[len(lengths) // 2]:.1f}",
        )
    )


def _download(decoded: np.ndarray) -> None:
    st.download_button(
        "GIF",
        data=lambda: parcel.animation(parcel.there_and_back(decoded)),
        file_name="line.gif",
        mime="image/gif",
        icon=":material/download:",
        on_click="ignore",
        key="latent.line.gif",
    )
