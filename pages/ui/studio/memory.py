"""Memory or invention: the training pictures nearest to what is decoded, and holes in the space."""

import numpy as np
import streamlit as st

from core import encoded, recall
from pages.ui.studio import elements
from pages.ui.studio.desk import Desk
from pages.ui.walk.ground import ground
from pages.ui.words import t

NEAR = 4  # training pictures beside each decoded one
NUMBERS = range(1, 10)
DRAWN = 5  # samples of the prior below the chosen code
HELD = 64  # test pictures that say how near a new picture usually is
MEEHAN = ("Meehan et al. 2020", "https://arxiv.org/abs/2004.05675")


def show(desk: Desk) -> None:
    """Each decoded picture with its neighbours, and what their distances mean."""
    st.markdown(t("latent.memory.what"))
    if desk.cloud is None or desk.cloud.few:
        st.caption(t("latent.no_set"))
        return
    _measures(desk)
    drawn = desk.maker.sample(DRAWN, seed=int(st.session_state.get("latent.seed", 0)))
    one = desk.decode(desk.z[None])
    asked = np.concatenate([one, drawn.pictures])
    found, beside, labels = _nearest(desk, f"{desk.stamp} {hash(asked.tobytes())}", asked)
    usual = _usual(desk, desk.stamp)
    rows = np.concatenate([asked[:, None], beside], 1)
    places = [(row, at) for row in range(len(rows)) for at in range(NEAR + 1)]
    elements.tiles(
        "memory",
        rows.reshape(-1, *asked.shape[1:]),
        elements.Look(
            top=[t("latent.memory.made"), *(t("latent.memory.near", n=n) for n in NUMBERS[:NEAR])],
            side=[
                t("latent.memory.point"),
                *(t("latent.memory.sample", n=n) for n in NUMBERS[:DRAWN]),
            ],
            notes=[_note(desk, row, at, found, labels) for row, at in places],
            note=t("latent.memory.axes"),
            most=72,
        ),
        columns=NEAR + 1,
        alt=t("latent.memory.alt"),
    )
    nearest = float(found[0, 0])
    word = "copy" if nearest < usual / 3 else "new" if nearest > usual * 0.8 else "between"
    st.markdown(t(f"latent.memory.{word}", far=f"{nearest:.3f}", usual=f"{usual:.3f}"))
    ground(
        r"d(x,x')=\sqrt{\tfrac{1}{n}\sum_i (x_i-x'_i)^2},\qquad "
        r"x^*=\arg\min_{x'\in\text{train}}d(x,x')",
        "far = torch.cdist(x.flatten(1), train.flatten(1)) / n ** 0.5\n"
        "nearest = far.topk(4, largest=False)",
        MEEHAN,
    )


def _note(desk: Desk, row: int, at: int, found: np.ndarray, labels: np.ndarray) -> str:
    if at == 0:
        return t("latent.memory.note_made")
    name = desk.names[int(labels[row, at - 1])]
    return t("latent.memory.note", name=name, far=f"{found[row, at - 1]:.3f}")


def _measures(desk: Desk) -> None:
    """How much of the prior is empty, and how much the classes lie over each other."""
    empty, mixed = measures(desk)
    left, right = st.columns(2)
    if empty is not None:
        left.metric(t("latent.holes"), f"{empty:.0%}", help=t("latent.holes_help"))
    right.metric(t("latent.overlap"), f"{mixed:.0%}", help=t("latent.overlap_help"))


def measures(desk: Desk) -> tuple[float | None, float]:
    """Holes, None for a net without a prior, and overlap; both shares."""
    return _measured(desk, desk.stamp)


@st.cache_data(max_entries=32, show_spinner=False)
def _measured(_desk: Desk, stamp: str) -> tuple[float | None, float]:
    cloud, maker = _desk.cloud, _desk.maker
    if cloud is None:
        return None, float("nan")
    bound = maker.judges or maker.settings.variant == "vae"
    empty = recall.holes(cloud.codes, maker.prior) if bound else None
    return empty, recall.overlap(cloud.codes, cloud.labels)


@st.cache_data(max_entries=24, show_spinner=False)
def _nearest(
    _desk: Desk, stamp: str, _asked: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Distances (m, k), the pictures (m, k, c, h, w) and their classes (m, k)."""
    set_ = encoded.of(_desk.maker)
    if set_ is None:
        raise ValueError("the training pictures are not here")
    arrays = set_[1]
    found = recall.nearest(_asked, arrays.train_images, NEAR)
    return found.far, arrays.train_images[found.which], arrays.train_labels[found.which]


@st.cache_data(max_entries=24, show_spinner=False)
def _usual(_desk: Desk, stamp: str) -> float:
    set_ = encoded.of(_desk.maker)
    if set_ is None:
        return float("nan")
    return recall.usual(set_[1].train_images, np.asarray(set_[1].test_images[:HELD]))
