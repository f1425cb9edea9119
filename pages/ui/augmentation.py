"""Augmentation before and after: the run's first pictures, as they are and as the net sees them."""

import numpy as np
import streamlit as st

from core.augment import before_after, wanted
from core.config import RunConfig
from core.sheets import sheet
from pages.ui.shots import inlined
from pages.ui.words import t

SHOWN = 8


@st.cache_data(max_entries=64, show_spinner=False)
def _sheet(essential: str, size: int) -> bytes:
    """Two rows as a PNG; `size`, in bytes, is only the key: it changes with the set."""
    rows = before_after(RunConfig.model_validate_json(essential), SHOWN)
    return sheet(np.concatenate(rows), len(rows[0]))


def show(config: RunConfig, size: int) -> None:
    """What the chosen augmentation does to the first batch; nothing where there is none.

    size: bytes of the set on disk.
    """
    if not size or not wanted(config.data):
        return
    # Only what the first batch depends on, so that other knobs find it in the cache.
    essence = RunConfig(data=config.data, seed=config.seed, batch=config.batch)
    try:
        picture = _sheet(essence.model_dump_json(), size)
    except ValueError as problem:
        st.caption(str(problem))
        return
    st.image(inlined(picture), width="stretch", alt=t("train.augmented"))
    st.caption(t("train.augmented"))
