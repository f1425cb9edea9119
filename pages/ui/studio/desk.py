"""The desk: an opened autoencoder, its space, and what is chosen in it, kept in session and URL."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import streamlit as st

from core import encoded, plane
from core.encoded import Cloud
from core.maker import Maker
from core.nets import Net
from core.plane import Plane
from pages.ui.studio import elements

AT, TURN, OF = "latent.at", "latent.turn", "latent.of"
FURTHEST = 1e4  # a code from a link is not larger
Code = tuple[float, ...]


@dataclass(frozen=True)
class At:
    """What is chosen: a code with its content (-1 for none), the ends of a line, a box or none."""

    z: Code
    content: int
    line: tuple[Code, Code]
    box: tuple[float, float, float, float] | None


@dataclass(frozen=True, eq=False)
class Desk:
    """A net at a moment of its training, test pictures as it places them, and what is chosen.

    stamp names net and moment; cloud is None where no set of its kind is here, and none of its
    pictures came along.
    """

    net: Net
    name: str
    maker: Maker
    stamp: str
    cloud: Cloud | None
    plane: Plane
    at: At

    @property
    def z(self) -> np.ndarray:
        """The chosen code. (d)"""
        return np.asarray(self.at.z, np.float32)

    @property
    def names(self) -> tuple[str, ...]:
        """The classes."""
        return tuple(self.maker.classes)

    def content(self, count: int) -> np.ndarray | None:
        """The chosen content for so many codes, None where the decoder is told none."""
        return np.full(count, self.at.content) if self.maker.content else None

    def decode(self, codes: np.ndarray) -> np.ndarray:
        """Codes with the chosen content to pictures. (n, d) -> uint8 (n, c, h, w)"""
        return self.maker.decode(codes, self.content(len(codes)))


@st.cache_resource(max_entries=12, show_spinner=False)
def _cloud(_maker: Maker, stamp: str) -> Cloud | None:
    return encoded.cloud(_maker)


@st.cache_resource(max_entries=24, show_spinner=False)
def _plane(_maker: Maker, stamp: str, kind: str, here: bool) -> Plane:
    cloud = _cloud(_maker, stamp)
    codes = cloud.codes if cloud is not None else _maker.prior.sample(1000, seed=0)
    bound = _maker.judges or _maker.settings.variant == "vae"
    flat: plane.Kind = "tsne" if kind == "tsne" else "pca"
    return plane.lay(codes, _maker.prior, flat, bound)


def laid(net: Net, name: str, maker: Maker, stamp: str, kind: str, *, beside: bool = False) -> Desk:
    """The desk of a net: its space laid out, and what is chosen there; beside another, nothing."""
    cloud = _cloud(maker, stamp)
    flat = _plane(maker, stamp, kind, cloud is not None)
    at = _usual(maker, cloud) if beside else _at(maker, cloud, net.source)
    return Desk(net, name, maker, stamp, cloud, flat, at)


# What is chosen -------------------------------------------------------------------------------


def _at(maker: Maker, cloud: Cloud | None, source: str) -> At:
    """What was chosen last, else what the URL says, else something to begin with."""
    usual = _usual(maker, cloud)
    if st.session_state.get(OF) != source:
        first = OF not in st.session_state
        st.session_state[OF] = source
        begin(_linked(usual, maker) if first else usual)
    told = elements.heard("stage", "at")
    if isinstance(told, dict) and told.get("turn") == st.session_state[TURN]:
        st.session_state[AT] = _read(told, st.session_state[AT])
    kept: At = st.session_state[AT]
    if len(kept.z) != maker.code:  # a link or a browser of another net
        kept = usual
    kept = replace(kept, content=min(max(kept.content, 0), maker.content - 1))
    st.session_state[AT] = kept
    _link(kept, usual, maker)
    return kept


def begin(at: At) -> None:
    """Choose something: what the plane told before no longer counts."""
    st.session_state[AT] = at
    st.session_state[TURN] = st.session_state.get(TURN, 0) + 1


def _usual(maker: Maker, cloud: Cloud | None) -> At:
    """A picture of some class to begin with, and a line between two others."""
    count = len(maker.classes)
    ends = [3 % count, min(1, count - 1), 8 % count]
    if cloud is None:
        drawn = maker.prior.sample(3, seed=2)
        one, a, b = (code(z) for z in drawn)
    else:
        one, a, b = (code(_typical(cloud, label)) for label in ends)
    return At(one, ends[0] if maker.content else -1, (a, b), None)


def _typical(cloud: Cloud, label: int) -> np.ndarray:
    """The code of the picture that lies most in the middle of its class."""
    mine = cloud.codes[cloud.labels == label]
    if not len(mine):
        return cloud.codes[0]
    far = np.linalg.norm(mine - np.median(mine, axis=0), axis=1)
    return np.asarray(mine[far.argmin()])


def code(z: Sequence[float] | np.ndarray) -> Code:
    """Numbers of a code, short enough for a link."""
    return tuple(round(float(value), 4) for value in z)


def _numbers(told: Any, count: int) -> Code | None:
    """Numbers that came from outside, None where they are something else."""
    if not isinstance(told, list | tuple) or len(told) != count:
        return None
    good = all(
        isinstance(v, int | float) and not isinstance(v, bool) and math.isfinite(v) for v in told
    )
    return code([min(max(v, -FURTHEST), FURTHEST) for v in told]) if good else None


def _read(told: dict[str, Any], otherwise: At) -> At:
    """What the plane has told; it is a browser's word, so anything may be in it."""
    wide = len(otherwise.z)
    z, line, box = told.get("z"), told.get("line"), told.get("box")
    content = told.get("content")
    ends = [_numbers(end, wide) for end in line] if isinstance(line, list) else []
    found = _numbers(box, 4)
    return At(
        _numbers(z, wide) or otherwise.z,
        content if type(content) is int else otherwise.content,
        (ends[0], ends[1]) if len(ends) == 2 and ends[0] and ends[1] else otherwise.line,
        (found[0], found[1], found[2], found[3]) if _opens(found) else None,
    )


