"""Reconstruct: any picture through encoder and decoder, what is lost, what noise makes of it."""

from dataclasses import replace

import numpy as np
import streamlit as st

from core import readable
from core.overlay import coloured
from pages.ui.studio import elements, pictures
from pages.ui.studio.desk import Desk, begin, code
from pages.ui.studio.grid import KINGMA, MAKHZANI
from pages.ui.studio.pictures import Brought
from pages.ui.walk.ground import ground
from pages.ui.words import plain, t

DRAWS = 16


def show(desk: Desk) -> None:
    """The picture, its reconstruction, the difference."""
    st.markdown(t("latent.rebuild.what"))
    brought = pictures.bring(desk, "rebuild")
    if brought is None:
        st.caption(t("latent.waiting"))
        return
    maker = desk.maker
    found = maker.encode(brought.packed[None], draws=DRAWS)
    label = told(desk, brought)
    content = None
    if maker.content:
        content = np.asarray([label]) if found.content is None else found.content
    back = maker.decode(found.z, content)[0]
    _beside(brought.packed, back)
    if maker.content and found.content is None:
        st.caption(t("latent.rebuild.told", name=plain(maker.names[label])))
    place = label if found.content is None else int(found.content[0].argmax())
    st.button(
        t("latent.rebuild.take"),
        icon=":material/my_location:",
        key="latent.rebuild.take",
        on_click=begin,
        args=(replace(desk.at, z=code(found.z[0]), content=place if maker.content else -1),),
    )
    _noise(desk, found.drawn, content)
    ground(
        r"\hat x=D(E(x)),\qquad \mathcal{L}=\frac{1}{n}\sum_{i}(x_i-\hat x_i)^2",
        "z = encoder(x)\nx_hat = decoder(z)\nloss = F.mse_loss(x_hat, x)",
        MAKHZANI,
        KINGMA,
    )


def _beside(packed: np.ndarray, back: np.ndarray) -> None:
    """The picture, what came back, and the difference."""
    gap = (back.astype(np.float32) - packed.astype(np.float32)) / 255
    elements.tiles(
        "rebuild",
        np.stack([_colour(one) for one in (packed, back, _map(gap))]),
        elements.Look(
            captions=[t(f"latent.rebuild.{part}") for part in ("picture", "back", "gap")],
            note=t("latent.rebuild.lost", mse=f"{float((4 * gap**2).mean()):.4f}"),
            most=150,
        ),
        columns=3,
        alt=t("latent.rebuild.alt"),
    )


def told(desk: Desk, brought: Brought) -> int:
    """The class that a decoder is told with a picture: its own, else what a classifier reads."""
    if brought.label >= 0 or not desk.maker.content:
        return max(0, brought.label)
    found = readable.read(desk.maker, brought.packed[None])
    return desk.at.content if found is None else int(found[0])


def _noise(desk: Desk, drawn: np.ndarray, content: np.ndarray | None) -> None:
    """What the noise of the encoder makes of one and the same picture."""
    if desk.maker.settings.encoder == "deterministic" and desk.maker.settings.variant != "vae":
        st.caption(t("latent.rebuild.no_noise"))
        return
    codes = drawn[:, 0]
    each = None if content is None else np.repeat(content, len(codes), 0)
    st.markdown(f"**{t('latent.rebuild.noise')}**")
    elements.tiles(
        "noise",
        desk.maker.decode(codes, each),
        elements.Look(
            note=t("latent.rebuild.noise_what", spread=f"{float(codes.std(0).mean()):.3f}"),
            most=64,
        ),
        columns=8,
        codes=codes,
        alt=t("latent.rebuild.noise"),
    )


def _colour(picture: np.ndarray) -> np.ndarray:
    return np.broadcast_to(picture, (3, *picture.shape[1:]))


def _map(gap: np.ndarray) -> np.ndarray:
    """A difference −1…1 per pixel as colours: orange too bright, blue too dark."""
    far = gap.mean(0)
    cover = np.abs(np.clip(far * 1.5, -1, 1))[..., None] ** 0.8
    tone = coloured(far, True) * cover + 16 * (1 - cover)
    return np.asarray(np.rint(tone).astype(np.uint8).transpose(2, 0, 1))
