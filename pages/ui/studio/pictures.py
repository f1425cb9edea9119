"""A picture for the studio: drawn, picked, uploaded or taken, packed as the net has learned."""

from dataclasses import dataclass, replace
from typing import cast

import numpy as np
import streamlit as st
from PIL import Image

from core.imaging import BadPicture, to_array
from core.inference import Predictor
from pages.ui import asking, ways
from pages.ui.asking import Asked
from pages.ui.brought import Subject
from pages.ui.studio.desk import Desk
from pages.ui.words import plain, t

WAYS = ("samples", "draw", "upload", "camera")


@dataclass(frozen=True, eq=False)
class Brought:
    """A picture packed uint8 (c, h, w), and its class by number, -1 where that is not known."""

    packed: np.ndarray
    label: int


def bring(desk: Desk, key: str) -> Brought | None:
    """Draw the ways in; what came by the chosen one, None while there is nothing."""
    slot = f"latent.way.{key}"
    way = st.segmented_control(
        t("predict.way"),
        WAYS,
        format_func=lambda name: f"{ways.WAYS[name]} {t(f'predict.way_{name}')}",
        default="samples" if slot not in st.session_state else None,
        key=slot,
        required=True,
        label_visibility="collapsed",
        wrap=True,
        persist_state="session",
    )
    subject = _upload(key) if way == "upload" else ways.bring(str(way), [_asker(desk)])
    if subject is None:
        return None
    maker = desk.maker
    truth = desk.names.index(subject.truth) if subject.truth in desk.names else -1
    return Brought(to_array(subject.image, maker.channels, maker.size), truth)


def _asker(desk: Desk) -> Asked:
    """The net as the ways in know it; they ask it nothing, so that it need not answer."""
    data = desk.cloud.data if desk.cloud is not None else desk.net.data
    net = replace(desk.net, data=data)
    return Asked(net, desk.name, cast(Predictor, desk.maker), None, False)


def _upload(key: str) -> Subject | None:
    """One file."""
    decoders = asking.decoders()
    file = st.file_uploader(
        t("latent.upload"),
        key=f"latent.file.{key}",
        max_upload_size=20,
        help=t("predict.upload_help"),
    )
    if file is None:
        return None
    try:
        image: Image.Image = decoders.open(file.getvalue(), file.name)
    except BadPicture as problem:
        st.error(plain(str(problem)), icon=":material/broken_image:")
        return None
    return Subject(image, file.name)