def _opens(box: Code | None) -> bool:
    return box is not None and box[0] < box[2] and box[1] < box[3]


# In the URL -----------------------------------------------------------------------------------


def link(name: str, value: str) -> None:
    """Write a part of the view into the URL; "" takes it out."""
    if not value:
        st.query_params.pop(name, None)
    elif st.query_params.get(name) != value:
        st.query_params[name] = value


def _link(at: At, usual: At, maker: Maker) -> None:
    """Only what differs from what anybody would see at first."""
    link("z", _text(at.z) if at.z != usual.z else "")
    link("a", _text(at.line[0]) if at.line[0] != usual.line[0] else "")
    link("b", _text(at.line[1]) if at.line[1] != usual.line[1] else "")
    link("box", _text(at.box) if at.box else "")
    shown = maker.content and at.content != usual.content
    link("content", str(at.content) if shown else "")


def _text(values: Sequence[float]) -> str:
    return ",".join(f"{value:g}" for value in values)


def _linked(usual: At, maker: Maker) -> At:
    """What a link says, where it can be read."""

    def numbers(name: str, count: int) -> Code | None:
        try:
            told = [float(part) for part in str(st.query_params.get(name, "")).split(",")]
        except ValueError:
            return None
        return _numbers(told, count)

    ends = [numbers(name, maker.code) or usual.line[at] for at, name in enumerate("ab")]
    box = numbers("box", 4)
    content = str(st.query_params.get("content", ""))
    return At(
        numbers("z", maker.code) or usual.z,
        int(content) if content.isdecimal() and len(content) < 4 else usual.content,
        (ends[0], ends[1]),
        (box[0], box[1], box[2], box[3]) if box and _opens(box) else None,
    )
