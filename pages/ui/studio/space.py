"""The space as the browser gets it: points, prior, discriminator, and the decoder itself."""

from typing import Any

import numpy as np
import streamlit as st

from core import parcel, plane, portable
from core.encoded import Cloud
from core.maker import Maker
from core.plane import Plane
from core.prior import cells
from pages.ui.studio import elements
from pages.ui.studio.desk import Desk
from pages.ui.words import t

FINE = 96  # cells a side of the prior's density
COARSE = 48  # cells a side of what the discriminator thinks


@st.cache_resource(max_entries=6, show_spinner=False)
def _decoder(_maker: Maker, stamp: str) -> bytes | None:
    return portable.decoder(_maker, {"name": "decoder", "stamp": stamp})


def decoder(maker: Maker, stamp: str) -> None:
    """Hand the decoder over, so that codes become pictures where the pointer is."""
    made = _decoder(maker, stamp)
    elements.feed("decoder", made or portable.packed({"name": "decoder", "stamp": stamp}, {}))


def handed(desk: Desk) -> bool:
    """Whether the browser has the decoder; a large one stays on the server."""
    return _decoder(desk.maker, desk.stamp) is not None


def show(desk: Desk, label: int | None) -> None:
    """Hand the space over; label is the class that a guided discriminator is told."""
    flat = desk.plane
    names = _axis_names(flat)
    numbers = _space(desk.maker, desk.stamp, flat.kind, label, names, flat, desk.cloud)
    elements.feed("space", numbers)


@st.cache_resource(max_entries=24, show_spinner=False)
def _space(
    _maker: Maker,
    stamp: str,
    kind: str,
    label: int | None,
    axes: tuple[str, str],
    _plane: Plane,
    _cloud: Cloud | None,
) -> bytes:
    told: dict[str, Any] = {
        "name": "space",
        "stamp": f"{stamp} {kind} {label} {axes}",
        "net": stamp,
        "kind": kind,
        "code": _maker.code,
        "box": list(_plane.box),
        "names": list(_maker.classes),
        "axisNames": list(axes),
        "size": _maker.size,
    }
    arrays: dict[str, np.ndarray] = {
        "middle": _plane.middle.astype(np.float32),
        "axes": _plane.axes.astype(np.float32),
    }
    told |= _points(arrays, _plane, _cloud)
    told |= _fields(arrays, _maker, _plane, label)
    return portable.packed(told, arrays)


def _points(arrays: dict[str, np.ndarray], flat: Plane, cloud: Cloud | None) -> dict[str, Any]:
    """Where the pictures lie, their classes, and they themselves on one sheet."""
    count = len(flat.points) if cloud is not None else 0
    arrays["points"] = flat.points[:count].astype(np.float32)
    arrays["codes"] = flat.codes[:count].astype(np.float32)
    if cloud is None:
        arrays["labels"] = arrays["sprite"] = np.zeros(0, np.uint8)
        return {"sheet": "image/png", "across": 1}
    arrays["labels"] = cloud.labels[:count].astype(np.uint8)
    across = parcel.columns(count)
    whole = parcel.laid(cloud.pictures[:count], across)
    coloured = whole.ndim == 3
    sheet = parcel.jpeg(whole) if coloured else parcel.png(whole)
    arrays["sprite"] = np.frombuffer(sheet, np.uint8)
    return {"sheet": "image/jpeg" if coloured else "image/png", "across": across}


def _fields(
    arrays: dict[str, np.ndarray], maker: Maker, flat: Plane, label: int | None
) -> dict[str, Any]:
    """The prior's density with its contours, and what the discriminator takes for the prior."""
    told: dict[str, Any] = {"densitySteps": 0, "heatSteps": 0, "levels": []}
    bound = maker.judges or maker.settings.variant == "vae"
    density = flat.density(maker.prior, flat.box, FINE) if bound else None
    if density is not None:
        arrays["density"] = density.astype(np.float32)
        told |= {"densitySteps": FINE, "levels": plane.levels(density)}
    if maker.judges and flat.kind == "code":
        heat = judged(maker, cells(flat.box, COARSE), label)
        arrays["heat"] = np.rint(heat * 255).astype(np.uint8)
        told["heatSteps"] = COARSE
    return told


def judged(maker: Maker, codes: np.ndarray, label: int | None) -> np.ndarray:
    """How sure the discriminator is that codes are of the prior; of any class where it sees them.

    (n, d) -> (n)
    """
    if label is not None or not maker.settings.guided:
        return maker.judge(codes, label)
    return np.max([maker.judge(codes, one) for one in range(len(maker.classes))], axis=0)


def _axis_names(flat: Plane) -> tuple[str, str]:
    if flat.kind == "code":
        return "z₁", "z₂"
    if flat.kind == "tsne":
        return "t-SNE 1", "t-SNE 2"
    one, two = (f"{share:.0%}" for share in flat.shares)
    return t("latent.axis", number=1, share=one), t("latent.axis", number=2, share=two)
